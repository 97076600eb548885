/**
 * Robust outliers by distance from the median of each coordinate. A row's score is the modified z-score of its distance
 * d, 0.6745 (d - median d) / MAD, where MAD is the median of |d - median d| (Iglewicz and Hoaglin 1993, who call a
 * score above 3.5 an outlier). Up to half of the rows can be extreme without moving the median.
 */
import type { Rows } from "./distance.js";

export interface OutlierScores {
  /** [rows]: euclidean distance from the median vector. */
  distances: Float64Array;
  medianDistance: number;
  medianDeviation: number;
  /** [rows]; all zero when more than half of the distances are equal. */
  scores: Float64Array;
}

export function outlierScores({ vectors, dimension }: Rows): OutlierScores {
  const count = vectors.length / dimension;
  const middle = new Float64Array(dimension);
  const column = new Float64Array(count);
  for (let c = 0; c < dimension; c++) {
    for (let row = 0; row < count; row++) column[row] = vectors[row * dimension + c];
    middle[c] = median(column);
  }
  const distances = Float64Array.from({ length: count }, (_, row) => {
    let sum = 0;
    for (let c = 0; c < dimension; c++) sum += (vectors[row * dimension + c] - middle[c]) ** 2;
    return Math.sqrt(sum);
  });
  const medianDistance = median(distances);
  const medianDeviation = median(distances.map((distance) => Math.abs(distance - medianDistance)));
  const scores = distances.map((distance) =>
    medianDeviation === 0 ? 0 : (0.6745 * (distance - medianDistance)) / medianDeviation,
  );
  return { distances, medianDistance, medianDeviation, scores };
}

/** The mean of the two middle values when there is an even number. */
function median(values: Float64Array): number {
  const sorted = values.toSorted();
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}
