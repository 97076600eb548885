/** Which of several claims becomes the label. */
import { describe, expect, it } from "vitest";
import { type Claim, conflictRule, decide } from "../../../src/datasets/conflicts/rules.js";

const classes = (...values: string[]): Claim[] => values.map((value, at) => ({ line: at + 2, value, number: null }));
const numbers = (...values: string[]): Claim[] =>
  values.map((value, at) => ({ line: at + 2, value, number: Number(value) }));

describe("MAJORITY", () => {
  it.each([
    [["a"], "a", 2],
    [["a", "b"], "a", 2],
    [["b", "a"], "b", 2],
    [["a", "b", "b"], "b", 3],
    [["a", "b", "c", "c", "b"], "b", 3],
  ])("of the classes %j is %s, by its first row", (values, value, line) => {
    expect(decide(classes(...values), "MAJORITY")).toMatchObject({ value, line });
    expect(decide(classes(...values).reverse(), "MAJORITY")).toMatchObject({ value, line });
  });

  it.each([
    [["1"], "1"],
    [["1", "3"], "1"],
    [["3", "1"], "1"],
    [["1", "900", "2"], "2"],
    [["4", "1", "3", "2"], "2"],
    [["1.0", "1", "5"], "1.0"],
    [["-2", "10", "-1e3"], "-2"],
  ])("of the numbers %j is the median %s", (values, value) => {
    expect(decide(numbers(...values), "MAJORITY")).toMatchObject({ value });
    expect(decide(numbers(...values).reverse(), "MAJORITY")).toMatchObject({ value });
  });
});

it("DROP keeps what all rows say, and else nothing", () => {
  expect(decide(classes("a", "a"), "DROP")).toMatchObject({ value: "a", line: 2 });
  expect(decide(classes("a", "a", "b"), "DROP")).toBeNull();
  expect(decide(numbers("1", "1.0"), "DROP")).toMatchObject({ value: "1" });
  expect(decide(numbers("1", "1.1"), "DROP")).toBeNull();
});

it("a rule is read in any case; another text is refused", () => {
  expect(conflictRule("majority")).toBe("MAJORITY");
  expect(() => conflictRule("mean")).toThrow(expect.objectContaining({ code: "BAD_INPUT", param: "onConflict" }));
  expect(() => conflictRule("toString")).toThrow(expect.objectContaining({ code: "BAD_INPUT" }));
});
