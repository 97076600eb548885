/**
 * A report of training as the API tells it: the same fields for every task. What a task does not have is null or empty:
 * a regression has no accuracy, labels have no confusion matrix.
 */
import type { EvaluationReport, Scores, TaskReport } from "../scores/types.js";
import type { Evaluation } from "./types/evaluation.js";

/** What is not the report's: how molecules were split, and what to know about it. */
type Told = Omit<Evaluation, "splitStrategy" | "warnings">;

export function evaluationOf(report: TaskReport): Told {
  const { split, count } = report;
  const task = report.task ?? "SINGLE_LABEL";
  const scores = scoresOf(report);
  const common = {
    ...{ split: split as Told["split"], count, task, loss: scores.loss ?? 0 },
    ...{ accuracy: scores.accuracy ?? null, macroF1: scores.macroF1 ?? null, baseline: null, classes: [] },
    ...{ confusionMatrix: [], labels: [], labelScores: [], targetScores: [] },
    scores: Object.entries(scores).map(([name, value]) => ({ name, value })),
    calibration: ("calibration" in report && report.calibration) || null,
  };
  switch (report.task) {
    // Reports of classes were there before there were other tasks, and said none.
    case undefined:
    case "SINGLE_LABEL": {
      const { baseline, classes, confusionMatrix, labels } = report;
      return { ...common, baseline, classes, confusionMatrix, labels };
    }
    case "MULTI_LABEL":
      return { ...common, labels: report.labels.map(({ label }) => label), labelScores: report.labels };
    case "REGRESSION":
      return {
        ...common,
        labels: report.targets.map(({ label }) => label),
        targetScores: report.targets.map((target) => ({ ...target, measured: target.count })),
      };
    case "MASKED_LANGUAGE_MODEL":
      return common;
    default:
      throw report satisfies never;
  }
}

/** Reports that were written before there were more than three scores have none by name. */
function scoresOf(report: TaskReport): Scores {
  if (report.scores) return report.scores;
  const { loss, accuracy, macroF1 } = report as EvaluationReport;
  return { loss, accuracy, macroF1 };
}
