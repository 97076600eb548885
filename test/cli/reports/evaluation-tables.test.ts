/** Test scores as tables, for classes, labels and numbers. */
import { expect, it } from "vitest";
import { evaluationTables } from "../../../src/cli/reports/evaluation-tables.js";

type Evaluation = Parameters<typeof evaluationTables>[1];
const evaluation = (changes: Partial<Evaluation>): Evaluation => ({
  split: "TEST",
  splitStrategy: "RANDOM",
  count: 10,
  task: "SINGLE_LABEL",
  loss: 0.5,
  accuracy: null,
  macroF1: null,
  baselines: [],
  classes: [],
  confusionMatrix: [],
  labels: [],
  scores: [],
  labelScores: [],
  targetScores: [],
  calibration: null,
  newMolecules: null,
  ...changes,
});
const scores = (values: Record<string, number | null>) =>
  Object.entries(values).map(([name, value]) => ({ name, value }));

const linear = (values: Record<string, number | null>): Evaluation["baselines"][number] => ({
  kind: "FINGERPRINT",
  label: null,
  scores: scores(values),
  differences: [],
});

it("classes are shown beside the majority class and the linear model on fingerprints", () => {
  const lines = evaluationTables(
    "mine",
    evaluation({
      scores: scores({ loss: 0.5, accuracy: 0.75, macroF1: 0.5 }),
      baselines: [
        { kind: "CONSTANT", label: "a", scores: scores({ accuracy: 0.25, macroF1: 0.125 }), differences: [] },
        linear({ accuracy: 0.5, macroF1: 0.375 }),
      ],
      classes: [
        { label: "a", precision: 0.5, recall: 1, f1: 0.625, support: 4 },
        { label: "b", precision: 0, recall: 0, f1: 0, support: 0 },
      ],
    }),
  );
  expect(lines.map((line) => line.replace(/ {2,}/g, " "))).toEqual([
    "test, 10 molecules accuracy macro-F1",
    expect.stringMatching(/^─/),
    "mine 0.750 0.500",
    'always "a" (majority class) 0.250 0.125',
    "linear model on fingerprints 0.500 0.375",
    "",
    "class precision recall F1 molecules",
    expect.stringMatching(/^─/),
    "a 0.500 1.000 0.625 4",
    "b – – – 0",
  ]);
});

it("labels have ranking scores, numbers errors in their units with four digits; an undefined score is a dash", () => {
  const of = (changes: Partial<Evaluation>) =>
    evaluationTables("mine", evaluation(changes)).map((line) => line.replace(/ {2,}/g, " "));
  const label = { label: "sweet", measured: 8, positives: 8, precision: 1, recall: 0.5, f1: 0.625 };
  expect(
    of({
      task: "MULTI_LABEL",
      scores: scores({ loss: 1, accuracy: 1, macroF1: 0.625, rocAuc: null, averagePrecision: 0.5 }),
      labelScores: [{ ...label, rocAuc: null, averagePrecision: null }],
    }),
  ).toEqual([
    "test, 10 molecules ROC-AUC average precision macro-F1",
    expect.stringMatching(/^─/),
    "mine – 0.500 0.625",
    "",
    "label ROC-AUC average precision F1 yes measured",
    expect.stringMatching(/^─/),
    "sweet – – 0.625 8 8",
  ]);
  expect(
    of({
      task: "REGRESSION",
      scores: scores({ loss: 1, rmse: 0.00012347, mae: 1234.56, r2: 0.5 }),
      baselines: [
        { kind: "CONSTANT", label: null, scores: scores({ rmse: 2, mae: 1.5, r2: 0 }), differences: [] },
        linear({ rmse: 1.25, mae: 1, r2: null }),
      ],
      targetScores: [{ label: "logS", measured: 9, rmse: 0.00012347, mae: 1234.56, r2: null, baseline: 2 }],
    }),
  ).toEqual([
    "test, 10 molecules RMSE MAE R²",
    expect.stringMatching(/^─/),
    "mine 0.0001235 1235 0.5",
    "always the mean 2 1.5 0",
    "linear model on fingerprints 1.25 1 –",
    "",
    "target RMSE MAE R² RMSE of the mean measured",
    expect.stringMatching(/^─/),
    "logS 0.0001235 1235 – 2 9",
  ]);
});
