/**
 * The test scores of a finished run as tables, by task, beside those of a constant answer and of a linear model on
 * fingerprints. Pure: no terminal, no colours.
 */

import { titleOf } from "../../scores/metrics.js";
import { amount } from "../../words.js";
import type { EvaluationPartsFragment } from "../generated/graphql.js";
import { type Column, renderTable, right, score } from "../output/table.js";

type Evaluation = EvaluationPartsFragment;
type ClassScores = Evaluation["classes"][number];
type LabelScores = Evaluation["labelScores"][number];
type TargetScores = Evaluation["targetScores"][number];

const CLASS_COLUMNS: readonly Column<ClassScores>[] = [
  { title: "class", value: ({ label }) => label },
  right("precision", ({ precision, support }) => (support > 0 ? score(precision) : "–")),
  right("recall", ({ recall, support }) => (support > 0 ? score(recall) : "–")),
  right("F1", ({ f1, support }) => (support > 0 ? score(f1) : "–")),
  right("molecules", ({ support }) => String(support)),
];

const LABEL_COLUMNS: readonly Column<LabelScores>[] = [
  { title: "label", value: ({ label }) => label },
  right("ROC-AUC", ({ rocAuc }) => score(rocAuc)),
  right("average precision", ({ averagePrecision }) => score(averagePrecision)),
  right("F1", ({ f1, positives }) => (positives > 0 ? score(f1) : "–")),
  right("yes", ({ positives }) => String(positives)),
  right("measured", ({ measured }) => String(measured)),
];

/** Four significant digits: in units, three decimals would be too few for small numbers. */
export const number = (value: number | null | undefined): string =>
  typeof value === "number" ? String(Number(value.toPrecision(4))) : "–";

const TARGET_COLUMNS: readonly Column<TargetScores>[] = [
  { title: "target", value: ({ label }) => label },
  right("RMSE", ({ rmse }) => number(rmse)),
  right("MAE", ({ mae }) => number(mae)),
  right("R²", ({ r2 }) => score(r2)),
  right("RMSE of the mean", ({ baseline }) => number(baseline)),
  right("measured", ({ measured }) => String(measured)),
];

interface ScoreRow {
  who: string;
  values: Record<string, number | null | undefined>;
}

/** Columns of the first table, by task. */
const SHOWN: Readonly<Record<string, readonly string[]>> = {
  SINGLE_LABEL: ["accuracy", "macroF1"],
  MULTI_LABEL: ["rocAuc", "averagePrecision", "macroF1"],
  REGRESSION: ["rmse", "mae", "r2"],
};

/** The majority class with its scores; null but for classes. */
export function majorityOf({
  task,
  baselines,
}: Pick<Evaluation, "task" | "baselines">): { label: string; accuracy: number; macroF1: number } | null {
  const constant = baselines.find(({ kind }) => kind === "CONSTANT");
  if (task !== "SINGLE_LABEL" || !constant?.label) return null;
  const by = (wanted: string): number => constant.scores.find(({ name }) => name === wanted)?.value ?? 0;
  return { label: constant.label, accuracy: by("accuracy"), macroF1: by("macroF1") };
}

/** What a baseline answers, for a row or a column of a table. */
function baselineTitle(task: string, { kind, label }: { kind: string; label?: string | null }): string {
  if (kind === "FINGERPRINT") return "linear model on fingerprints";
  if (task === "SINGLE_LABEL") return `always "${label}" (majority class)`;
  return task === "REGRESSION" ? "always the mean" : "always each label's share";
}

export function evaluationTables(name: string, evaluation: Evaluation): string[] {
  const { count, baselines, task } = evaluation;
  const rows: ScoreRow[] = [
    { who: name, values: Object.fromEntries(evaluation.scores.map((entry) => [entry.name, entry.value])) },
  ];
  if (evaluation.newMolecules)
    rows.push({
      who: `the ${evaluation.newMolecules.count} that it was not trained on`,
      values: Object.fromEntries(evaluation.newMolecules.scores.map((entry) => [entry.name, entry.value])),
    });
  for (const { kind, label, scores } of baselines)
    rows.push({
      who: baselineTitle(task, { kind, label }),
      values: Object.fromEntries(scores.map((entry) => [entry.name, entry.value])),
    });
  // In the title, so that the scores are never shown without it.
  const isLeaky = evaluation.splitStrategy === "ROW";
  const what = isLeaky ? `${amount(count, "row")}, LEAKY SPLIT` : amount(count, "molecule");
  const columns: Column<ScoreRow>[] = [
    { title: `${evaluation.splitStrategy ? "test, " : ""}${what}`, value: ({ who }) => who, maxWidth: 72 },
    ...(SHOWN[task] ?? []).map((key) =>
      right<ScoreRow>(titleOf(key), ({ values }) => (task === "REGRESSION" ? number(values[key]) : score(values[key]))),
    ),
  ];
  return [...renderTable(columns, rows), "", ...detailTables(evaluation)];
}

/** Scores of each class, label or target. */
export function detailTables({
  classes,
  labelScores,
  targetScores,
}: Pick<Evaluation, "classes" | "labelScores" | "targetScores">): string[] {
  return [
    ...(classes.length > 0 ? renderTable(CLASS_COLUMNS, classes) : []),
    ...(labelScores.length > 0 ? renderTable(LABEL_COLUMNS, labelScores) : []),
    ...(targetScores.length > 0 ? renderTable(TARGET_COLUMNS, targetScores) : []),
  ];
}
