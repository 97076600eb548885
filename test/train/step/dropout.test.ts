/**
 * Dropout in training. The kernels' masks are tested bit for bit elsewhere; here are the masks that a step really used,
 * read from a head with the identity as its matrix: its logits are the mask times the input.
 */
import { describe, expect, it } from "vitest";
import { DropoutMasks } from "../../../src/train/step/kernels/index.js";
import { ADAMW_DEFAULTS, type Batch, Trainer } from "../../../src/train/step/trainer.js";
import { formulaCheckpoint, formulaSequence } from "../../support/data/formula.js";

const WIDTH = 32;
const SEQUENCES = 16;
const STEPS = 60;
const P = 0.3;

/** BERT whose classifier is the identity over the pooled vector, dropout in front of the classifier only. */
async function transparentTrainer(seed: number) {
  const checkpoint = formulaCheckpoint("bert", "SINGLE_LABEL");
  const identity = Float32Array.from({ length: WIDTH * WIDTH }, (_, i) => Number(i % (WIDTH + 1) === 0));
  checkpoint.weights.set("classifier.weight", { shape: [WIDTH, WIDTH], data: identity });
  checkpoint.weights.set("classifier.bias", { shape: [WIDTH], data: new Float32Array(WIDTH) });
  const labels = Array.from({ length: WIDTH }, (_, i) => String(i));
  const config = { ...checkpoint.config, classifierDropout: P };
  const settings = { threads: 1, weightDecay: 0, gradientClip: 0, ...ADAMW_DEFAULTS, accumulates: true };
  return Trainer.create({ ...checkpoint, config, labels }, { ...settings, seed });
}
const batch: Batch = {
  sequences: Array.from({ length: SEQUENCES }, (_, i) => formulaSequence("bert", i)),
  labels: Array.from({ length: SEQUENCES }, (_, i) => i),
};

/** [steps, sequences, width]: 1 where an element was kept. */
async function keptElements(seed: number): Promise<Float32Array> {
  const trainer = await transparentTrainer(seed);
  const pooled = await trainer.predict(batch);
  const kept = new Float32Array(STEPS * SEQUENCES * WIDTH);
  for (let step = 1; step <= STEPS; step++) {
    const { logits } = await trainer.computeGradients(batch, step);
    logits.forEach((value, i) => {
      if (value !== 0) expect(value / pooled[i]).toBeCloseTo(1 / (1 - P), 4);
      kept[(step - 1) * SEQUENCES * WIDTH + i] = Number(value !== 0);
    });
  }
  await trainer.release();
  return kept;
}

function correlation(a: Float32Array, b: Float32Array): number {
  const mean = (values: Float32Array) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [meanA, meanB] = [mean(a), mean(b)];
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    ab += (a[i] - meanA) * (b[i] - meanB);
    aa += (a[i] - meanA) ** 2;
    bb += (b[i] - meanB) ** 2;
  }
  return ab / Math.sqrt(aa * bb);
}

describe("the masks of training steps", () => {
  it("keep 1 - p of the elements, each step, sequence, channel and seed by itself; prediction keeps all", async () => {
    const kept = await keptElements(7);
    const share = kept.reduce((sum, value) => sum + value, 0) / kept.length;
    expect(Math.abs(share - (1 - P))).toBeLessThan(4 * Math.sqrt((P * (1 - P)) / kept.length));
    const other = await keptElements(8);
    const step = SEQUENCES * WIDTH;
    const pairs: Record<string, [Float32Array, Float32Array]> = {
      step: [kept.subarray(0, -step), kept.subarray(step)],
      sequence: [kept.subarray(0, -WIDTH), kept.subarray(WIDTH)],
      channel: [kept.subarray(0, -1), kept.subarray(1)],
      seed: [kept, other],
    };
    for (const [name, [a, b]] of Object.entries(pairs))
      expect(Math.abs(correlation(a, b)), name).toBeLessThan(4 / Math.sqrt(a.length));
  });

  it("are the same when a step is repeated, and when its batch is in parts", async () => {
    const trainer = await transparentTrainer(7);
    const { logits: once } = await trainer.computeGradients(batch, 5);
    const { logits: again } = await trainer.computeGradients(batch, 5);
    expect(again).toEqual(once);
    const part = (from: number, to: number) => ({
      sequences: batch.sequences.slice(from, to),
      labels: batch.labels.slice(from, to),
    });
    const { logits } = await trainer.accumulateGradients([part(0, 3), part(3, 11), part(11, 16)], 5);
    const joined = logits.flatMap((values) => [...values]);
    expect(joined.map((value) => value !== 0)).toEqual([...once].map((value) => value !== 0));
    await trainer.release();
  });
});

describe("masks of a part", () => {
  const request = { seed: 3, step: 9, site: 2, p: 0.4 };

  it("are those that the whole batch has for its sequences, hidden and attention", () => {
    const masks = new DropoutMasks();
    const lengths = Int32Array.of(4, 7, 3, 7);
    const [whole, part] = [lengths, lengths.subarray(2)];
    const hidden = masks.hidden({ ...request, lengths: whole, width: 20 });
    expect(masks.hidden({ ...request, lengths: part, firstSequence: 2, width: 20 })).toEqual(hidden.slice(11 * 20));
    const attention = masks.attention({ ...request, lengths: whole, heads: 2, paddedLength: 7 });
    expect(masks.attention({ ...request, lengths: part, firstSequence: 2, heads: 2, paddedLength: 7 })).toEqual(
      attention.slice(2 * 2 * 49),
    );
  });

  it("refuse sequences past the last number there is", () => {
    const lengths = Int32Array.of(1, 1);
    expect(() => new DropoutMasks().hidden({ ...request, lengths, firstSequence: 65_535, width: 8 })).toThrow(
      expect.objectContaining({ code: "BAD_INPUT" }),
    );
  });
});
