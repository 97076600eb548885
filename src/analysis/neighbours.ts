/** Nearest rows, by exact search: every distance is computed. Equal distances: the earlier row first. */
import { type DistanceMetric, distanceBetween, type Rows } from "./distance.js";

export interface Neighbours {
  /** Row numbers, nearest first. */
  rows: Int32Array;
  distances: Float64Array;
}

/** @param query [dimension] */
export function nearestRows(rows: Rows, query: Float32Array, count: number, metric: DistanceMetric): Neighbours {
  const total = rows.vectors.length / rows.dimension;
  const vectors = new Float32Array(rows.vectors.length + rows.dimension);
  vectors.set(rows.vectors);
  vectors.set(query, rows.vectors.length);
  const distance = distanceBetween(metric, { vectors, dimension: rows.dimension });
  const distances = Float64Array.from({ length: total }, (_, row) => distance(row, total));
  const order = Int32Array.from({ length: total }, (_, row) => row).sort(
    (a, b) => distances[a] - distances[b] || a - b,
  );
  const nearest = order.slice(0, count);
  return { rows: nearest, distances: Float64Array.from(nearest, (row) => distances[row]) };
}
