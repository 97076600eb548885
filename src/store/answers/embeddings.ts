/**
 * Embeddings as rows: one for each model (of a shared one, in each project), pooling, layer and canonical SMILES. A row
 * never changes; of two that compute the same at once, the first one's row stays. Raw SQL: one statement, however many
 * rows there are, where Prisma's lists would be thousands of parameters, above the limit of the protocol.
 */
import type { Embedding, Pooling } from "../generated/client.js";
import { newId } from "../id.js";
import type { Store } from "../store.js";

/** Whose vectors the rows hold, and which. */
export interface EmbeddingsOf {
  modelId: string;
  /** Whose they are: `computedIn`. */
  projectId: string;
  pooling: Pooling;
  /** Hidden layer, 0 to the model's number of layers. */
  layer: number;
}

export interface NewEmbedding {
  compoundId: string;
  /** Canonical. */
  smiles: string;
  /** float32, little endian. */
  vector: Uint8Array;
}

export type EmbeddingRow = Pick<Embedding, "smiles" | "vector" | "id" | "compoundId">;

/** The rows that there are, by SMILES. */
export async function findEmbeddings(
  { pool }: Pick<Store, "pool">,
  { modelId, projectId, pooling, layer }: EmbeddingsOf,
  smiles: readonly string[],
): Promise<Map<string, EmbeddingRow>> {
  const { rows } = await pool.query<EmbeddingRow>({
    name: "embeddings",
    text: `SELECT smiles, vector, id, "compoundId" FROM "Embedding"
     WHERE "modelId" = $1 AND "projectId" = $2 AND pooling = $3::"Pooling" AND layer = $4 AND smiles = ANY($5::text[])`,
    values: [modelId, projectId, pooling, layer, smiles],
  });
  return new Map(rows.map((row) => [row.smiles, row]));
}

/** None is stored where the model has gone, or has other weights by now (`checksum`). */
export async function storeEmbeddings(
  { pool }: Pick<Store, "pool">,
  { modelId, checksum, projectId, pooling, layer }: EmbeddingsOf & { checksum: string },
  embeddings: readonly NewEmbedding[],
): Promise<void> {
  await pool.query(
    `WITH model AS MATERIALIZED (SELECT id FROM "Model" WHERE id = $1 AND checksum = $9 FOR SHARE)
     INSERT INTO "Embedding" (id, "modelId", "projectId", "compoundId", pooling, layer, smiles, dimension, vector)
     SELECT e.id, model.id, $2, e.compound, $3::"Pooling", $4, e.smiles, length(e.vector) / 4, e.vector
     FROM model, unnest($5::text[], $6::text[], $7::text[], $8::bytea[]) AS e(id, compound, smiles, vector)
     ON CONFLICT ("modelId", "projectId", pooling, layer, smiles) DO NOTHING`,
    [
      modelId,
      projectId,
      pooling,
      layer,
      embeddings.map(() => newId()),
      embeddings.map(({ compoundId }) => compoundId),
      embeddings.map(({ smiles }) => smiles),
      embeddings.map(({ vector }) => Buffer.from(vector)),
      checksum,
    ],
  );
}
