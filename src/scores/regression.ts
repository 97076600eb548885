/**
 * Errors of predicted numbers, in the target's units, as scikit-learn computes them, with sample_weight where weights
 * are given. Truth that is NaN was not measured.
 */
import { meanOfDefined } from "./mean.js";

export interface RegressionScores {
  /** Measured values. */
  count: number;
  /** Root of the mean squared error; null without a measured value. */
  rmse: number | null;
  /** Mean absolute error. */
  mae: number | null;
  /**
   * Coefficient of determination: 1 - squared error / squared deviation of the truth from its mean. Null for fewer than
   * two values; for a constant truth 1 when every prediction is right, else 0.
   */
  r2: number | null;
}

/** What a weighting of the rows of one target needs: one entry for each measured value. */
interface RegressionErrors {
  rows: Int32Array;
  truth: Float64Array;
  squared: Float64Array;
  absolute: Float64Array;
}

/** Share of the squared mean: a spread below this comes from rounding, not from values that differ. */
const ROUNDING = 1e-24;

export function regressionErrors(predicted: ArrayLike<number>, truth: ArrayLike<number>): RegressionErrors {
  const rows = Int32Array.from(truth, (_, row) => row).filter((row) => !Number.isNaN(truth[row]));
  return {
    rows,
    truth: Float64Array.from(rows, (row) => truth[row]),
    squared: Float64Array.from(rows, (row) => (predicted[row] - truth[row]) ** 2),
    absolute: Float64Array.from(rows, (row) => Math.abs(predicted[row] - truth[row])),
  };
}

/** `weights[row]`: how often the row counts, from 0. */
export function regressionOf(errors: RegressionErrors, weights: ArrayLike<number>): RegressionScores {
  const { rows, truth } = errors;
  let [count, sum, squared, absolute] = [0, 0, 0, 0];
  for (let i = 0; i < rows.length; i++) {
    const weight = weights[rows[i]];
    count += weight;
    sum += weight * truth[i];
    squared += weight * errors.squared[i];
    absolute += weight * errors.absolute[i];
  }
  if (count === 0) return { count, rmse: null, mae: null, r2: null };
  const mean = sum / count;
  let deviation = 0;
  for (let i = 0; i < rows.length; i++) deviation += weights[rows[i]] * (truth[i] - mean) ** 2;
  const constant = deviation <= ROUNDING * count * mean ** 2;
  const r2 = constant ? (squared === 0 ? 1 : 0) : 1 - squared / deviation;
  return { count, rmse: Math.sqrt(squared / count), mae: absolute / count, r2: count < 2 ? null : r2 };
}

/** Every value counts once. */
export const regressionScores = (predicted: ArrayLike<number>, truth: ArrayLike<number>): RegressionScores =>
  regressionOf(regressionErrors(predicted, truth), new Uint8Array(truth.length).fill(1));

/** The plain mean over targets (scikit-learn's multioutput="uniform_average"), targets without a value left out. */
export const meanRegression = (targets: readonly RegressionScores[]): RegressionScores => ({
  count: targets.reduce((sum, { count }) => sum + count, 0),
  rmse: meanOfDefined(targets.map(({ rmse }) => rmse)),
  mae: meanOfDefined(targets.map(({ mae }) => mae)),
  r2: meanOfDefined(targets.map(({ r2 }) => r2)),
});
