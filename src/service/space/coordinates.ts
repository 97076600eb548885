/** Coordinates of a dataset's members by PCA, t-SNE or UMAP, stored under the content of the request. */
import { DEFAULT_ITERATIONS, MAP_LIMIT, type MapMethod } from "../../analysis/map-options.js";
import { sampleOf } from "../../analysis/seeds.js";
import { MaillardError } from "../../errors.js";
import type { Dataset, Model, Pooling } from "../../store/generated/client.js";
import { newId } from "../../store/index.js";
import { contentKey, type Member, shared, spaceKey, type VectorParts, vectorsOf } from "./dataset-vectors.js";
import type { ProjectionMethod } from "./types.js";

/** Of t-SNE and UMAP. */
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

/** The part of a projection's request that its coordinates follow from. */
export interface CoordinatesRequest {
  method: ProjectionMethod;
  components: number;
  pooling: Pooling;
  /** Hidden layer; null: the last. */
  layer: number | null;
  /** PCA: coordinates of variance 1. */
  whiten: boolean;
  map: MapSettings;
  signal: AbortSignal;
}

export interface Fitted {
  explainedVarianceRatio: number[];
  trustworthiness: number | null;
  /** By member. */
  coordinates: Map<string, number[]>;
}

/** @param fitRows PCA: rows that mean and axes are fitted on; null: all */
export async function coordinatesOf(
  parts: VectorParts,
  request: CoordinatesRequest,
  { model, dataset }: { model: Model; dataset: Dataset },
  all: readonly Member[],
  fitRows: readonly number[] | null,
): Promise<Fitted> {
  const { method, components, pooling, layer, whiten } = request;
  const map = method === "PCA" ? null : mapOptions(method, request);
  if (!map) checkPca(model, components, fitRows?.length ?? all.length, fitRows ? "fitOn" : "components");
  const members = map ? Array.from(sampleOf(all.length, map.sample, map.seed), (row) => all[row]) : all;
  const space = { model, pooling, layer };
  const key = contentKey([
    spaceKey(space),
    method,
    components,
    whiten,
    map,
    members.map(({ id, smiles }) => [id, smiles]),
    fitRows,
  ]);
  const { projection } = parts.store.prisma;
  const kept = await projection.findUnique({ where: { contentKey: key } });
  if (kept) {
    const rows = kept.points as [string, ...number[]][];
    const { explainedVarianceRatio, trustworthiness } = kept;
    return { explainedVarianceRatio, trustworthiness, coordinates: new Map(rows.map(([id, ...row]) => [id, row])) };
  }
  return shared(parts.store, key, request.signal, async (signal) => {
    const vectors = await vectorsOf(parts, space, dataset, members, signal);
    const matrix = { vectors, dimension: model.width };
    const result = map
      ? await parts.compute.analysisLine.analyse({ kind: "MAP", ...matrix, options: { ...map, components } }, signal)
      : await parts.compute.pca(
          { ...matrix, components, whiten, fitRows: fitRows && Int32Array.from(fitRows) },
          signal,
        );
    const row = (index: number): number[] =>
      Array.from(result.coordinates.subarray(index * components, (index + 1) * components));
    const coordinates = new Map(members.map(({ id }, index) => [id, row(index)]));
    const explainedVarianceRatio = "explainedVarianceRatio" in result ? result.explainedVarianceRatio : [];
    const trustworthiness = "trustworthiness" in result ? result.trustworthiness : null;
    await projection.createMany({
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

function mapOptions(method: MapMethod, { map }: CoordinatesRequest) {
  const { sample, iterations, ...options } = map;
  const limit = MAP_LIMIT[method];
  if (options.seed < 0)
    throw new MaillardError("BAD_INPUT", `\`seed\` is ${options.seed}: it must be from 0.`, { param: "seed" });
  if (sample !== null && !(sample >= 1 && sample <= limit))
    throw new MaillardError("BAD_INPUT", `\`sample\` is ${sample}: ${method} takes 1 to ${limit} molecules.`, {
      param: "sample",
      details: { limit },
    });
  return { method, ...options, iterations: iterations ?? DEFAULT_ITERATIONS[method], sample: sample ?? limit };
}

function checkPca(model: Model, components: number, fitted: number, param: string): void {
  if (fitted >= 2 && components <= Math.min(model.width, fitted)) return;
  throw new MaillardError(
    "BAD_INPUT",
    `${fitted} molecules of ${model.width} dimensions are there to fit ${components} components on: ` +
      "it takes at least two molecules, and no fewer molecules or dimensions than `components`.",
    { param },
  );
}
