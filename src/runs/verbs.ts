/**
 * What a person does with a run that exists: cancel, pause, resume, retry. Each is a transition of the state table
 * (queue/states.ts); a run whose status does not allow it is a CONFLICT that names the status and what is allowed.
 */
import { MaillardError } from "../errors.js";
import { orderTransaction } from "../store/access/turns.js";
import { checkQuotaInTurn } from "../store/access/usage.js";
import { checkMayChange, noRun } from "../store/find.js";
import type { Run } from "../store/generated/client.js";
import { notify, type Store } from "../store/index.js";
import { type Queryable, transaction } from "../store/sql.js";
import type { Machine } from "./estimates/estimate.js";
import { checkFree, lockNames } from "./names.js";
import { predictionArtifact } from "./orders/prediction-order.js";
import { makesModel } from "./orders/stored.js";
import { note } from "./queue/events.js";
import { requestStop } from "./queue/lease.js";
import { move } from "./queue/move.js";
import { forgetJobs, type RunQueue } from "./queue/queue.js";
import { isFinal, mayMove, TRANSITIONS, type TransitionName } from "./queue/states.js";
import { runTopic } from "./queue/topics.js";
import { goneWorkers } from "./queue/workers.js";
import { checkpointsOf } from "./removal/retention.js";
import { decideSweepOf } from "./sweeps/decide.js";
import { wantedBy } from "./wanted.js";
import { modelArtifact } from "./work/finetune.js";

export interface VerbParts {
  store: Store;
  queue: RunQueue;
  /** Id of the worker of this process; empty: it has none. */
  workerId: string;
  machine: Machine;
}

/** The transitions that a person asks for. */
export const VERBS = ["cancel", "pause", "resume", "retry"] as const satisfies readonly TransitionName[];
type Verb = (typeof VERBS)[number];

/** Those that the run's status allows. */
const verbsOf = ({ status }: Pick<Run, "status">): Verb[] => VERBS.filter((verb) => mayMove(status, verb));

/** What may be done with a run, besides. */
export const RUN_VERBS = [...VERBS, "clone", "continue", "delete"] as const;

/** All that its status and kind allow. A run that has not ended is deleted with `cascade` alone, which cancels it. */
export function allowedVerbs(run: Pick<Run, "status" | "kind" | "baseModelId" | "modelId">): string[] {
  return [
    ...verbsOf(run),
    ...(run.baseModelId !== null && run.kind !== "IMPORT" ? ["clone"] : []),
    ...(run.kind === "FINETUNE" && run.modelId !== null ? ["continue"] : []),
    ...(isFinal(run.status) ? ["delete"] : []),
  ];
}

/** NOT_FOUND, FORBIDDEN. */
export async function findRun({ store }: VerbParts, id: string): Promise<Run> {
  const run = await store.prisma.run.findUnique({ where: { id } });
  if (!run) throw noRun("id");
  checkMayChange(store, "run", run);
  return run;
}

export const reread = ({ store }: VerbParts, id: string): Promise<Run> =>
  store.prisma.run.findUniqueOrThrow({ where: { id } });

function refuse({ name, status }: Run, verb: Verb): MaillardError {
  const from = TRANSITIONS[verb].from;
  return new MaillardError(
    "CONFLICT",
    `The run ${name} is ${status}: only one that is ${from.join(" or ")} can be ${PAST[verb]}.`,
    { param: "id", details: { status, allowed: from, verbs: verbsOf({ status }) } },
  );
}
const PAST: Record<Verb, string> = {
  cancel: "cancelled",
  pause: "paused",
  resume: "resumed",
  retry: "retried",
};

/** QUEUED or PAUSED: ends at once. RUNNING: its worker stops within a step. Ended: unchanged. NOT_FOUND, FORBIDDEN. */
export async function cancelRun(parts: VerbParts, id: string): Promise<Run> {
  await findRun(parts, id);
  await requestCancel(parts, id);
  await decideSweepOf(parts.store, parts.queue, id);
  return reread(parts, id);
}

/** Of a run that may be changed. */
export async function requestCancel({ store, workerId }: VerbParts, id: string): Promise<void> {
  const gone = await goneWorkers(store, workerId);
  await transaction(store, (client) => stop(client, id, "cancel", gone));
}

/** A run that stops here needs its job no longer. */
async function stop(...[client, id, ...request]: Parameters<typeof requestStop>): Promise<void> {
  if (await requestStop(client, id, ...request)) await forgetJobs(client, [id]);
}

/**
 * QUEUED: PAUSED at once. RUNNING: its worker writes a checkpoint and stops within a step. PAUSED: unchanged.
 * NOT_FOUND, FORBIDDEN, CONFLICT.
 */
export async function pauseRun(parts: VerbParts, id: string): Promise<Run> {
  const run = await findRun(parts, id);
  if (run.status === "PAUSED") return run;
  if (!mayMove(run.status, "pause")) throw refuse(run, "pause");
  const gone = await goneWorkers(parts.store, parts.workerId);
  await transaction(parts.store, (client) => stop(client, id, "pause", gone));
  const after = await reread(parts, id);
  // It has ended before the request reached it.
  if (after.status !== "PAUSED" && !mayMove(after.status, "pause")) throw refuse(after, "pause");
  return after;
}

/**
 * PAUSED -> QUEUED. QUEUED until a later try after a fault: tried now. Any other run that goes on is unchanged, and a
 * requested pause is taken back. As pauseRun.
 */
export async function resumeRun(parts: VerbParts, id: string): Promise<Run> {
  const { store, queue } = parts;
  const run = await findRun(parts, id);
  await transaction(store, async (client) => {
    const moved = await move(client, {
      name: "resume",
      where: "id = $1",
      values: [id],
      event: { kind: "RESUMED", message: "The run was resumed: it waits for a worker." },
    });
    if (moved.length === 1) return queue.enqueue(client, id);
    if (await queue.hurry(client, id))
      return note(client, [id], { kind: "RESUMED", message: "The run was resumed: its next try begins now." });
    const { rows } = await client.query<{ requested: boolean }>(
      `SELECT "pauseRequestedAt" IS NOT NULL AS requested FROM "Run"
       WHERE id = $1 AND status IN ('QUEUED', 'RUNNING') FOR UPDATE`,
      [id],
    );
    if (rows.length === 0) throw refuse((await store.prisma.run.findUnique({ where: { id } })) ?? run, "resume");
    if (!rows[0].requested) return;
    await client.query(`UPDATE "Run" SET "pauseRequestedAt" = NULL WHERE id = $1`, [id]);
    await note(client, [id], { kind: "RESUMED", message: "The pause was taken back: the run goes on." });
    await notify(client, [runTopic(id)]);
  });
  return reread(parts, id);
}

export interface RetryOptions {
  /** True: from the first step, without the checkpoints, metrics and evaluations that there are. Default false. */
  anew?: boolean | null;
}

/**
 * FAILED or CANCELLED -> QUEUED: from the last checkpoint, or anew. Its name must be free, and the quota have room.
 * NOT_FOUND, FORBIDDEN, CONFLICT, QUOTA_EXCEEDED, OVERLOADED.
 */
export async function retryRun(parts: VerbParts, id: string, { anew }: RetryOptions = {}): Promise<Run> {
  const { store, queue } = parts;
  const run = await findRun(parts, id);
  if (!mayMove(run.status, "retry")) throw refuse(run, "retry");
  const { dataset, baseModel } = await store.prisma.run.findUniqueOrThrow({
    where: { id },
    include: { dataset: true, baseModel: true },
  });
  const request = {
    kind: run.kind,
    order: run.input as never,
    // The file of an import has counted all the time.
    outputBytes: run.kind === "IMPORT" ? 0 : Number(run.outputBytes),
    dataset,
    baseModel,
  };
  await orderTransaction(store, async (client) => {
    if (makesModel(run)) {
      await lockNames(client, run.projectId, [run.name]);
      await checkFree(client, run.projectId, [run.name]);
    }
    // What it holds counts for the key that made it, whoever retries it.
    const holder = { ...store, principal: { ...store.principal, keyId: run.createdById } };
    await checkQuotaInTurn(client, holder, await wantedBy(client, run.createdById, [request]));
    const again = anew ?? false;
    const moved = await move(client, {
      name: "retry",
      where: "id = $1",
      values: [id],
      ...(again ? { set: FROM_THE_START } : {}),
      event: {
        kind: "RETRIED",
        message: again ? "The run was retried from the start." : "The run was retried from its last checkpoint.",
        data: { anew: again },
      },
    });
    if (moved.length !== 1) throw refuse((await store.prisma.run.findUnique({ where: { id } })) ?? run, "retry");
    if (again) await forget(client, store, id);
    await client.query(`UPDATE "TrackedRun" SET done = false WHERE "runId" = $1`, [id]);
    await queue.enqueue(client, id);
  });
  return reread(parts, id);
}

/** Those that its work has added name their attempt. */
const OF_THE_PLAN = `coalesce((
  SELECT jsonb_agg(w ORDER BY n) FROM jsonb_array_elements(warnings) WITH ORDINALITY AS t(w, n)
  WHERE NOT w ? 'attempt'), '[]')`;
const FROM_THE_START =
  `step = 0, epoch = 0, "secondsLeft" = NULL, "lastSequence" = 0, environment = NULL, output = NULL, ` +
  `"startedAt" = NULL, leakage = NULL, warnings = ${OF_THE_PLAN}`;

/**
 * What earlier attempts have written. The files go inside the transaction, while nobody can claim the run; of a
 * transaction that fails then, the checkpoints' rows are found to be damaged.
 */
async function forget(client: Queryable, { artifacts }: Store, runId: string): Promise<void> {
  for (const table of ["Checkpoint", "Metric", "Evaluation"])
    await client.query(`DELETE FROM "${table}" WHERE "runId" = $1`, [runId]);
  // A tracking server has the curves of the earlier attempts: the run is sent to it as another one.
  await client.query(`DELETE FROM "TrackedRun" WHERE "runId" = $1`, [runId]);
  for (const artifact of [checkpointsOf(runId), modelArtifact(runId), predictionArtifact(runId)])
    await artifacts.remove(artifact);
}
