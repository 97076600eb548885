/**
 * Splits as promises: no molecule and no scaffold in two of them, sizes, and the same answer for the same set and seed.
 */
import { describe, expect, it } from "vitest";
import { Philox } from "../../../src/model/philox-stream.js";
import type { SplitName } from "../../../src/scores/types.js";
import {
  type SplitItem,
  type SplitOptions,
  type SplitStrategy,
  splitMolecules,
} from "../../../src/train/data/splits.js";

const STRATEGIES: SplitStrategy[] = ["RANDOM", "STRATIFIED", "SCAFFOLD"];
const NAMES: SplitName[] = ["TRAIN", "VALIDATION", "TEST"];
const options = (strategy: SplitStrategy, seed = 42): SplitOptions => ({ strategy, fractions: [0.8, 0.1, 0.1], seed });

/**
 * Rows of `molecules` molecules, some of them twice or with two scaffolds; group sizes and classes as long-tailed as
 * real ones.
 */
function library(molecules: number, seed: number): SplitItem[] {
  const random = new Philox(seed, 1);
  const items: SplitItem[] = [];
  for (let number = 0; number < molecules; number++) {
    const key = `KEY${number}`;
    const scaffold = () => `scaffold ${Math.floor(random.uniform() ** 3 * 60)}`;
    const group = random.uniform() < 0.4 ? key : scaffold();
    const label = `class ${Math.floor(random.uniform() ** 2 * 6)}`;
    items.push({ key, group, label });
    if (random.uniform() < 0.1) items.push({ key, group, label });
    if (random.uniform() < 0.003) items.push({ key, group: scaffold(), label });
  }
  return random.shuffle(items);
}

/** Distinct values of a column in each split. */
function sets(items: readonly SplitItem[], splits: readonly SplitName[], column: keyof SplitItem) {
  return NAMES.map((name) => new Set(items.filter((_, row) => splits[row] === name).map((item) => item[column])));
}

const overlap = ([a, b, c]: Set<string>[]) =>
  [...a].filter((x) => b.has(x) || c.has(x)).length + [...b].filter((x) => c.has(x)).length;

describe.each(STRATEGIES)("%s", (strategy) => {
  const libraries = [3, 17, 250, 2000].map((size) => library(size, size));

  it("puts every molecule into one split", () => {
    for (const items of libraries) {
      const splits = splitMolecules(items, options(strategy));
      expect(splits.length).toBe(items.length);
      expect(overlap(sets(items, splits, "key"))).toBe(0);
    }
  });

  it("depends on the set of rows and the seed only, not on their order", () => {
    for (const items of libraries) {
      const splits = splitMolecules(items, options(strategy));
      const reversed = splitMolecules([...items].reverse(), options(strategy));
      expect(reversed.reverse()).toEqual(splits);
      expect(splitMolecules(items, options(strategy))).toEqual(splits);
    }
    const large = libraries[3];
    const other = splitMolecules(large, options(strategy, 43));
    const changed = splitMolecules(large, options(strategy)).filter((split, row) => split !== other[row]).length;
    expect(changed).toBeGreaterThan(large.length * 0.05);
  });

  it("gives every molecule to TRAIN for fractions 1, 0, 0", () => {
    const splits = splitMolecules(libraries[2], { strategy, fractions: [1, 0, 0], seed: 1 });
    expect(new Set(splits)).toEqual(new Set(["TRAIN"]));
  });

  it("answers an empty set with an empty list", () => {
    expect(splitMolecules([], options(strategy))).toEqual([]);
  });

  it.each([
    [[0.8, 0.1, 0.2]],
    [[0, 0.5, 0.5]],
    [[1.1, -0.1, 0]],
    [[0.8, 0.2, Number.NaN]],
    [[0.8, 0.1, 0.1 - 2e-6]],
    [[0.8, 0.2] as unknown as number[]],
  ])("refuses fractions %j", (fractions) => {
    const bad = { strategy, fractions: fractions as unknown as [number, number, number], seed: 1 };
    expect(() => splitMolecules(libraries[0], bad)).toThrow(
      expect.objectContaining({ code: "INVALID_CONFIG", param: "split.fractions" }),
    );
  });
});

describe("sizes", () => {
  it("RANDOM meets its targets exactly, by largest remainder", () => {
    for (const [size, expected] of [
      [10, [8, 1, 1]],
      [30, [24, 3, 3]],
      [14, [11, 2, 1]],
      [3, [3, 0, 0]],
      [1000, [800, 100, 100]],
    ] as const) {
      const items = library(size, size);
      const splits = splitMolecules(items, options("RANDOM"));
      expect(sets(items, splits, "key").map((set) => set.size)).toEqual(expected);
    }
  });

  it("STRATIFIED meets the fractions in every class within one molecule, and over all classes", () => {
    const items = library(2000, 5);
    const splits = splitMolecules(items, options("STRATIFIED"));
    for (const label of new Set(items.map((item) => item.label))) {
      const ofClass = items.filter((item) => item.label === label);
      const counts = sets(
        ofClass,
        splits.filter((_, row) => items[row].label === label),
        "key",
      ).map((set) => set.size);
      const total = counts[0] + counts[1] + counts[2];
      [0.8, 0.1, 0.1].forEach((fraction, split) => {
        expect(Math.abs(counts[split] - fraction * total)).toBeLessThan(1);
      });
    }
    const all = sets(items, splits, "key").map((set) => set.size);
    const off = [1600, 200, 200].map((target, split) => Math.abs(all[split] - target));
    expect(Math.max(...off)).toBeLessThanOrEqual(3);
  });

  it("STRATIFIED shares the ties of small classes out evenly, and every class trains", () => {
    const items = Array.from({ length: 200 }, (_, n) => ({ key: `K${n}`, group: "", label: `class ${n % 40}` }));
    const splits = splitMolecules(items, options("STRATIFIED"));
    // 40 classes of 5: 4 to TRAIN each; the fifth could go to VALIDATION or TEST.
    expect(NAMES.map((name) => splits.filter((split) => split === name).length)).toEqual([160, 20, 20]);
    const single = [{ key: "A", group: "A", label: "rare" }];
    expect(splitMolecules(single, { strategy: "STRATIFIED", fractions: [0.2, 0.5, 0.3], seed: 0 })).toEqual(["TRAIN"]);
  });

  it("SCAFFOLD keeps every group whole, two groups of one molecule included", () => {
    for (const size of [17, 250, 2000]) {
      const items = library(size, size);
      const splits = splitMolecules(items, options("SCAFFOLD"));
      expect(overlap(sets(items, splits, "group"))).toBe(0);
    }
    const tautomers = [
      { key: "A", group: "x", label: "" },
      { key: "A", group: "y", label: "" },
      { key: "B", group: "y", label: "" },
      { key: "C", group: "z", label: "" },
    ];
    for (let seed = 0; seed < 20; seed++) {
      const splits = splitMolecules(tautomers, { strategy: "SCAFFOLD", fractions: [0.5, 0.25, 0.25], seed });
      expect(new Set(splits.slice(0, 3)).size).toBe(1);
    }
  });

  it("SCAFFOLD is within 1 % of its targets when no group is larger than 1 %", () => {
    const random = new Philox(3, 2);
    const items = Array.from({ length: 3000 }, (_, n) => ({ key: `K${n}`, group: `g${random.below(400)}`, label: "" }));
    for (let seed = 0; seed < 5; seed++) {
      const splits = splitMolecules(items, options("SCAFFOLD", seed));
      const counts = NAMES.map((name) => splits.filter((split) => split === name).length);
      const off = [2400, 300, 300].map((target, split) => Math.abs(counts[split] - target));
      expect(Math.max(...off)).toBeLessThanOrEqual(30);
    }
  });

  it("SCAFFOLD sends groups above 1 % to TRAIN while they fit", () => {
    const items = Array.from({ length: 1000 }, (_, n) => ({
      key: `K${n}`,
      group: n < 300 ? "large" : n < 311 ? "eleven" : n < 321 ? "ten" : `K${n}`,
      label: "",
    }));
    const ten = new Set<SplitName>();
    for (let seed = 0; seed < 40; seed++) {
      const splits = splitMolecules(items, options("SCAFFOLD", seed));
      expect([splits[0], splits[300]]).toEqual(["TRAIN", "TRAIN"]);
      expect(NAMES.map((name) => splits.filter((split) => split === name).length)).toEqual([800, 100, 100]);
      ten.add(splits[311]);
    }
    expect(ten.size).toBeGreaterThan(1); // 10 of 1,000 is not above 1 %: the seed decides
  });
});
