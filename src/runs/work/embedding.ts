/**
 * Embeddings of molecules: computed once for each (model, pooling, layer, SMILES), of a shared model in each project,
 * and stored as float32, little endian.
 * Stored ones are not computed again; two processes that compute the same keep one row. They are stored in parts, so
 * that an interrupted run continues where it stopped.
 */
import { setTimeout as delay } from "node:timers/promises";
import type { ComputePool, InferencePriority } from "../../compute/types.js";
import { bytesOf, floatsOf } from "../../datasets/floats.js";
import { MaillardError } from "../../errors.js";
import { computedIn, type Principal, projectsSeen } from "../../store/access/principal.js";
import { storeEmbeddings } from "../../store/answers/embeddings.js";
import type { Model, Pooling } from "../../store/generated/client.js";
import { presentModelFolder, type Store } from "../../store/index.js";
import { tokenizers } from "../../tokenizer/index.js";
import { whenDatabaseIsBack } from "../queue/retry.js";

export interface EmbeddingRequest {
  model: Pick<Model, "id" | "name" | "artifact" | "checksum" | "maxLength" | "width" | "layers" | "projectId">;
  pooling: Pooling;
  /** Hidden layer, 0 to the model's number of layers; null: the last. */
  layer?: number | null;
  items: readonly { smiles: string; compoundId: string }[];
  signal?: AbortSignal;
  /** Called with the number of missing ones that are now stored. */
  onProgress?(done: number, missing: number): Promise<void> | void;
  /** Wait when the pool is full instead of failing with OVERLOADED: for background work. Default false. */
  patient?: boolean;
}

/** Molecules per request to the pool and per insert: 256 x 768 floats are 0.8 MB. */
const PART = 256;

/** Answers the number of embeddings computed now. */
export async function ensureEmbeddings(
  { store, compute }: { store: Store; compute: ComputePool },
  request: EmbeddingRequest,
): Promise<number> {
  const { model, pooling, signal, onProgress, patient = false } = request;
  const layer = layerOf(model, request.layer);
  const missing = await missingItems(store, request);
  if (missing.length === 0) return 0;
  for (let from = 0; from < missing.length; from += PART) {
    signal?.throwIfAborted();
    const part = missing.slice(from, from + PART);
    const smiles = part.map((item) => item.smiles);
    const priority = patient ? "BACKGROUND" : "BULK";
    const infer = () => vectorsOf({ store, compute }, { model, pooling, layer, smiles, priority, signal });
    const vectors = await (patient ? whilePoolIsFull(infer, signal) : infer());
    const rows = part.map((item, index) => ({ ...item, vector: bytesOf(vectors[index]) }));
    const of = {
      modelId: model.id,
      checksum: model.checksum,
      projectId: computedIn(model, store.principal),
      pooling,
      layer,
    };
    await whenDatabaseIsBack(() => storeEmbeddings(store, of, rows), signal);
    await onProgress?.(from + part.length, missing.length);
  }
  return missing.length;
}

/** Computed now, in the order of the SMILES, which are canonical: at most as many as the pool takes of one request. */
export async function vectorsOf(
  { store, compute }: { store: Pick<Store, "artifacts">; compute: ComputePool },
  {
    model,
    pooling,
    layer,
    smiles,
    priority,
    signal,
  }: Omit<EmbeddingRequest, "items"> & {
    layer: number;
    smiles: readonly string[];
    /** Default INTERACTIVE. */
    priority?: InferencePriority;
  },
): Promise<Float32Array[]> {
  const reference = { checksum: model.checksum, folder: await presentModelFolder(store, model) };
  const tokenizer = await tokenizers.get(reference);
  return compute.infer({
    model: reference,
    output: pooling as "CLS" | "MEAN",
    // The last layer is the output of the whole model: one session serves predictions as well.
    layer: layer === model.layers ? null : layer,
    tokenIds: smiles.map((text) => tokenizer.encode(text, model.maxLength)),
    priority,
    signal,
  });
}

/** The vectors that are stored of these molecules, by SMILES. */
export async function readEmbeddings(
  { pool, principal }: Store,
  { model, pooling, layer }: Pick<EmbeddingRequest, "model" | "pooling" | "layer">,
  smiles: readonly string[],
): Promise<Map<string, Float32Array>> {
  // Raw SQL: the array is one parameter; Prisma's list would be thousands, above the limit of the protocol.
  const { rows } = await pool.query<{ smiles: string; vector: Buffer }>(
    `SELECT smiles, vector FROM "Embedding"
     WHERE "modelId" = $1 AND "projectId" = $5 AND pooling = $2::"Pooling" AND layer = $3 AND smiles = ANY($4::text[])`,
    [model.id, pooling, layerOf(model, layer), smiles, computedIn(model, principal)],
  );
  return new Map(rows.map((row) => [row.smiles, floatsOf(row.vector)]));
}

/** Stored embeddings of the last layer by one model. */
export interface StoredEmbeddings {
  model: Pick<Model, "id" | "layers" | "projectId">;
  pooling: Pooling;
  /** Only of members of this dataset; null: of all compounds. */
  datasetId: string | null;
}

/** How many there are, and a number that other ones change. */
export async function countEmbeddings(
  { pool, principal }: Pick<Store, "pool" | "principal">,
  { model, pooling, datasetId }: StoredEmbeddings,
): Promise<{ count: number; mark: string }> {
  const { rows } = await pool.query<{ count: number; mark: string }>(
    `SELECT count(*)::int AS count, bit_xor(hashtextextended(e.id, 0))::text AS mark FROM "Embedding" e
     WHERE e."modelId" = $1 AND e.pooling = $2::"Pooling" AND e.layer = $3 AND e."projectId" = $4
       AND ${isOfForm(datasetId, principal, "$5")}`,
    [model.id, pooling, model.layers, computedIn(model, principal), datasetId ?? projectsSeen(principal) ?? []],
  );
  return rows[0];
}

/** Every one of them in the order of ids, in parts of at most `part`; only the last part is smaller. */
export async function* embeddingParts(
  { pool, principal }: Pick<Store, "pool" | "principal">,
  { model, pooling, datasetId }: StoredEmbeddings,
  part: number,
): AsyncGenerator<{ compoundId: string; vector: Float32Array }[]> {
  for (let after = ""; ; ) {
    const { rows } = await pool.query<{ id: string; compoundId: string; vector: Buffer }>(
      `SELECT e.id, e."compoundId", e.vector FROM "Embedding" e
       WHERE e."modelId" = $1 AND e.pooling = $2::"Pooling" AND e.layer = $3 AND e."projectId" = $4
         AND ${isOfForm(datasetId, principal, "$5")} AND e.id > $6
       ORDER BY e.id LIMIT $7`,
      [
        model.id,
        pooling,
        model.layers,
        computedIn(model, principal),
        datasetId ?? projectsSeen(principal) ?? [],
        after,
        part,
      ],
    );
    yield rows.map(({ compoundId, vector }) => ({ compoundId, vector: floatsOf(vector) }));
    if (rows.length < part) return;
    after = rows[rows.length - 1].id;
  }
}

/**
 * Condition: it is of the SMILES that a list has of the compound: of the dataset's own, or else of the first dataset
 * that the principal sees, which of all compounds is the compound's own. `value`: of the dataset, or of the projects.
 */
function isOfForm(datasetId: string | null, principal: Principal, value: string): string {
  if (datasetId !== null)
    return `EXISTS (SELECT 1 FROM "DatasetCompound" m
       WHERE m."compoundId" = e."compoundId" AND m."datasetId" = ${value}::text AND m.smiles = e.smiles)`;
  if (projectsSeen(principal) === null)
    return `cardinality(${value}::text[]) = 0 AND EXISTS (
       SELECT 1 FROM "Compound" c WHERE c.id = e."compoundId" AND c.smiles = e.smiles)`;
  return `e.smiles = (SELECT m.smiles FROM "DatasetCompound" m JOIN "Dataset" d ON d.id = m."datasetId"
     WHERE m."compoundId" = e."compoundId" AND d."projectId" = ANY(${value}::text[]) ORDER BY m.id LIMIT 1)`;
}

/** The layer that is stored: the last one has its number. */
export function layerOf({ name, layers }: Pick<Model, "name" | "layers">, layer: number | null | undefined): number {
  const chosen = layer ?? layers;
  if (chosen >= 0 && chosen <= layers) return chosen;
  throw new MaillardError(
    "BAD_INPUT",
    `\`layer\` is ${chosen}: ${name} has the layers 0 (what enters the first) to ${layers}; null is the last.`,
    { param: "layer" },
  );
}

/** One item per SMILES that has no row, in the order of the request. */
async function missingItems(
  { pool, principal }: Store,
  { model, pooling, layer, items }: EmbeddingRequest,
): Promise<EmbeddingRequest["items"]> {
  const unique = new Map(items.map((item) => [item.smiles, item]));
  // Raw SQL as in readEmbeddings, without the vectors.
  const { rows } = await pool.query<{ smiles: string }>(
    `SELECT smiles FROM "Embedding"
     WHERE "modelId" = $1 AND "projectId" = $5 AND pooling = $2::"Pooling" AND layer = $3 AND smiles = ANY($4::text[])`,
    [model.id, pooling, layerOf(model, layer), [...unique.keys()], computedIn(model, principal)],
  );
  for (const { smiles } of rows) unique.delete(smiles);
  return [...unique.values()];
}

/** Repeats while the pool is full, after the pause that its error names. */
export async function whilePoolIsFull<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof MaillardError) || error.code !== "OVERLOADED") throw error;
      await delay(Number(error.details?.retryAfterMs ?? 1_000), undefined, { signal });
    }
  }
}
