/**
 * The parts of training on a device that are ordinary graphs, here on the CPU: gradients as whole tables, one AdamW
 * update, sums of parts, copies down and up. Sessions of this file leave their outputs in the memory of the process.
 */
import { InferenceSession, Tensor } from "onnxruntime-node";
import { describe, expect, it } from "vitest";
import { type Graph, writeOnnx } from "../../../../src/autograd/index.js";
import { DeviceParameters } from "../../../../src/train/step/device/device-parameters.js";
import { updateGraph } from "../../../../src/train/step/device/update-graph.js";
import { ParameterArena } from "../../../../src/train/step/kernels/index.js";
import { ADAMW_DEFAULTS } from "../../../../src/train/step/trainer.js";

const specs = [
  { name: "table", shape: [9, 4], decay: true, rate: 0.5 },
  { name: "bias", shape: [7], decay: false },
  { name: "weight", shape: [3, 5], decay: true },
];
const rule = { weightDecay: 0.1, gradientClip: 0.5, ...ADAMW_DEFAULTS };
const open = (graph: Graph) =>
  InferenceSession.create(writeOnnx(graph, { fused: false }), { intraOpNumThreads: 1, logSeverityLevel: 3 });

const wave = (length: number, phase: number) => Float32Array.from({ length }, (_, i) => Math.sin(2.1 * i + phase));

function arenaOf(phase: number): ParameterArena {
  const arena = new ParameterArena(specs, undefined, true);
  specs.forEach(({ name }, n) => void arena.weight(name).set(wave(arena.weight(name).length, phase + n)));
  return arena;
}

/** The results of a run of a step's graph whose gradients are waves of `phase`. */
const gradientsOf = (phase: number) =>
  Object.fromEntries(
    specs.map(({ name, shape }, n) => {
      const length = shape.reduce((product, size) => product * size, 1);
      return [`gradient.${name}`, new Tensor("float32", wave(length, phase + 3 * n), shape)];
    }),
  );

const plan = (arena: ParameterArena, gradientClip = rule.gradientClip) => ({
  arena,
  specs,
  frozen: new Map([["still", { shape: [2, 2], data: wave(4, 1) }]]),
  graph: {
    graph: { outputs: specs.map(({ name }) => ({ name: `gradient.${name}` })) } as Graph,
    sites: [],
    denseOutputs: new Map(specs.map(({ name }) => [name, `gradient.${name}`])),
    rowOutputs: [],
    tables: [],
    packedMasks: true,
  },
  rule: { ...rule, gradientClip },
  accumulates: true,
});

/** The same on the host. */
function hostStep(arena: ParameterArena, phases: readonly number[], step: number, learningRate: number, clip: number) {
  arena.zeroGradients();
  for (const phase of phases)
    for (const { name } of specs) {
      const gradient = arena.gradient(name);
      gradientsOf(phase)[`gradient.${name}`].data.forEach((value, i) => {
        gradient[i] += value as number;
      });
    }
  const norm = arena.gradientNorm();
  const gradientScale = clip > 0 ? Math.min(1, clip / (norm + 1e-6)) : 1;
  const { weightDecay, beta1, beta2, epsilon } = rule;
  arena.adamw({ step, learningRate, beta1, beta2, epsilon, weightDecay, gradientScale });
  return norm;
}

const distance = (a: Float32Array, b: Float32Array) =>
  a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i])), 0);

describe("numbers on a device", () => {
  it.each([0.5, 0, 1e6])("follow the arena over ten updates in one to three parts, clipped at %d", async (clip) => {
    const [host, copy] = [arenaOf(0), arenaOf(0)];
    const device = await DeviceParameters.create(plan(copy, clip), open);
    for (let step = 1; step <= 10; step++) {
      const phases = Array.from({ length: 1 + (step % 3) }, (_, n) => step + 0.7 * n);
      device.begin();
      for (const [index, phase] of phases.entries())
        await device.take(gradientsOf(phase), { index, count: phases.length, feeds: {} });
      const rate = 1e-2 / step;
      const norm = await device.update(step, rate);
      const expected = hostStep(host, phases, step, rate, clip);
      expect(Math.abs(norm - expected) / expected).toBeLessThan(1e-6);
    }
    await device.toHost();
    for (const section of ["weights", "firstMoments", "secondMoments"] as const)
      expect(distance(copy[section], host[section]), section).toBeLessThan(1e-6);
    expect(distance(copy.weights, arenaOf(0).weights)).toBeGreaterThan(1e-3);
    await device.release();
  });

  it("are others after `fromHost`, and frozen ones are fed as they are", async () => {
    const arena = arenaOf(0);
    const device = await DeviceParameters.create(plan(arena), open);
    arena.weights.set(arenaOf(5).weights);
    const fed = (name: string) => device.feeds().get(name)!.data as Float32Array;
    expect(distance(fed("bias").slice(), wave(7, 1))).toBe(0);
    await device.fromHost();
    expect(distance(fed("bias").slice(), wave(7, 6))).toBe(0);
    expect([...fed("still")]).toEqual([...wave(4, 1)]);
    expect([...device.feeds().keys()].sort()).toEqual(["bias", "still", "table", "weight"]);
    await device.release();
  });

  it("stay as they are when the norm of the gradients is not finite", async () => {
    const arena = arenaOf(0);
    const device = await DeviceParameters.create(plan(arena), open);
    const gradients = gradientsOf(1);
    (gradients["gradient.bias"].data as Float32Array)[3] = Number.POSITIVE_INFINITY;
    device.begin();
    await device.take(gradients, { index: 0, count: 1, feeds: {} });
    expect(await device.update(1, 1e-2)).toBe(Number.POSITIVE_INFINITY);
    await device.toHost();
    expect(distance(arena.weights, arenaOf(0).weights)).toBe(0);
    await device.release();
  });

  it("share scalars where decay and rate are equal", () => {
    const names = updateGraph([...specs, { name: "other", shape: [2], decay: true }], rule).scalars(2, 0.1);
    expect(Object.keys(names)).toEqual(["root", "keep.0", "rate.0", "keep.1", "rate.1", "keep.2", "rate.2"]);
    expect(names["keep.0"]).toBeCloseTo(1 - 0.05 * 0.1, 12);
    expect(names["keep.1"]).toBe(1);
    expect(names["rate.2"]).toBeCloseTo(-0.1 / (1 - 0.81), 12);
  });
});
