/** Which molecules, classes and labels a separation table is measured on. */
import { describe, expect, it } from "vitest";
import type { LabelledMember } from "../../../src/datasets/labelled-members.js";
import { chooseClasses, chooseLabels, FOLDS } from "../../../src/service/space/separation-sample.js";
import { cpuTime } from "../../support/machine/cpu-time.js";

let number = 0;
const molecule = (labels: string[], group = `group ${number}`): LabelledMember => ({
  id: `m${number}`,
  compoundId: `c${number}`,
  smiles: "C".repeat(1 + (number++ % 50)),
  group,
  labels,
});
const many = (count: number, labels: string[]): LabelledMember[] =>
  Array.from({ length: count }, () => molecule(labels));
const request = { only: null, sample: 1_000, seed: 42, name: "taste" };

/** Processor time: looking at all molecules for each class would take half a minute. */
const quickly = <T>(choose: () => T): T => {
  const spent = cpuTime();
  const chosen = choose();
  expect(spent()).toBeLessThan(5_000);
  return chosen;
};

describe("classes", () => {
  it("may be twenty thousand, in linear time", () => {
    const all = Array.from({ length: 20_000 }, (_, n) => many(5, [`class ${n}`])).flat();
    const { classes, majority, members } = quickly(() => chooseClasses(all, request));
    expect([classes.length, members.length, majority]).toEqual([20_000, 100_000, 5 / 100_000]);
  });

  it("are left out by different molecules, not by rows: stereoisomers count once", () => {
    const isomers = Array.from({ length: 6 }, (_, n) => molecule(["b"], `isomer ${n % 2}`));
    const { classes, dropped, labelled, majority } = chooseClasses(
      [...many(20, ["a"]), ...isomers, ...many(5, ["c"])],
      request,
    );
    expect([classes, dropped, labelled]).toEqual([["a", "c"], [{ label: "b", count: 6 }], 25]);
    expect(majority).toBe(20 / 25);
  });

  it("of some of them, and too few: TOO_FEW_CLASSES", () => {
    const all = [...many(20, ["a"]), ...many(9, ["b"]), ...many(5, ["c"])];
    expect(chooseClasses(all, { ...request, only: ["c", "b", "z"] }).classes).toEqual(["b", "c"]);
    expect(() => chooseClasses(all, { ...request, only: ["c"] })).toThrow(
      expect.objectContaining({ code: "TOO_FEW_CLASSES", message: expect.stringContaining("taste has 1 classes") }),
    );
  });
});

describe("labels", () => {
  it("may be twenty thousand rare ones, in linear time", () => {
    const rare = Array.from({ length: 20_000 }, (_, n) => many(4, ["a", `rare ${n}`])).flat();
    const { classes, dropped } = quickly(() => chooseLabels([...rare, ...many(9, ["b"])], request));
    expect([classes, dropped.length]).toEqual([["a", "b"], 20_000]);
  });

  it("are the ten most frequent that five molecules have and five lack; the others are measured", () => {
    const names = Array.from({ length: 13 }, (_, n) => `label ${String.fromCharCode(97 + n)}`);
    // Label n has 60 - n molecules; each molecule has "always"; "rare" has 4.
    const all = Array.from({ length: 80 }, (_, m) =>
      molecule(["always", ...names.filter((_, n) => m < 60 - n), ...(m < 4 ? ["rare"] : [])]),
    );
    const { classes, dropped, members, labelled, measured, majority, folds } = chooseLabels(all, request);
    expect(classes).toEqual(names.slice(0, 10));
    expect(dropped).toEqual([
      { label: "always", count: 80 },
      ...[10, 11, 12].map((n) => ({ label: names[n], count: 60 - n })),
      { label: "rare", count: 4 },
    ]);
    expect([members.length, labelled, majority]).toEqual([80, 80, null]);
    expect(new Set(folds)).toEqual(new Set([0, 1, 2, 3, 4]));
    if (measured.kind !== "LABELS") throw new Error(measured.kind);
    for (const [row, { labels }] of members.entries())
      expect(classes.filter((_, place) => measured.truth[row * 10 + place] === 1)).toEqual(
        labels.filter((label) => classes.includes(label)),
      );
    expect(chooseLabels(all, { ...request, only: ["rare", names[12], names[3]] }).classes).toEqual([
      names[3],
      names[12],
    ]);
  });

  it("have both sides in a sample too, for every seed", () => {
    // All but five have a; those five have b as well, so no stratum is theirs.
    const all = [...many(5, ["b"]), ...many(595, ["a", "b"]), ...many(400, ["a"])];
    for (let seed = 0; seed < 20; seed++) {
      const { members, classes, measured } = chooseLabels(all, { ...request, sample: 100, seed });
      if (measured.kind !== "LABELS") throw new Error(measured.kind);
      expect(members.length).toBeLessThan(111);
      expect(new Set(members).size).toBe(members.length);
      for (const place of classes.keys()) {
        const having = members.filter((_, row) => measured.truth[row * classes.length + place] === 1).length;
        expect(Math.min(having, members.length - having), classes[place]).toBeGreaterThanOrEqual(FOLDS);
      }
    }
  });

  it("that all molecules have, or fewer than five, do not count: TOO_FEW_CLASSES", () => {
    expect(() => chooseLabels([...many(30, ["a"]), ...many(4, ["a", "b"])], request)).toThrow(
      expect.objectContaining({ code: "TOO_FEW_CLASSES", param: "labelSet" }),
    );
  });
});
