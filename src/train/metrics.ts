/**
 * Scores of a split from its logits or probabilities, with scikit-learn's conventions: precision, recall and F1 are 0
 * where they are undefined, ties of the greatest score go to the lower class, macro-F1 is the mean over the classes that
 * occur among the true labels.
 */
import { MaillardError } from "../errors.js";
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
  let loss = 0;
  for (let row = 0; row < count; row++) {
    const values = scores.subarray(row * classes, (row + 1) * classes);
    confusionMatrix[truth[row]][greatest(values)]++;
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
  return {
    split,
    count,
    loss: loss / count,
    accuracy: accuracy(confusionMatrix),
    macroF1: macroF1(confusionMatrix),
    labels: [...labels],
    classes: perClass,
    confusionMatrix,
    baseline: { label: labels[majority], accuracy: accuracy(baselineMatrix), macroF1: macroF1(baselineMatrix) },
  };
}

/** Row-wise exp(x) / sum(exp(x)) of [rows, classes], without overflow. */
export function softmax(logits: Float32Array, classes: number): Float32Array {
  const probabilities = new Float32Array(logits.length);
  for (let first = 0; first < logits.length; first += classes) {
    const row = logits.subarray(first, first + classes);
    const { top, logTotal } = normaliser(row);
    for (let index = 0; index < classes; index++) probabilities[first + index] = Math.exp(row[index] - top - logTotal);
  }
  return probabilities;
}

/** -log softmax(values)[label] */
function crossEntropy(values: Float32Array, label: number): number {
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

function greatest(values: Float32Array): number {
  let best = 0;
  for (let index = 1; index < values.length; index++) if (values[index] > values[best]) best = index;
  return best;
}

/** `matrix`: rows are true classes, columns predicted ones. */
function classScores(matrix: readonly number[][], index: number) {
  const hits = matrix[index][index];
  const support = sum(matrix[index]);
  const predicted = sum(matrix.map((row) => row[index]));
  return {
    precision: ratio(hits, predicted),
    recall: ratio(hits, support),
    f1: ratio(2 * hits, support + predicted),
    support,
  };
}

function macroF1(matrix: readonly number[][]): number {
  const present = matrix.map((_, index) => classScores(matrix, index)).filter(({ support }) => support > 0);
  return sum(present.map(({ f1 }) => f1)) / present.length;
}

const accuracy = (matrix: readonly number[][]) => sum(matrix.map((row, index) => row[index])) / sum(matrix.map(sum));
const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
const ratio = (part: number, whole: number) => (whole === 0 ? 0 : part / whole);
