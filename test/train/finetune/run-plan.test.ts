/** Steps, order of the examples and learning rate of a run, counted as Hugging Face counts. */
import { describe, expect, it } from "vitest";
import { planRun } from "../../../src/train/finetune/run-plan.js";
import { resolveOptions } from "../../../src/train/options/option-rules.js";
import type { TrainingOptions } from "../../../src/train/options/options.js";
import { formulaConfig } from "../../support/data/formula.js";

const context = { task: "SINGLE_LABEL", config: formulaConfig("bert"), validation: 10 } as const;
const examples = (count: number) =>
  Array.from({ length: count }, (_, i) => ({
    tokenIds: new Int32Array(2 + (i % 5)),
    label: 0,
    split: "TRAIN" as const,
  }));

describe("the plan of a run", () => {
  const plan = (given: Partial<TrainingOptions>, count = 22) =>
    planRun(resolveOptions(given, context), examples(count));

  it("counts steps as Hugging Face: the last step of an epoch takes the parts that are left", () => {
    // 22 examples in batches of 4: 6 parts, 3 steps of 2; the last part has 2 examples.
    const { stepsPerEpoch, totalSteps, indicesOf } = plan({ epochs: 2, batchSize: 4, gradientAccumulationSteps: 2 });
    expect([stepsPerEpoch, totalSteps]).toEqual([3, 6]);
    const epoch = [1, 2, 3].map((step) => [...indicesOf(step)]);
    expect(epoch.map(({ length }) => length)).toEqual([8, 8, 6]);
    expect(epoch.flat().sort((a, b) => a - b)).toEqual(Array.from({ length: 22 }, (_, i) => i));
    const next = [4, 5, 6].flatMap((step) => [...indicesOf(step)]);
    expect(next).not.toEqual(epoch.flat());
    expect(next.sort((a, b) => a - b)).toEqual(Array.from({ length: 22 }, (_, i) => i));
  });

  it("lets maxSteps decide, and rounds a share of warm-up up", () => {
    const { totalSteps, warmupSteps, learningRateOf } = plan({
      maxSteps: 25,
      warmupRatio: 0.1,
      learningRate: 1e-3,
      batchSize: 4,
    });
    expect([totalSteps, warmupSteps]).toEqual([25, 3]);
    expect([1, 2, 4].map(learningRateOf)).toEqual([0, 1e-3 / 3, 1e-3]);
    expect(learningRateOf(25)).toBeCloseTo(1e-3 / 22, 12);
  });

  it("follows the requested schedule", () => {
    const rates = (lrSchedulerType: TrainingOptions["lrSchedulerType"]) =>
      [1, 3, 5].map(plan({ maxSteps: 8, learningRate: 1, lrSchedulerType }).learningRateOf);
    expect(rates("constant")).toEqual([1, 1, 1]);
    expect(rates("linear")).toEqual([1, 0.75, 0.5]);
    expect(rates("cosine").map((rate) => Number(rate.toFixed(6)))).toEqual([1, 0.853553, 0.5]);
  });

  it("groups by length and keeps every example", () => {
    const { indicesOf } = plan({ batchSize: 4, groupByLength: true, epochs: 1 });
    const steps = [1, 2, 3, 4, 5, 6].map((step) => [...indicesOf(step)]);
    expect(steps.flat().sort((a, b) => a - b)).toEqual(Array.from({ length: 22 }, (_, i) => i));
    const spread = (batch: number[]) => Math.max(...batch.map((i) => i % 5)) - Math.min(...batch.map((i) => i % 5));
    expect(Math.max(...steps.map(spread))).toBeLessThanOrEqual(1);
  });
});
