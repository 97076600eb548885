/**
 * Silhouettes, clusters, neighbours, separation and maps against saved numbers of scikit-learn
 * (bench/reference/analysis.py).
 */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { findClusters, scanClusterCounts } from "../../src/analysis/clusters.js";
import { distanceBetween, takeRows } from "../../src/analysis/distance.js";
import { drawMap } from "../../src/analysis/map.js";
import type { MapOptions } from "../../src/analysis/map-options.js";
import { nearestRows } from "../../src/analysis/neighbours.js";
import { outlierScores } from "../../src/analysis/outliers.js";
import { dealFolds, measureSeparation } from "../../src/analysis/separation.js";
import { silhouettes } from "../../src/analysis/silhouette.js";
import { trustworthiness } from "../../src/analysis/trustworthiness.js";
import type { MaillardError } from "../../src/errors.js";

const reference = JSON.parse(readFileSync(new URL("../../bench/reference/analysis.json", import.meta.url), "utf8")) as {
  silhouette: Record<"EUCLIDEAN" | "COSINE" | "TANIMOTO", number>;
  neighbourAccuracy: Record<"EUCLIDEAN" | "COSINE", number[]>;
  probeAccuracy: Record<"raw" | "standardized" | "bits", number[]>;
  kMeans: { start: number[]; inertia: number; best: number; silhouette: number };
  neighbours: { rows: number[]; distances: number[] };
  trustworthiness: { flat5: number; flat12: number };
  maps: { TSNE: number; UMAP: number };
};

// The integer formula of bench/reference/analysis.py.
const [ROWS, DIMENSION, CLASSES] = [240, 24, 4];
const noise = (i: number, j: number): number =>
  ((i * 7919 + j * 104729 + ((i * j) % 1009) * 31 + ((i * i) % 4093) * 17) % 10007) / 10007 - 0.5;
const labels = Int32Array.from({ length: ROWS }, (_, i) => ((i * 7) % 11) % CLASSES);
const folds = Int32Array.from({ length: ROWS }, (_, i) => (i * 3) % 5);
const cells = Array.from({ length: ROWS * DIMENSION }, (_, at) => {
  const [i, j] = [Math.floor(at / DIMENSION), at % DIMENSION];
  const centre = noise(labels[i] * 131 + 17, j * 3 + 5);
  return { x: noise(i, j) * 1.6 + centre, bit: Number(noise(i + 1000, j * 5) > 0.1 - 0.5 * Number(centre > 0)) };
});
const rows = { vectors: Float32Array.from(cells, ({ x }) => x), dimension: DIMENSION };
const bits = { vectors: Float32Array.from(cells, ({ bit }) => bit), dimension: DIMENSION };

const mean = (values: ArrayLike<number>): number =>
  Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;
const codeOf = (action: () => unknown): string => {
  try {
    action();
  } catch (error) {
    return (error as MaillardError).code;
  }
  return "no error";
};

describe("equals scikit-learn", () => {
  it.each(["EUCLIDEAN", "COSINE", "TANIMOTO"] as const)("silhouette, %s", (metric) => {
    const distance = distanceBetween(metric, metric === "TANIMOTO" ? bits : rows);
    expect(mean(silhouettes(distance, labels, CLASSES))).toBeCloseTo(reference.silhouette[metric], 6);
  });

  it.each([
    ["EUCLIDEAN", true, "standardized"],
    ["COSINE", false, "raw"],
  ] as const)("accuracies by neighbours (%s) and by a probe (standardized: %s)", (metric, standardize, probe) => {
    const options = { labels, classes: CLASSES, folds, neighbours: 5, metric, standardize };
    const result = measureSeparation(rows, options);
    const [neighbour, linear] = [reference.neighbourAccuracy[metric], reference.probeAccuracy[probe]];
    expect(result.neighbourAccuracy.value).toBeCloseTo(mean(neighbour), 10);
    expect(result.probeAccuracy.value).toBeCloseTo(mean(linear), 10);
    const squares = linear.map((value) => (value - mean(linear)) ** 2);
    expect(result.probeAccuracy.standardError).toBeCloseTo(Math.sqrt(mean(squares) / 4), 10);
    expect(result.silhouette.value).toBeCloseTo(reference.silhouette[metric], 5);
  });

  it("a probe of bits, most of which are 0", () => {
    const options = { labels, classes: CLASSES, folds, neighbours: 5, metric: "TANIMOTO", standardize: false } as const;
    const { probeAccuracy } = measureSeparation(bits, options);
    expect(probeAccuracy.value).toBeCloseTo(mean(reference.probeAccuracy.bits), 10);
  });

  it("k-means from fixed centres: inertia and silhouette", () => {
    const initial = Float64Array.from(takeRows(rows, reference.kMeans.start).vectors);
    const found = findClusters(rows, 5, { seed: 0, starts: 1, initial });
    expect(Math.abs(found.inertia / reference.kMeans.inertia - 1)).toBeLessThan(1e-4);
    const silhouette = mean(silhouettes(distanceBetween("EUCLIDEAN", rows), found.assignments, 5));
    expect(silhouette).toBeCloseTo(reference.kMeans.silhouette, 6);
  });

  it("nearest neighbours, and trustworthiness of a map that leaves out most", () => {
    const { rows: near, distances } = nearestRows(rows, rows.vectors.subarray(0, DIMENSION), 8, "COSINE");
    expect([...near]).toEqual(reference.neighbours.rows);
    distances.forEach((distance, i) => {
      expect(distance).toBeCloseTo(reference.neighbours.distances[i], 6);
    });
    const flat = {
      vectors: Float32Array.from({ length: ROWS * 2 }, (_, i) => rows.vectors[(i >> 1) * DIMENSION + (i & 1)]),
      dimension: 2,
    };
    expect(trustworthiness(rows, flat, 5)).toBeCloseTo(reference.trustworthiness.flat5, 8);
    expect(trustworthiness(rows, flat, 12)).toBeCloseTo(reference.trustworthiness.flat12, 8);
    expect(trustworthiness(rows, rows, 5)).toBe(1);
  });
});

describe("k-means", () => {
  it("of several seeded starts is within 2 % of scikit-learn's best of 50, always equal, largest cluster first", () => {
    const found = findClusters(rows, 5, { seed: 3, starts: 10 });
    expect(found.inertia / reference.kMeans.best).toBeLessThan(1.02);
    expect(findClusters(rows, 5, { seed: 3, starts: 10 })).toEqual(found);
    expect(found.sizes).toEqual([...found.sizes].sort((a, b) => b - a));
    expect(found.sizes.map((_, k) => found.assignments.filter((cluster) => cluster === k).length)).toEqual(found.sizes);
  });

  it("finds three far groups: their number has the best silhouette", () => {
    const vectors = Float32Array.from({ length: 180 }, (_, i) => noise(i, 3) + ((i >> 1) % 3) * (i % 2 ? 9 : 5));
    const { scan } = scanClusterCounts({ vectors, dimension: 2 }, [2, 3, 4, 5], { seed: 1, starts: 3, sample: 60 });
    expect(scan.reduce((a, b) => (b.silhouette > a.silhouette ? b : a)).k).toBe(3);
    expect(codeOf(() => findClusters({ vectors: new Float32Array(8), dimension: 2 }, 2, { seed: 0, starts: 1 }))).toBe(
      "BAD_INPUT",
    );
  });
});

it("an outlier's score is the modified z-score of its distance from the median vector", () => {
  // Distances from 0: 0 0 1 1 2 2 3 3 40 40, median 2; deviations 0 0 1 1 1 1 2 2 38 38, median 1.
  const vectors = Float32Array.of(0, 1, -1, 2, -2, 3, -3, 40, -40, 0);
  const { medianDistance, medianDeviation, scores } = outlierScores({ vectors, dimension: 1 });
  expect([medianDistance, medianDeviation]).toEqual([2, 1]);
  expect(scores[7]).toBeCloseTo(0.6745 * 38, 10);
  expect(outlierScores({ vectors: new Float32Array(5).fill(2), dimension: 1 }).scores).toEqual(new Float64Array(5));
});

it("folds keep a molecule's rows together and classes in proportion, and follow the seed", () => {
  const groups = Array.from(labels, (_, row) => `molecule ${row >> 1}`);
  const dealt = dealFolds(labels, groups, 5, 42);
  for (let row = 0; row < ROWS; row += 2) expect(dealt[row]).toBe(dealt[row + 1]);
  for (let fold = 0; fold < 5; fold++) expect(dealt.filter((of) => of === fold)).toHaveLength(48);
  expect(dealFolds(labels, groups, 5, 42)).toEqual(dealt);
  expect(dealFolds(labels, groups, 5, 43)).not.toEqual(dealt);
});

describe("maps", () => {
  const options: MapOptions = {
    method: "UMAP",
    components: 2,
    seed: 7,
    perplexity: 30,
    neighbours: 15,
    minDist: 0.1,
    iterations: 300,
  };

  it.each(["TSNE", "UMAP"] as const)("%s is as trustworthy as the reference to 0.03, and seeded", (method) => {
    const request = { ...options, method, iterations: method === "TSNE" ? 500 : 300 };
    const map = drawMap(rows, request);
    expect(map.coordinates).toHaveLength(2 * ROWS);
    expect(map.trustworthiness).toBeGreaterThan(reference.maps[method] - 0.03);
    const few = takeRows(
      rows,
      Array.from({ length: 60 }, (_, i) => i),
    );
    const short = { ...request, perplexity: 10, iterations: 50 };
    expect(drawMap(few, short)).toEqual(drawMap(few, short));
    expect(drawMap(few, { ...short, seed: 8 }).coordinates).not.toEqual(drawMap(few, short).coordinates);
  });

  it("refuse by code what they cannot draw", () => {
    expect(codeOf(() => drawMap(rows, { ...options, method: "TSNE", perplexity: 80 }))).toBe("BAD_INPUT");
    expect(codeOf(() => drawMap(rows, { ...options, neighbours: 240 }))).toBe("BAD_INPUT");
    expect(codeOf(() => drawMap(rows, { ...options, components: 4 }))).toBe("BAD_INPUT");
    const many = { vectors: new Float32Array(5_001), dimension: 1 };
    expect(codeOf(() => drawMap(many, options))).toBe("TOO_MANY_ITEMS");
  });
});
