/** Clusters, neighbours and outliers of a dataset among a model's embeddings: computed in an analysis process. */
import { floatsOf } from "../../datasets/floats.js";
import { type ErrorCode, MaillardError } from "../../errors.js";
import { type Member, membersOf, type Space, spaceKey, vectorsOf } from "../../runs/space/dataset-vectors.js";
import { nothingIn } from "../../runs/space/splits.js";
import { requireCheckpoint } from "../../store/composition.js";
import { findDataset, findModel } from "../../store/find.js";
import type { Dataset, Pooling } from "../../store/generated/client.js";
import { rowsOfEmbeddings } from "../predict/answer-rows.js";
import { type EmbedParts, embed } from "../predict/embed.js";
import { keptResult } from "./kept-result.js";
import { heldBy, type RunSplits } from "./run-splits.js";
import type { Clusters, EmbeddingDistance, Neighbour, Outliers } from "./types.js";

/** Molecules that one analysis of a whole dataset takes: 100,000 x 768 are 300 MB. */
const MAX_MEMBERS = 100_000;
/** k-means holds its rows as double precision lists. */
const MAX_CLUSTERED = 20_000;
const MAX_CLUSTERS = 100;
const MOST_TRIED = 12;
const SILHOUETTE_SAMPLE = 2_000;
const MOST_OUTLIERS = 1_000;

export interface SpaceRequest extends RunSplits {
  model: string;
  dataset: string;
  pooling: Pooling;
  layer: number | null;
  signal: AbortSignal;
}

interface Subject {
  space: Space;
  dataset: Dataset;
  members: Member[];
}

async function subjectOf(parts: EmbedParts, request: SpaceRequest, limit: number): Promise<Subject> {
  const { store } = parts;
  const [model, dataset] = await Promise.all([findModel(store, request.model), findDataset(store, request.dataset)]);
  requireCheckpoint(model, "it has no embeddings of its own", "model");
  const members = await heldBy(parts, request, dataset, await membersOf(parts, dataset));
  if (members.length === 0) throw nothingIn();
  const part = request.runId === null ? "" : " in these splits";
  if (members.length > limit)
    throw new MaillardError(
      "TOO_MANY_ITEMS",
      `${dataset.name} has ${members.length} molecules${part}; at most ${limit} are taken. ` +
        "Give `run` and `split` of a smaller part.",
      {
        param: part === "" ? "dataset" : "split",
        details: { limit, count: members.length },
      },
    );
  return { space: { model, pooling: request.pooling, layer: request.layer }, dataset, members };
}

const memberKey = (members: readonly Member[]): string[][] => members.map(({ id, smiles }) => [id, smiles]);

export async function clusters(
  parts: EmbedParts,
  request: SpaceRequest & { k: number | null; starts: number; seed: number },
): Promise<Clusters> {
  const { k, starts, seed } = request;
  checkRange("starts", starts, 1, 20);
  checkRange("seed", seed, 0, 2 ** 31 - 1);
  const { space, dataset, members } = await subjectOf(parts, request, MAX_CLUSTERED);
  const of = { models: [space.model], dataset };
  const most = Math.min(MAX_CLUSTERS, members.length);
  if (k !== null) checkRange("k", k, 1, most);
  else if (members.length < 3)
    throw new MaillardError("BAD_INPUT", "To choose `k` it takes three molecules; give `k`.", { param: "k" });
  const counts =
    k !== null ? [k] : Array.from({ length: MOST_TRIED - 1 }, (_, i) => i + 2).filter((n) => n < members.length);
  const content = [spaceKey(space), memberKey(members), counts, starts, seed];
  const compute = async (signal: AbortSignal) => {
    const vectors = await vectorsOf(parts, space, dataset, members, signal);
    const found = await parts.compute.analysisLine.analyse(
      {
        kind: "CLUSTERS",
        vectors,
        dimension: space.model.width,
        options: { counts, seed, starts, sample: SILHOUETTE_SAMPLE },
      },
      signal,
    );
    const { inertia, iterations, scan, assignments } = found;
    return { k: found.k, inertia, iterations, scan, assignments: Array.from(assignments) };
  };
  const kept = await keptResult(parts, { kind: "CLUSTERS", content, of, signal: request.signal, compute });
  const compounds: string[][] = Array.from({ length: kept.k }, () => []);
  kept.assignments.forEach((cluster, row) => void compounds[cluster].push(members[row].compoundId));
  const { inertia, iterations, scan } = kept;
  return {
    k: kept.k,
    inertia,
    iterations,
    scan,
    computedOn: members.length,
    clusters: compounds.map((compoundIds, index) => ({
      index,
      size: compoundIds.length,
      datasetId: dataset.id,
      compoundIds,
    })),
  };
}

export async function neighbours(
  parts: EmbedParts,
  request: SpaceRequest & { smiles: string; k: number; metric: EmbeddingDistance },
): Promise<Neighbour[]> {
  const { smiles, k, metric, pooling, layer, signal } = request;
  checkRange("k", k, 1, 100);
  const { space, dataset, members } = await subjectOf(parts, request, MAX_MEMBERS);
  const [asked] = await embed(parts, { smiles: [smiles], model: space.model.name, pooling, layer, signal });
  if ("code" in asked) throw new MaillardError(asked.code as ErrorCode, asked.message, { param: "smiles" });
  const [row] = await rowsOfEmbeddings(parts, [asked]);
  const others = members.filter((member) => member.compoundId !== row.compoundId);
  const vectors = await vectorsOf(parts, space, dataset, others, signal);
  const options = { query: floatsOf(asked.vector), count: k, metric };
  const found = await parts.compute.analysisLine.analyse(
    { kind: "NEIGHBOURS", vectors, dimension: space.model.width, options },
    signal,
  );
  return Array.from(found.rows, (row, place) => ({
    compoundId: others[row].compoundId,
    datasetId: dataset.id,
    distance: found.distances[place],
  }));
}

export async function outliers(parts: EmbedParts, request: SpaceRequest & { threshold: number }): Promise<Outliers> {
  const { threshold } = request;
  checkRange("threshold", threshold, 0, 1_000);
  const { space, dataset, members } = await subjectOf(parts, request, MAX_MEMBERS);
  const of = { models: [space.model], dataset };
  const content = [spaceKey(space), memberKey(members), threshold];
  const compute = async (signal: AbortSignal) => {
    const vectors = await vectorsOf(parts, space, dataset, members, signal);
    const { distances, scores, medianDistance, medianDeviation } = await parts.compute.analysisLine.analyse(
      { kind: "OUTLIERS", vectors, dimension: space.model.width, options: {} },
      signal,
    );
    const far = members
      .map(({ compoundId }, row) => ({ compoundId, distance: distances[row], score: scores[row] }))
      .filter(({ score }) => score > threshold)
      .sort((a, b) => b.distance - a.distance);
    const found = { computedOn: members.length, medianDistance, medianDeviation, count: far.length };
    return { ...found, outliers: far.slice(0, MOST_OUTLIERS) };
  };
  const kept = await keptResult(parts, { kind: "OUTLIERS", content, of, signal: request.signal, compute });
  return { ...kept, outliers: kept.outliers.map((outlier) => ({ ...outlier, datasetId: dataset.id })) };
}

export function checkRange(param: string, value: number, least: number, most: number): void {
  if (value >= least && value <= most) return;
  throw new MaillardError("BAD_INPUT", `\`${param}\` is ${value}: it must be ${least} to ${most}.`, { param });
}
