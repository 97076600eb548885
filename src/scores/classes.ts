/**
 * Scores of a split from its logits or probabilities, with scikit-learn's conventions: precision, recall and F1 are 0
 * where they are undefined, ties of the greatest score go to the lower class, macro-F1 is the mean over the classes that
 * occur among the true labels.
 */
import { MaillardError } from "../errors.js";
import { expectedCalibrationError } from "./calibration.js";
import { classScores, confusionScores } from "./confusion.js";
import { classRanking } from "./ranking.js";
import type { EvaluationReport, SplitName } from "./types.js";

export interface EvaluationContext {
  split: SplitName;
  /** Class names in logit order. */
  labels: readonly string[];
  /** Index of the most frequent class of the training split. */
  majority: number;
  /** What the rows hold. Default LOGITS. */
  scores?: "LOGITS" | "PROBABILITIES";
}

/** Probabilities below this count as this, so that one confident error is a large loss and not an infinite one. */
const SMALLEST_PROBABILITY = Number.EPSILON;

/** @param scores [rows, classes] row by row @param truth class index of each row, at least one */
export function evaluate(scores: Float32Array, truth: Int32Array, context: EvaluationContext): EvaluationReport {
  const { split, labels, majority } = context;
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

  const confusionMatrix = labels.map(() => new Array<number>(classes).fill(0));
  const probabilities = context.scores === "PROBABILITIES" ? Float64Array.from(scores) : wideSoftmax(scores, classes);
  const confidences = new Float64Array(count);
  const right: boolean[] = [];
  let loss = 0;
  for (let row = 0; row < count; row++) {
    const values = scores.subarray(row * classes, (row + 1) * classes);
    const answer = greatest(values);
    confusionMatrix[truth[row]][answer]++;
    confidences[row] = probabilities[row * classes + answer];
    right.push(answer === truth[row]);
    loss +=
      context.scores === "PROBABILITIES"
        ? -Math.log(Math.max(values[truth[row]], SMALLEST_PROBABILITY))
        : crossEntropy(values, truth[row]);
  }
  const perClass = labels.map((label, index) => ({ label, ...classScores(confusionMatrix, index) }));
  const baselineMatrix = confusionMatrix.map((row) => {
    const support = sum(row);
    return labels.map((_, predicted) => (predicted === majority ? support : 0));
  });
  const ofMatrix = confusionScores(confusionMatrix);
  const baseline = confusionScores(baselineMatrix);
  return {
    split,
    count,
    loss: loss / count,
    accuracy: ofMatrix.accuracy,
    macroF1: ofMatrix.macroF1,
    labels: [...labels],
    classes: perClass,
    confusionMatrix,
    baseline: { label: labels[majority], accuracy: baseline.accuracy, macroF1: baseline.macroF1 },
    scores: {
      loss: loss / count,
      ...ofMatrix,
      ...classRanking(probabilities, truth, classes),
      calibrationError: expectedCalibrationError(confidences, right),
    },
  };
}

/** Row-wise exp(x) / sum(exp(x)) of [rows, classes], without overflow. */
export const softmax = (logits: Float32Array, classes: number): Float32Array =>
  Float32Array.from(wideSoftmax(logits, classes));

/** The same in float64: float32 would round confident probabilities to ties. */
export function wideSoftmax(logits: Float32Array, classes: number): Float64Array {
  const probabilities = new Float64Array(logits.length);
  for (let first = 0; first < logits.length; first += classes) {
    const row = logits.subarray(first, first + classes);
    const { top, logTotal } = normaliser(row);
    for (let index = 0; index < classes; index++) probabilities[first + index] = Math.exp(row[index] - top - logTotal);
  }
  return probabilities;
}

/** -log softmax(values)[label] */
export function crossEntropy(values: Float32Array, label: number): number {
  const { top, logTotal } = normaliser(values);
  return top - values[label] + logTotal;
}

/** log(sum(exp(x))) as the greatest value and the rest: kept apart, nothing overflows and nothing small is lost. */
function normaliser(values: Float32Array): { top: number; logTotal: number } {
  const top = values[greatest(values)];
  let total = 0;
  for (const value of values) total += Math.exp(value - top);
  return { top, logTotal: Math.log(total) };
}

export function greatest(values: Float32Array): number {
  let best = 0;
  for (let index = 1; index < values.length; index++) if (values[index] > values[best]) best = index;
  return best;
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
