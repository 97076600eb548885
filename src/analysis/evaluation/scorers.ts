/**
 * Scores of a split in which each row counts a number of times: exactly those of src/train (metrics.ts, reports.ts) over
 * the rows repeated so often. What does not depend on the weights is computed once, so that a thousand resamples of a
 * split cost a thousand passes over it and no sorting. Names as in metric-names.ts.
 */

import { CALIBRATION_BINS, calibrationBin } from "../../scores/calibration.js";
import { crossEntropy, greatest } from "../../scores/classes.js";
import { classScores, confusionScores } from "../../scores/confusion.js";
import { meanRanking } from "../../scores/ranking.js";
import { logisticLoss } from "../../scores/reports.js";
import type { Scores } from "../../scores/types.js";
import { type Answers, probabilitiesOf, rowsOf } from "./answers.js";
import { rankOrder, weightedRanking } from "./weighted-ranking.js";

/** `weights`: of each row, whole numbers from 0, not all 0. */
export type Scorer = (weights: ArrayLike<number>) => Scores;

export function scorerOf(answers: Answers): Scorer {
  switch (answers.task) {
    case "SINGLE_LABEL":
      return classScorer(answers);
    case "MULTI_LABEL":
      return labelScorer(answers);
    case "REGRESSION":
      return numberScorer(answers);
    default:
      throw answers.task satisfies never;
  }
}

/** Every row once. */
export const plainScores = (answers: Answers): Scores => scorerOf(answers)(new Uint8Array(rowsOf(answers)).fill(1));

function classScorer(answers: Answers): Scorer {
  const { labels, outputs, truth } = answers;
  const [rows, classes] = [rowsOf(answers), labels.length];
  const probabilities = probabilitiesOf(answers);
  const predicted = new Int32Array(rows);
  const loss = new Float64Array(rows);
  const confidence = new Float64Array(rows);
  for (let row = 0; row < rows; row++) {
    const logits = outputs.subarray(row * classes, (row + 1) * classes);
    predicted[row] = greatest(logits);
    loss[row] = crossEntropy(logits, truth[row]);
    confidence[row] = probabilities[row * classes + predicted[row]];
  }
  const calibration = calibrationScorer(confidence, (row) => predicted[row] === truth[row]);
  const orders = (classes === 2 ? [1] : labels.map((_, index) => index)).map((index) =>
    rankOrder(
      Float64Array.from({ length: rows }, (_, row) => probabilities[row * classes + index]),
      (row) => truth[row] === index,
    ),
  );
  return (weights) => {
    const matrix = labels.map(() => new Array<number>(classes).fill(0));
    let [total, losses] = [0, 0];
    for (let row = 0; row < rows; row++) {
      matrix[truth[row]][predicted[row]] += weights[row];
      total += weights[row];
      losses += weights[row] * loss[row];
    }
    const rankings = orders.map((order) => weightedRanking(order, weights));
    return {
      loss: losses / total,
      ...confusionScores(matrix),
      ...(classes === 2 ? rankings[0] : meanRanking(rankings)),
      calibrationError: calibration(weights),
    };
  };
}

function labelScorer(answers: Answers): Scorer {
  const { labels, outputs, truth } = answers;
  const width = labels.length;
  const probabilities = probabilitiesOf(answers);
  const measured = Int32Array.from(outputs, (_, i) => i).filter((i) => !Number.isNaN(truth[i]));
  const loss = Float64Array.from(measured, (i) => logisticLoss(outputs[i], truth[i]));
  const rowOf = (i: number) => Math.floor(i / width);
  const isYes = (i: number) => truth[i] === 1;
  const orders = labels.map((_, column) =>
    rankOrder(
      outputs,
      isYes,
      measured.filter((i) => i % width === column),
    ),
  );
  const calibration = calibrationScorer(
    Float64Array.from(measured, (i) => probabilities[i]),
    (place) => isYes(measured[place]),
    (place) => rowOf(measured[place]),
  );
  return (weights) => {
    const confusions = labels.map(() => [
      [0, 0],
      [0, 0],
    ]);
    let [total, losses, right] = [0, 0, 0];
    measured.forEach((i, place) => {
      const weight = weights[rowOf(i)];
      const answer = outputs[i] >= 0 ? 1 : 0;
      confusions[i % width][truth[i]][answer] += weight;
      total += weight;
      losses += weight * loss[place];
      if (answer === truth[i]) right += weight;
    });
    if (total === 0) return Object.fromEntries(LABEL_SCORES.map((name) => [name, null]));
    const known = confusions.filter((confusion) => confusion.flat().some((count) => count > 0));
    const rankings = orders.map((order) => {
      const ranking = weightedRanking(order, weights, rowOf);
      // Where only one answer was measured there is nothing to rank.
      return ranking.rocAuc === null ? { rocAuc: null, averagePrecision: null } : ranking;
    });
    return {
      loss: losses / total,
      accuracy: right / total,
      macroF1: known.reduce((sum, confusion) => sum + classScores(confusion, 1).f1, 0) / known.length,
      ...meanRanking(rankings),
      calibrationError: calibration(weights),
    };
  };
}

const LABEL_SCORES = ["loss", "accuracy", "macroF1", "rocAuc", "averagePrecision", "calibrationError"];

function numberScorer(answers: Answers): Scorer {
  const { labels, outputs, truth, deviation } = answers;
  const [rows, width] = [rowsOf(answers), labels.length];
  return (weights) => {
    let [entries, losses] = [0, 0];
    const targets: { rmse: number; mae: number; r2: number | null }[] = [];
    for (let column = 0; column < width; column++) {
      let [count, sum, squared, absolute] = [0, 0, 0, 0];
      const each = (visit: (weight: number, i: number) => void) => {
        for (let row = 0, i = column; row < rows; row++, i += width)
          if (weights[row] > 0 && !Number.isNaN(truth[i])) visit(weights[row], i);
      };
      each((weight, i) => {
        const error = outputs[i] - truth[i];
        count += weight;
        sum += weight * truth[i];
        squared += weight * error ** 2;
        absolute += weight * Math.abs(error);
      });
      entries += count;
      losses += squared / (deviation?.[column] ?? 1) ** 2;
      if (count === 0) continue;
      const mean = sum / count;
      let spread = 0;
      each((weight, i) => {
        spread += weight * (truth[i] - mean) ** 2;
      });
      // As in scores/regression.ts; one value repeated has no spread but for rounding.
      const constant = spread <= 1e-24 * count * mean ** 2;
      const r2 = constant ? (squared === 0 ? 1 : 0) : 1 - squared / spread;
      targets.push({ rmse: Math.sqrt(squared / count), mae: absolute / count, r2: count < 2 ? null : r2 });
    }
    const mean = (score: (target: (typeof targets)[number]) => number | null) => {
      const defined = targets.map(score).filter((value) => value !== null);
      return defined.length === 0 ? null : defined.reduce((total, value) => total + value, 0) / defined.length;
    };
    return {
      loss: entries === 0 ? null : losses / entries,
      rmse: mean(({ rmse }) => rmse),
      mae: mean(({ mae }) => mae),
      r2: mean(({ r2 }) => r2),
    };
  };
}

/** Expected calibration error of places, each with the weight of its row. */
function calibrationScorer(
  confidences: Float64Array,
  isRight: (place: number) => boolean,
  rowOf: (place: number) => number = (place) => place,
): (weights: ArrayLike<number>) => number {
  const bins = Uint8Array.from(confidences, calibrationBin);
  const gap = Float64Array.from(confidences, (confidence, place) => (isRight(place) ? 1 : 0) - confidence);
  const sums = new Float64Array(CALIBRATION_BINS);
  return (weights) => {
    sums.fill(0);
    let total = 0;
    for (let place = 0; place < bins.length; place++) {
      const weight = weights[rowOf(place)];
      total += weight;
      sums[bins[place]] += weight * gap[place];
    }
    return sums.reduce((sum, value) => sum + Math.abs(value), 0) / total;
  };
}
