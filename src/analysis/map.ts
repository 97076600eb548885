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
import { Philox } from "../model/philox-stream.js";
import type { Rows } from "./distance.js";
import { checkMapOptions, type MapOptions, TRUST_NEIGHBOURS } from "./map-options.js";
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

/** @param onStep called after each step of the optimisation, with the number of steps done */
export function drawMap(rows: Rows, options: MapOptions, onStep: (done: number) => void = () => undefined): MapResult {
  checkMapOptions(rows.vectors.length / rows.dimension, options);
  const reduced = principal(rows);
  const points = options.method === "TSNE" ? tsne(reduced, options, onStep) : umap(reduced, options, onStep);
  const coordinates = Float64Array.from(points.flatMap((point) => Array.from(point)));
  const map = { vectors: Float32Array.from(coordinates), dimension: options.components };
  return { coordinates, trustworthiness: trustworthiness(rows, map, TRUST_NEIGHBOURS) };
}

/**
 * Early exaggeration 4 for 100 steps, momentum 0.5 and then 0.8 (druidjs); learning rate max(rows / 48, 50), as
 * scikit-learn's "auto".
 */
function tsne(points: Float64Array[], options: MapOptions, onStep: (done: number) => void): ArrayLike<number>[] {
  const { components, seed, perplexity, iterations } = options;
  const epsilon = Math.max(points.length / 48, 50);
  const method = new TSNE(points, { perplexity, epsilon, d: components, seed: streamSeed(seed) });
  let last: unknown;
  let done = 0;
  for (last of method.generator(iterations)) onStep(++done);
  return last as ArrayLike<number>[];
}

function umap(points: Float64Array[], options: MapOptions, onStep: (done: number) => void): number[][] {
  const random = new Philox(options.seed, STREAM.map);
  const { components: nComponents, neighbours: nNeighbors, minDist, iterations: nEpochs } = options;
  const method = new UMAP({ nComponents, nNeighbors, minDist, nEpochs, random: () => random.uniform() });
  const epochs = method.initializeFit(points as unknown as number[][]);
  for (let done = 1; done <= epochs; done++) {
    method.step();
    onStep(done);
  }
  return method.getEmbedding();
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
