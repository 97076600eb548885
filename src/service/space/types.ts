/**
 * What the analyses of a dataset's molecules answer, as plain data: coordinates, clusters, neighbours, outliers, and
 * how well classes separate. The API's types are written on top of these.
 */
import type { ClusterCount } from "../../analysis/clusters.js";
import type { Estimate } from "../../analysis/separation.js";
import type { Split } from "../../store/generated/client.js";

/** How the distance of two embeddings is measured. */
export const EmbeddingDistance = { EUCLIDEAN: "EUCLIDEAN", COSINE: "COSINE" } as const;
export type EmbeddingDistance = keyof typeof EmbeddingDistance;

/** How a molecule becomes a vector. */
export const Representation = {
  EMBEDDING: "EMBEDDING",
  RANDOM_WEIGHTS: "RANDOM_WEIGHTS",
  TOKEN_COUNTS: "TOKEN_COUNTS",
  MORGAN_FINGERPRINT: "MORGAN_FINGERPRINT",
} as const;
export type Representation = keyof typeof Representation;

/** Which values of a label set are drawn in colour, by their number of molecules; null or absent: no such rule. */
export interface ColorRules {
  /** Only so many of the most frequent that are left. */
  first?: number | null;
  /** Inclusive, as `maxCount` is. */
  minCount?: number | null;
  maxCount?: number | null;
}

export interface ProjectionPoint {
  compoundId: string;
  datasetId: string;
  /** Its value in the label set; null when it has none. */
  label: string | null;
  /** The number of that value, of a label set of numbers; else null. */
  number: number | null;
  /** Its split in the run; null without a run, or when the run left it out. */
  split: Split | null;
  /** [components] */
  coordinates: number[];
}

export interface Cluster {
  /** 0 is the largest. */
  index: number;
  size: number;
  datasetId: string;
  /** [size], in the order of the dataset. */
  compoundIds: string[];
}

export interface Clusters {
  k: number;
  /** Sum of squared distances of molecules to their centres. */
  inertia: number;
  /** Of the best start. */
  iterations: number;
  /** Molecules that were clustered. */
  computedOn: number;
  /** Every number of clusters that was tried; empty when one was given. */
  scan: ClusterCount[];
  /** Largest first. */
  clusters: Cluster[];
}

export interface Neighbour {
  compoundId: string;
  datasetId: string;
  distance: number;
}

export interface Outlier {
  compoundId: string;
  datasetId: string;
  /** Euclidean distance from the median vector. */
  distance: number;
  /** Modified z-score of the distance: see analysis/outliers.ts. */
  score: number;
}

export interface Outliers {
  /** Molecules that were looked at. */
  computedOn: number;
  medianDistance: number;
  medianDeviation: number;
  /** Molecules with a score above the threshold. */
  count: number;
  /** The first of them, farthest first. */
  outliers: Outlier[];
}

/**
 * One representation of the molecules. Accuracies are null of several labels a molecule, areas (ROC-AUC) of classes.
 */
export interface SeparationRow {
  representation: Representation;
  /** Name of the model; null for MORGAN_FINGERPRINT. */
  model: string | null;
  /** Length of the vectors. */
  dimension: number;
  silhouette: Estimate;
  neighbourAccuracy: Estimate | null;
  probeAccuracy: Estimate | null;
  neighbourRocAuc: Estimate | null;
  probeRocAuc: Estimate | null;
}

export interface Separation {
  /** Molecules that every row was computed on. */
  computedOn: number;
  /** Molecules that these are a sample of. */
  labelled: number;
  /** Classes or labels, most frequent first. */
  classes: string[];
  /** Classes or labels that were left out. */
  dropped: { label: string; count: number }[];
  folds: number;
  /** Neighbours that vote. */
  neighbours: number;
  seed: number;
  /** Share of the most frequent class; null of several labels a molecule. */
  majority: number | null;
  /** The models in the order of the request, then the controls. */
  rows: SeparationRow[];
}
