/** Which split the values of a column mean. */
import { expect, it } from "vitest";
import { holdsSplits, readSplits } from "../../../src/datasets/cells/split-names.js";

const counted = (counts: Record<string, number>): Map<string, number> => new Map(Object.entries(counts));
const read = (counts: Record<string, number>) => {
  const { splitOf, unknown, numbered } = readSplits(counted(counts));
  return { splits: Object.fromEntries(splitOf), unknown, numbered };
};

it("names are read in any case", () => {
  const names = {
    Train: 5,
    training: 1,
    VALID: 1,
    val: 1,
    dev: 1,
    Development: 1,
    validation: 1,
    "test ": 1,
    testing: 1,
  };
  expect(read(names)).toEqual({
    splits: {
      Train: "TRAIN",
      training: "TRAIN",
      VALID: "VALIDATION",
      val: "VALIDATION",
      dev: "VALIDATION",
      Development: "VALIDATION",
      validation: "VALIDATION",
      "test ": "TEST",
      testing: "TEST",
    },
    unknown: null,
    numbered: false,
  });
});

it("what is held out is the test, unless something else is called so", () => {
  expect(read({ train: 8, holdout: 2 }).splits).toEqual({ train: "TRAIN", holdout: "TEST" });
  expect(read({ train: 8, "hold-out": 2, "Held-Out": 1 }).splits).toMatchObject({
    "hold-out": "TEST",
    "Held-Out": "TEST",
  });
  expect(read({ train: 8, test: 2, holdout: 2 })).toMatchObject({ unknown: "holdout" });
});

it("0, 1 and 2 are read where they are all there is and more than half are 0", () => {
  const splits = { 0: "TRAIN", 1: "VALIDATION", 2: "TEST" };
  expect(read({ 0: 8, 1: 1, 2: 1 })).toEqual({ splits, unknown: null, numbered: true });
  for (const counts of [
    { 0: 5, 1: 5, 2: 5 },
    { 0: 2, 1: 1, 2: 1 },
    { 0: 8, 1: 2 },
    { 0: 8, 1: 1, 2: 1, 3: 1 },
  ])
    expect(read(counts as unknown as Record<string, number>)).toMatchObject({ unknown: "0", numbered: false });
  expect(read({ 0: 8, 1: 1, 2: 1, test: 1 })).toMatchObject({ unknown: "0" });
});

it("a column holds splits when it has training, another one and nothing else", () => {
  expect(holdsSplits(counted({ train: 8, test: 2 }))).toBe(true);
  expect(holdsSplits(counted({ train: 8 }))).toBe(false);
  expect(holdsSplits(counted({ test: 8, val: 1 }))).toBe(false);
  expect(holdsSplits(counted({ train: 8, test: 2, toString: 1 }))).toBe(false);
});
