/**
 * 100 steps against Hugging Face's own Trainer in float64 (bench/reference/trainer_parity.py): the same initial
 * weights, batches and settings give the same loss at every step and the same predictions, for each family and head;
 * with gradient accumulation, clipping, warm-up and every schedule, decay exclusions, label smoothing, class weights,
 * missing values. Limit: relative 1e-4 at every step; reached: see the printed worst.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { TrainingTask } from "../../../src/scores/metrics.js";
import { planRun } from "../../../src/train/finetune/run-plan.js";
import { resolveOptions } from "../../../src/train/options/option-rules.js";
import type { TrainingOptions } from "../../../src/train/options/options.js";
import { type Batch, Trainer } from "../../../src/train/step/trainer.js";
import {
  type FormulaFamily,
  formulaCheckpoint,
  formulaClass,
  formulaMasked,
  formulaSequence,
  formulaTargets,
} from "../../support/data/formula.js";

type Settings = Pick<
  TrainingOptions,
  | "learningRate"
  | "weightDecay"
  | "gradientClip"
  | "warmupSteps"
  | "lrSchedulerType"
  | "gradientAccumulationSteps"
  | "labelSmoothingFactor"
> & { classWeights: number[] | null };
interface Case {
  family: FormulaFamily;
  head: TrainingTask;
  settings: Settings;
  losses: number[];
  predictions: number[][];
}
const file = join(import.meta.dirname, "../../../bench/reference/trainer_parity.json");
const { steps, batchSize, cases } = JSON.parse(readFileSync(file, "utf8")) as {
  steps: number;
  batchSize: number;
  cases: Case[];
};

function batchOf(family: FormulaFamily, head: TrainingTask, numbers: number[]): Batch {
  const sequences = numbers.map((number) => formulaSequence(family, number));
  if (head === "SINGLE_LABEL") return { sequences, labels: sequences.map(formulaClass) };
  if (head !== "MASKED_LANGUAGE_MODEL") {
    const targets = sequences.flatMap((ids, i) => formulaTargets(head, ids, numbers[i]));
    return { sequences, labels: [], targets: Float32Array.from(targets) };
  }
  const hidden = sequences.map((ids, i) => formulaMasked(family, ids, numbers[i]));
  let offset = 0;
  const labels: number[] = [];
  const positions: number[] = [];
  hidden.forEach(({ ids, places }, i) => {
    for (const place of places) {
      labels.push(sequences[i][place]);
      positions.push(offset + place);
    }
    offset += ids.length;
  });
  return { sequences: hidden.map(({ ids }) => ids), labels, maskedPositions: Int32Array.from(positions) };
}

const range = (first: number, count: number) => Array.from({ length: count }, (_, i) => first + i);

it.each(cases.map((each) => [`${each.family} ${each.head} ${describeSettings(each)}`, each] as const))(
  "%s",
  async (name, { family, head, settings, losses, predictions }) => {
    const { classWeights, ...given } = settings;
    const checkpoint = formulaCheckpoint(family, head);
    const parts = settings.gradientAccumulationSteps;
    const options = resolveOptions(
      { ...given, maxSteps: steps, batchSize },
      { task: head, config: checkpoint.config, validation: 0 },
    );
    const plan = planRun(options, []);
    const trainer = await Trainer.create(checkpoint, {
      seed: options.seed,
      threads: 1,
      weightDecay: options.weightDecay,
      gradientClip: options.gradientClip,
      beta1: options.adamBeta1,
      beta2: options.adamBeta2,
      epsilon: options.adamEpsilon,
      labelSmoothing: options.labelSmoothingFactor,
      classWeights,
      accumulates: parts > 1,
    });
    let worst = 0;
    for (let step = 1; step <= steps; step++) {
      const batches = range(0, parts).map((part) =>
        batchOf(family, head, range(((step - 1) * parts + part) * batchSize, batchSize)),
      );
      const { loss } = await trainer.accumulateGradients(batches, step);
      await trainer.update(step, plan.learningRateOf(step));
      const error = Math.abs(loss - losses[step - 1]) / losses[step - 1];
      expect(error, `step ${step}: ${loss} against ${losses[step - 1]}`).toBeLessThan(1e-4);
      worst = Math.max(worst, error);
    }
    const logits = await trainer.predict(batchOf(family, head, range(1_000_000, 16)));
    await trainer.release();
    const expected = predictions.flat();
    const largest = Math.max(...expected.map(Math.abs));
    const gap = expected.reduce((most, value, i) => Math.max(most, Math.abs(logits[i] - value)), 0) / largest;
    console.log(`${name}: worst loss ${worst.toExponential(1)}, predictions ${gap.toExponential(1)}`);
    expect(gap).toBeLessThan(1e-4);
  },
);

function describeSettings({ settings }: Case): string {
  const { gradientAccumulationSteps: parts, lrSchedulerType, labelSmoothingFactor, classWeights } = settings;
  const notes = [
    `${lrSchedulerType}, warm-up ${settings.warmupSteps}`,
    `${parts} parts`,
    `clip ${settings.gradientClip}`,
  ];
  if (labelSmoothingFactor > 0) notes.push(`smoothing ${labelSmoothingFactor}`);
  if (classWeights) notes.push(`class weights ${classWeights}`);
  return notes.join(", ");
}
