/**
 * Time and memory of a finetune, estimated when it is ordered (train/estimate.ts). The number of tokens of a molecule
 * is taken from the characters of its SMILES, because all molecules would have to be tokenized to know it.
 */
import { MaillardError } from "../errors.js";
import type { Model, RunKind } from "../store/generated/client.js";
import type { Queryable } from "../store/sql.js";
import {
  finetuneBytes,
  operationsOfStep,
  operationsOfToken,
  SECONDS_AROUND,
  THREAD_SPEED,
  type TrainingSize,
} from "../train/estimate.js";
import type { PlannedOrder } from "./orders/input.js";
import { hyperparametersOf } from "./orders/training-settings.js";
import type { Plan } from "./plan/types.js";
import { inGigabytes, MEMORY } from "./queue/memory.js";

export interface Estimate {
  /** Of the training process, at their peak. */
  bytes: number;
  seconds: number;
  /** Floating point operations. */
  operations: number;
}

/** What trainings have here. */
export interface Machine {
  /** Of one training. */
  threads: number;
  /** Bytes that the runs of this process may take together; null: none is executed here. */
  memory: number | null;
}

interface Ordered {
  kind: RunKind;
  order: object;
  baseModel: Model | null;
  plan: Plan | null;
}

interface Lengths {
  longest: number;
  mean: number;
  deviation: number;
}

/** In the transaction that makes the run. Null: the kind, or the device, has no estimate. INVALID_CONFIG. */
export async function estimateOf(client: Queryable, ordered: Ordered, machine: Machine): Promise<Estimate | null> {
  const { kind, baseModel, plan } = ordered;
  if (kind !== "FINETUNE" || baseModel === null || plan === null) return null;
  const order = ordered.order as PlannedOrder;
  if (order.device !== null && order.device !== "cpu") return null;
  const most = order.maxLength ?? baseModel.maxLength;
  const lengths = await lengthsOf(client, plan);
  const size = sizeOf(order, baseModel, { ...lengths, longest: Math.min(most, lengths.longest) });
  const bytes = finetuneBytes(size);
  checkFits(bytes, machine, order, most);
  const operations = operationsOf(order, plan, size, Math.min(most, lengths.mean));
  const speed = (await speedOf(client, baseModel.width)) ?? machine.threads * THREAD_SPEED;
  return { bytes, seconds: SECONDS_AROUND + operations / speed, operations };
}

function checkFits(bytes: number, { memory }: Machine, { batchSize }: PlannedOrder, maxLength: number): void {
  if (memory === null || bytes <= memory) return;
  throw new MaillardError(
    "INVALID_CONFIG",
    `The finetune needs about ${inGigabytes(bytes)} of memory, and runs of this server have ${inGigabytes(memory)} ` +
      `(${MEMORY}). Lower \`batchSize\` (${batchSize}) and raise \`gradientAccumulationSteps\` as much, or lower ` +
      `\`maxLength\` (${maxLength}).`,
    { param: "batchSize", details: { estimatedBytes: bytes, memoryBytes: memory, batchSize, maxLength } },
  );
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

/** Finetunes that say how fast the machine is. */
const LATEST = 10;

/** Operations in a second, of the latest finetunes of models of this width; null: there are none. */
async function speedOf(client: Queryable, width: number): Promise<number | null> {
  const { rows } = await client.query<{ speed: number | null }>(
    `SELECT sum(operations) / sum(greatest(seconds - $3, seconds / 10)) AS speed FROM (
       SELECT r."estimatedOperations" * r.step / r."totalSteps" AS operations,
         extract(epoch FROM r."finishedAt" - r."startedAt")::float8 AS seconds
       FROM "Run" r JOIN "Model" m ON m.id = r."baseModelId"
       WHERE r.kind = 'FINETUNE' AND r.status = 'SUCCEEDED' AND r.attempt = 1 AND r."totalSteps" > 0
         AND r."estimatedOperations" IS NOT NULL AND r."finishedAt" > r."startedAt" AND m.width = $1
       ORDER BY r."createdAt" DESC LIMIT $2) latest`,
    [width, LATEST, SECONDS_AROUND],
  );
  return rows[0].speed;
}
