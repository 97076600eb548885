/** Plans of several labels and of numbers, and their assignments, which are read back as they were written. */
import { describe, expect, it } from "vitest";
import type { MaillardError } from "../../../src/errors.js";
import { type FinetuneOrder, orderFinetune } from "../../../src/runs/orders/input.js";
import { planTargets } from "../../../src/runs/plan/plan-targets.js";
import type { MeasuredMolecule } from "../../../src/runs/plan/target.js";
import { readTaught } from "../../../src/runs/plan/taught.js";
import type { Plan } from "../../../src/runs/plan/types.js";
import { withScoreWarnings } from "../../../src/runs/plan/warnings/score-warnings.js";
import type { SplitName } from "../../../src/scores/types.js";

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
    const rows = molecules(
      [{ a: -2.5, b: 1e-3 }, "train"],
      [{ b: 7 }, "val"],
      [{ a: 0 }, "test"],
      [{ a: 1_700_000_012, b: 1 }, "train"],
    );
    const plan = planTargets(rows, order({ minClassSize: 10 }), NUMBERS);
    const { classes, targets } = taught(plan, ["a", "b"]);
    expect(classes).toEqual(["a", "b"]);
    expect(targets).toEqual([
      [-2.5, 1e-3],
      [Number.NaN, 7],
      [0, Number.NaN],
      [1_700_000_012, 1],
    ]);
    expect(plan.warnings.map(({ details }) => details)).toEqual([
      { split: "VALIDATION", classes: ["a"] },
      { split: "TEST", classes: ["b"] },
    ]);
  });

  it("with one value in all of training are refused, and so are numbers that cannot be squared", () => {
    const constant = molecules([{ a: 5, b: 1 }, "train"], [{ a: 5, b: 2 }, "train"], [{ a: 6 }, "test"]);
    expect(refusal(constant, order(), NUMBERS)).toMatchObject({
      code: "CONSTANT_TARGET",
      param: "targets",
      details: { targets: { a: 5 } },
    });
    const huge = molecules([{ a: 1e300 }, "train"], [{ a: 2 }, "train"]);
    expect(refusal(huge, order({ targets: ["a"] }), NUMBERS)).toMatchObject({
      code: "INVALID_CONFIG",
      param: "target",
      message: expect.stringContaining("1e+300"),
    });
  });
});

describe("a plan says which scores it leaves undefined", () => {
  const warned = (plan: Plan, targets: string[], metric: string | null = null, isCheckpoint = true) =>
    withScoreWarnings(plan, { targets, metric, isCheckpoint, ofRows: false, validationDecides: false }).warnings.filter(
      ({ code }) => ["METRIC_UNDEFINED", "TARGET_PRECISION"].includes(code),
    );
  const classes = (...rows: [label: string, split: SplitName][]): Plan => ({
    task: "SINGLE_LABEL",
    assignments: rows.map(([label, split], n) => ({ memberId: `m${n}`, split, label })),
    warnings: [],
  });

  it("ROC-AUC of one class in validation: the loss counts instead", () => {
    const one = classes(["a", "TRAIN"], ["b", "TRAIN"], ["a", "VALIDATION"], ["a", "VALIDATION"], ["b", "TEST"]);
    expect(warned(one, ["c"], "rocAuc")).toMatchObject([
      { code: "METRIC_UNDEFINED", details: { split: "VALIDATION", metric: "rocAuc", instead: "loss" } },
    ]);
    expect(warned(one, ["c"], "macroF1")).toEqual([]);
    const two = classes(["a", "TRAIN"], ["b", "TRAIN"], ["a", "VALIDATION"], ["b", "VALIDATION"]);
    expect(warned(two, ["c"], "rocAuc")).toEqual([]);
    expect(warned(classes(["a", "TRAIN"], ["b", "TRAIN"]), ["c"], "rocAuc")).toEqual([]);
  });

  it("ROC-AUC of labels that all molecules of validation have or lack", () => {
    const plan = (validation: Record<string, number>[]): Plan => ({
      task: "MULTI_LABEL",
      assignments: [{ x: 1, y: 0 }, { x: 0, y: 1 }, ...validation].map((values, n) => ({
        memberId: `m${n}`,
        split: n < 2 ? "TRAIN" : "VALIDATION",
        label: JSON.stringify(values),
      })),
      warnings: [],
    });
    expect(warned(plan([{ x: 1, y: 0 }, { x: 1 }]), ["x", "y"])).toMatchObject([{ details: { metric: "rocAuc" } }]);
    expect(warned(plan([{ x: 1, y: 0 }, { x: 1 }, { y: 1 }]), ["x", "y"])).toEqual([]);
  });

  it("R² of equal values, and values that float32 does not tell apart", () => {
    const plan = (...rows: [number, SplitName][]): Plan => ({
      task: "REGRESSION",
      assignments: rows.map(([y, split], n) => ({ memberId: `m${n}`, split, label: JSON.stringify({ y }) })),
      warnings: [],
    });
    const constant = plan([1, "TRAIN"], [2, "TRAIN"], [5, "VALIDATION"], [5, "VALIDATION"], [5, "TEST"], [6, "TEST"]);
    expect(warned(constant, ["y"], "r2")).toMatchObject([
      { code: "METRIC_UNDEFINED", details: { split: "VALIDATION", metric: "r2", targets: ["y"] } },
    ]);
    const single = plan([1, "TRAIN"], [2, "TRAIN"], [5, "VALIDATION"]);
    expect(warned(single, ["y"], "r2")).toMatchObject([{ details: { metric: "r2", instead: "loss" } }]);
    const stamps = plan(...Array.from({ length: 60 }, (_, n): [number, SplitName] => [1_700_000_000 + n, "TRAIN"]));
    const [{ details }] = warned(stamps, ["y"]);
    // 60 whole numbers in a row: their variance is (60² - 1) / 12.
    expect(details).toMatchObject({ target: "y", step: 128 });
    expect(details.deviation).toBeCloseTo(Math.sqrt(3599 / 12), 8);
    expect(warned(stamps, ["y"], null, false)).toEqual([]);
    expect(warned(plan([100.5, "TRAIN"], [101.5, "TRAIN"]), ["y"])).toEqual([]);
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
