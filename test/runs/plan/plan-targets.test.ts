/** Plans of several labels and of numbers, and their assignments, which are read back as they were written. */
import { describe, expect, it } from "vitest";
import type { MaillardError } from "../../../src/errors.js";
import { type FinetuneOrder, orderFinetune } from "../../../src/runs/orders/input.js";
import { planTargets } from "../../../src/runs/plan/plan-targets.js";
import type { MeasuredMolecule } from "../../../src/runs/plan/target.js";
import { readTaught } from "../../../src/runs/plan/taught.js";
import type { Plan } from "../../../src/runs/plan/types.js";

const SET = { task: "MULTI_LABEL", columns: false } as const;
const COLUMNS = { task: "MULTI_LABEL", columns: true } as const;
const NUMBERS = { task: "REGRESSION", columns: true } as const;

const order = (changes: object = {}): FinetuneOrder =>
  orderFinetune({
    name: "n",
    baseModel: "b",
    dataset: "d",
    split: { strategy: "COLUMN", column: "fold" },
    minClassSize: 2,
    targets: ["a", "b"],
    ...changes,
  });
/** Each row: what was measured, and its split. */
const molecules = (...rows: [values: Record<string, number>, column: string | null][]): MeasuredMolecule[] =>
  rows.map(([values, column], position) => ({
    memberId: `m${position}`,
    position,
    smiles: "C".repeat(position + 1),
    key: `K${position}`,
    scaffold: "",
    values,
    column,
  }));
const refusal = (...args: Parameters<typeof planTargets>): MaillardError => {
  try {
    planTargets(...args);
  } catch (error) {
    return error as MaillardError;
  }
  throw new Error("the plan was made");
};
/** Classes and targets by molecule, as the worker reads them. */
function taught({ task, assignments }: Plan, targets: readonly string[]) {
  const texts = assignments.map(({ label }) => label);
  const { classes, of } = readTaught(task, texts, targets);
  return { classes, targets: texts.map((text) => Array.from(of(text).targets as Float32Array)) };
}

describe("labels of one set", () => {
  const rows = molecules(
    [{ sweet: 1, bitter: 1 }, "train"],
    [{ bitter: 1 }, "train"],
    [{ sweet: 1, umami: 1 }, "train"],
    [{ umami: 1 }, "test"],
  );

  it("are yes where a molecule has them and no where it has not, in text order", () => {
    const { classes, targets } = taught(planTargets(rows, order({ targets: ["taste"] }), SET), ["taste"]);
    expect(classes).toEqual(["bitter", "sweet", "umami"]);
    expect(targets).toEqual([
      [1, 1, 0],
      [1, 0, 0],
      [0, 1, 1],
      [0, 0, 1],
    ]);
  });

  it("are left out below minClassSize; their molecules stay, as ones that have none", () => {
    const small = molecules([{ sweet: 1 }, "train"], [{ sweet: 1 }, "val"], [{ rare: 1 }, "test"]);
    const plan = planTargets(small, order({ targets: ["taste"] }), SET);
    expect(plan.warnings[0]).toMatchObject({
      code: "CLASSES_DROPPED",
      details: { minClassSize: 2, classes: { rare: 1 } },
    });
    expect(taught(plan, ["taste"])).toEqual({ classes: ["sweet"], targets: [[1], [1], [0]] });
  });

  it("need one that is large enough, and one molecule of each in training", () => {
    const few = refusal(rows, order({ minClassSize: 3 }), SET);
    expect(few).toMatchObject({ code: "TOO_FEW_CLASSES", param: "minClassSize" });
    expect(few.details?.classes).toEqual({ bitter: 2, sweet: 2, umami: 2 });
  });
});

it("a label that training never sees is refused by name, for sets, columns and numbers", () => {
  const unseen = molecules([{ a: 1, b: 0 }, "train"], [{ a: 1, b: 1 }, "val"], [{ b: 1 }, "test"]);
  expect(refusal(unseen, order(), COLUMNS)).toMatchObject({
    code: "CLASS_MISSING_FROM_TRAINING",
    param: "split",
    details: { classes: ["b"] },
  });
  const unmeasured = molecules([{ a: 1.5 }, "train"], [{ a: 1, b: 2 }, "val"]);
  expect(refusal(unmeasured, order(), NUMBERS)).toMatchObject({
    code: "CLASS_MISSING_FROM_TRAINING",
    details: { classes: ["b"] },
  });
  expect(refusal(molecules([{ a: 1, b: 1 }, "test"], [{ a: 1, b: 1 }, "test"]), order(), COLUMNS)).toMatchObject({
    code: "EMPTY_DATASET",
    param: "split",
  });
});

describe("labels of columns", () => {
  it("are yes, no or not measured, in the requested order", () => {
    const rows = molecules([{ a: 1, b: 0 }, "train"], [{ b: 1 }, "train"], [{ a: 1, b: 1 }, "val"], [{ a: 0 }, "test"]);
    const plan = planTargets(rows, order({ targets: ["b", "a"] }), COLUMNS);
    const missing = Number.NaN;
    expect(taught(plan, ["b", "a"])).toEqual({
      classes: ["b", "a"],
      targets: [
        [0, 1],
        [1, missing],
        [1, 1],
        [missing, 0],
      ],
    });
    expect(plan.warnings).toEqual([
      expect.objectContaining({ code: "CLASS_MISSING", details: { split: "TEST", classes: ["a", "b"] } }),
    ]);
  });

  it("that are left out take the molecules with them of which nothing else was measured", () => {
    const rows = molecules([{ a: 1, b: 1 }, "train"], [{ a: 1 }, "val"], [{ b: 0 }, "test"]);
    const plan = planTargets(rows, order(), COLUMNS);
    expect(plan.warnings.map(({ code }) => code)).toEqual(["CLASSES_DROPPED", "SPLIT_EMPTY"]);
    expect(taught(plan, ["a", "b"])).toEqual({ classes: ["a"], targets: [[1], [1]] });
  });
});

describe("numbers", () => {
  it("are kept as they were measured; minClassSize does not count them", () => {
    const rows = molecules([{ a: -2.5, b: 1e-3 }, "train"], [{ b: 7 }, "val"], [{ a: 0 }, "test"]);
    const plan = planTargets(rows, order({ minClassSize: 10 }), NUMBERS);
    const { classes, targets } = taught(plan, ["a", "b"]);
    expect(classes).toEqual(["a", "b"]);
    expect(targets).toEqual([
      [-2.5, Math.fround(1e-3)],
      [Number.NaN, 7],
      [0, Number.NaN],
    ]);
    expect(plan.warnings.map(({ details }) => details)).toEqual([
      { split: "VALIDATION", classes: ["a"] },
      { split: "TEST", classes: ["b"] },
    ]);
  });
});

it("STRATIFIED is refused where there are no classes, and the other strategies split every molecule", () => {
  const rows = molecules(...Array.from({ length: 30 }, (_, n): [Record<string, number>, null] => [{ a: n }, null]));
  const by = (strategy: string) => order({ targets: ["a"], split: { strategy } });
  expect(refusal(rows, by("STRATIFIED"), NUMBERS)).toMatchObject({ code: "INVALID_CONFIG", param: "split.strategy" });
  for (const strategy of ["RANDOM", "SCAFFOLD"]) {
    const { assignments } = planTargets(rows, by(strategy), NUMBERS);
    const sizes = ["TRAIN", "VALIDATION", "TEST"].map(
      (split) => assignments.filter((one) => one.split === split).length,
    );
    expect(sizes).toEqual([24, 3, 3]);
  }
});
