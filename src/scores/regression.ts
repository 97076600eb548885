/**
 * Errors of predicted numbers, in the target's units, as scikit-learn computes them. Truth that is NaN was not
 * measured.
 */
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

export function regressionScores(predicted: ArrayLike<number>, truth: ArrayLike<number>): RegressionScores {
  const measured: number[] = [];
  for (let i = 0; i < truth.length; i++) if (!Number.isNaN(truth[i])) measured.push(i);
  const count = measured.length;
  if (count === 0) return { count, rmse: null, mae: null, r2: null };
  const mean = measured.reduce((sum, i) => sum + truth[i], 0) / count;
  let [squared, absolute, deviation] = [0, 0, 0];
  for (const i of measured) {
    squared += (predicted[i] - truth[i]) ** 2;
    absolute += Math.abs(predicted[i] - truth[i]);
    deviation += (truth[i] - mean) ** 2;
  }
  const r2 = deviation > 0 ? 1 - squared / deviation : squared === 0 ? 1 : 0;
  return { count, rmse: Math.sqrt(squared / count), mae: absolute / count, r2: count < 2 ? null : r2 };
}

/** The plain mean over targets (scikit-learn's multioutput="uniform_average"), targets without a value left out. */
export function meanRegression(targets: readonly RegressionScores[]): RegressionScores {
  const mean = (score: (scores: RegressionScores) => number | null) => {
    const defined = targets.map(score).filter((value) => value !== null);
    return defined.length === 0 ? null : defined.reduce((sum, value) => sum + value, 0) / defined.length;
  };
  return {
    count: targets.reduce((sum, { count }) => sum + count, 0),
    rmse: mean(({ rmse }) => rmse),
    mae: mean(({ mae }) => mae),
    r2: mean(({ r2 }) => r2),
  };
}
