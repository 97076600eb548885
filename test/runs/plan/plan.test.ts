import { describe, expect, it } from "vitest";
import type { MaillardError } from "../../../src/errors.js";
import { orderFinetune } from "../../../src/runs/orders/input.js";
import { planClasses } from "../../../src/runs/plan/plan-classes.js";
import type { Labelled } from "../../../src/runs/plan/types.js";

const order = (changes: Record<string, unknown> = {}) =>
  orderFinetune({ name: "n", baseModel: "b", dataset: "d", target: "t", split: { strategy: "RANDOM" }, ...changes });

/** `counts` molecules of each label; `fold` gives the split column by place. */
function molecules(
  counts: Record<string, number>,
  change: (molecule: Labelled) => Partial<Labelled> = () => ({}),
): Labelled[] {
  const labels = Object.entries(counts).flatMap(([label, count]) => Array.from({ length: count }, () => label));
  return labels.map((label, position) => {
    const molecule = {
      memberId: `m${position}`,
      position,
      smiles: "C".repeat(position + 1),
      key: `K${position}`,
      scaffold: "",
      label,
      column: null,
    };
    return { ...molecule, ...change(molecule) };
  });
}

const refusal = (rows: Labelled[], changes: Record<string, unknown> = {}): MaillardError => {
  try {
    planClasses(rows, order(changes));
  } catch (error) {
    return error as MaillardError;
  }
  throw new Error("the plan was made");
};
const COLUMN = { split: { strategy: "COLUMN", column: "fold" } };
const folds = ["train", "train", "train", "train", "val", "test"];

describe("a plan", () => {
  it("drops classes below minClassSize, at n and n - 1, and names them with their sizes", () => {
    const { assignments, warnings } = planClasses(molecules({ a: 40, b: 10, c: 9, d: 1 }), order());
    expect(assignments).toHaveLength(50);
    expect(new Set(assignments.map(({ label }) => label))).toEqual(new Set(["a", "b"]));
    expect(warnings[0]).toMatchObject({
      code: "CLASSES_DROPPED",
      details: { minClassSize: 10, classes: { c: 9, d: 1 } },
    });
    expect(warnings[0].message).toContain("c (9), d (1)");
  });

  it("keeps the most frequent classes of a size: the published 10 most frequent of at most so many", () => {
    const counts = { a: 40, b: 30, c: 20, d: 20, e: 12, f: 3 };
    const rules = { minClassSize: 10, maxClassSize: 30, topClasses: 2 };
    const { assignments, warnings } = planClasses(molecules(counts), order(rules));
    // of equal ones the first in text order
    expect(new Set(assignments.map(({ label }) => label))).toEqual(new Set(["b", "c"]));
    expect(warnings[0].details).toEqual({ ...rules, classes: { a: 40, d: 20, e: 12, f: 3 } });
    expect(warnings[0].message).toContain("10 to 30 molecules, of these the 2 most frequent");
    expect(refusal(molecules(counts), { topClasses: 1 })).toMatchObject({
      code: "TOO_FEW_CLASSES",
      param: "topClasses",
    });
    expect(refusal(molecules(counts), { maxClassSize: 15 })).toMatchObject({
      code: "TOO_FEW_CLASSES",
      param: "maxClassSize",
    });
  });

  it("needs two classes", () => {
    expect(refusal(molecules({ a: 40, b: 9 }))).toMatchObject({
      code: "TOO_FEW_CLASSES",
      param: "minClassSize",
      details: { classes: { a: 40, b: 9 } },
    });
  });

  it("puts the same molecule into one split, however its rows are written", () => {
    const { assignments } = planClasses(
      molecules({ a: 60, b: 60 }, ({ position }) => ({ key: `K${position % 20}` })),
      order(),
    );
    const splits = new Map<string, Set<string>>();
    for (const { memberId, split } of assignments) {
      const key = `K${Number(memberId.slice(1)) % 20}`;
      splits.set(key, (splits.get(key) ?? new Set()).add(split));
    }
    expect([...splits.values()].map(({ size }) => size)).toEqual(Array(20).fill(1));
  });

  it("keeps a scaffold together and takes an acyclic molecule as its own group", () => {
    const { assignments } = planClasses(
      molecules({ a: 100, b: 100 }, ({ position }) => ({ scaffold: position % 2 === 0 ? `ring${position % 50}` : "" })),
      order({ split: { strategy: "SCAFFOLD" } }),
    );
    const byGroup = new Map<string, Set<string>>();
    for (const { memberId, split } of assignments) {
      const position = Number(memberId.slice(1));
      if (position % 2 === 0)
        byGroup.set(`ring${position % 50}`, (byGroup.get(`ring${position % 50}`) ?? new Set()).add(split));
    }
    expect([...byGroup.values()].every(({ size }) => size === 1)).toBe(true);
    const acyclic = new Set(
      assignments.filter(({ memberId }) => Number(memberId.slice(1)) % 2 === 1).map(({ split }) => split),
    );
    expect(acyclic).toEqual(new Set(["TRAIN", "VALIDATION", "TEST"]));
  });

  it("takes the splits of a column, in any of its spellings", () => {
    const names = ["train", "Training ", "valid", "val", "validation", "TEST"];
    const { assignments, warnings } = planClasses(
      molecules({ a: 30, b: 30 }, ({ position }) => ({ column: names[position % 6] })),
      order(COLUMN),
    );
    expect(assignments.slice(0, 6).map(({ split }) => split)).toEqual([
      "TRAIN",
      "TRAIN",
      "VALIDATION",
      "VALIDATION",
      "VALIDATION",
      "TEST",
    ]);
    expect(warnings).toEqual([]);
  });

  it("leaves out molecules without a value of the column, and says how many", () => {
    const { assignments, warnings } = planClasses(
      molecules({ a: 12, b: 12 }, ({ position }) => ({ column: position === 3 ? null : folds[position % 6] })),
      order(COLUMN),
    );
    expect(assignments).toHaveLength(23);
    expect(warnings).toEqual([
      expect.objectContaining({ code: "MOLECULES_WITHOUT_SPLIT", details: { count: 1, positions: [3] } }),
    ]);
  });

  it("refuses a value of the column that is not a split, with the molecule", () => {
    const rows = molecules({ a: 12, b: 12 }, ({ position }) => ({
      column: position === 5 ? "holdout" : folds[position % 6],
    }));
    expect(refusal(rows, COLUMN)).toMatchObject({
      code: "INVALID_CONFIG",
      param: "split.column",
      details: { value: "holdout" },
    });
  });

  it("reads 0, 1 and 2 where most are 0, with a warning, and refuses the folds of a cross-validation", () => {
    const numbered = (of: string[]) =>
      molecules({ a: 12, b: 12 }, ({ position }) => ({ column: of[position % of.length] }));
    const { assignments, warnings } = planClasses(numbered(["0", "0", "0", "1", "2", "0"]), order(COLUMN));
    expect(assignments.slice(2, 6).map(({ split }) => split)).toEqual(["TRAIN", "VALIDATION", "TEST", "TRAIN"]);
    expect(warnings).toEqual([
      expect.objectContaining({ code: "SPLITS_NUMBERED", details: { TRAIN: 16, VALIDATION: 4, TEST: 4 } }),
    ]);
    expect(refusal(numbered(["0", "1", "2"]), COLUMN)).toMatchObject({
      code: "INVALID_CONFIG",
      details: { value: "0" },
    });
  });

  describe("of molecules in several splits", () => {
    /** 0 and 5, and 12, 13 and 17: TRAIN and TEST; 6 and 10: TRAIN and VALIDATION; 4 and 11: VALIDATION and TEST. */
    const KEYS: Record<number, string> = { 5: "K0", 10: "K6", 11: "K4", 13: "K12", 17: "K12" };
    const rows = molecules({ a: 24, b: 24 }, ({ position, key }) => ({
      column: folds[position % 6],
      key: KEYS[position] ?? key,
      name: `name ${position}`,
    }));

    it("refuses them, naming all with their rows, and the first two places", () => {
      const { code, details, message } = refusal(rows, COLUMN);
      expect({ code, details }).toMatchObject({
        code: "SPLIT_OVERLAP",
        details: { count: 4, rows: 9, key: "K0", positions: [0, 5], splits: ["TRAIN", "TEST"] },
      });
      const molecules = (details as { molecules: { key: string; members: object[] }[] }).molecules;
      expect(molecules.map(({ key, members }) => [key, members.length])).toEqual([
        ["K0", 2],
        ["K4", 2],
        ["K6", 2],
        ["K12", 3],
      ]);
      expect(molecules[1].members).toEqual([
        { position: 4, name: "name 4", smiles: "CCCCC", split: "VALIDATION" },
        { position: 11, name: "name 11", smiles: "C".repeat(12), split: "TEST" },
      ]);
      expect(message).toContain("4 molecules");
    });

    it("names the first hundred of more, and counts all", () => {
      const many = molecules({ a: 300, b: 300 }, ({ position }) => ({
        column: position % 2 === 0 ? "train" : "test",
        key: `K${Math.floor(position / 2)}`,
      }));
      const { count, rows: all, molecules: named } = refusal(many, COLUMN).details as Record<string, number | object[]>;
      expect([count, all, (named as object[]).length]).toEqual([300, 600, 100]);
    });

    it("takes them out of training, and out of validation where the test has them", () => {
      const { assignments, warnings } = planClasses(rows, order({ ...COLUMN, onOverlap: "dropFromTrain" }));
      const kept = new Map(assignments.map(({ memberId, split }) => [memberId, split]));
      expect(assignments).toHaveLength(48 - 5);
      for (const gone of [0, 6, 4, 12, 13]) expect(kept.has(`m${gone}`)).toBe(false);
      expect([5, 10, 11, 17].map((position) => kept.get(`m${position}`))).toEqual([
        "TEST",
        "VALIDATION",
        "TEST",
        "TEST",
      ]);
      expect(warnings).toEqual([
        expect.objectContaining({
          code: "OVERLAP_DROPPED",
          details: expect.objectContaining({ count: 4, TRAIN: 4, VALIDATION: 1 }),
        }),
      ]);
    });

    it("is for splits by a column", () => {
      expect(refusal(rows, { onOverlap: "dropFromTrain" })).toMatchObject({
        code: "INVALID_CONFIG",
        param: "onOverlap",
      });
    });

    it("changes no plan that has none of them", () => {
      const sound = rows.map((row) => ({ ...row, key: `K${row.position}` }));
      const dropping = order({ ...COLUMN, onOverlap: "dropFromTrain" });
      expect(planClasses(sound, dropping)).toEqual(planClasses(sound, order(COLUMN)));
      expect(planClasses(sound, order(COLUMN)).warnings).toEqual([]);
    });
  });

  it("refuses a class that training never sees, naming it", () => {
    const rows = molecules({ a: 12, b: 12 }, ({ label }) => ({ column: label === "b" ? "test" : "train" }));
    expect(refusal(rows, COLUMN)).toMatchObject({ code: "CLASS_MISSING_FROM_TRAINING", details: { classes: ["b"] } });
  });

  it("refuses an empty training split", () => {
    const rows = molecules({ a: 12, b: 12 }, () => ({ column: "test" }));
    expect(refusal(rows, COLUMN)).toMatchObject({ code: "EMPTY_DATASET", param: "split" });
  });

  it("warns of a class missing from validation or test, and of an empty split", () => {
    const rows = molecules({ a: 12, b: 12 }, ({ position, label }) => ({
      column: position % 6 === 0 && label === "a" ? "validation" : "train",
    }));
    expect(planClasses(rows, order(COLUMN)).warnings).toEqual([
      expect.objectContaining({ code: "CLASS_MISSING", details: { split: "VALIDATION", classes: ["b"] } }),
      expect.objectContaining({ code: "SPLIT_EMPTY", details: { split: "TEST" } }),
    ]);
  });

  it("is the same for the same seed and another for another", () => {
    const rows = molecules({ a: 50, b: 50 });
    const splits = (seed: number) =>
      planClasses(rows, order({ seed }))
        .assignments.map(({ split }) => split)
        .join();
    expect(splits(1)).toBe(splits(1));
    expect(splits(1)).not.toBe(splits(2));
  });
});
