/**
 * Reports of a split for targets that are not one class: several labels, numbers, masked tokens. Truth that is NaN was
 * not measured and counts nowhere. An output that is not finite is an error (NON_FINITE_OUTPUT), not data.
 */
import { MaillardError } from "../errors.js";
import { logistic } from "../model/scores.js";
import { expectedCalibrationError } from "./calibration.js";
import { crossEntropy, greatest } from "./classes.js";
import { classScores } from "./confusion.js";
import { meanRanking, rankingScores } from "./ranking.js";
import { meanRegression, regressionScores } from "./regression.js";
import { standardize, type TargetScale, toUnits } from "./target-scale.js";
import type { MaskedTokenReport, MultiLabelReport, RegressionReport, SplitName } from "./types.js";

/** logits, truth: [rows, labels]; truth 0, 1 or NaN. A label is answered yes at probability 1/2 and above. */
export function multiLabelReport(
  logits: Float32Array,
  truth: Float32Array,
  { split, labels }: { split: SplitName; labels: readonly string[] },
): MultiLabelReport {
  const measured = checkAndList(logits, truth, split);
  const columns = labels.map((label, column) => {
    const rows = measured.filter((i) => i % labels.length === column);
    const confusion = [
      [0, 0],
      [0, 0],
    ];
    for (const i of rows) confusion[truth[i]][logits[i] >= 0 ? 1 : 0]++;
    const { precision, recall, f1, support } = classScores(confusion, 1);
    const ranking = rankingScores(
      rows.map((i) => logits[i]),
      rows.map((i) => truth[i] === 1),
    );
    // Where only one answer was measured there is nothing to rank.
    const both = ranking.rocAuc === null ? { rocAuc: null, averagePrecision: null } : ranking;
    return { label, measured: rows.length, positives: support, precision, recall, f1, ...both };
  });
  const known = columns.filter((column) => column.measured > 0);
  const loss = measured.reduce((total, i) => total + logisticLoss(logits[i], truth[i]), 0);
  const right = measured.filter((i) => logits[i] >= 0 === (truth[i] === 1)).length;
  return {
    task: "MULTI_LABEL",
    split,
    count: logits.length / labels.length,
    labels: columns,
    scores: {
      loss: loss / measured.length,
      accuracy: right / measured.length,
      macroF1: known.reduce((total, { f1 }) => total + f1, 0) / known.length,
      ...meanRanking(columns),
      calibrationError: expectedCalibrationError(
        measured.map((i) => logistic(logits[i])),
        measured.map((i) => truth[i] === 1),
      ),
    },
  };
}

/** outputs: standardised [rows, targets]; truth: in units. */
export function regressionReport(
  outputs: Float32Array,
  truth: Float32Array,
  { split, labels, scale }: { split: SplitName; labels: readonly string[]; scale: TargetScale },
): RegressionReport {
  const measured = checkAndList(outputs, truth, split);
  const predicted = toUnits(outputs, scale);
  const standard = standardize(truth, scale);
  const column = (values: Float32Array, j: number) => values.filter((_, i) => i % labels.length === j);
  const targets = labels.map((label, j) => {
    const values = column(truth, j);
    const baseline = regressionScores(new Float64Array(values.length).fill(scale.mean[j]), values).rmse;
    return { label, ...regressionScores(column(predicted, j), values), baseline };
  });
  const { rmse, mae, r2 } = meanRegression(targets);
  const loss = measured.reduce((total, i) => total + (outputs[i] - standard[i]) ** 2, 0) / measured.length;
  return {
    ...{ task: "REGRESSION", split, count: outputs.length / labels.length, targets, scores: { loss, rmse, mae, r2 } },
    scale: { mean: [...scale.mean], deviation: [...scale.deviation] },
  };
}

/** Gathers masked tokens of several batches, whose logits are [masked, vocabulary]. */
export class MaskedTokenScores {
  private readonly frequency = new Map<number, number>();
  private loss = 0;
  private correct = 0;
  private masked = 0;

  add(logits: Float32Array, labels: readonly number[]): void {
    const width = logits.length / labels.length;
    labels.forEach((label, row) => {
      const values = logits.subarray(row * width, (row + 1) * width);
      this.loss += crossEntropy(values, label);
      if (greatest(values) === label) this.correct++;
      this.frequency.set(label, (this.frequency.get(label) ?? 0) + 1);
    });
    this.masked += labels.length;
  }

  report(split: SplitName, count: number): MaskedTokenReport {
    const loss = this.loss / this.masked;
    if (!Number.isFinite(loss)) throw nonFinite(split);
    return {
      task: "MASKED_LANGUAGE_MODEL",
      split,
      count,
      maskedTokens: this.masked,
      scores: { loss, accuracy: this.correct / this.masked },
      baseline: { accuracy: Math.max(...this.frequency.values()) / this.masked },
    };
  }
}

/** -log of the probability of what is true, for a yes or no with this logit. */
export const logisticLoss = (x: number, truth: number): number =>
  Math.max(x, 0) - x * truth + Math.log1p(Math.exp(-Math.abs(x)));

/** Places of the measured entries; at least one. */
function checkAndList(outputs: Float32Array, truth: Float32Array, split: SplitName): number[] {
  if (outputs.length !== truth.length)
    throw new MaillardError("BAD_INPUT", `${outputs.length} outputs are not as many as ${truth.length} true values.`);
  if (!outputs.every(Number.isFinite)) throw nonFinite(split);
  const measured: number[] = [];
  for (let i = 0; i < truth.length; i++) if (!Number.isNaN(truth[i])) measured.push(i);
  if (measured.length === 0)
    throw new MaillardError("EMPTY_DATASET", `The ${split} split has no measured value; change the split's fractions.`);
  return measured;
}

const nonFinite = (split: SplitName) =>
  new MaillardError("NON_FINITE_OUTPUT", `The outputs for the ${split} split hold NaN or infinity.`);
