/** Coordinates of a dataset's members by PCA, t-SNE or UMAP, stored under the content of the request. */
import {
  checkMapOptions,
  DEFAULT_ITERATIONS,
  MAP_LIMIT,
  type MapMethod,
  type MapOptions,
} from "../../analysis/map-options.js";
import { sampleOf } from "../../analysis/seeds.js";
import { MaillardError } from "../../errors.js";
import type { Dataset, Model, Projection } from "../../store/generated/client.js";
import { newId, type Store } from "../../store/index.js";
import type { CoordinatesRequest } from "../orders/projection-order.js";
import { contentKey, type Member, shared, spaceKey, type VectorParts, vectorsOf } from "./dataset-vectors.js";

type SampledMap = Omit<MapOptions, "components"> & { sample: number };

export interface Fitted {
  explainedVarianceRatio: number[];
  trustworthiness: number | null;
  /** By member. */
  coordinates: Map<string, number[]>;
}

/** What will be computed, or was: all that the coordinates follow from. */
export interface FitPlan {
  /** Of the kept coordinates. */
  key: string;
  model: Model;
  dataset: Dataset;
  request: CoordinatesRequest;
  map: SampledMap | null;
  /** Those that get coordinates: of a map a sample. */
  members: Member[];
  /** PCA: rows that mean and axes are fitted on; null: all. */
  fitRows: readonly number[] | null;
  /** Steps of the optimisation; of PCA one. */
  steps: number;
}

/** `fitRows`: of `placed`, by subjectOf. */
export function planCoordinates(
  { model, dataset }: { model: Model; dataset: Dataset },
  request: CoordinatesRequest,
  { placed, fitRows }: { placed: readonly Member[]; fitRows: readonly number[] | null },
): FitPlan {
  const { method, components, pooling, layer, whiten } = request;
  const map = method === "PCA" ? null : mapOptions(method, request, placed.length);
  const members = map ? Array.from(sampleOf(placed.length, map.sample, map.seed), (row) => placed[row]) : [...placed];
  const key = contentKey([
    spaceKey({ model, pooling, layer }),
    method,
    components,
    whiten,
    map,
    members.map(({ id, smiles }) => [id, smiles]),
    fitRows,
  ]);
  return { key, model, dataset, request, map, members, fitRows, steps: map?.iterations ?? 1 };
}

/** Kept coordinates, or those that are computed now and kept. `onStep`: with the steps of a map that are done. */
export async function coordinatesOf(
  parts: VectorParts,
  plan: FitPlan,
  signal: AbortSignal,
  onStep?: (done: number) => void,
): Promise<Fitted> {
  const { key, model, dataset, request, map, members, fitRows } = plan;
  const kept = await keptCoordinates(parts.store, key);
  if (kept) return kept;
  const { method, components, pooling, layer, whiten } = request;
  return shared(parts.store, key, signal, async (sharedSignal) => {
    const vectors = await vectorsOf(parts, { model, pooling, layer }, dataset, members, sharedSignal, "projection");
    const matrix = { vectors, dimension: model.width };
    const result = map
      ? await parts.compute.analysisLine.analyse(
          { kind: "MAP", ...matrix, options: { ...map, components } },
          sharedSignal,
          onStep,
        )
      : await parts.compute.pca(
          { ...matrix, components, whiten, fitRows: fitRows && Int32Array.from(fitRows) },
          sharedSignal,
        );
    const row = (index: number): number[] =>
      Array.from(result.coordinates.subarray(index * components, (index + 1) * components));
    const coordinates = new Map(members.map(({ id }, index) => [id, row(index)]));
    const explainedVarianceRatio = "explainedVarianceRatio" in result ? result.explainedVarianceRatio : [];
    const trustworthiness = "trustworthiness" in result ? result.trustworthiness : null;
    await parts.store.prisma.projection.createMany({
      data: {
        id: newId(),
        contentKey: key,
        modelId: model.id,
        datasetId: dataset.id,
        method,
        components,
        explainedVarianceRatio,
        trustworthiness,
        points: [...coordinates].map(([id, values]) => [id, ...values]),
      },
      skipDuplicates: true,
    });
    return { explainedVarianceRatio, trustworthiness, coordinates };
  });
}

/** Null when there are none of this key. */
export async function keptCoordinates({ prisma }: Pick<Store, "prisma">, key: string): Promise<Fitted | null> {
  const kept = await prisma.projection.findUnique({ where: { contentKey: key } });
  return kept && fittedOf(kept);
}

function fittedOf({ points, explainedVarianceRatio, trustworthiness }: Projection): Fitted {
  const rows = points as [string, ...number[]][];
  return { explainedVarianceRatio, trustworthiness, coordinates: new Map(rows.map(([id, ...row]) => [id, row])) };
}

/** `count`: molecules that a sample is drawn from. BAD_INPUT. The keys are in one fixed order: they are content. */
export function mapOptions(
  method: MapMethod,
  { map, components }: Pick<CoordinatesRequest, "map" | "components">,
  count: number,
): SampledMap {
  const { seed, perplexity, neighbours, minDist, sample } = map;
  const limit = MAP_LIMIT[method];
  if (seed < 0) throw new MaillardError("BAD_INPUT", `\`seed\` is ${seed}: it must be from 0.`, { param: "seed" });
  if (sample !== null && !(sample >= 1 && sample <= limit))
    throw new MaillardError("BAD_INPUT", `\`sample\` is ${sample}: ${method} takes 1 to ${limit} molecules.`, {
      param: "sample",
      details: { limit },
    });
  const iterations = map.iterations ?? DEFAULT_ITERATIONS[method];
  const options = { method, seed, perplexity, neighbours, minDist, iterations, sample: sample ?? limit };
  checkMapOptions(Math.min(count, options.sample), { ...options, components });
  return options;
}

export function checkPca(model: Model, components: number, fitted: number, param: string): void {
  if (fitted >= 2 && components <= Math.min(model.width, fitted)) return;
  throw new MaillardError(
    "BAD_INPUT",
    `${fitted} molecules of ${model.width} dimensions are there to fit ${components} components on: ` +
      "it takes at least two molecules, and no fewer molecules or dimensions than `components`.",
    { param },
  );
}
