/**
 * The fit of a linear probe, and balanced class weights, against scikit-learn's numbers (bench/reference/scores.py).
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { balancedClassWeights } from "../../../src/train/data/class-weights.js";
import { designOf } from "../../../src/train/probe/design.js";
import { fitLinearProbe, predictLinearProbe } from "../../../src/train/probe/linear-probe.js";

interface Reference {
  probe: {
    name: string;
    inverseRegularization: number;
    balanced: boolean;
    embeddings: number[][];
    labels: number[];
    coefficients: number[][];
    intercepts: number[];
    probabilities: number[][];
  }[];
}
const reference = JSON.parse(
  readFileSync(join(import.meta.dirname, "../../../bench/reference/scores.json"), "utf8"),
) as Reference;

describe("the linear probe", () => {
  it.each(reference.probe)("equals scikit-learn's LogisticRegression: $name", (expected) => {
    const { labels, inverseRegularization, balanced } = expected;
    const embeddings = Float32Array.from(expected.embeddings.flat());
    const classes = new Set(labels).size;
    const probe = fitLinearProbe(designOf(embeddings, embeddings.length / labels.length), labels, classes, {
      inverseRegularization,
      classWeights: balanced ? "balanced" : "none",
    });
    const worst = (actual: ArrayLike<number>, numbers: number[]) => {
      expect(actual.length).toBe(numbers.length);
      return numbers.reduce((most, value, i) => Math.max(most, Math.abs(actual[i] - value)), 0);
    };
    const gaps = [
      worst(
        probe.coefficients.flatMap((row) => [...row]),
        expected.coefficients.flat(),
      ),
      worst(probe.intercepts, expected.intercepts),
      worst(predictLinearProbe(probe, embeddings), expected.probabilities.flat()),
    ];
    console.log(
      `${expected.name}: largest gap ${Math.max(...gaps).toExponential(1)} after ${probe.iterations} iterations`,
    );
    expect(Math.max(...gaps)).toBeLessThan(1e-5);
  });

  it("weighs classes as scikit-learn's balanced rule, and names a class without an example", () => {
    expect(balancedClassWeights([0, 0, 0, 1], 2)).toEqual([4 / 6, 2]);
    expect(() => balancedClassWeights([0, 2], 3)).toThrow(
      expect.objectContaining({ code: "CLASS_MISSING_FROM_TRAINING" }),
    );
  });
});
