/**
 * Every score of a split, computed in one place for reports and for the bootstrap. A scorer is made once for a split;
 * it is then asked for the scores in which each row counts a number of times: exactly those of the rows repeated so
 * often, as scikit-learn's sample_weight. What does not depend on the weights is computed once, so that a thousand
 * resamples cost a thousand passes over the split and no sorting. Keys of the scores are those of metrics.ts, in its
 * order.
 */
import type { SequenceTask } from "../model/types.js";
import { calibrationError, calibrationSums, confidencesOf } from "./calibration.js";
import { type ClassScores, classScores, confusionScores } from "./confusion.js";
import { crossEntropy, greatest, logisticLoss, probabilities, softmax } from "./logits.js";
import { meanOfDefined } from "./mean.js";
import type { ScoresOf } from "./metrics.js";
import { meanRanking, type Ranking, rankingOf, rankOrder } from "./ranking.js";
import { meanRegression, type RegressionScores, regressionErrors, regressionOf } from "./regression.js";
import type { Floats, Scores } from "./types.js";

/** Of each row: whole numbers from 0, not all 0. */
export type Weights = ArrayLike<number>;

/** Every row once. */
export const once = (rows: number): Weights => new Float64Array(rows).fill(1);

export interface Answered {
  task: SequenceTask;
  /** Classes, labels or targets, in logit order. */
  labels: readonly string[];
  /** [rows, labels]: logits; REGRESSION: values in units. */
  outputs: Floats;
  /** SINGLE_LABEL: class of each row. Else [rows, labels]: 0 or 1, or values in units; NaN: not measured. */
  truth: Int32Array | Floats;
  /** REGRESSION: what one standard unit of each target is in its own unit; `loss` is of standardised values. */
  deviation?: readonly number[];
}

/** The scores alone, for any task. */
export function scorerOf({ task, labels, outputs, truth, deviation }: Answered): (weights: Weights) => Scores {
  const width = labels.length;
  switch (task) {
    case "SINGLE_LABEL": {
      const score = classScorer(rowsOfLogits(outputs, truth, width), truth, width);
      return (weights) => score(weights).scores;
    }
    case "MULTI_LABEL": {
      const score = labelScorer(outputs, truth, width);
      return (weights) => score(weights).scores;
    }
    case "REGRESSION": {
      const loss = Float64Array.from(outputs, (value, i) => ((value - truth[i]) / (deviation?.[i % width] ?? 1)) ** 2);
      const score = numberScorer(outputs, truth, loss, width);
      return (weights) => score(weights).scores;
    }
    default:
      throw task satisfies never;
  }
}

interface ClassRows {
  /** [rows, classes] */
  probabilities: Float64Array;
  /** The class with the greatest score. */
  predicted: Int32Array;
  /** In nats. */
  loss: Float64Array;
}

/** Probabilities below this count as this, so that one confident error is a large loss and not an infinite one. */
const SMALLEST_PROBABILITY = Number.EPSILON;

/** `logits`: [rows, classes]. `truth`: class of each row. */
export const rowsOfLogits = (logits: Floats, truth: ArrayLike<number>, classes: number): ClassRows => ({
  probabilities: softmax(logits, classes),
  predicted: mapRows(logits, classes, Int32Array, greatest),
  loss: mapRows(logits, classes, Float64Array, (values, row) => crossEntropy(values, truth[row])),
});

/** The same from probabilities, where there are no logits. */
export const rowsOfProbabilities = (values: Floats, truth: ArrayLike<number>, classes: number): ClassRows => ({
  probabilities: Float64Array.from(values),
  predicted: mapRows(values, classes, Int32Array, greatest),
  loss: mapRows(
    values,
    classes,
    Float64Array,
    (own, row) => -Math.log(Math.max(own[truth[row]], SMALLEST_PROBABILITY)),
  ),
});

function mapRows<A extends Int32Array | Float64Array>(
  values: Floats,
  width: number,
  Result: new (length: number) => A,
  map: (row: Floats, index: number) => number,
): A {
  const result = new Result(values.length / width);
  for (let row = 0; row < result.length; row++) result[row] = map(values.subarray(row * width, (row + 1) * width), row);
  return result;
}

interface ClassResult {
  /** Rows: true class; columns: predicted class. */
  matrix: number[][];
  scores: ScoresOf<"SINGLE_LABEL">;
}

/** `truth`: class of each row. */
export function classScorer(
  rows: ClassRows,
  truth: ArrayLike<number>,
  classes: number,
): (weights: Weights) => ClassResult {
  const { predicted, loss } = rows;
  const count = predicted.length;
  const cells = predicted.map((answer, row) => truth[row] * classes + answer);
  const calibration = confidencesOf(
    Float64Array.from(predicted, (answer, row) => rows.probabilities[row * classes + answer]),
    Array.from(predicted, (answer, row) => answer === truth[row]),
  );
  // Two classes: the ranking of class 1. More: each class against the rest (scikit-learn's multi_class="ovr").
  const ranked = classes === 2 ? [1] : Array.from({ length: classes }, (_, index) => index);
  const orders = ranked.map((index) =>
    rankOrder(
      Float64Array.from({ length: count }, (_, row) => rows.probabilities[row * classes + index]),
      Array.from({ length: count }, (_, row) => truth[row] === index),
    ),
  );
  return (weights) => {
    const flat = new Float64Array(classes * classes);
    let [total, losses] = [0, 0];
    for (let row = 0; row < count; row++) {
      const weight = weights[row];
      flat[cells[row]] += weight;
      total += weight;
      losses += weight * loss[row];
    }
    const matrix = rowsOfMatrix(flat, classes);
    const rankings = orders.map((order) => rankingOf(order, weights));
    return {
      matrix,
      scores: {
        loss: losses / total,
        ...confusionScores(matrix),
        ...(classes === 2 ? rankings[0] : meanRanking(rankings)),
        calibrationError: calibrationError(calibrationSums(calibration, weights)),
      },
    };
  };
}

const rowsOfMatrix = (flat: Float64Array, width: number): number[][] =>
  Array.from({ length: width }, (_, row) => Array.from(flat.subarray(row * width, (row + 1) * width)));

interface LabelResult {
  /** Of each label. Both areas are null where only one answer was measured: there is nothing to rank. */
  columns: (ClassScores & Ranking & { measured: number })[];
  /** All null where no measured entry counts. */
  scores: ScoresOf<"MULTI_LABEL">;
}

/** `logits`, `truth`: [rows, labels]; truth 0, 1 or NaN. A label is predicted at probability 1/2 and above. */
export function labelScorer(
  logits: Floats,
  truth: ArrayLike<number>,
  labels: number,
): (weights: Weights) => LabelResult {
  const measured = Int32Array.from(logits, (_, i) => i).filter((i) => !Number.isNaN(truth[i]));
  const rows = measured.map((i) => Math.floor(i / labels));
  const loss = Float64Array.from(measured, (i) => logisticLoss(logits[i], truth[i]));
  const right = Uint8Array.from(measured, (i) => (logits[i] >= 0 === (truth[i] === 1) ? 1 : 0));
  /** Place in [labels, truth, answer]. */
  const cells = measured.map((i) => (i % labels) * 4 + truth[i] * 2 + (logits[i] >= 0 ? 1 : 0));
  const yes = probabilities("MULTI_LABEL", logits, labels);
  const calibration = confidencesOf(
    Float64Array.from(measured, (i) => yes[i]),
    Array.from(measured, (i) => truth[i] === 1),
    rows,
  );
  const orders = Array.from({ length: labels }, (_, column) => {
    const entries = Array.from(measured.filter((i) => i % labels === column));
    return rankOrder(
      entries.map((i) => logits[i]),
      entries.map((i) => truth[i] === 1),
      entries.map((i) => Math.floor(i / labels)),
    );
  });
  return (weights) => {
    const flat = new Float64Array(labels * 4);
    let [total, losses, correct] = [0, 0, 0];
    for (let place = 0; place < measured.length; place++) {
      const weight = weights[rows[place]];
      flat[cells[place]] += weight;
      total += weight;
      losses += weight * loss[place];
      correct += weight * right[place];
    }
    const columns = orders.map((order, column) => {
      const [trueNo, falseYes, falseNo, trueYes] = flat.subarray(column * 4, column * 4 + 4);
      const confusion = [
        [trueNo, falseYes],
        [falseNo, trueYes],
      ];
      const measured = trueNo + falseYes + falseNo + trueYes;
      return { measured, ...classScores(confusion, 1), ...rankingOf(order, weights) };
    });
    return {
      columns,
      scores: {
        loss: total === 0 ? null : losses / total,
        accuracy: total === 0 ? null : correct / total,
        macroF1: meanOfDefined(columns.map(({ measured: count, f1 }) => (count > 0 ? f1 : null))),
        ...meanRanking(columns),
        calibrationError: calibrationError(calibrationSums(calibration, weights)),
      },
    };
  };
}

interface NumberResult {
  targets: RegressionScores[];
  /** All null where no measured value counts. */
  scores: ScoresOf<"REGRESSION">;
}

/** All arrays are [rows, targets]; `loss` is the squared error of standardised values. NaN truth was not measured. */
export function numberScorer(
  predicted: Floats,
  truth: ArrayLike<number>,
  loss: ArrayLike<number>,
  targets: number,
): (weights: Weights) => NumberResult {
  const rows = predicted.length / targets;
  const column = (values: ArrayLike<number>, j: number) =>
    Float64Array.from({ length: rows }, (_, row) => values[row * targets + j]);
  const errors = Array.from({ length: targets }, (_, j) => regressionErrors(column(predicted, j), column(truth, j)));
  const measured = Int32Array.from(predicted, (_, i) => i).filter((i) => !Number.isNaN(truth[i]));
  const rowOf = measured.map((i) => Math.floor(i / targets));
  const losses = Float64Array.from(measured, (i) => loss[i]);
  return (weights) => {
    let [total, sum] = [0, 0];
    for (let place = 0; place < losses.length; place++) {
      total += weights[rowOf[place]];
      sum += weights[rowOf[place]] * losses[place];
    }
    const scored = errors.map((target) => regressionOf(target, weights));
    const { rmse, mae, r2 } = meanRegression(scored);
    return { targets: scored, scores: { loss: total === 0 ? null : sum / total, rmse, mae, r2 } };
  };
}
