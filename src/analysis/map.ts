/**
 * Maps that keep neighbourhoods: t-SNE (van der Maaten and Hinton 2008; exact, by @saehrimnir/druidjs) and UMAP
 * (McInnes, Healy and Melville 2018; by umap-js), of the first 50 principal components where there are more dimensions.
 * Seeded: the same request gives the same map. Neither can place a row that it was not fitted on. Distances between
 * groups and sizes of groups carry no meaning.
 *
 * Exact t-SNE holds three matrices of rows x rows, which limits the number of rows.
 */
import { TSNE } from "@saehrimnir/druidjs";
import { UMAP } from "umap-js";
import { MaillardError } from "../errors.js";
import { Philox } from "../model/philox-stream.js";
import type { Rows } from "./distance.js";
import { MAP_LIMIT, type MapOptions } from "./map-options.js";
import { computePca } from "./pca/pca.js";
import { STREAM } from "./seeds.js";
import { trustworthiness } from "./trustworthiness.js";

export interface MapResult {
  /** Row-major [rows, components]. */
  coordinates: Float64Array;
  /** With `trustworthinessNeighbours` neighbours, measured on the vectors themselves. */
  trustworthiness: number;
}

const PRINCIPAL_COMPONENTS = 50;
/** Number of neighbours of trustworthiness, scikit-learn's default. */
export const TRUST_NEIGHBOURS = 5;

export function drawMap(rows: Rows, options: MapOptions): MapResult {
  checkOptions(rows.vectors.length / rows.dimension, options);
  const reduced = principal(rows);
  const points = options.method === "TSNE" ? tsne(reduced, options) : umap(reduced, options);
  const coordinates = Float64Array.from(points.flatMap((point) => Array.from(point)));
  const map = { vectors: Float32Array.from(coordinates), dimension: options.components };
  return { coordinates, trustworthiness: trustworthiness(rows, map, TRUST_NEIGHBOURS) };
}

/**
 * Early exaggeration 4 for 100 steps, momentum 0.5 and then 0.8 (druidjs); learning rate max(rows / 48, 50), as
 * scikit-learn's "auto".
 */
function tsne(points: Float64Array[], { components, seed, perplexity, iterations }: MapOptions): ArrayLike<number>[] {
  const epsilon = Math.max(points.length / 48, 50);
  const method = new TSNE(points, { perplexity, epsilon, d: components, seed: streamSeed(seed) });
  return method.transform(iterations) as unknown as ArrayLike<number>[];
}

function umap(points: Float64Array[], options: MapOptions): number[][] {
  const random = new Philox(options.seed, STREAM.map);
  const { components: nComponents, neighbours: nNeighbors, minDist, iterations: nEpochs } = options;
  const method = new UMAP({ nComponents, nNeighbors, minDist, nEpochs, random: () => random.uniform() });
  return method.fit(points as unknown as number[][]);
}

const streamSeed = (seed: number): number => new Philox(seed, STREAM.map).below(2 ** 31);

function principal({ vectors, dimension }: Rows): Float64Array[] {
  const count = vectors.length / dimension;
  const components = Math.min(PRINCIPAL_COMPONENTS, dimension, count);
  const values =
    dimension > PRINCIPAL_COMPONENTS
      ? computePca({ vectors, dimension, components, fitRows: null }).coordinates
      : Float64Array.from(vectors);
  const width = values.length / count;
  return Array.from({ length: count }, (_, row) => values.slice(row * width, (row + 1) * width));
}

function checkOptions(count: number, options: MapOptions): void {
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
