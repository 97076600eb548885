/** Updates of rows that no batch has read are put off. The bits are those of an arena that puts nothing off. */
import { describe, expect, it } from "vitest";
import { ParameterArena } from "../../../src/train/step/kernels/index.js";
import { MOST_PUT_OFF } from "../../../src/train/step/kernels/resting-rows.js";

const [ROWS, WIDTH] = [40, 12];
const ADAMW = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.1, gradientScale: 0.7 };

function arenaOf(byRows: boolean): ParameterArena {
  const arena = new ParameterArena([
    { name: "before", shape: [5], decay: true },
    { name: "table", shape: [ROWS, WIDTH], decay: true, byRows },
    { name: "after", shape: [9], decay: true, rate: 0.5 },
    { name: "small", shape: [3, 4], decay: false, byRows },
  ]);
  for (const { name, length } of arena.places)
    arena.weight(name).set(Float32Array.from({ length }, (_, i) => Math.sin(3 * i + 1)));
  return arena;
}

/** One step as Trainer makes it; answers the norm. */
function step(arena: ParameterArena, number: number, ids: readonly number[]): number {
  const read = Int32Array.from(ids);
  arena.wake("table", read);
  const seen = arena.weight("before")[0] + read.length;
  const values = Float32Array.from({ length: ids.length * WIDTH }, (_, i) => Math.cos(number * 17 + i) + seen / 1e3);
  arena.addScaledRows("table", read, values, WIDTH);
  arena.gradient("after").fill(0.1 * number);
  const norm = arena.gradientNorm();
  arena.adamw({ ...ADAMW, step: number, learningRate: 1e-2 / number });
  for (const id of ids) arena.gradient("table").fill(0, id * WIDTH, (id + 1) * WIDTH);
  return norm;
}

const idsOf = (number: number) => [(number * 7) % ROWS, (number * 7) % ROWS, 3, (number * number) % 11];
const bits = (arena: ParameterArena) =>
  [arena.weights, arena.firstMoments, arena.secondMoments].map((part) =>
    Buffer.from(part.slice().buffer).toString("hex"),
  );

describe("rows that rest", () => {
  it("have the bits of rows that are updated at every step, and norms are equal", () => {
    const [whole, rested] = [arenaOf(false), arenaOf(true)];
    for (let number = 1; number <= 12; number++) {
      const norms = [whole, rested].map((arena) => step(arena, number, idsOf(number)));
      expect(norms[1]).toBe(norms[0]);
    }
    expect(bits(rested)).toEqual(bits(whole));
    for (let number = 13; number <= 15; number++) for (const arena of [whole, rested]) step(arena, number, [0, 39]);
    expect(bits(rested)).toEqual(bits(whole));
  });

  it("are not written before anyone asks, and are up to date when a graph reads them", () => {
    const [whole, rested] = [arenaOf(false), arenaOf(true)];
    const view = rested.weight("table");
    const before = view[20 * WIDTH];
    for (const arena of [whole, rested]) for (let number = 1; number <= 5; number++) step(arena, number, [1]);
    expect(view[20 * WIDTH]).toBe(before);
    rested.wake("table", Int32Array.of(20));
    expect(view[20 * WIDTH]).toBe(whole.weight("table")[20 * WIDTH]);
    expect(view[21 * WIDTH]).not.toBe(whole.weight("table")[21 * WIDTH]);
    rested.settle();
    expect(view[21 * WIDTH]).toBe(whole.weight("table")[21 * WIDTH]);
  });

  it("rest again behind a state that was written from outside", () => {
    const [whole, rested] = [arenaOf(false), arenaOf(true)];
    for (let number = 1; number <= 4; number++) step(whole, number, idsOf(number));
    rested.weights.set(whole.weights);
    rested.firstMoments.set(whole.firstMoments);
    rested.secondMoments.set(whole.secondMoments);
    rested.restored();
    for (let number = 5; number <= 9; number++) for (const arena of [whole, rested]) step(arena, number, [2]);
    expect(bits(rested)).toEqual(bits(whole));
  });

  it("put off as many updates as there is memory for, and go on", () => {
    const [whole, rested] = [arenaOf(false), arenaOf(true)];
    for (const arena of [whole, rested])
      for (let number = 1; number <= MOST_PUT_OFF + 3; number++)
        arena.adamw({ ...ADAMW, step: number, learningRate: 1e-4 });
    expect(bits(rested)).toEqual(bits(whole));
  });
});
