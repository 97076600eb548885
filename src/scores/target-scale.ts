/**
 * Regression targets in units and as the network learns them: (value - mean) / deviation, mean and deviation of each
 * target's measured training values, in float64 (deviation as scikit-learn's StandardScaler: divided by n; 1 for a
 * constant target). A saved model predicts in units: its output layer contains the scale, W' = deviation W and
 * b' = deviation b + mean. Values are [rows, targets], row by row; NaN is a value that was not measured and stays NaN.
 */
import { familyOf } from "../model/families/index.js";
import type { EncoderConfig, Weight } from "../model/types.js";
import type { Floats } from "./types.js";

export interface TargetScale {
  mean: Float64Array;
  deviation: Float64Array;
}

export function fitTargetScale(values: Floats, targets: number): TargetScale {
  const mean = new Float64Array(targets);
  const deviation = new Float64Array(targets).fill(1);
  for (let j = 0; j < targets; j++) {
    const measured: number[] = [];
    for (let i = j; i < values.length; i += targets) if (!Number.isNaN(values[i])) measured.push(values[i]);
    if (measured.length === 0) continue;
    mean[j] = measured.reduce((sum, value) => sum + value, 0) / measured.length;
    // Rounding alone is not spread: the mean of a constant 0.1 may differ from 0.1.
    if (measured.every((value) => value === measured[0])) continue;
    const variance = measured.reduce((sum, value) => sum + (value - mean[j]) ** 2, 0) / measured.length;
    // 0 where the squares are below the least number.
    if (variance > 0) deviation[j] = Math.sqrt(variance);
  }
  return { mean, deviation };
}

export const standardize = (values: Floats, { mean, deviation }: TargetScale): Float64Array =>
  Float64Array.from(values, (value, i) => (value - mean[i % mean.length]) / deviation[i % mean.length]);

export const toUnits = (values: Floats, { mean, deviation }: TargetScale): Float64Array =>
  Float64Array.from(values, (value, i) => value * deviation[i % mean.length] + mean[i % mean.length]);

/** The weights with an output layer whose row j answers factor[j] times what it did, plus shift[j]. */
export function scaleOutputs(
  weights: ReadonlyMap<string, Weight>,
  family: EncoderConfig["family"],
  factor: ArrayLike<number>,
  shift: ArrayLike<number> | null = null,
): Map<string, Weight> {
  const stem = familyOf({ family }).sequenceHead.output;
  const { shape, data } = weights.get(`${stem}.weight`)!;
  const bias = weights.get(`${stem}.bias`)!;
  const scaled = new Map(weights);
  scaled.set(`${stem}.weight`, { shape, data: data.map((value, i) => value * factor[Math.floor(i / shape[1])]) });
  scaled.set(`${stem}.bias`, {
    shape: bias.shape,
    data: bias.data.map((value, j) => value * factor[j] + (shift?.[j] ?? 0)),
  });
  return scaled;
}
