/**
 * k-means by ml-kmeans (Lloyd's iteration from k-means++ starts, Arthur and Vassilvitskii 2007). Of several seeded
 * starts the one with the least inertia is kept: the sum of squared distances to the centres. A scan measures how well
 * each number of clusters separates.
 */
import { kmeans } from "ml-kmeans";
import { MaillardError } from "../errors.js";
import { Philox } from "../model/philox-stream.js";
import { distanceBetween, type Rows, takeRows } from "./distance.js";
import { STREAM, sampleOf } from "./seeds.js";
import { silhouettes } from "./silhouette.js";

export interface Clusters {
  /** [rows]: 0 .. k - 1, the largest cluster first. */
  assignments: Int32Array;
  /** Molecules of each cluster, descending. */
  sizes: number[];
  /** Row-major [k, dimension]. */
  centres: Float64Array;
  inertia: number;
  /** Of the start that was kept. */
  iterations: number;
}

export interface ClusterOptions {
  seed: number;
  /** Number of k-means++ starts. */
  starts: number;
  /** Row-major [k, dimension]: one start from these centres instead. */
  initial?: Float64Array;
}

const MAX_ITERATIONS = 300;
/** Squared movement of every centre at which the iteration ends. */
const TOLERANCE = 1e-12;

export function findClusters(rows: Rows, k: number, options: ClusterOptions): Clusters {
  const points = pointsOf(rows);
  const distinct = new Set<string>();
  // Counting stops at k distinct vectors.
  for (const point of points) if (distinct.add(point.join()).size >= k && k >= 1) break;
  if (k < 1 || k > distinct.size)
    throw new MaillardError(
      "BAD_INPUT",
      `k is ${k}: it must be 1 to ${distinct.size}, the number of distinct vectors.`,
      {
        param: "k",
      },
    );
  return cluster(points, k, options);
}

function cluster(points: number[][], k: number, { seed, starts, initial }: ClusterOptions): Clusters {
  const random = new Philox(seed, STREAM.starts, k);
  const dimension = points[0].length;
  const settings = { maxIterations: MAX_ITERATIONS, tolerance: TOLERANCE };
  let best: Clusters | null = null;
  for (let start = 0; start < (initial ? 1 : starts); start++) {
    const result = initial
      ? kmeans(points, k, { ...settings, initialization: pointsOf({ vectors: initial, dimension }) })
      : kmeans(points, k, { ...settings, seed: random.below(2 ** 31) });
    const found = ordered(points, k, result);
    if (!best || found.inertia < best.inertia) best = found;
  }
  return best as Clusters;
}

/** Numbers clusters by their size. */
function ordered(
  points: number[][],
  k: number,
  { clusters, centroids, iterations }: { clusters: number[]; centroids: number[][]; iterations: number },
): Clusters {
  const sizes = new Array<number>(k).fill(0);
  let inertia = 0;
  points.forEach((point, row) => {
    sizes[clusters[row]]++;
    const centre = centroids[clusters[row]];
    for (let c = 0; c < point.length; c++) inertia += (point[c] - centre[c]) ** 2;
  });
  const order = sizes.map((_, index) => index).sort((a, b) => sizes[b] - sizes[a] || a - b);
  const place = new Map(order.map((old, index) => [old, index]));
  return {
    assignments: Int32Array.from(clusters, (old) => place.get(old) as number),
    sizes: order.map((old) => sizes[old]),
    centres: Float64Array.from(order.flatMap((old) => centroids[old])),
    inertia,
    iterations,
  };
}

export interface ClusterCount {
  k: number;
  inertia: number;
  /** Mean silhouette, euclidean, of at most `sample` rows. */
  silhouette: number;
}

/** k-means and silhouette for each number of clusters. Silhouettes are quadratic, so they are of a seeded sample. */
export function scanClusterCounts(
  rows: Rows,
  counts: readonly number[],
  options: ClusterOptions & { sample: number },
): { scan: ClusterCount[]; results: Map<number, Clusters> } {
  const chosen = sampleOf(rows.vectors.length / rows.dimension, options.sample, options.seed);
  const distance = distanceBetween("EUCLIDEAN", takeRows(rows, chosen));
  const results = new Map<number, Clusters>();
  const scan = counts.map((k) => {
    const found = findClusters(rows, k, options);
    results.set(k, found);
    return { k, inertia: found.inertia, silhouette: meanSilhouette(distance, found, chosen) };
  });
  return { scan, results };
}

/** Classes that the sample misses are left out. */
function meanSilhouette(distance: (a: number, b: number) => number, found: Clusters, chosen: Int32Array): number {
  const present = [...new Set(Array.from(chosen, (row) => found.assignments[row]))].sort((a, b) => a - b);
  const labels = Array.from(chosen, (row) => present.indexOf(found.assignments[row]));
  if (present.length < 2 || present.length >= labels.length) return 0;
  const values = silhouettes(distance, labels, present.length);
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function pointsOf({ vectors, dimension }: { vectors: Float32Array | Float64Array; dimension: number }): number[][] {
  return Array.from({ length: vectors.length / dimension }, (_, row) =>
    Array.from(vectors.subarray(row * dimension, (row + 1) * dimension)),
  );
}
