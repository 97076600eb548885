/** Options of a map and their limits. Apart from map.ts, so that callers do not load its libraries. */
export type MapMethod = "TSNE" | "UMAP";

export interface MapOptions {
  method: MapMethod;
  /** Coordinates: 1 to 3. */
  components: number;
  seed: number;
  /** t-SNE: effective number of neighbours, below a third of the rows. */
  perplexity: number;
  /** UMAP: neighbours of a row in its graph, 2 to rows - 1. */
  neighbours: number;
  /** UMAP: least distance of rows in the map, 0 to 1. */
  minDist: number;
  /** Steps of the optimisation. */
  iterations: number;
}

/** Rows that a method takes. */
export const MAP_LIMIT: Record<MapMethod, number> = { TSNE: 2_000, UMAP: 5_000 };
export const DEFAULT_ITERATIONS: Record<MapMethod, number> = { TSNE: 1_000, UMAP: 300 };
