/**
 * Targets beside the single class: several labels with missing ones, numbers, and a step's batch in parts; losses
 * against their closed forms in float64 from the logits, gradients of what was not measured exactly zero.
 */
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadCheckpoint } from "../../../src/model/checkpoint/checkpoint.js";
import { withHead } from "../../../src/model/initialize.js";
import { scoresOf } from "../../../src/model/scores.js";
import type { SequenceTask } from "../../../src/model/types.js";
import { fitTargetScale, scaleOutputs, standardize, toUnits } from "../../../src/scores/target-scale.js";
import { multiLabel } from "../../../src/train/finetune/objectives/classes.js";
import { ADAMW_DEFAULTS, type Batch, Trainer } from "../../../src/train/step/trainer.js";

const FIXTURES = join(import.meta.dirname, "../../fixtures");
const MISSING = Number.NaN;

async function trainerFor(task: SequenceTask, family = "bert", { dropout = 0, accumulates = false } = {}) {
  const base = await loadCheckpoint(join(FIXTURES, `tiny-${family}`));
  const config = { ...base.config, hiddenDropout: dropout, attentionDropout: dropout, classifierDropout: dropout };
  const checkpoint = withHead({ ...base, config }, task, ["a", "b", "c"], 5);
  const settings = { seed: 9, threads: 1, weightDecay: 0, gradientClip: 0, ...ADAMW_DEFAULTS, accumulates };
  return { trainer: await Trainer.create(checkpoint, settings), checkpoint };
}

const sequences = [
  [2, 7, 9, 3],
  [2, 5, 3],
  [2, 6, 6, 11, 30, 12, 3],
  [2, 22, 8, 5, 3],
  [2, 17, 3],
].map((ids) => Int32Array.from(ids));
/** Column c has no measured value; the last row is empty. */
const LABELS = [1, 0, MISSING, MISSING, 1, MISSING, 0, 0, MISSING, 1, MISSING, MISSING, MISSING, MISSING, MISSING];
const NUMBERS = [
  0.5,
  -2,
  MISSING,
  MISSING,
  3,
  MISSING,
  7.25,
  1,
  MISSING,
  -4,
  MISSING,
  MISSING,
  MISSING,
  MISSING,
  MISSING,
];
const batch = (targets: number[]): Batch => ({ sequences, labels: [], targets: Float32Array.from(targets) });

const LOSSES = {
  MULTI_LABEL: (x: number, y: number) => Math.log1p(Math.exp(-Math.abs(x))) + Math.max(x, 0) - x * y,
  REGRESSION: (x: number, y: number) => (x - y) ** 2,
};

const largest = (values: Float32Array) => values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);

describe.each([
  ["MULTI_LABEL", "bert", LABELS],
  ["MULTI_LABEL", "roberta", LABELS],
  ["REGRESSION", "bert", NUMBERS],
  ["REGRESSION", "roberta", NUMBERS],
] as const)("%s on %s", (task, family, targets) => {
  it("has the mean loss over what was measured, and no gradient from what was not", async () => {
    const { trainer } = await trainerFor(task, family);
    const { loss, logits } = await trainer.computeGradients(batch(targets), 1);
    const measured = targets.flatMap((y, i) => (Number.isNaN(y) ? [] : [LOSSES[task](logits[i], y)]));
    expect(measured).toHaveLength(6);
    expect(loss).toBeCloseTo(measured.reduce((a, b) => a + b) / 6, 5);
    const output = family === "roberta" ? "classifier.out_proj" : "classifier";
    const bias = trainer.arena.gradient(`${output}.bias`);
    const slope = {
      MULTI_LABEL: (x: number, y: number) => 1 / (1 + Math.exp(-x)) - y,
      REGRESSION: (x: number, y: number) => 2 * (x - y),
    };
    for (const column of [0, 1]) {
      const expected = targets.reduce(
        (sum, y, i) => (i % 3 === column && !Number.isNaN(y) ? sum + slope[task](logits[i], y) / 6 : sum),
        0,
      );
      expect(bias[column]).toBeCloseTo(expected, 5);
    }
    expect(bias[2]).toBe(0);
    expect(largest(trainer.arena.gradient(`${output}.weight`).subarray(64))).toBe(0);
    expect(largest(trainer.arena.gradient("embeddings.word_embeddings.weight").subarray(17 * 32, 18 * 32))).toBe(0);
    expect(
      largest(trainer.arena.gradient("embeddings.word_embeddings.weight").subarray(22 * 32, 23 * 32)),
    ).toBeGreaterThan(0);
    await trainer.release();
  });

  it("gives one batch and its parts the same loss and gradients, the same dropout masks included", async () => {
    const { trainer } = await trainerFor(task, family, { dropout: 0.2, accumulates: true });
    const whole = await trainer.accumulateGradients([batch(targets)], 4);
    const gradients = Float32Array.from(trainer.arena.gradients);
    const part = (from: number, to: number): Batch => ({
      sequences: sequences.slice(from, to),
      labels: [],
      targets: Float32Array.from(targets.slice(3 * from, 3 * to)),
    });
    const parts = await trainer.accumulateGradients([part(0, 1), part(1, 3), part(3, 5)], 4);
    expect(parts.loss).toBeCloseTo(whole.loss, 5);
    parts.logits.forEach((logits, index) => {
      const from = [0, 3, 9][index];
      logits.forEach((value, i) => void expect(value).toBeCloseTo(whole.logits[0][from + i], 4));
    });
    const difference = largest(trainer.arena.gradients.map((value, i) => value - gradients[i]));
    expect(difference).toBeLessThan(1e-5 * largest(gradients));
    // The next step must not keep rows that only the first parts changed.
    const table = trainer.arena.gradient("embeddings.word_embeddings.weight");
    expect(largest(table.subarray(9 * 32, 10 * 32))).toBeGreaterThan(0);
    await trainer.accumulateGradients([part(1, 2)], 5);
    expect(largest(table.subarray(9 * 32, 10 * 32))).toBe(0);
    await trainer.release();
  });

  it("has loss 0 and no gradient when a batch holds nothing measured", async () => {
    const { trainer } = await trainerFor(task, family);
    const { loss } = await trainer.computeGradients(batch(targets.map(() => MISSING)), 1);
    expect(loss).toBe(0);
    expect(largest(trainer.arena.gradients)).toBe(0);
    await trainer.release();
  });
});

describe("masked tokens", () => {
  it("of a batch in which none was hidden have loss 0; in a part of a step they change nothing", async () => {
    const checkpoint = await loadCheckpoint(join(FIXTURES, "tiny-bert-masked"));
    const settings = { seed: 9, threads: 1, weightDecay: 0, gradientClip: 0, ...ADAMW_DEFAULTS, accumulates: true };
    const config = { ...checkpoint.config, hiddenDropout: 0, attentionDropout: 0 };
    const trainer = await Trainer.create({ ...checkpoint, config }, settings);
    const none = { sequences, labels: [], maskedPositions: new Int32Array() };
    const some = { sequences: sequences.slice(0, 2), labels: [7, 5], maskedPositions: Int32Array.of(1, 5) };
    expect((await trainer.computeGradients(none, 1)).loss).toBe(0);
    expect(largest(trainer.arena.gradients)).toBe(0);
    const { loss } = await trainer.computeGradients(some, 1);
    const norm = trainer.arena.gradientNorm();
    expect(loss).toBeGreaterThan(0);
    expect((await trainer.accumulateGradients([none, some], 1)).loss).toBe(loss);
    expect(trainer.arena.gradientNorm()).toBe(norm);
    await trainer.release();
  });
});

describe("regression targets", () => {
  // Column 0: 1, 3, missing, 5 (mean 3, deviation √(8/3)); column 1: constant.
  const values = Float32Array.of(1, 0.1, 3, 0.1, MISSING, 0.1, 5, MISSING);

  it("are standardised by the mean and deviation of measured values, and are returned in units", () => {
    const scale = fitTargetScale(values, 2);
    expect(scale.mean[0]).toBe(3);
    expect(scale.deviation[0]).toBeCloseTo(Math.sqrt(8 / 3), 12);
    expect(scale.deviation[1]).toBe(1);
    const standard = standardize(values, scale);
    expect(standard[0]).toBeCloseTo(-2 / Math.sqrt(8 / 3), 6);
    expect([standard[4], standard[7]]).toEqual([MISSING, MISSING]);
    toUnits(standard, scale).forEach((value, i) => {
      if (Number.isNaN(values[i])) expect(value).toBeNaN();
      else expect(value).toBeCloseTo(values[i], 5);
    });
  });

  it.each(["bert", "roberta"])(
    "are in the units of a saved %s, whose output layer includes the scale",
    async (family) => {
      const { trainer, checkpoint } = await trainerFor("REGRESSION", family);
      const scale = { mean: Float64Array.of(100, -3, 0), deviation: Float64Array.of(20, 0.5, 1) };
      const expected = toUnits(await trainer.predict({ sequences, labels: [] }), scale);
      const weights = scaleOutputs(await trainer.weights(), checkpoint.config.family, scale.deviation, scale.mean);
      await trainer.release();
      const scaled = await Trainer.create(
        { ...checkpoint, weights },
        { seed: 1, threads: 1, weightDecay: 0, gradientClip: 0, ...ADAMW_DEFAULTS },
      );
      const answers = await scaled.predict({ sequences, labels: [] });
      await scaled.release();
      answers.forEach(
        (value, i) => void expect(Math.abs(value - expected[i])).toBeLessThan(1e-5 * (1 + Math.abs(expected[i]))),
      );
    },
  );
});

describe.each(["bert", "roberta"] as const)("the head of labels on %s", (family) => {
  it("begins at the log-odds of each label among what was measured, one yes and one no added", async () => {
    const { checkpoint } = await trainerFor("MULTI_LABEL", family);
    const output = family === "roberta" ? "classifier.out_proj" : "classifier";
    // a: 1 yes of 9; b: 8 of 9; c: measured twice, both no.
    const training = Array.from({ length: 9 }, (_, i) => ({
      tokenIds: sequences[0],
      label: 0,
      split: "TRAIN" as const,
      targets: Float32Array.of(i === 0 ? 1 : 0, i === 0 ? 0 : 1, i < 2 ? 0 : MISSING),
    }));
    const { start } = multiLabel({ family, labels: ["a", "b", "c"], training });
    const weights = start!(checkpoint.weights);
    const [a, b, c] = weights.get(`${output}.bias`)!.data;
    expect(a).toBeCloseTo(Math.log(2 / 9), 6);
    expect(b).toBeCloseTo(Math.log(9 / 2), 6);
    expect(c).toBeCloseTo(Math.log(1 / 3), 6);
    expect(weights.get(`${output}.weight`)!.data).toEqual(checkpoint.weights.get(`${output}.weight`)!.data);
  });
});

describe("scores", () => {
  it("are softmax's for one class, the logistic function's for labels, the number itself for regression", () => {
    const logits = [Math.log(1), Math.log(3), Math.log(4)];
    scoresOf("SINGLE_LABEL", logits).forEach((value, i) => void expect(value).toBeCloseTo([1 / 8, 3 / 8, 1 / 2][i], 6));
    scoresOf("MULTI_LABEL", logits).forEach((value, i) => void expect(value).toBeCloseTo([1 / 2, 3 / 4, 4 / 5][i], 6));
    expect([...scoresOf("REGRESSION", [1.5, -2])]).toEqual([1.5, -2]);
  });

  it("survive logits of any size", () => {
    expect([...scoresOf("SINGLE_LABEL", [1e4, -1e4])]).toEqual([1, 0]);
    expect([...scoresOf("MULTI_LABEL", [1e4, -1e4])]).toEqual([1, 0]);
  });
});
