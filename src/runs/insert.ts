/** A run's row, its assignments and its job, inside the transaction of its caller. */

import type { PoolClient } from "pg";
import { type Owner, ownerOf } from "../store/access/principal.js";
import { holdUsed } from "../store/find.js";
import type { Dataset, Model } from "../store/generated/client.js";
import { notify, type Store } from "../store/index.js";
import type { EmbeddingOrder, PlannedOrder } from "./orders/input.js";
import type { PlannedPrediction } from "./orders/prediction-order.js";
import type { PlannedProbe } from "./orders/probe-order.js";
import type { Plan } from "./plan/types.js";
import { note } from "./queue/events.js";
import type { RunQueue } from "./queue/queue.js";
import { runTopic } from "./queue/topics.js";

/** A run that passed all checks and can be written. */
export interface RunRequest {
  kind: "FINETUNE" | "EMBEDDING" | "PROBE" | "PREDICTION";
  name: string;
  key: string | null;
  inputHash: string;
  order: PlannedOrder | EmbeddingOrder | PlannedProbe | PlannedPrediction;
  dataset: Dataset;
  /** Null: it starts from no model. */
  baseModel: Model | null;
  plan: Plan | null;
  /** Expected of its files besides checkpoints. Default 0. */
  outputBytes?: number;
}

/** Place of a run in its group. */
export interface Place {
  id: string;
  index: number;
}

/**
 * False when the idempotency key is taken: then nothing was written. NOT_FOUND when the model or the dataset was
 * deleted since they were read; OVERLOADED while either is being deleted.
 */
async function insertRun(
  client: PoolClient,
  id: string,
  { kind, name, key, inputHash, order, dataset, baseModel, plan, outputBytes = 0 }: RunRequest,
  { projectId, createdById }: Owner,
  group: Place | null,
): Promise<boolean> {
  await holdUsed(client, { models: baseModel ? [baseModel] : [], datasets: [dataset] });
  const { rowCount } = await client.query(
    `INSERT INTO "Run" (id, kind, name, "idempotencyKey", "inputHash", input, "datasetId", "baseModelId", warnings,
       "groupId", "groupIndex", "projectId", "createdById", "outputBytes")
     VALUES ($1, $2::"RunKind", $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
     ON CONFLICT ("projectId", "idempotencyKey") DO NOTHING`,
    [
      id,
      kind,
      name,
      key,
      inputHash,
      JSON.stringify(order),
      dataset.id,
      baseModel?.id ?? null,
      JSON.stringify(plan?.warnings ?? []),
      group?.id ?? null,
      group?.index ?? null,
      projectId,
      createdById,
      outputBytes,
    ],
  );
  if (rowCount === 0) return false;
  if (!plan) return true;
  // unnest: one statement for any number of molecules.
  await client.query(
    `INSERT INTO "RunAssignment" ("runId", "memberId", split, label, ordinal)
     SELECT $1, a.member, a.split::"Split", a.label, a.ordinal
     FROM unnest($2::text[], $3::text[], $4::text[], $5::int[]) AS a(member, split, label, ordinal)`,
    [
      id,
      plan.assignments.map(({ memberId }) => memberId),
      plan.assignments.map(({ split }) => split),
      plan.assignments.map(({ label }) => label),
      plan.assignments.map(({ ordinal = 0 }) => ordinal),
    ],
  );
  return true;
}

export interface InsertParts {
  store: Store;
  queue: RunQueue;
}

/** With its first event and its job, owned by the store's principal. As insertRun. */
export async function insertQueued(
  { store, queue }: InsertParts,
  client: PoolClient,
  id: string,
  request: RunRequest,
  group: Place | null,
): Promise<boolean> {
  if (!(await insertRun(client, id, request, ownerOf(store.principal), group))) return false;
  await note(client, [id], { kind: "ORDERED", message: `Asked for as ${request.name}.` });
  await queue.enqueue(client, id);
  await notify(client, [runTopic(id)]);
  return true;
}
