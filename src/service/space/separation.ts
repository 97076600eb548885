/**
 * How well the classes of a label set separate by the embeddings of models, and by three controls: random weights,
 * token counts and fingerprints. A bounded query instead of a run: of more molecules than `sample` a stratified seeded
 * sample is taken, every representation is measured on the same molecules and folds, and the table is kept by its
 * content.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DistanceMetric, Rows } from "../../analysis/distance.js";
import { FINGERPRINT_BITS } from "../../chem/types.js";
import { labelledMembers } from "../../datasets/labelled-members.js";
import { MaillardError } from "../../errors.js";
import { bitsAsNumbers } from "../../model/probe.js";
import { encodeAll } from "../../runs/predictions/encode.js";
import type { ScoringParts } from "../../runs/predictions/scores-of-molecules.js";
import { spaceKey, vectorsOf } from "../../runs/space/dataset-vectors.js";
import { requireCheckpoint } from "../../store/composition.js";
import { findDataset, findLabelSet, findModel } from "../../store/find.js";
import type { Dataset, Model } from "../../store/generated/client.js";
import { keptResult } from "./kept-result.js";
import { heldBy } from "./run-splits.js";
import { type Chosen, chooseClasses, chooseLabels, FOLDS } from "./separation-sample.js";
import { checkRange, type SpaceRequest } from "./space.js";
import type { Representation, Separation, SeparationRow } from "./types.js";

const MAX_SAMPLE = 2_000;
const MOST_MODELS = 8;

export interface SeparationRequest extends Omit<SpaceRequest, "model"> {
  models: string[];
  labelSet: string;
  /** Only these values of the label set; null: all. */
  classes: string[] | null;
  sample: number;
  neighbours: number;
  seed: number;
}

/** The checkpoint of the first model gives the controls their shape and their tokens. */
export type SeparationParts = ScoringParts;

export async function separation(parts: SeparationParts, request: SeparationRequest): Promise<Separation> {
  const { store } = parts;
  const { seed, neighbours, sample } = request;
  checkRange("sample", sample, 50, MAX_SAMPLE);
  checkRange("neighbours", neighbours, 1, 50);
  checkRange("seed", seed, 0, 2 ** 31 - 1);
  checkRange("models", request.models.length, 1, MOST_MODELS);
  const models: Model[] = [];
  for (const name of request.models) models.push(await findModel(store, name));
  for (const model of models) requireCheckpoint(model, "it has no embeddings of its own", "models");
  const dataset = await findDataset(store, request.dataset);
  const set = await findLabelSet(store, dataset, request.labelSet, "labelSet");
  if (set.kind === "NUMBER")
    throw new MaillardError("BAD_INPUT", `${set.name} holds numbers: only classes and labels separate.`, {
      param: "labelSet",
    });
  const { runId } = request;
  const split = runId === null ? request.split : (request.split ?? ["TEST"]);
  const all = await heldBy(parts, { runId, split }, dataset, await labelledMembers(store, set.id));
  const choose = set.kind === "MULTI_LABEL" ? chooseLabels : chooseClasses;
  const chosen = choose(all, { only: request.classes, sample, seed, name: set.name });
  const { pooling, layer } = request;
  const content = [
    models.map((model) => spaceKey({ model, pooling, layer })),
    chosen.members.map(({ id, smiles, labels, group }) => [id, smiles, labels, group]),
    [set.kind, chosen.classes, seed, neighbours, FOLDS],
  ];
  const rows = await keptResult(parts, {
    kind: "SEPARATION",
    content,
    of: { models, dataset },
    signal: request.signal,
    compute: (signal) => measure(parts, { ...request, signal }, { models, dataset, chosen }),
  });
  // Two models of one checksum share a row in all but the name.
  const named = rows.map((row, place) => ({ ...row, model: nameOf(row, models, place) }));
  const { classes, labelled, dropped, majority, members } = chosen;
  return {
    computedOn: members.length,
    labelled,
    classes,
    dropped,
    folds: FOLDS,
    neighbours,
    seed,
    majority,
    rows: named,
  };
}

function nameOf({ representation }: SeparationRow, models: readonly Model[], place: number): string | null {
  if (representation === "MORGAN_FINGERPRINT") return null;
  return (models[place] ?? models[0]).name;
}

async function measure(
  parts: SeparationParts,
  request: SeparationRequest,
  { models, dataset, chosen }: { models: Model[]; dataset: Dataset; chosen: Chosen },
): Promise<SeparationRow[]> {
  const { pooling, layer, neighbours, seed, signal } = request;
  const { members, folds, classes, measured } = chosen;
  const rowOf = async (representation: Representation, model: Model | null, rows: Rows): Promise<SeparationRow> => {
    const bits = representation === "MORGAN_FINGERPRINT";
    const metric: DistanceMetric = bits ? "TANIMOTO" : "EUCLIDEAN";
    const common = { folds, neighbours, metric, standardize: !bits };
    const { analysisLine } = parts.compute;
    const numbers =
      measured.kind === "CLASSES"
        ? await analysisLine.analyse(
            { kind: "SEPARATION", ...rows, options: { ...common, labels: measured.labels, classes: classes.length } },
            signal,
          )
        : await analysisLine.analyse(
            {
              kind: "LABEL_SEPARATION",
              ...rows,
              options: { ...common, truth: measured.truth, labels: classes.length },
            },
            signal,
          );
    return {
      representation,
      model: model?.name ?? null,
      dimension: rows.dimension,
      neighbourAccuracy: null,
      probeAccuracy: null,
      neighbourRocAuc: null,
      probeRocAuc: null,
      ...numbers,
    };
  };
  const table: SeparationRow[] = [];
  for (const model of models) {
    const vectors = await vectorsOf(parts, { model, pooling, layer }, dataset, members, signal);
    table.push(await rowOf("EMBEDDING", model, { vectors, dimension: model.width }));
  }
  const [first] = models;
  const tokenizer = await parts.tokenizer(first);
  const texts = members.map(({ smiles }) => smiles);
  const tokenIds = await encodeAll(tokenizer, texts, first.maxLength, signal);
  const random = await randomVectors(parts, { model: first, pooling, layer, seed, signal }, tokenIds);
  table.push(await rowOf("RANDOM_WEIGHTS", first, random));
  table.push(await rowOf("TOKEN_COUNTS", first, countTokens(tokenIds)));
  // Members are molecules, so none is null.
  const fingerprints = await parts.chemistry.fingerprints(texts, signal);
  table.push(await rowOf("MORGAN_FINGERPRINT", null, unpack(fingerprints.map((bits) => bits ?? new Uint8Array(256)))));
  return table;
}

/**
 * The model's own network, with the weights a training from scratch would begin with, in a folder that is removed
 * again.
 */
async function randomVectors(
  { compute, modelReference }: SeparationParts,
  request: { model: Model; seed: number } & Pick<SeparationRequest, "pooling" | "layer" | "signal">,
  tokenIds: Int32Array[],
): Promise<Rows> {
  const { model, pooling, seed, signal } = request;
  const folder = await mkdtemp(join(tmpdir(), "maillard-random-"));
  try {
    await compute.analysisLine.writeRandomWeights({ from: modelReference(model).folder, to: folder }, seed, signal);
    const reference = { checksum: `random ${seed} ${model.checksum}`, folder };
    const layer = request.layer === model.layers ? null : request.layer;
    const vectors = await compute.infer({
      model: reference,
      output: pooling,
      layer,
      tokenIds,
      priority: "BULK",
      signal,
    });
    const matrix = new Float32Array(tokenIds.length * model.width);
    for (const [row, vector] of vectors.entries()) matrix.set(vector, row * model.width);
    return { vectors: matrix, dimension: model.width };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Only tokens that occur have a column. */
function countTokens(tokenIds: readonly Int32Array[]): Rows {
  const columns = new Map<number, number>();
  for (const ids of tokenIds) for (const id of ids) if (!columns.has(id)) columns.set(id, columns.size);
  const dimension = columns.size;
  const vectors = new Float32Array(tokenIds.length * dimension);
  for (const [row, ids] of tokenIds.entries())
    for (const id of ids) vectors[row * dimension + (columns.get(id) as number)]++;
  return { vectors, dimension };
}

function unpack(fingerprints: readonly Uint8Array[]): Rows {
  const vectors = new Float32Array(fingerprints.length * FINGERPRINT_BITS);
  for (const [row, bytes] of fingerprints.entries()) vectors.set(bitsAsNumbers(bytes), row * FINGERPRINT_BITS);
  return { vectors, dimension: FINGERPRINT_BITS };
}
