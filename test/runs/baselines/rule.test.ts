/** When a finetune is said to be no better than what it has to beat. */
import { describe, expect, it } from "vitest";
import { belowBaseline } from "../../../src/runs/baselines/rule.js";
import type { SplitBaselines } from "../../../src/scores/types.js";

const order: Parameters<typeof belowBaseline>[0] = {
  task: "SINGLE_LABEL",
  targets: ["taste"],
  classWeights: "none",
  recipe: "published",
  recipeChoice: undefined,
  maxSteps: null,
  split: { strategy: "SCAFFOLD", fractions: [0.8, 0.1, 0.1], column: null },
};

interface Numbers {
  own: number;
  constant: number;
  linear: number;
  /** Interval of own - linear. */
  low?: number | null;
  high?: number | null;
}

const scored = (
  name: string,
  { own, constant, linear, low = null, high = null }: Numbers,
  split: SplitBaselines["split"] = "TEST",
): SplitBaselines => ({
  split,
  scores: { [name]: own },
  baselines: [
    { kind: "CONSTANT", label: "sweet", scores: { [name]: constant }, differences: [], mcnemar: null },
    {
      kind: "FINGERPRINT",
      label: null,
      scores: { [name]: linear },
      differences: [{ name, a: linear, b: own, difference: own - linear, low, high }],
      mcnemar: null,
    },
  ],
});
const below = (...args: Parameters<typeof scored>) => belowBaseline(order, [scored(...args)])?.details.below ?? null;

describe("of classes, by accuracy", () => {
  const clear = { linear: 0.6, low: -0.2, high: 0.1 };

  it("equal to the majority class is not better", () => {
    expect(below("accuracy", { own: 0.4, constant: 0.4, ...clear })).toEqual(["CONSTANT"]);
    expect(below("accuracy", { own: 0.41, constant: 0.4, ...clear })).toBeNull();
  });

  it("below the fingerprints counts where the whole interval of the difference is below 0", () => {
    const numbers = { own: 0.5, constant: 0.3, linear: 0.7 };
    expect(below("accuracy", { ...numbers, low: -0.3, high: -0.1 })).toEqual(["FINGERPRINT"]);
    expect(below("accuracy", { ...numbers, low: -0.4, high: 0 })).toBeNull();
    expect(below("accuracy", { ...numbers, low: null, high: null })).toBeNull();
    expect(below("accuracy", { ...numbers, own: 0.2, low: -0.6, high: -0.4 })).toEqual(["CONSTANT", "FINGERPRINT"]);
  });

  it("by macro-F1 where the classes were weighted", () => {
    const splits = [scored("macroF1", { own: 0.2, constant: 0.3, ...clear })];
    expect(belowBaseline(order, splits)).toBeNull();
    expect(belowBaseline({ ...order, classWeights: "balanced" }, splits)?.details).toMatchObject({ score: "macroF1" });
  });
});

it("of labels by ROC-AUC, of numbers by RMSE, where less is better", () => {
  const labels = { ...order, task: "MULTI_LABEL" } as const;
  const numbers = { ...order, task: "REGRESSION" } as const;
  const of = (asked: typeof labels | typeof numbers, name: string, values: Numbers) =>
    belowBaseline(asked, [scored(name, values)])?.details.below ?? null;
  expect(of(labels, "rocAuc", { own: 0.5, constant: 0.5, linear: 0.6, low: -0.2, high: 0.01 })).toEqual(["CONSTANT"]);
  expect(of(numbers, "rmse", { own: 1, constant: 2, linear: 0.5, low: 0.2, high: 0.8 })).toEqual(["FINGERPRINT"]);
  expect(of(numbers, "rmse", { own: 1, constant: 2, linear: 1.5, low: -0.9, high: -0.1 })).toBeNull();
  expect(of(numbers, "rmse", { own: 2, constant: 2, linear: 2.5, low: -0.9, high: -0.1 })).toEqual(["CONSTANT"]);
});

it("reads the test split, without one the validation split, and without a score nothing", () => {
  const bad: Numbers = { own: 0.1, constant: 0.4, linear: 0.7, low: -0.7, high: -0.5 };
  const good: Numbers = { own: 0.9, constant: 0.4, linear: 0.7, low: 0.1, high: 0.3 };
  const [validation, test] = [scored("accuracy", bad, "VALIDATION"), scored("accuracy", good)];
  expect(belowBaseline(order, [validation, test])).toBeNull();
  expect(belowBaseline(order, [validation])?.details).toMatchObject({ split: "VALIDATION" });
  expect(belowBaseline(order, [])).toBeNull();
  expect(belowBaseline(order, [{ ...test, scores: { accuracy: null } }])).toBeNull();
});

it("names the numbers, why, and what to try", () => {
  const numbers: Numbers = { own: 1 / 6, constant: 1 / 3, linear: 5 / 6, low: -1, high: -0.5 };
  const warning = belowBaseline(order, [scored("accuracy", numbers)]);
  expect(warning).toEqual({
    code: "BELOW_BASELINE",
    message:
      'On the TEST split the model\'s accuracy is 0.167; always answering "sweet" has 0.333, a linear model on ' +
      "fingerprints has 0.833. It is not better than the constant answer, and worse than the fingerprints by more " +
      "than the 95 % interval of the difference. Try recipe AUTO without naming its options, more molecules, split " +
      "STRATIFIED if the test split is small or lacks classes. Or take the better model: startProbe with features " +
      "MORGAN_FINGERPRINT (maillard probe --features fingerprint).",
    details: {
      split: "TEST",
      score: "accuracy",
      value: 1 / 6,
      baselines: { CONSTANT: 1 / 3, FINGERPRINT: 5 / 6 },
      below: ["CONSTANT", "FINGERPRINT"],
    },
  });
  const auto = { ...order, recipe: "auto", recipeChoice: { options: ["epochs"], molecules: 9, classes: 2 } } as const;
  const chosen = belowBaseline({ ...auto, recipeChoice: { ...auto.recipeChoice, options: ["epochs"] } }, [
    scored("accuracy", numbers),
  ]);
  expect(chosen?.message).toContain("Try twice the epochs, more molecules");
});

it("of several targets goes by R², whose units are none, and tries nothing that the order cannot have", () => {
  const numbers: Numbers = { own: -0.1, constant: 0, linear: 0.4, low: -0.7, high: -0.2 };
  const several: typeof order = { ...order, task: "REGRESSION", maxSteps: 4, recipe: "auto" };
  several.targets = ["mass", "logP"];
  const warning = belowBaseline({ ...several, recipeChoice: { options: ["epochs"], molecules: 9, classes: 2 } }, [
    scored("r2", numbers),
  ]);
  expect(warning?.details).toMatchObject({ score: "r2", below: ["CONSTANT", "FINGERPRINT"] });
  expect(warning?.message).toContain("Try more steps than maxSteps, or none, more molecules.");
  expect(warning?.message).not.toContain("STRATIFIED");
});
