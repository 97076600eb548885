/**
 * A finished run for people: test scores beside the majority class, how molecules were split, scores per class,
 * warnings. Pure except for colours: its content is that of the run; a failed run is shown with its code and message.
 */

import { amount } from "../../words.js";
import type { RunReportQuery } from "../generated/graphql.js";
import { duration, plain, score } from "../output/table.js";
import { painter, type Terminal } from "../terminal.js";
import { evaluationTables } from "./evaluation-tables.js";

/** A run that has ended, with all that its report says. */
export type FinishedRun = NonNullable<RunReportQuery["run"]>;
type Evaluation = NonNullable<FinishedRun["evaluation"]>;

export function renderReport(run: FinishedRun, terminal: Terminal): string[] {
  const paint = painter(terminal);
  const { kind, name, status, targets, dataset, baseModel, error, evaluation, warnings } = run;
  const took = run.startedAt && run.finishedAt ? Date.parse(run.finishedAt) - Date.parse(run.startedAt) : null;
  const color = status === "SUCCEEDED" ? "green" : "red";
  const lines = [
    [
      `${paint("bold", name)}  ${paint(color, status)}${took === null ? "" : ` in ${duration(took / 1000)}`}`,
      `${dataset.name}${targets.length > 0 ? `.${listed(targets)}` : ""}` +
        (baseModel ? `, ${kind === "EVALUATION" ? "by" : "from"} ${baseModel.name}` : ""),
    ].join("  "),
  ];
  if (error) lines.push(`${paint("red", error.code)}  ${plain(error.message)}`);
  if (run.import) lines.push(importLine(run.import));
  if (evaluation) lines.push(...renderEvaluation(run, evaluation));
  else if (run.kind === "PRETRAIN") lines.push(...pretrainingLines(run));
  else if (status === "SUCCEEDED" && run.kind === "FINETUNE")
    lines.push("The test split is empty: there are no test scores.");
  for (const { code, message } of warnings) lines.push(`${paint("yellow", code)}  ${plain(message)}`);
  if (run.model) lines.push("", `The model ${paint("bold", run.model.name)} is ready.`);
  return lines;
}

function importLine({ line, report }: NonNullable<FinishedRun["import"]>): string {
  const { rows, imported, merged, dropped } = report;
  return (
    `${rows} rows, to line ${line}: ${imported} imported, ${merged} merged with molecules already there, ` +
    `${dropped} dropped`
  );
}

const listed = (targets: readonly string[]): string =>
  targets.length <= 3 ? targets.join(", ") : `${targets.slice(0, 3).join(", ")} and ${targets.length - 3} more`;

/** Of the molecules kept aside; none of a dataset too small to keep one. */
function pretrainingLines({ validation }: FinishedRun): string[] {
  const scoreOf = (name: string) => validation?.scores.find((one) => one.name === name)?.value;
  if (!validation) return [];
  return [
    `${validation.count.toLocaleString("en-US")} molecules kept aside: ` +
      `masked accuracy ${score(scoreOf("accuracy"))}, cross-entropy ${score(scoreOf("loss"))} nats`,
  ];
}

/** The next command; null when the run made no model and has no scores. */
export function nextCommand({ kind, name, model, dataset, evaluation }: FinishedRun): string | null {
  if (kind === "EVALUATION" && evaluation) return `npx maillard report ${name} --out ${name}`;
  if (!model) return null;
  return kind === "PRETRAIN"
    ? `npx maillard finetune --base ${model.name} --dataset ${dataset.name} --target <label set>`
    : `npx maillard predict "CC(=O)OCCC1=CC=CC=C1" --model ${model.name}`;
}

function renderEvaluation({ name, splitSizes }: FinishedRun, evaluation: Evaluation): string[] {
  const { splitStrategy } = evaluation;
  if (!splitStrategy) return ["", ...evaluationTables(name, evaluation)];
  const size = (split: string): number => splitSizes.find((part) => part.split === split)?.count ?? 0;
  const what = splitStrategy === "ROW" ? "row" : "molecule";
  return [
    `${splitStrategy} split: ${amount(size("TRAIN"), what)} to train on, ${size("VALIDATION")} to validate, ` +
      `${size("TEST")} to test`,
    "",
    ...evaluationTables(name, evaluation),
  ];
}
