/** Scores against scikit-learn's (bench/reference/metrics.py) and against closed forms. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type EvaluationContext, evaluate } from "../../src/scores/classes.js";
import { softmax } from "../../src/scores/logits.js";

interface Reference {
  name: string;
  classes: number;
  labels: number[];
  logits: number[][];
  loss: number;
  accuracy: number;
  macroF1: number;
  precision: number[];
  recall: number[];
  f1: number[];
  support: number[];
  confusionMatrix: number[][];
}

const file = join(import.meta.dirname, "../../bench/reference/metrics.json");
const { cases } = JSON.parse(readFileSync(file, "utf8")) as { cases: Reference[] };
const context = (classes: number, majority = 0): EvaluationContext => ({
  split: "TEST",
  labels: Array.from({ length: classes }, (_, index) => `class ${index}`),
  majority,
});

describe("evaluate", () => {
  it.each(cases)("equals scikit-learn: $name", (reference) => {
    const { classes, labels } = reference;
    const logits = Float32Array.from(reference.logits.flat());
    const report = evaluate(logits, Int32Array.from(labels), context(classes));
    expect(report.count).toBe(labels.length);
    expect(report.confusionMatrix).toEqual(reference.confusionMatrix);
    expect(report.accuracy).toBeCloseTo(reference.accuracy, 12);
    expect(report.macroF1).toBeCloseTo(reference.macroF1, 12);
    expect(Math.abs(report.loss - reference.loss)).toBeLessThan(1e-6); // the logits are float32 here
    report.classes.forEach((scores, index) => {
      expect(scores.label).toBe(`class ${index}`);
      expect(scores.support).toBe(reference.support[index]);
      for (const name of ["precision", "recall", "f1"] as const) {
        expect(scores[name]).toBeCloseTo(reference[name][index], 12);
      }
    });
    const probabilities = Float32Array.from(softmax(logits, classes));
    const same = evaluate(probabilities, Int32Array.from(labels), { ...context(classes), scores: "PROBABILITIES" });
    expect(same.confusionMatrix).toEqual(reference.confusionMatrix);
    expect(Math.abs(same.loss - reference.loss)).toBeLessThan(1e-6);
  });

  it("has the loss log(classes) for equal logits of any size, and predicts the first of equals", () => {
    for (const value of [0, 3e38, -3e38]) {
      const report = evaluate(new Float32Array(8).fill(value), Int32Array.of(0, 3), context(4));
      expect(report.loss).toBeCloseTo(Math.log(4), 12);
      expect(report.confusionMatrix).toEqual([
        [1, 0, 0, 0],
        [0, 0, 0, 0],
        [0, 0, 0, 0],
        [1, 0, 0, 0],
      ]);
    }
  });

  it("has a loss as large as the margin of a confident error, not an infinite one", () => {
    const report = evaluate(Float32Array.of(1000, 0), Int32Array.of(1), context(2));
    expect(report.loss).toBe(1000);
    const certain = { ...context(2), scores: "PROBABILITIES" as const };
    expect(evaluate(Float32Array.of(1, 0), Int32Array.of(1), certain).loss).toBeCloseTo(52 * Math.log(2), 9);
  });

  it("states what always answering the majority class of the training split would score", () => {
    // 3 of 4 are class 1: accuracy 3/4; F1 of class 1 is 2 * 3/4 / (1 + 3/4) = 6/7, the mean over two classes 3/7.
    const logits = Float32Array.of(1, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0);
    const { baseline } = evaluate(logits, Int32Array.of(0, 1, 1, 1), context(3, 1));
    expect(baseline.label).toBe("class 1");
    expect(baseline.accuracy).toBeCloseTo(3 / 4, 12);
    expect(baseline.macroF1).toBeCloseTo(3 / 7, 12);
    const absent = evaluate(logits, Int32Array.of(0, 1, 1, 1), context(3, 2)).baseline;
    expect([absent.accuracy, absent.macroF1]).toEqual([0, 0]);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY])("refuses scores with %d", (bad) => {
    expect(() => evaluate(Float32Array.of(0, bad), Int32Array.of(0), context(2))).toThrow(
      expect.objectContaining({ code: "NON_FINITE_OUTPUT" }),
    );
  });

  it.each([
    ["no rows", [], [], 0],
    ["a missing score", [0, 1, 2], [0, 1], 0],
    ["a label that is no class", [0, 1], [2], 0],
    ["a majority class that is none", [0, 1], [1], 2],
  ])("refuses %s", (_, scores, truth, majority) => {
    expect(() => evaluate(Float32Array.from(scores), Int32Array.from(truth), context(2, majority))).toThrow(
      expect.objectContaining({ code: "BAD_INPUT" }),
    );
  });
});

describe("softmax", () => {
  it("is stable and adds up to 1", () => {
    const [a, b, c, ...second] = softmax(Float32Array.of(1000, 1000 + Math.log(3), -1000, 0, 0, Math.log(2)), 3);
    expect([a, b, c].map((value) => Number(value.toFixed(4)))).toEqual([0.25, 0.75, 0]);
    expect(second.map((value) => Number(value.toFixed(6)))).toEqual([0.25, 0.25, 0.5]);
  });
});
