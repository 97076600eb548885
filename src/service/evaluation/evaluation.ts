/**
 * A report of training with the same fields for every task. What a task does not have is null or empty: a regression
 * has no accuracy, labels have no confusion matrix.
 */

import type { Task } from "../../model/types.js";
import { meanOfDefined } from "../../scores/mean.js";
import type {
  Baseline,
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
  /** Of an evaluation run: scores of the molecules that the model was not trained on; null where all or none were. */
  newMolecules: { count: number; scores: { name: string; value: number | null }[] } | null;
  calibration: Calibration | null;
  /** Classes, labels or targets, in the order of the model's logits. */
  labels: string[];
  /** What the run has to beat; empty where nothing is known. */
  baselines: SplitBaseline[];
  /** SINGLE_LABEL; else null or empty. `classes` and `confusionMatrix` are in the order of `labels`. */
  baseline: EvaluationReport["baseline"] | null;
  classes: EvaluationReport["classes"];
  confusionMatrix: number[][];
  /** MULTI_LABEL, in the order of `labels`; else empty. */
  labelScores: MultiLabelReport["labels"];
  /** REGRESSION, in the order of `labels`; else empty. `measured`: molecules. */
  targetScores: TargetScore[];
}

interface SplitBaseline extends Omit<Baseline, "scores"> {
  scores: { name: string; value: number | null }[];
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

/** `baselines`: as the evaluation's row holds them. */
export function evaluationOf(report: TaskReport, baselines: unknown = null): SplitEvaluation {
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
    baselines: ((baselines as Baseline[] | null) ?? earlierBaselines(report)).map((one) => ({
      ...one,
      scores: namedScores(one.scores),
    })),
    classes: [],
    confusionMatrix: [],
    labels: [],
    labelScores: [],
    targetScores: [],
    scores: namedScores(scores),
    newMolecules: newMoleculesOf(report),
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

function newMoleculesOf(report: TaskReport): SplitEvaluation["newMolecules"] {
  const found = "newMolecules" in report ? report.newMolecules : undefined;
  return found ? { count: found.count, scores: namedScores(found.scores) } : null;
}

const namedScores = (scores: Scores) => Object.entries(scores).map(([name, value]) => ({ name, value }));

/** What the report alone says of a constant answer: of probes, and of finetunes of versions that compared no more. */
function earlierBaselines(report: TaskReport): Baseline[] {
  const constant = (scores: Scores, label: string | null = null): Baseline[] => [
    { kind: "CONSTANT", label, scores, differences: [], mcnemar: null },
  ];
  if ("targets" in report) return constant({ rmse: meanOfDefined(report.targets.map(({ baseline }) => baseline)) });
  if (!("confusionMatrix" in report)) return [];
  const { label, accuracy, macroF1 } = report.baseline;
  return constant({ accuracy, macroF1 }, label);
}

/** Reports that were written before there were more than three scores have none by name. */
function scoresOf(report: TaskReport): Scores {
  if (report.scores) return report.scores;
  const { loss, accuracy, macroF1 } = report as EvaluationReport;
  return { loss, accuracy, macroF1 };
}
