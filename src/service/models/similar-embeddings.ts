/**
 * The compounds whose stored embedding is nearest to that of a molecule: exact, every vector is looked at, a few
 * thousand at a time so that the process answers others in between. The molecule's own embedding is computed and not
 * stored. The answers of the last requests are kept, so that the pages of one list cost this once; a stored embedding
 * never changes, so a sum over their ids shows whether there are others.
 */
import { setImmediate as breathe } from "node:timers/promises";
import { LRUCache } from "lru-cache";
import { MaillardError } from "../../errors.js";
import type { CheckpointParts } from "../../runs/predictions/scores-of-molecules.js";
import { countEmbeddings, embeddingParts, type StoredEmbeddings } from "../../runs/work/embedding.js";
import { computedIn, projectsSeen } from "../../store/access/principal.js";
import type { Model } from "../../store/generated/client.js";

export interface NearestRequest extends StoredEmbeddings {
  model: Model;
  /** Canonical. */
  smiles: string;
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
  readonly #kept = new LRUCache<string, { mark: string; nearest: Nearest }>({ max: MOST_KEPT });

  /** EMBEDDINGS_REQUIRED, TIMEOUT, and the errors of inference. */
  async find(parts: CheckpointParts, request: NearestRequest, signal: AbortSignal): Promise<Nearest> {
    const { model, pooling, smiles, datasetId, most, threshold } = request;
    const project = computedIn(model, parts.store.principal);
    const seen = projectsSeen(parts.store.principal);
    const key = JSON.stringify([model.id, project, seen, pooling, smiles, datasetId, most, threshold]);
    const { count, mark } = await countEmbeddings(parts.store, request);
    if (count === 0)
      throw new MaillardError(
        "EMBEDDINGS_REQUIRED",
        `No compound${datasetId ? " of this dataset" : ""} has a stored embedding by ${model.name} (${pooling}). ` +
          "Run startEmbedding first.",
        { param: "filter.similarTo.model" },
      );
    const known = this.#kept.get(key);
    if (known?.mark === mark) return known.nearest;
    const nearest = await compute(parts, request, signal);
    this.#kept.set(key, { mark, nearest });
    return nearest;
  }
}

async function compute(parts: CheckpointParts, request: NearestRequest, signal: AbortSignal): Promise<Nearest> {
  const { model, pooling, smiles, most, threshold } = request;
  const tokenizer = await parts.tokenizer(model);
  const [wanted] = await parts.compute.infer({
    model: parts.modelReference(model),
    output: pooling,
    tokenIds: [tokenizer.encode(smiles, model.maxLength)],
    signal,
  });
  const length = norm(wanted);
  const best = new Map<string, number>();
  const end = Date.now() + LIMIT_MS;
  for await (const rows of embeddingParts(parts.store, request, PART)) {
    for (const { compoundId, vector } of rows) {
      const score = cosine(wanted, length, vector);
      if (threshold !== null && score < threshold) continue;
      if (score > (best.get(compoundId) ?? Number.NEGATIVE_INFINITY)) best.set(compoundId, score);
    }
    if (rows.length < PART) break;
    signal.throwIfAborted();
    if (Date.now() > end)
      throw new MaillardError(
        "TIMEOUT",
        `The stored embeddings of ${model.name} are too many to compare within ${LIMIT_MS / 1000} s: ` +
          "ask within a dataset.",
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
function cosine(wanted: Float32Array, length: number, other: Float32Array): number {
  let product = 0;
  let square = 0;
  for (let index = 0; index < wanted.length; index++) {
    product += wanted[index] * other[index];
    square += other[index] * other[index];
  }
  const both = length * Math.sqrt(square);
  return both === 0 ? 0 : product / both;
}
