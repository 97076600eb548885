/** What a finetune takes. */
import type { Model } from "../../store/generated/client.js";
import type { Queryable } from "../../store/sql.js";
import { finetuneBytes, operationsOfStep, operationsOfToken, type TrainingSize } from "../../train/estimate.js";
import type { PlannedOrder } from "../orders/input.js";
import { hyperparametersOf } from "../orders/training-settings.js";
import type { Plan } from "../plan/types.js";
import type { Need } from "./estimate.js";

interface Lengths {
  longest: number;
  mean: number;
  deviation: number;
}

export async function ofFinetune(client: Queryable, order: PlannedOrder, baseModel: Model, plan: Plan): Promise<Need> {
  const { batchSize } = order;
  const maxLength = order.maxLength ?? baseModel.maxLength;
  const lengths = await lengthsOf(client, plan);
  const size = sizeOf(order, baseModel, { ...lengths, longest: Math.min(maxLength, lengths.longest) });
  return {
    bytes: finetuneBytes(size),
    operations: operationsOf(order, plan, size, Math.min(maxLength, lengths.mean)),
    width: baseModel.width,
    advice:
      `Lower \`batchSize\` (${batchSize}) and raise \`gradientAccumulationSteps\` as much, or lower ` +
      `\`maxLength\` (${maxLength}).`,
    options: { batchSize, maxLength },
  };
}

/** Of the plan, which several runs of a group share. */
const known = new WeakMap<Plan, Promise<Lengths>>();

/** Tokens of the molecules: characters of their SMILES and the two special tokens. */
function lengthsOf(client: Queryable, plan: Plan): Promise<Lengths> {
  const found = known.get(plan) ?? readLengths(client, plan);
  known.set(plan, found);
  return found;
}

async function readLengths(client: Queryable, { assignments }: Plan): Promise<Lengths> {
  const { rows } = await client.query<Lengths>(
    `SELECT coalesce(max(length(m.smiles)), 0) + 2 AS longest, coalesce(avg(length(m.smiles)), 0)::float8 + 2 AS mean,
       coalesce(stddev_pop(length(m.smiles)), 0)::float8 AS deviation
     FROM unnest($1::text[]) AS a(member) JOIN "DatasetCompound" m ON m.id = a.member`,
    [assignments.map(({ memberId }) => memberId)],
  );
  return rows[0];
}

function sizeOf(order: PlannedOrder, model: Model, { longest, mean, deviation }: Lengths): TrainingSize {
  const { layers, width, heads } = model;
  const { batchSize } = order;
  // Of random batches nearly none has more tokens.
  const batchTokens = batchSize * Math.min(longest, mean) + 3 * Math.sqrt(batchSize) * deviation;
  return {
    ...{ parameters: Number(model.parameterCount), trained: trainedOf(order, model), layers, width, heads },
    ...{ tokens: longest, batchTokens: Math.min(batchSize * longest, batchTokens) },
  };
}

/** Numbers that are trained. A layer has about 12 squares of its width. */
function trainedOf({ lora, frozenLayers = 0, freezeEmbeddings }: PlannedOrder, model: Model): number {
  const { layers, width, vocabularySize } = model;
  if (lora) return 2 * layers * lora.targets.length * lora.rank * width;
  const frozen = frozenLayers * 12 * width ** 2 + (freezeEmbeddings || frozenLayers > 0 ? vocabularySize * width : 0);
  return Math.max(0, Number(model.parameterCount) - frozen);
}

/** Of all steps, and of the validation split once in each epoch. */
function operationsOf(order: PlannedOrder, { assignments }: Plan, size: TrainingSize, mean: number): number {
  const training = assignments.filter(({ split }) => split === "TRAIN").length;
  const { epochs, maxSteps, batchSize, gradientAccumulationSteps = 1 } = hyperparametersOf(order, training, 1);
  const ofStep = batchSize * gradientAccumulationSteps;
  const steps = Math.min(epochs * Math.ceil(training / ofStep), maxSteps ?? Number.POSITIVE_INFINITY);
  const passes = (steps * ofStep) / Math.max(1, training);
  const scored = assignments.length - training;
  const molecules = Math.min(passes, epochs) * (training + scored / 3);
  const parts = steps * gradientAccumulationSteps;
  return molecules * mean * operationsOfToken({ ...size, tokens: mean }) + parts * operationsOfStep(size);
}
