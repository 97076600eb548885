/**
 * A finished run for people: test scores beside the majority class, how molecules were split, scores per class, warnings.
 * Pure but for colours: what it says is in the run; a run that made nothing is told by its code and message.
 */
import type { RunReportQuery } from "./generated/graphql.js";
import { type Column, duration, plain, renderTable, score } from "./table.js";
import { painter, type Terminal } from "./terminal.js";

type Run = NonNullable<RunReportQuery["run"]>;
type Evaluation = NonNullable<Run["evaluation"]>;
type ClassScores = Evaluation["classes"][number];

const CLASS_COLUMNS: readonly Column<ClassScores>[] = [
  { title: "class", value: ({ label }) => label },
  { title: "precision", value: ({ precision, support }) => (support > 0 ? score(precision) : "–"), align: "right" },
  { title: "recall", value: ({ recall, support }) => (support > 0 ? score(recall) : "–"), align: "right" },
  { title: "F1", value: ({ f1, support }) => (support > 0 ? score(f1) : "–"), align: "right" },
  { title: "molecules", value: ({ support }) => String(support), align: "right" },
];

interface ScoreRow {
  who: string;
  accuracy: number;
  macroF1: number;
}

const SCORE_COLUMNS = (count: number): readonly Column<ScoreRow>[] => [
  { title: `test, ${count} molecules`, value: ({ who }) => who, maxWidth: 72 },
  { title: "accuracy", value: ({ accuracy }) => score(accuracy), align: "right" },
  { title: "macro-F1", value: ({ macroF1 }) => score(macroF1), align: "right" },
];

export function renderReport(run: Run, terminal: Terminal): string[] {
  const paint = painter(terminal);
  const { name, status, target, dataset, baseModel, error, evaluation, warnings } = run;
  const took = run.startedAt && run.finishedAt ? Date.parse(run.finishedAt) - Date.parse(run.startedAt) : null;
  const color = status === "SUCCEEDED" ? "green" : "red";
  const lines = [
    [
      `${paint("bold", name)}  ${paint(color, status)}${took === null ? "" : ` in ${duration(took / 1000)}`}`,
      `${dataset.name}${target ? `.${target}` : ""}, from ${baseModel.name}`,
    ].join("  "),
  ];
  if (error) lines.push(`${paint("red", error.code)}  ${plain(error.message)}`);
  if (evaluation) lines.push(...renderEvaluation(run, evaluation));
  else if (status === "SUCCEEDED" && run.kind === "FINETUNE")
    lines.push("The test split is empty: there are no test scores.");
  for (const { code, message } of warnings) lines.push(`${paint("yellow", code)}  ${plain(message)}`);
  if (run.model) lines.push("", `The model ${paint("bold", run.model.name)} is ready.`);
  return lines;
}

/** The command to go on with; null when the run made no model. */
export const nextCommand = ({ model }: Run): string | null =>
  model ? `npx maillard predict "CC(=O)OCCC1=CC=CC=C1" --model ${model.name}` : null;

function renderEvaluation({ name, splitSizes }: Run, evaluation: Evaluation): string[] {
  const { count, accuracy, macroF1, baseline, classes, splitStrategy } = evaluation;
  const size = (split: string): number => splitSizes.find((part) => part.split === split)?.count ?? 0;
  const rows: ScoreRow[] = [
    { who: name, accuracy, macroF1 },
    { who: `always "${baseline.label}" (majority class)`, accuracy: baseline.accuracy, macroF1: baseline.macroF1 },
  ];
  return [
    `${splitStrategy} split: ${size("TRAIN")} molecules to train on, ${size("VALIDATION")} to validate, ${size("TEST")} to test`,
    "",
    ...renderTable(SCORE_COLUMNS(count), rows),
    "",
    ...renderTable(CLASS_COLUMNS, classes),
  ];
}
