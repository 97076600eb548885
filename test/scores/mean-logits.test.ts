/** The logits of a mean of answers: their probabilities are the mean of the probabilities, and none is infinite. */
import { describe, expect, it } from "vitest";
import { meanLogits, probabilities } from "../../src/scores/logits.js";

const ROWS = [Float32Array.of(1, -2, 0.5), Float32Array.of(-3, 4, 0)];

describe("meanLogits", () => {
  it.each(["SINGLE_LABEL", "MULTI_LABEL", "REGRESSION"] as const)("of %s are the mean, weighted or not", (task) => {
    const own = ROWS.map((row) => probabilities(task, row, row.length));
    for (const weights of [undefined, [0.2, 0.8], [1, 0]]) {
      const [a, b] = weights ?? [0.5, 0.5];
      const mean = probabilities(task, meanLogits(task, ROWS, weights), ROWS[0].length);
      for (const [place, value] of mean.entries()) expect(value).toBeCloseTo(a * own[0][place] + b * own[1][place], 14);
    }
  });

  it("of certain answers are finite and keep their order", () => {
    const rows = [Float32Array.of(2_000, 0, -2_000), Float32Array.of(1_000, 0, -1_000)];
    for (const task of ["SINGLE_LABEL", "MULTI_LABEL"] as const) {
      const [first, second, third] = meanLogits(task, rows);
      expect([first, second, third].every(Number.isFinite)).toBe(true);
      expect(first).toBeGreaterThan(second);
      expect(second).toBeGreaterThan(third);
    }
    // log((e^-1000 + e^-2000) / 2), and of labels the log-odds of the same.
    expect(meanLogits("MULTI_LABEL", rows)[2]).toBeCloseTo(-1_000 - Math.log(2), 9);
  });
});
