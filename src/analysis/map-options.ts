/** Options of a map and their limits. Apart from map.ts, so that callers do not load its libraries. */
import { MaillardError } from "../errors.js";

export type MapMethod = "TSNE" | "UMAP";

/** How vectors become a few coordinates. */
export const ProjectionMethod = { PCA: "PCA", TSNE: "TSNE", UMAP: "UMAP" } as const;
export type ProjectionMethod = keyof typeof ProjectionMethod;

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
/** Number of neighbours of trustworthiness, scikit-learn's default. */
export const TRUST_NEIGHBOURS = 5;

/** BAD_INPUT, TOO_MANY_ITEMS. `count`: rows. */
export function checkMapOptions(count: number, options: MapOptions): void {
  const { method, components, perplexity, neighbours, minDist, iterations } = options;
  const refuse = (param: string, value: number, rule: string): never => {
    throw new MaillardError("BAD_INPUT", `\`${param}\` is ${value}: it must be ${rule}.`, { param });
  };
  if (count > MAP_LIMIT[method])
    throw new MaillardError("TOO_MANY_ITEMS", `${method} takes at most ${MAP_LIMIT[method]} rows; got ${count}.`, {
      param: "dataset",
      details: { limit: MAP_LIMIT[method], count },
    });
  // Trustworthiness is defined for fewer neighbours than half of the rows.
  if (count <= 2 * TRUST_NEIGHBOURS)
    throw new MaillardError("BAD_INPUT", `${method} needs more than ${2 * TRUST_NEIGHBOURS} molecules; got ${count}.`, {
      param: "dataset",
    });
  if (!(components >= 1 && components <= 3)) refuse("components", components, "1 to 3 for TSNE and UMAP");
  if (!(iterations >= 10 && iterations <= 5_000)) refuse("iterations", iterations, "10 to 5000");
  if (method === "TSNE" && !(perplexity >= 1 && perplexity < count / 3))
    refuse("perplexity", perplexity, `1 to below ${(count / 3).toFixed(1)}, a third of the ${count} molecules`);
  if (method === "UMAP" && !(neighbours >= 2 && neighbours < count))
    refuse("neighbours", neighbours, `2 to ${count - 1}, fewer than the ${count} molecules`);
  if (method === "UMAP" && !(minDist >= 0 && minDist <= 1)) refuse("minDist", minDist, "0 to 1");
}
