/** Which evaluation is the best so far, and how many followed it without a gain. */
import { describe, expect, it } from "vitest";
import { judge, NOTHING_YET } from "../../../src/train/finetune/best.js";

describe("the best so far", () => {
  const follow = (values: (number | null)[], greaterIsBetter: boolean, threshold: number) =>
    values.reduce((best, value, i) => judge(best, value, { step: i + 1, greaterIsBetter, threshold }), NOTHING_YET);

  it("is the first of equals; an evaluation that is no better counts towards patience", () => {
    expect(follow([0.5, 0.7, 0.7, 0.6], true, 0)).toEqual({ value: 0.7, step: 2, withoutGain: 2 });
    expect(follow([3, 2, 2.5], false, 0)).toEqual({ value: 2, step: 2, withoutGain: 1 });
  });

  // As EarlyStoppingCallback.
  it("may be better by less than the threshold: then it is the best, and patience still runs", () => {
    // Each compares with the best before it: 0.52 - 0.5, 0.54 - 0.52, 0.7 - 0.54.
    expect(follow([0.5, 0.52, 0.54], true, 0.1)).toEqual({ value: 0.54, step: 3, withoutGain: 2 });
    expect(follow([0.5, 0.52, 0.54, 0.7], true, 0.1)).toEqual({ value: 0.7, step: 4, withoutGain: 0 });
  });

  it("is not an evaluation without a measured answer, and such a one does not count towards patience", () => {
    expect(follow([null, 0.5, null, 0.4], true, 0)).toEqual({ value: 0.5, step: 2, withoutGain: 1 });
    expect(follow([null, null], true, 0)).toEqual(NOTHING_YET);
  });
});
