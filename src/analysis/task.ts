/** Every task of an analysis process: a matrix of vectors and a task. Plain data both ways. */
import type { ClusterCount, Clusters } from "./clusters.js";
import type { DistanceMetric, Rows } from "./distance.js";
import type { LabelSeparationOptions, LabelSeparationResult } from "./label-separation.js";
import type { MapResult } from "./map.js";
import type { MapOptions } from "./map-options.js";
import type { Neighbours } from "./neighbours.js";
import type { OutlierScores } from "./outliers.js";
import type { SeparationOptions, SeparationResult } from "./separation.js";
import type { PcaRequest, PcaResult } from "./types.js";

interface AnalysisTasks {
  /** `threads`: of the runtime. */
  PCA: { options: Omit<PcaRequest, keyof Rows> & { threads: number }; answer: PcaResult };
  MAP: { options: MapOptions; answer: MapResult };
  /** k-means for every number in `counts`; the answer is that of the best silhouette, or of the only one. */
  CLUSTERS: {
    options: { counts: number[]; seed: number; starts: number; sample: number };
    answer: Clusters & { k: number; scan: ClusterCount[] };
  };
  OUTLIERS: { options: Record<string, never>; answer: OutlierScores };
  NEIGHBOURS: { options: { query: Float32Array; count: number; metric: DistanceMetric }; answer: Neighbours };
  SEPARATION: { options: SeparationOptions; answer: SeparationResult };
  LABEL_SEPARATION: { options: LabelSeparationOptions; answer: LabelSeparationResult };
}
export type AnalysisKind = keyof AnalysisTasks;
export type AnalysisOptions<K extends AnalysisKind = AnalysisKind> = AnalysisTasks[K]["options"];
export type AnalysisAnswer<K extends AnalysisKind = AnalysisKind> = AnalysisTasks[K]["answer"];

export interface AnalysisRequest<K extends AnalysisKind = AnalysisKind> extends Rows {
  kind: K;
  options: AnalysisOptions<K>;
}

type OnStep = (done: number) => void;

/**
 * Each task imports its libraries itself, since a process runs one of them: those of maps alone take 0.25 s to load.
 */
const RUN: {
  [K in AnalysisKind]: (rows: Rows, options: AnalysisOptions<K>, onStep?: OnStep) => Promise<AnalysisAnswer<K>>;
} = {
  PCA: async (rows, { threads, ...options }) =>
    (await import("./pca/pca.js")).computeLargePca({ ...rows, ...options }, threads),
  MAP: async (rows, options, onStep) => (await import("./map.js")).drawMap(rows, options, onStep),
  CLUSTERS: async (rows, { counts, ...options }) => {
    const { findClusters, scanClusterCounts } = await import("./clusters.js");
    if (counts.length === 1) return { k: counts[0], scan: [], ...findClusters(rows, counts[0], options) };
    const { scan, results } = scanClusterCounts(rows, counts, options);
    const best = scan.reduce((a, b) => (b.silhouette > a.silhouette ? b : a));
    return { k: best.k, scan, ...(results.get(best.k) as Clusters) };
  },
  OUTLIERS: async (rows) => (await import("./outliers.js")).outlierScores(rows),
  NEIGHBOURS: async (rows, { query, count, metric }) =>
    (await import("./neighbours.js")).nearestRows(rows, query, count, metric),
  SEPARATION: async (rows, options) => (await import("./separation.js")).measureSeparation(rows, options),
  LABEL_SEPARATION: async (rows, options) =>
    (await import("./label-separation.js")).measureLabelSeparation(rows, options),
};

/** `onStep`: called with the number of steps done, by MAP alone. */
export function runAnalysis<K extends AnalysisKind>(
  { kind, options, ...rows }: AnalysisRequest<K>,
  onStep?: OnStep,
): Promise<AnalysisAnswer<K>> {
  return RUN[kind](rows, options, onStep);
}
