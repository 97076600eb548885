/**
 * The baseline of a finetune: a linear layer on Morgan fingerprints of the same training molecules, as a run of the
 * API, and the difference of both on the same test molecules. In the report: its scores beside the finetune's, and a
 * paired test.
 */
import { lessIsBetter, titleOf } from "../../scores/metrics.js";
import { COMPARE_RUNS } from "../documents/report.js";
import { CommandFailure, EXIT } from "../failure.js";
import type { CompareRunsQuery } from "../generated/graphql.js";
import type { Session } from "../session.js";
import { fingerprints, type LearningRequest } from "./requests.js";
import { code, number, text } from "./text.js";
import type { Evaluation, ExperimentOptions } from "./types.js";

export interface Baseline {
  run: string;
  test: Evaluation;
  /** Differences are the finetune's score less the baseline's. */
  difference: CompareRunsQuery["compareRuns"];
}

/** Null where nothing is tested; a text says why there is none. */
export async function baselineOf(
  session: Session,
  options: ExperimentOptions,
  request: LearningRequest,
  finetune: { id: string; evaluation?: Evaluation | null },
): Promise<Baseline | string | null> {
  if (!finetune.evaluation) return null;
  try {
    const run = await fingerprints(session, options, request);
    if (run.status !== "SUCCEEDED" || !run.evaluation)
      return `The run ${run.name} gave no scores: ${run.error?.message ?? run.status}`;
    const { compareRuns: difference } = await session.client.execute(COMPARE_RUNS, {
      a: run.id,
      b: finetune.id,
      split: "TEST",
    });
    return { run: run.name, test: run.evaluation, difference };
  } catch (error) {
    if (error instanceof CommandFailure && error.exitCode === EXIT.failed) return error.message;
    throw error;
  }
}

/** Its scores, where there are any. */
export const testOf = (baseline: Baseline | string | null): Evaluation | null =>
  baseline === null || typeof baseline === "string" ? null : baseline.test;

/** The scores by which runs of a task are compared in one line. */
const HEAD: Record<string, readonly string[]> = {
  SINGLE_LABEL: ["accuracy", "macroF1"],
  MULTI_LABEL: ["rocAuc"],
  REGRESSION: ["rmse", "r2"],
};

/** 0.778 / 0.745; – without scores. */
export const headNumbers = (evaluation: Evaluation | null): string =>
  evaluation === null
    ? "–"
    : HEAD[evaluation.task]
        .map((wanted) => number(evaluation.scores.find(({ name }) => name === wanted)?.value))
        .join(" / ");

const signed = (value: number | null): string => `${(value ?? 0) > 0 ? "+" : ""}${number(value)}`;

export function baselineText(baseline: Baseline | string | null): string[] {
  if (baseline === null) return [];
  if (typeof baseline === "string") return [`Fingerprints, to compare with, were not fitted: ${text(baseline)}`];
  const { scores, mcnemar, count } = baseline.difference;
  const shown = HEAD[baseline.test.task].flatMap((wanted) => {
    const score = scores.find(({ name }) => name === wanted);
    if (!score) return [];
    const { difference, low, high } = score;
    const interval = low === null || high === null ? "" : ` (${signed(low)} to ${signed(high)})`;
    return [`${titleOf(wanted)}${lessIsBetter(wanted) ? " (less is better)" : ""} ${signed(difference)}${interval}`];
  });
  const test = mcnemar
    ? ` McNemar's exact test: only the fingerprints right ${mcnemar.onlyA}, only the finetune right ` +
      `${mcnemar.onlyB}, p ${mcnemar.pValue < 0.0005 ? "< 0.001" : `= ${number(mcnemar.pValue)}`}.`
    : "";
  return [
    `Finetune less fingerprints, on the same ${count} molecules (95 %, paired bootstrap): ` +
      `${shown.join(", ")}.${test} ` +
      "Fingerprints are Morgan's, radius 2, 2,048 bits; " +
      `on them a ${baseline.test.task === "REGRESSION" ? "ridge regression" : "logistic regression"} of the same ` +
      `training molecules, C = 1, nothing tuned (${code(baseline.run)}).`,
  ];
}
