/**
 * Predictions as rows: one for each model (of a shared one, in each project), canonical SMILES and number of ways of
 * writing the molecule. A row never changes; of two that compute the same at once, the first one's row stays.
 */
import type { Prediction } from "../generated/client.js";
import { newId } from "../id.js";
import type { Store } from "../store.js";

export interface NewPrediction {
  compoundId: string;
  /** Canonical. */
  smiles: string;
  /** The best class or label; of numbers the first target. */
  label: string;
  /** Of `label`. */
  score: number;
  /** [labels], little endian: float32, or float64 numbers of a probe. */
  scores: Uint8Array;
}

/** Whose answers the rows hold. */
export interface PredictionsOf {
  modelId: string;
  /** Whose they are: `computedIn`. */
  projectId: string;
  /** Ways of writing each molecule that were averaged. */
  forms: number;
}

export type PredictionRow = Pick<
  Prediction,
  "smiles" | "label" | "score" | "scores" | "id" | "compoundId" | "createdAt"
>;

/**
 * The rows that there are, by SMILES. Raw SQL, prepared: it is asked for every molecule that is new to the process, and
 * Prisma's client takes three times the time of the processor for it.
 */
export async function findPredictions(
  { pool }: Pick<Store, "pool">,
  { modelId, projectId, forms }: PredictionsOf,
  smiles: readonly string[],
): Promise<Map<string, PredictionRow>> {
  const { rows } = await pool.query<PredictionRow>({
    name: "predictions",
    text: `SELECT smiles, label, score, scores, id, "compoundId", "createdAt" FROM "Prediction"
     WHERE "modelId" = $1 AND "projectId" = $2 AND forms = $3 AND smiles = ANY($4::text[])`,
    values: [modelId, projectId, forms, smiles],
  });
  return new Map(rows.map((row) => [row.smiles, row]));
}

/**
 * Raw SQL: one statement, however many rows there are. None is stored where the model has gone, or has other weights by
 * now (`checksum`).
 */
export async function storePredictions(
  { pool }: Pick<Store, "pool">,
  { modelId, checksum, projectId, forms }: PredictionsOf & { checksum: string },
  predictions: readonly NewPrediction[],
): Promise<void> {
  await pool.query(
    `WITH model AS MATERIALIZED (SELECT id FROM "Model" WHERE id = $1 AND checksum = $10 FOR SHARE)
     INSERT INTO "Prediction" (id, "modelId", "projectId", forms, "compoundId", smiles, label, score, scores)
     SELECT p.id, model.id, $9, $8, p.compound, p.smiles, p.label, p.score, p.scores
     FROM model, unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::float8[], $7::bytea[])
       AS p(id, compound, smiles, label, score, scores)
     ON CONFLICT ("modelId", "projectId", smiles, forms) DO NOTHING`,
    [
      modelId,
      predictions.map(() => newId()),
      predictions.map(({ compoundId }) => compoundId),
      predictions.map(({ smiles }) => smiles),
      predictions.map(({ label }) => label),
      predictions.map(({ score }) => score),
      predictions.map(({ scores }) => Buffer.from(scores)),
      forms,
      projectId,
      checksum,
    ],
  );
}
