/** Scores and calibration against scikit-learn's and scipy's numbers (bench/reference/scores.py) and closed forms. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  expectedCalibrationError,
  fitLabelTemperature,
  fitTemperature,
  TEMPERATURE_RANGE,
} from "../../src/scores/calibration.js";
import { evaluate } from "../../src/scores/classes.js";
import { rankingScores } from "../../src/scores/ranking.js";
import { regressionScores } from "../../src/scores/regression.js";
import { MaskedTokenScores, multiLabelReport, regressionReport } from "../../src/scores/reports.js";

interface Reference {
  classes: ({ name: string; classes: number; labels: number[]; logits: number[][] } & Record<string, number>)[];
  labels: { logits: number[][]; truth: (number | null)[][] } & Record<
    "rocAuc" | "averagePrecision" | "f1",
    (number | null)[]
  > &
    Record<"macroRocAuc" | "macroAveragePrecision" | "accuracy" | "calibrationError" | "temperature", number>;
  regression: {
    values: number[][];
    truth: (number | null)[][];
    targets: { count: number; rmse: number; mae: number; r2: number }[];
  };
}
const reference = JSON.parse(
  readFileSync(join(import.meta.dirname, "../../bench/reference/scores.json"), "utf8"),
) as Reference;
const flat = (rows: (number | null)[][]) => Float32Array.from(rows.flat(), (value) => value ?? Number.NaN);
const near = (actual: number | null | undefined, expected: number, limit: number) =>
  expect(Math.abs((actual ?? Number.NaN) - expected), `${actual} against ${expected}`).toBeLessThan(limit);

describe("classes", () => {
  it.each(reference.classes)("equal scikit-learn: $name", (expected) => {
    const { classes, labels } = expected;
    const logits = flat(expected.logits);
    const names = Array.from({ length: classes }, (_, index) => String(index));
    const { scores } = evaluate(logits, Int32Array.from(labels), { split: "TEST", labels: names, majority: 0 });
    for (const name of ["accuracy", "balancedAccuracy", "macroF1", "weightedF1", "matthewsCorrelation"]) {
      near(scores?.[name], expected[name], 1e-12);
    }
    // Logits are float32 here: two rows that are equal there may be ties, and the areas still agree.
    for (const name of ["rocAuc", "averagePrecision", "calibrationError"]) near(scores?.[name], expected[name], 1e-6);
    near(fitTemperature(logits, labels, classes) / expected.temperature, 1, 1e-5);
  });

  it("have no ranking and no correlation where there is one class, and leave out classes that do not occur", () => {
    const one = evaluate(Float32Array.of(1, 0, 0, 1), Int32Array.of(1, 1), {
      split: "TEST",
      labels: ["a", "b"],
      majority: 0,
    });
    expect([one.scores?.rocAuc, one.scores?.averagePrecision, one.scores?.matthewsCorrelation]).toEqual([
      null,
      null,
      null,
    ]);
    expect([one.scores?.accuracy, one.scores?.macroF1]).toEqual([0.5, 2 / 3]);
    // Classes 0 and 1 are ranked perfectly; class 2 does not occur.
    const logits = Float32Array.of(2, 0, 0, 0, 2, 0);
    const two = evaluate(logits, Int32Array.of(0, 1), { split: "TEST", labels: ["a", "b", "c"], majority: 0 });
    expect([two.scores?.rocAuc, two.scores?.averagePrecision]).toEqual([1, 1]);
  });
});

describe("rankings", () => {
  it("count a tie as half a pair: all equal is 1/2, and precision is the share of yes", () => {
    expect(rankingScores([1, 1, 1, 1], [true, false, false, false])).toEqual({ rocAuc: 0.5, averagePrecision: 0.25 });
  });

  it("are those of a hand-made example", () => {
    // Order: yes, no, yes. Pairs right: 1 of 2. Precision at the hits: 1/1 and 2/3.
    const { rocAuc, averagePrecision } = rankingScores([3, 2, 1], [true, false, true]);
    expect(rocAuc).toBe(0.5);
    expect(averagePrecision).toBeCloseTo(0.5 * 1 + 0.5 * (2 / 3), 12);
    expect(rankingScores([1, 2], [false, false])).toEqual({ rocAuc: null, averagePrecision: null });
  });
});

describe("several labels", () => {
  it("equal scikit-learn, each over what was measured", () => {
    const expected = reference.labels;
    const labels = ["a", "b", "c", "always"];
    const report = multiLabelReport(flat(expected.logits), flat(expected.truth), { split: "TEST", labels });
    report.labels.forEach((column, j) => {
      for (const name of ["rocAuc", "averagePrecision"] as const) {
        if (expected[name][j] === null) expect(column[name]).toBeNull();
        else near(column[name], expected[name][j], 1e-12);
      }
      near(column.f1, expected.f1[j]!, 1e-12);
    });
    expect(report.labels[3].rocAuc).toBeNull();
    near(report.scores.rocAuc, expected.macroRocAuc, 1e-12);
    near(report.scores.averagePrecision, expected.macroAveragePrecision, 1e-12);
    near(report.scores.accuracy, expected.accuracy, 1e-12);
    near(report.scores.calibrationError, expected.calibrationError, 1e-6);
    near(fitLabelTemperature(flat(expected.logits), flat(expected.truth)) / expected.temperature, 1, 1e-5);
  });

  it("refuse a split without a measured value, and outputs that are not numbers", () => {
    const context = { split: "VALIDATION" as const, labels: ["a"] };
    expect(() => multiLabelReport(Float32Array.of(1), Float32Array.of(Number.NaN), context)).toThrow(
      expect.objectContaining({ code: "EMPTY_DATASET" }),
    );
    expect(() => multiLabelReport(Float32Array.of(Number.NaN), Float32Array.of(1), context)).toThrow(
      expect.objectContaining({ code: "NON_FINITE_OUTPUT" }),
    );
  });
});

describe("numbers", () => {
  it("equal scikit-learn in the targets' units, for every scale of training", () => {
    const { values, truth, targets } = reference.regression;
    const scale = { mean: Float64Array.of(0.1, 300, -5), deviation: Float64Array.of(1, 20, 0.1) };
    const outputs = Float32Array.from(
      values.flat(),
      (value, i) => (value - scale.mean[i % 3]) / scale.deviation[i % 3],
    );
    const report = regressionReport(outputs, flat(truth), { split: "TEST", labels: ["x", "y", "z"], scale });
    report.targets.forEach((target, j) => {
      expect(target.count).toBe(targets[j].count);
      // The values are float32.
      for (const name of ["rmse", "mae", "r2"] as const) near(target[name]! / targets[j][name], 1, 1e-4);
    });
    near(report.scores.rmse! / (targets.reduce((sum, { rmse }) => sum + rmse, 0) / 3), 1, 1e-4);
  });

  it("in float64 equal scikit-learn to 1e-12", () => {
    const { values, truth, targets } = reference.regression;
    targets.forEach((expected, j) => {
      const scores = regressionScores(
        values.map((row) => row[j]),
        truth.map((row) => row[j] ?? Number.NaN),
      );
      for (const name of ["rmse", "mae", "r2"] as const)
        near(scores[name], expected[name], 1e-12 * Math.max(1, expected[name]));
    });
  });

  it("have no R2 for one value, and for a constant truth 1 or 0", () => {
    expect(regressionScores([1], [2])).toEqual({ count: 1, rmse: 1, mae: 1, r2: null });
    expect(regressionScores([2, 2], [2, 2]).r2).toBe(1);
    expect(regressionScores([2, 3], [2, 2]).r2).toBe(0);
    expect(regressionScores([1], [Number.NaN])).toEqual({ count: 0, rmse: null, mae: null, r2: null });
  });
});

describe("masked tokens", () => {
  it("are scored over all batches together", () => {
    const scores = new MaskedTokenScores();
    // Probabilities 3/4 and 1/2; a tie goes to the lower token.
    scores.add(Float32Array.of(0, Math.log(3), 0, 0), [1, 0]);
    scores.add(Float32Array.of(0, Math.log(4)), [0]); // 1/5
    const report = scores.report("VALIDATION", 3);
    expect(report).toMatchObject({ count: 3, maskedTokens: 3, baseline: { accuracy: 2 / 3 } });
    expect(report.scores.accuracy).toBeCloseTo(2 / 3, 12);
    expect(report.scores.loss).toBeCloseTo(Math.log((4 / 3) * 2 * 5) / 3, 6);
  });
});

describe("calibration", () => {
  it("is 0 when each confidence is the share that is right, and the gap when it is not", () => {
    const half = { confidences: [0.5, 0.5, 0.5, 0.5], right: [true, false, true, false] };
    expect(expectedCalibrationError(half.confidences, half.right)).toBe(0);
    // Two of four at 0.9 with none right: 1/2 · 0.9; two at 0.3 with one right: 1/2 · 0.2.
    expect(expectedCalibrationError([0.9, 0.9, 0.3, 0.3], [false, false, true, false])).toBeCloseTo(0.55, 12);
  });

  it("puts a confidence on a bin's edge into the lower bin", () => {
    // 1/15 is in the first bin: alone there, its own gap counts; with 0.1 in one bin the gaps would cancel.
    expect(expectedCalibrationError([1 / 15, 0.1], [true, false])).toBeCloseTo((14 / 15 + 0.1) / 2, 12);
  });

  it("of two logits ±a with share s right has the temperature 2a / log(s / (1 - s))", () => {
    const logits = Array.from({ length: 8 }, () => [3, -3]).flat();
    const truth = [0, 0, 0, 0, 0, 0, 1, 1];
    expect(fitTemperature(logits, truth, 2)).toBeCloseTo(6 / Math.log(3), 9);
    expect(fitLabelTemperature([3, 3, 3, 3], [1, 1, 1, 0])).toBeCloseTo(3 / Math.log(3), 9);
  });

  it("stays within its range where no temperature is best", () => {
    expect(fitTemperature([1, 0, 0, 1], [0, 1], 2)).toBe(TEMPERATURE_RANGE[0]); // all right: the colder the better
    expect(fitTemperature([1, 0, 0, 1], [1, 0], 2)).toBe(TEMPERATURE_RANGE[1]); // all wrong
  });
});
