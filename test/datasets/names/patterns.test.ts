/** Patterns for names of columns and label sets, and the nearest names. */
import { describe, expect, it } from "vitest";
import { expand, isPattern, nearest } from "../../../src/datasets/names/patterns.js";

const NAMES = ["NR-AR", "NR-AR-LBD", "NR-AhR", "SR-p53", "a*", "logP"];

describe("a pattern", () => {
  it.each([
    ["NR-*", ["NR-AR", "NR-AR-LBD", "NR-AhR"]],
    ["*R-*", ["NR-AR", "NR-AR-LBD", "NR-AhR", "SR-p53"]],
    ["NR-A?", ["NR-AR"]],
    ["NR-A*R", ["NR-AR", "NR-AhR"]],
    ["NR-A?*", ["NR-AR", "NR-AR-LBD", "NR-AhR"]],
    ["?R-p53", ["SR-p53"]],
    ["*", NAMES],
    ["**", NAMES],
    ["nr-*", []],
    ["NR-AR?", []],
    ["NR.*", []],
    ["*p53", ["SR-p53"]],
    ["*AR*AR*", []],
    ["*A?-*", ["NR-AR-LBD"]],
    ["NR-A?R*", ["NR-AhR"]],
    // A name that is there is itself.
    ["a*", ["a*"]],
    ["logP", ["logP"]],
    ["log", []],
  ])("%s stands for %j, in the order of the names", (pattern, names) => {
    expect(expand(pattern, NAMES)).toEqual(names);
  });

  it("stands for candidates alone, and for itself whatever they are", () => {
    expect(expand("*", NAMES, ["logP"])).toEqual(["logP"]);
    expect(expand("SR-p53", NAMES, ["logP"])).toEqual(["SR-p53"]);
    expect(NAMES.filter(isPattern)).toEqual(["a*"]);
  });

  it.each([
    ["?", ["é", "😀"]],
    ["*😀", ["😀", "a😀", "😀😀"]],
    ["?😀", ["a😀", "😀😀"]],
    ["*?😀", ["a😀", "😀😀"]],
    ["??", ["a😀", "😀😀"]],
    ["*?*?*", ["a😀", "😀😀"]],
    ["*é?*", []],
  ])("%s takes a character for one, whatever its code units", (pattern, names) => {
    expect(expand(pattern, ["é", "😀", "a😀", "😀😀"])).toEqual(names);
  });

  it("takes few steps, however many stars it has", () => {
    expect(expand(`${"a*".repeat(49)}b`, ["a".repeat(100)])).toEqual([]);
    expect(expand("*".repeat(1_000_000), NAMES)).toEqual([]);
  });
});

it("the nearest names differ least from the pattern without its wildcards", () => {
  expect(nearest("NR_*", NAMES)[0]).toBe("NR-AR");
  expect(nearest("LOGD*", NAMES)[0]).toBe("logP");
  expect(nearest("sr-*", NAMES)[0]).toBe("SR-p53");
  expect(nearest("x", NAMES)).toHaveLength(5);
  expect(nearest("x", [])).toEqual([]);
});
