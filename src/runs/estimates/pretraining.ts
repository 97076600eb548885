/**
 * What a pretraining takes. Batches hold molecules of similar length, so the largest one has long ones; how long these
 * are is taken from molecules at equal distances in the dataset.
 */
import type { Model } from "../../store/generated/client.js";
import type { Queryable } from "../../store/sql.js";
import {
  operationsOfMasked,
  operationsOfStep,
  operationsOfToken,
  type PretrainingSize,
  pretrainingBytes,
} from "../../train/estimate.js";
import { PROPERTY_HEADS } from "../../train/pretrain/properties/targets.js";
import { type PlannedPretraining, ROUGH_VOCABULARY, shapeOf } from "../orders/pretraining-order.js";
import type { Need } from "./estimate.js";

/** Molecules whose lengths are read. */
const SAMPLE = 20_000;
/** Share of the molecules that are shorter than those of the largest batch: one of 64 has the longest of its window. */
const LARGEST_BATCH = 1 - 1 / 128;

interface Lengths {
  longest: number;
  /** Of a molecule in the largest batch. */
  long: number;
  mean: number;
}

export async function ofPretraining(
  client: Queryable,
  order: PlannedPretraining,
  model: Model | null,
  datasetId: string,
): Promise<Need> {
  const { batchSize, maskProbability, molecules, parameterCount, properties } = order;
  const { layers, width, heads, maxLength } = model ?? shapeOf(order);
  const lengths = await lengthsOf(client, datasetId, order.positions);
  const [tokens, long, mean] = [lengths.longest, lengths.long, lengths.mean].map((one) => Math.min(maxLength, one));
  const outputs = properties > 0 ? PROPERTY_HEADS.reduce((sum, head) => sum + head.width, 0) : 0;
  const batchTokens = batchSize * long;
  const size: PretrainingSize = {
    ...{ parameters: parameterCount + outputs * (width + 1), layers, width, heads, tokens, batchTokens },
    ...{ vocabulary: model?.vocabularySize ?? ROUGH_VOCABULARY, maskedTokens: maskProbability * batchTokens },
    corpusTokens: molecules * mean,
  };
  return {
    bytes: pretrainingBytes(size),
    operations: operationsOf(order, size, mean),
    width,
    advice: `Lower \`batchSize\` (${batchSize})${model ? "" : `, or the shape of the model`}.`,
    options: { batchSize, maxLength, width },
  };
}

/** Of all tokens, of the steps that they make, and of the molecules kept aside at each evaluation and at the end. */
function operationsOf(order: PlannedPretraining, size: PretrainingSize, mean: number): number {
  const { tokens, batchSize, maskProbability, validationMolecules, evalSteps, molecules } = order;
  const ofToken = operationsOfToken({ ...size, tokens: mean }) + maskProbability * operationsOfMasked(size);
  const steps = Math.ceil(tokens / (batchSize * mean));
  const evaluations = 1 + (evalSteps ? Math.floor(steps / evalSteps) : 0);
  const scored = (evaluations * Math.min(validationMolecules, Math.floor(molecules / 10)) * mean) / 3;
  return (tokens + scored) * ofToken + steps * operationsOfStep(size);
}

/** Tokens of the molecules: characters of their SMILES and the two special tokens. */
async function lengthsOf(client: Queryable, datasetId: string, positions: number): Promise<Lengths> {
  const { rows } = await client.query<Lengths>(
    `SELECT coalesce(max(length), 0) + 2 AS longest, coalesce(avg(length), 0)::float8 + 2 AS mean,
       coalesce(percentile_cont($4) WITHIN GROUP (ORDER BY length), 0)::float8 + 2 AS long
     FROM (SELECT length(m.smiles) AS length FROM generate_series(0, $2::int - 1, $3::int) AS place
       JOIN "DatasetCompound" m ON m."datasetId" = $1 AND m.position = place) sample`,
    [datasetId, positions, Math.max(1, Math.ceil(positions / SAMPLE)), LARGEST_BATCH],
  );
  return rows[0];
}
