/**
 * The compounds whose stored embedding is nearest to that of a molecule: exact, every vector is looked at, a few thousand at
 * a time so that the process answers others in between. The molecule's own embedding is computed and not stored. Scores are
 * kept for a while, so that the pages of one list cost this once; a stored embedding never changes, so their number tells
 * whether there are new ones.
 */
import { setImmediate as breathe } from "node:timers/promises";
import { floatsOf } from "../../datasets/floats.js";
import { MaillardError } from "../../errors.js";
import type { Model } from "../../store/generated/client.js";
import type { Application } from "../application.js";

export interface NearestRequest {
  model: Model;
  pooling: string;
  /** Canonical. */
  smiles: string;
  /** Only its members. */
  datasetId: string | null;
  /** Compounds at most. */
  most: number;
  /** Least cosine; null: no bound. */
  threshold: number | null;
}

export interface Nearest {
  ids: string[];
  scores: number[];
}

const PART = 2_000;
const MOST_KEPT = 16;
const LIMIT_MS = 20_000;

export class NearestEmbeddings {
  readonly #kept = new Map<string, { count: number; nearest: Nearest }>();

  async find(application: Application, request: NearestRequest, signal: AbortSignal): Promise<Nearest> {
    const { model, pooling, smiles, datasetId, most, threshold } = request;
    const key = JSON.stringify([model.id, pooling, smiles, datasetId, most, threshold]);
    const count = await countOf(application, request);
    if (count === 0)
      throw new MaillardError(
        "EMBEDDINGS_REQUIRED",
        `No compound${datasetId ? " of this dataset" : ""} has a stored embedding by ${model.name} (${pooling}). Run startEmbedding first.`,
        { param: "filter.similarTo.model" },
      );
    const known = this.#kept.get(key);
    if (known?.count === count) return known.nearest;
    const nearest = await compute(application, request, signal);
    this.#kept.delete(key);
    this.#kept.set(key, { count, nearest });
    if (this.#kept.size > MOST_KEPT) this.#kept.delete(this.#kept.keys().next().value as string);
    return nearest;
  }
}

/** Of a dataset, only embeddings of its members. */
const memberOf = (column: string): string =>
  `(${column}::text IS NULL OR EXISTS (SELECT 1 FROM "DatasetCompound" m WHERE m."compoundId" = e."compoundId" AND m."datasetId" = ${column}))`;

async function countOf({ store }: Application, { model, pooling, datasetId }: NearestRequest): Promise<number> {
  const { rows } = await store.pool.query<{ count: number }>(
    `SELECT count(*)::int AS count FROM "Embedding" e WHERE e."modelId" = $1 AND e.pooling = $2::"Pooling" AND e.layer = $4 AND ${memberOf("$3")}`,
    [model.id, pooling, datasetId, model.layers],
  );
  return rows[0].count;
}

async function compute(application: Application, request: NearestRequest, signal: AbortSignal): Promise<Nearest> {
  const { model, pooling, smiles, datasetId, most, threshold } = request;
  const tokenizer = await application.tokenizer(model);
  const [wanted] = await application.compute.infer({
    model: application.modelReference(model),
    output: pooling as "CLS" | "MEAN",
    tokenIds: [tokenizer.encode(smiles, model.maxLength)],
    signal,
  });
  const length = norm(wanted);
  /** A compound may have several embeddings, of several SMILES: the nearest counts. */
  const best = new Map<string, number>();
  const end = Date.now() + LIMIT_MS;
  for (let after = ""; ; ) {
    const { rows } = await application.store.pool.query<{ id: string; compoundId: string; vector: Buffer }>(
      `SELECT e.id, e."compoundId", e.vector FROM "Embedding" e
       WHERE e."modelId" = $1 AND e.pooling = $2::"Pooling" AND e.layer = $5 AND ${memberOf("$3")} AND e.id > $4 ORDER BY e.id LIMIT ${PART}`,
      [model.id, pooling, datasetId, after, model.layers],
    );
    for (const { compoundId, vector } of rows) {
      const score = cosine(wanted, length, floatsOf(vector));
      if (threshold !== null && score < threshold) continue;
      if (score > (best.get(compoundId) ?? Number.NEGATIVE_INFINITY)) best.set(compoundId, score);
    }
    if (rows.length < PART) break;
    after = rows[rows.length - 1].id;
    signal.throwIfAborted();
    if (Date.now() > end)
      throw new MaillardError(
        "TIMEOUT",
        `The stored embeddings of ${model.name} are too many to compare within ${LIMIT_MS / 1000} s: ask within a dataset.`,
        { param: "filter.similarTo" },
      );
    await breathe();
  }
  const order = [...best].sort(([a, m], [b, n]) => n - m || (a < b ? 1 : -1)).slice(0, most);
  return { ids: order.map(([id]) => id), scores: order.map(([, score]) => score) };
}

const norm = (vector: Float32Array): number => {
  let sum = 0;
  for (const value of vector) sum += value * value;
  return Math.sqrt(sum);
};

/** In double precision. A vector of zeros is like nothing. */
export function cosine(wanted: Float32Array, length: number, other: Float32Array): number {
  let product = 0;
  let square = 0;
  for (let index = 0; index < wanted.length; index++) {
    product += wanted[index] * other[index];
    square += other[index] * other[index];
  }
  const both = length * Math.sqrt(square);
  return both === 0 ? 0 : product / both;
}
