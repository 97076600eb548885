/** The order of a projection run, every default filled in, and what such a run leaves. */
import { ProjectionMethod } from "../../analysis/map-options.js";
import type { Run, Split } from "../../store/generated/client.js";
import { invalid, POOLINGS, type PoolingName } from "./input.js";

/** Of TSNE and UMAP. */
interface MapSettings {
  seed: number;
  perplexity: number;
  neighbours: number;
  minDist: number;
  /** null: the method's default. */
  iterations: number | null;
  /** Molecules at most; null: as many as the method takes. */
  sample: number | null;
}

const MAP_DEFAULTS: MapSettings = {
  seed: 0,
  perplexity: 30,
  neighbours: 15,
  minDist: 0.1,
  iterations: null,
  sample: null,
};

/** The part of a projection's request that its coordinates follow from, besides the molecules. */
export interface CoordinatesRequest {
  method: ProjectionMethod;
  components: number;
  pooling: PoolingName;
  /** Hidden layer; null: the last. */
  layer: number | null;
  /** PCA: coordinates of variance 1. */
  whiten: boolean;
  map: MapSettings;
}

/** The arguments of a projection without its colours. */
export interface FitRequest extends CoordinatesRequest {
  /** A run that dealt the molecules to splits. */
  runId: string | null;
  split: Split[] | null;
  fitOn: Split[] | null;
}

export interface ProjectionInput extends Partial<Omit<FitRequest, "map">> {
  /** Names of a model and a dataset. */
  model: string;
  dataset: string;
  map?: Partial<MapSettings> | null;
  idempotencyKey?: string | null;
}

export interface ProjectionOrder extends Omit<FitRequest, "layer"> {
  model: string;
  dataset: string;
  /** Of a map: those that get coordinates, and need vectors. Left out of PCA, which needs all. */
  molecules?: number;
  /** Left out where it is the last: the vectors of a run are found by it (src/store/access/usage.ts). */
  layer?: number;
}

export function orderProjection(input: ProjectionInput): ProjectionOrder {
  const { model, dataset, method = "PCA", pooling = "CLS", layer = null } = input;
  if (!Object.hasOwn(ProjectionMethod, method))
    throw invalid("method", method, `one of ${Object.keys(ProjectionMethod).join(", ")}`);
  if (!POOLINGS.includes(pooling)) throw invalid("pooling", pooling, `one of ${POOLINGS.join(", ")}`);
  return {
    model,
    dataset,
    method,
    components: input.components ?? 2,
    pooling,
    ...(layer === null ? {} : { layer }),
    whiten: input.whiten ?? false,
    map: { ...MAP_DEFAULTS, ...input.map },
    runId: input.runId ?? null,
    split: input.split ?? null,
    fitOn: input.fitOn ?? null,
  };
}

/** What `Run.input` holds of a projection run. */
export function projectionOrder(input: unknown): Pick<ProjectionOrder, "model" | "dataset"> & FitRequest {
  const order = input as ProjectionOrder;
  return { ...order, layer: order.layer ?? null };
}

/** What `Run.output` holds of a projection run that has succeeded. */
export interface ProjectionOutput {
  /** Of the kept coordinates. */
  contentKey: string;
  /** Molecules of the dataset, and those that a sample was drawn from. */
  datasetSize: number;
  sampledFrom: number;
}

/** Null for another run, and before it has succeeded. */
export const projectionOutput = ({ kind, output }: Pick<Run, "kind" | "output">): ProjectionOutput | null =>
  kind === "PROJECTION" ? (output as ProjectionOutput | null) : null;
