/** The table of scores, and the scorers that return what it lists. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { isSequenceTask } from "../../src/model/types.js";
import {
  DEFAULT_METRIC,
  lessIsBetter,
  METRICS,
  metricOf,
  oriented,
  streamedMetrics,
  titleOf,
} from "../../src/scores/metrics.js";
import { regressionScores } from "../../src/scores/regression.js";
import { MaskedTokenScores } from "../../src/scores/reports.js";
import { once, scorerOf } from "../../src/scores/scorers.js";

const TASKS = ["SINGLE_LABEL", "MULTI_LABEL", "REGRESSION", "MASKED_LANGUAGE_MODEL"] as const;

describe("the table of scores", () => {
  it.each(TASKS)("lists what the scorer of %s returns, in its order", (task) => {
    const outputs = Float32Array.of(1, 0, 0, 1, 2, 0);
    const truth = task === "SINGLE_LABEL" ? Int32Array.of(0, 1, 1) : Float32Array.of(1, 0, 0, 1, 1, 0);
    const masked = new MaskedTokenScores();
    masked.add(outputs, [0, 1, 1]);
    const scores = isSequenceTask(task)
      ? scorerOf({ task, labels: ["a", "b"], outputs, truth })(once(3))
      : masked.report("TEST", 3).scores;
    expect(Object.keys(scores)).toEqual(Object.keys(METRICS[task]));
    expect(Object.values(scores).every(Number.isFinite)).toBe(true);
    expect(metricOf(task, DEFAULT_METRIC[task])).toBeDefined();
    expect(streamedMetrics(task)).toContain("loss");
  });

  it("is what the API's description of a score lists, by task", () => {
    const schema = readFileSync(join(import.meta.dirname, "../../schema.graphql"), "utf8").replace(/ \([^)]*\)/g, "");
    for (const task of TASKS.filter(isSequenceTask))
      expect(schema).toContain(`${task}: ${Object.keys(METRICS[task]).join(", ")}.`);
  });

  it("gives a score the same title and direction in every task", () => {
    for (const [name, metric] of Object.values(METRICS).flatMap((metrics) => Object.entries(metrics)))
      expect([name, metric.title, !metric.greaterIsBetter]).toEqual([name, titleOf(name), lessIsBetter(name)]);
    expect([titleOf("gradientNorm"), lessIsBetter("gradientNorm")]).toEqual(["gradientNorm", false]);
  });

  it("knows which way is better", () => {
    expect(oriented("REGRESSION", "rmse", 2)).toBe(-2);
    expect(oriented("REGRESSION", "r2", 0.5)).toBe(0.5);
    expect(oriented("SINGLE_LABEL", "rocAuc", null)).toBeNull();
    expect(metricOf("REGRESSION", "toString")).toBeUndefined();
  });
});

describe("a weighting", () => {
  it("under which nothing measured counts has no score", () => {
    const nothing = { loss: null, accuracy: null, macroF1: null, rocAuc: null };
    const truth = Float32Array.of(1, 0, Number.NaN, Number.NaN);
    const labels = { labels: ["a", "b"], outputs: new Float32Array(4), truth };
    expect(scorerOf({ task: "MULTI_LABEL", ...labels })([0, 1])).toMatchObject(nothing);
    expect(scorerOf({ task: "REGRESSION", ...labels })([0, 1])).toEqual({
      loss: null,
      rmse: null,
      mae: null,
      r2: null,
    });
  });

  it("of one repeated value is a constant truth, for every rounding of its mean", () => {
    // (0.1 + 0.1 + 0.1) / 3 is not 0.1 in double precision.
    expect(regressionScores([0.1, 0.1, 0.1], [0.1, 0.1, 0.1]).r2).toBe(1);
    expect(regressionScores([0.1, 0.2, 0.1], [0.1, 0.1, 0.1]).r2).toBe(0);
  });
});
