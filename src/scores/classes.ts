/**
 * The report of a split of which each example has one class, with scikit-learn's conventions: precision, recall and F1
 * are 0 where they are undefined, ties of the greatest score go to the lower class, macro-F1 is the mean over the
 * classes that occur among the true labels.
 */
import { MaillardError } from "../errors.js";
import { classScores, confusionScores } from "./confusion.js";
import { classScorer, once, rowsOfLogits, rowsOfProbabilities } from "./scorers.js";
import type { EvaluationReport, Floats, SplitName } from "./types.js";

export interface EvaluationContext {
  split: SplitName;
  /** Class names in logit order. */
  labels: readonly string[];
  /** Index of the most frequent class of the training split. */
  majority: number;
  /** What the rows hold. Default LOGITS. */
  scores?: "LOGITS" | "PROBABILITIES";
}

/**
 * @param scores [rows, classes] row by row
 * @param truth class index of each row, at least one
 * @throws BAD_INPUT where sizes or classes do not fit; NON_FINITE_OUTPUT where a score is NaN or infinite
 */
export function evaluate(scores: Floats, truth: Int32Array, context: EvaluationContext): EvaluationReport {
  const { split, labels, majority } = context;
  const classes = labels.length;
  const count = truth.length;
  checkScores(scores, truth, context);
  const rows = (context.scores === "PROBABILITIES" ? rowsOfProbabilities : rowsOfLogits)(scores, truth, classes);
  const { matrix, scores: all } = classScorer(rows, truth, classes)(once(count));
  const baseline = confusionScores(
    matrix.map((row) => {
      const support = row.reduce((total, value) => total + value, 0);
      return labels.map((_, predicted) => (predicted === majority ? support : 0));
    }),
  );
  return {
    split,
    count,
    loss: all.loss as number,
    accuracy: all.accuracy as number,
    macroF1: all.macroF1 as number,
    labels: [...labels],
    classes: labels.map((label, index) => ({ label, ...classScores(matrix, index) })),
    confusionMatrix: matrix,
    baseline: { label: labels[majority], accuracy: baseline.accuracy, macroF1: baseline.macroF1 },
    scores: all,
  };
}

function checkScores(scores: Floats, truth: Int32Array, { split, labels, majority }: EvaluationContext): void {
  const classes = labels.length;
  const count = truth.length;
  if (count === 0 || scores.length !== count * classes || !(majority >= 0 && majority < classes)) {
    const message = `${scores.length} scores are not ${count} rows of ${classes} classes, with at least one row.`;
    throw new MaillardError("BAD_INPUT", message);
  }
  if (truth.some((label) => label < 0 || label >= classes)) {
    throw new MaillardError("BAD_INPUT", `A true label is not one of the classes 0..${classes - 1}.`);
  }
  if (!scores.every(Number.isFinite)) {
    throw new MaillardError("NON_FINITE_OUTPUT", `The scores of the ${split} split hold NaN or infinity.`);
  }
}
