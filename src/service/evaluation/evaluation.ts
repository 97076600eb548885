/**
 * A report of training with the same fields for every task. What a task does not have is null or empty: a regression
 * has no accuracy, labels have no confusion matrix.
 */

import type { Task } from "../../model/types.js";
import type {
  Calibration,
  EvaluationReport,
  MultiLabelReport,
  Scores,
  SplitName,
  TaskReport,
} from "../../scores/types.js";
import type { Evaluation as EvaluationRow } from "../../store/generated/client.js";

export interface SplitEvaluation {
  split: SplitName;
  /** Molecules scored. */
  count: number;
  task: Task;
  loss: number;
  accuracy: number | null;
  macroF1: number | null;
  /** Every score, by name; null where one is not defined. */
  scores: { name: string; value: number | null }[];
  calibration: Calibration | null;
  /** Classes, labels or targets, in the order of the model's logits. */
  labels: string[];
  /** SINGLE_LABEL; else null or empty. `classes` and `confusionMatrix` are in the order of `labels`. */
  baseline: EvaluationReport["baseline"] | null;
  classes: EvaluationReport["classes"];
  confusionMatrix: number[][];
  /** MULTI_LABEL, in the order of `labels`; else empty. */
  labelScores: MultiLabelReport["labels"];
  /** REGRESSION, in the order of `labels`; else empty. `measured`: molecules. */
  targetScores: TargetScore[];
}

interface TargetScore {
  label: string;
  measured: number;
  rmse: number | null;
  mae: number | null;
  r2: number | null;
  /** RMSE of always answering the mean of the training split. */
  baseline: number | null;
}

/** What training wrote of a split, as its row holds it. */
export const reportOf = ({ report }: Pick<EvaluationRow, "report">): TaskReport => report as unknown as TaskReport;

export function evaluationOf(report: TaskReport): SplitEvaluation {
  const { split, count } = report;
  const task = report.task ?? "SINGLE_LABEL";
  const scores = scoresOf(report);
  const common: SplitEvaluation = {
    split,
    count,
    task,
    loss: scores.loss ?? 0,
    accuracy: scores.accuracy ?? null,
    macroF1: scores.macroF1 ?? null,
    baseline: null,
    classes: [],
    confusionMatrix: [],
    labels: [],
    labelScores: [],
    targetScores: [],
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
