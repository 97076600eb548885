/** A run's row and its assignments, inside the transaction of its caller. */

import type { PoolClient } from "pg";
import type { Owner } from "../store/access/principal.js";
import { holdUsed } from "../store/find.js";
import type { Dataset, Model, RunOriginKind } from "../store/generated/client.js";
import type { Estimate } from "./estimates/estimate.js";
import type { Annotations } from "./orders/annotations.js";
import type { PlannedEvaluation } from "./orders/evaluation-order.js";
import type { ImportOrder } from "./orders/import-order.js";
import type { EmbeddingOrder, PlannedOrder } from "./orders/input.js";
import type { PlannedPrediction } from "./orders/prediction-order.js";
import type { PlannedPretraining } from "./orders/pretraining-order.js";
import type { PlannedProbe } from "./orders/probe-order.js";
import type { ProjectionOrder } from "./orders/projection-order.js";
import type { Plan } from "./plan/types.js";

/** A run that passed all checks and can be written. */
export interface RunRequest {
  kind: "FINETUNE" | "EMBEDDING" | "PROBE" | "PREDICTION" | "PROJECTION" | "IMPORT" | "EVALUATION" | "PRETRAIN";
  name: string;
  key: string | null;
  inputHash: string;
  order:
    | PlannedOrder
    | EmbeddingOrder
    | PlannedProbe
    | PlannedPrediction
    | ProjectionOrder
    | ImportOrder
    | PlannedEvaluation
    | PlannedPretraining;
  dataset: Pick<Dataset, "id" | "name" | "size">;
  /** Null: it starts from no model. */
  baseModel: Model | null;
  plan: Plan | null;
  /** Expected of its files besides checkpoints. Default 0. */
  outputBytes?: number;
  /** Default: none. */
  estimate?: Estimate | null;
  /** Default: none, and priority 0. */
  annotations?: Annotations;
  /** The run that it was made of. Default: none. */
  origin?: { id: string; kind: RunOriginKind };
  /** What else its transaction writes before the run's row: the dataset may be made there. */
  make?(client: PoolClient): Promise<Pick<RunRequest, "dataset">>;
  /** Brings its file to its place, before the transaction ends. */
  place?(runId: string): Promise<void>;
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
export async function insertRun(
  client: PoolClient,
  id: string,
  { kind, name, key, inputHash, order, dataset, baseModel, plan, outputBytes = 0, ...request }: RunRequest,
  { projectId, createdById }: Owner,
  group: Place | null,
): Promise<boolean> {
  const { annotations, origin, estimate } = request;
  await holdUsed(client, { models: baseModel ? [baseModel] : [], datasets: [dataset] });
  const { rowCount } = await client.query(
    `INSERT INTO "Run" (id, kind, name, "idempotencyKey", "inputHash", input, "datasetId", "baseModelId", warnings,
       "groupId", "groupIndex", "projectId", "createdById", "outputBytes", priority, description, tags,
       "originId", "originKind", "estimatedBytes", "estimatedSeconds", "estimatedOperations")
     VALUES ($1, $2::"RunKind", $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17,
       (SELECT id FROM "Run" WHERE id = $18), $19::"RunOriginKind", $20, $21, $22)
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
      annotations?.priority ?? 0,
      annotations?.description ?? null,
      annotations?.tags ?? [],
      origin?.id ?? null,
      origin?.kind ?? null,
      estimate?.bytes ?? null,
      estimate?.seconds ?? null,
      estimate?.operations ?? null,
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
