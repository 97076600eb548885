/** Splits of few molecules are said to say little, with the interval that so few leave. */
import { describe, expect, it } from "vitest";
import { smallSplits } from "../../../src/runs/plan/warnings/small-splits.js";
import { wilsonInterval } from "../../../src/scores/wilson.js";

const warned = (
  validation: number,
  test: number,
  { validationDecides = false, task = "SINGLE_LABEL" as "SINGLE_LABEL" | "MULTI_LABEL" | "REGRESSION" } = {},
) =>
  smallSplits({
    task,
    sizeOf: (split) => ({ TRAIN: 100, VALIDATION: validation, TEST: test })[split],
    what: "molecule",
    validationDecides,
  });

describe("splits of few molecules", () => {
  it("are warned of below 30 molecules, and not at 30", () => {
    expect(warned(5, 30)).toEqual([]);
    expect(warned(5, 29).map(({ code, details }) => [code, details.count, details.limit])).toEqual([
      ["TEST_SMALL", 29, 30],
    ]);
  });

  it("of validation only where it decides, or where no molecule is tested", () => {
    expect(warned(5, 40)).toEqual([]);
    expect(warned(5, 40, { validationDecides: true }).map(({ code }) => code)).toEqual(["VALIDATION_SMALL"]);
    expect(warned(5, 0).map(({ code }) => code)).toEqual(["VALIDATION_SMALL"]);
    expect(warned(0, 0, { validationDecides: true })).toEqual([]);
    expect(warned(29, 29, { validationDecides: true }).map(({ code }) => code)).toEqual([
      "TEST_SMALL",
      "VALIDATION_SMALL",
    ]);
  });

  it("say what five right answers of five leave: n / (n + z²) to 1", () => {
    const [{ message, details }] = warned(40, 5);
    expect(details.low).toBeCloseTo(5 / (5 + 1.959963984540054 ** 2), 12);
    expect(details.high).toBe(1);
    expect(message).toContain("5 right answers to 5 molecules");
    expect(message).toContain("between 0.57 and 1.00");
    expect(warned(40, 1)[0].message).toContain("has 1 molecule,");
  });

  it("of numbers say the standard error of the RMSE, 1 / √(2n)", () => {
    const [{ message, details }] = warned(40, 8, { task: "REGRESSION" });
    expect(details.relativeError).toBeCloseTo(0.25, 12);
    expect(message).toContain("25 %");
  });
});

it.each([
  [5, 10],
  [0, 20],
  [5, 5],
  [81, 100],
])("the ends of Wilson's interval are 1.96 of their own deviations from %i of %i", (right, count) => {
  const { low, high } = wilsonInterval(right, count);
  const share = right / count;
  const deviations = (end: number) => Math.abs(share - end) / Math.sqrt((end * (1 - end)) / count);
  if (right > 0) expect(deviations(low)).toBeCloseTo(1.959963984540054, 9);
  else expect(low).toBe(0);
  if (right < count) expect(deviations(high)).toBeCloseTo(1.959963984540054, 9);
  else expect(high).toBe(1);
});
