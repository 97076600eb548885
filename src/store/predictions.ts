/**
 * Predictions as rows: one for each model (of a shared one, in each project), canonical SMILES and number of ways of
 * writing the molecule. A row never changes; of two that compute the same at once, the first one's row stays.
 */
import type { Prediction } from "./generated/client.js";
import { newId } from "./id.js";
import type { Store } from "./store.js";

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

/** The rows that there are, by SMILES. */
export async function findPredictions(
  { prisma }: Pick<Store, "prisma">,
  { modelId, projectId, forms }: PredictionsOf,
  smiles: readonly string[],
): Promise<Map<string, Prediction>> {
  const rows = await prisma.prediction.findMany({ where: { modelId, projectId, forms, smiles: { in: [...smiles] } } });
  return new Map(rows.map((row) => [row.smiles, row]));
}

/** Raw SQL: one statement, however many rows there are. */
export async function storePredictions(
  { pool }: Pick<Store, "pool">,
  { modelId, projectId, forms }: PredictionsOf,
  predictions: readonly NewPrediction[],
): Promise<void> {
  await pool.query(
    `INSERT INTO "Prediction" (id, "modelId", "projectId", forms, "compoundId", smiles, label, score, scores)
     SELECT p.id, $1, $9, $8, p.compound, p.smiles, p.label, p.score, p.scores
     FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::float8[], $7::bytea[])
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
    ],
  );
}
