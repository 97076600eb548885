/**
 * Who may write about a run. A claim raises the run's `attempt`. Every later write names its attempt, and the database
 * refuses one that is not the latest of a RUNNING run (LEASE_LOST): a worker that was wrongly considered dead can write
 * nothing. The lease is the time without a heartbeat after which another worker may take the run.
 *
 * Plain SQL: each function is one statement that checks and changes at once.
 */
import { MaillardError } from "../../errors.js";
import { notify } from "../../store/index.js";
import type { Queryable } from "../../store/sql.js";
import { beginAttempt } from "./attempts.js";
import { type EventNote, note } from "./events.js";
import { move } from "./move.js";
import { guard } from "./states.js";
import { metricTopic, runTopic, stopTopic } from "./topics.js";

/** The right to write: a run and the claim it is held by. */
export interface Fence {
  runId: string;
  attempt: number;
}

/** Interruptions without progress after which a run fails: it seems to kill its worker. */
const MAX_FRUITLESS_ATTEMPTS = 10;
/**
 * Claims, of a run or a download, that ended with their process and brought no progress, after which it fails. A worker
 * that closes, as at a restart, takes its claim back.
 */
export const MAX_LOSSES = 3;

/** Takes a QUEUED run; null when it is no longer QUEUED, or not yet to be tried again. */
export async function claim(
  client: Queryable,
  runId: string,
  workerId: string,
  leaseMs: number,
): Promise<Fence | null> {
  const [moved] = await move(client, {
    name: "claim",
    where: `id = $1 AND ("notBefore" IS NULL OR "notBefore" <= now())`,
    values: [runId, workerId, leaseMs],
    set: `attempt = attempt + 1, losses = losses + 1, "workerId" = $2, "notBefore" = NULL,
       "leaseExpiresAt" = now() + $3 * interval '1 ms', "startedAt" = coalesce("startedAt", now())`,
    event: { kind: "CLAIMED", message: `Taken by the worker ${workerId}.`, data: { worker: workerId } },
  });
  if (!moved) return null;
  const fence = { runId, attempt: moved.attempt };
  await beginAttempt(client, fence, workerId);
  return fence;
}

/** Renews the lease. `held`: still held by this worker; `cancel`, `pause`: what was requested. */
export async function heartbeat(
  client: Queryable,
  { runId, attempt }: Fence,
  leaseMs: number,
): Promise<{ held: boolean; cancel: boolean; pause: boolean }> {
  const { rows } = await client.query<{ cancel: boolean; pause: boolean }>(
    `UPDATE "Run" SET "leaseExpiresAt" = now() + $3 * interval '1 ms'
     WHERE id = $1 AND attempt = $2 AND status = 'RUNNING'
     RETURNING "cancelRequestedAt" IS NOT NULL AS cancel, "pauseRequestedAt" IS NOT NULL AS pause`,
    [runId, attempt, leaseMs],
  );
  return { held: rows.length > 0, cancel: rows[0]?.cancel ?? false, pause: rows[0]?.pause ?? false };
}

/** Locks the run's row for the rest of the transaction. LEASE_LOST when this worker is no longer the holder. */
export async function lockHeld(client: Queryable, { runId, attempt }: Fence): Promise<{ lastSequence: number }> {
  const { rows } = await client.query<{ lastSequence: number }>(
    `SELECT "lastSequence" FROM "Run" WHERE id = $1 AND attempt = $2 AND status = 'RUNNING' FOR UPDATE`,
    [runId, attempt],
  );
  if (rows.length === 0) throw leaseLost({ runId, attempt });
  return rows[0];
}

/** A run as its holder finds it at the end of an attempt. */
export interface Held {
  name: string;
  /** A cancel was requested. */
  cancel: boolean;
  faults: number;
  progressAttempt: number;
}

/** Locks the run's row for the rest of the transaction, which ends the attempt; null: it is not held any more. */
export async function holdToSettle(client: Queryable, { runId, attempt }: Fence): Promise<Held | null> {
  const { rows } = await client.query<Held>(
    `SELECT name, "cancelRequestedAt" IS NOT NULL AS cancel, faults, "progressAttempt" FROM "Run"
     WHERE id = $1 AND attempt = $2 AND status = 'RUNNING' FOR UPDATE`,
    [runId, attempt],
  );
  return rows[0] ?? null;
}

export const leaseLost = ({ runId, attempt }: Fence): MaillardError =>
  new MaillardError(
    "LEASE_LOST",
    `Attempt ${attempt} does not hold the run any more: another worker took it, or it has ended.`,
    {
      details: { runId, attempt },
    },
  );

const HELD = "id = $1 AND attempt = $2";

/** RUNNING -> FAILED. False when the run is no longer held. */
export async function fail(
  client: Queryable,
  { runId, attempt }: Fence,
  error: { code: string; message: string; param?: string },
): Promise<boolean> {
  const { code, message, param = null } = error;
  const moved = await move(client, {
    name: "fail",
    where: HELD,
    values: [runId, attempt, code, message.slice(0, 4_000), param],
    set: `"errorCode" = $3, "errorMessage" = $4, "errorParam" = $5`,
    event: { kind: "FAILED", message, data: { code, param } },
    fault: error,
  });
  return moved.length === 1;
}

/**
 * RUNNING -> SUCCEEDED, unless a cancel was requested earlier: LEASE_LOST. `set` and `values` ($3, …): what else the
 * row gets.
 */
export async function succeed(
  client: Queryable,
  { runId, attempt }: Fence,
  { set, values = [] }: { set?: string; values?: unknown[] } = {},
): Promise<void> {
  const moved = await move(client, {
    name: "succeed",
    where: `${HELD} AND ${NO_CANCEL}`,
    values: [runId, attempt, ...values],
    ...(set === undefined ? {} : { set }),
    event: { kind: "SUCCEEDED", message: "The run has succeeded." },
  });
  if (moved.length !== 1) throw leaseLost({ runId, attempt });
}

/** RUNNING -> CANCELLED or PAUSED by its holder. False also where a pause was taken back meanwhile. */
export async function endStopped(
  client: Queryable,
  { runId, attempt }: Fence,
  name: "cancel" | "pause",
): Promise<boolean> {
  const where = name === "pause" ? `${HELD} AND ${REQUESTED.pause.column} IS NOT NULL` : HELD;
  const moved = await move(client, { name, where, values: [runId, attempt], event: STOPPED[name] });
  return moved.length === 1;
}

const STOPPED: Record<"cancel" | "pause", EventNote> = {
  cancel: { kind: "CANCELLED", message: "The run was cancelled." },
  pause: { kind: "PAUSED", message: "The run was paused." },
};

/** Progress that outlives the process: earlier losses, faults and attempts count no longer. The present one counts. */
export async function countProgress(client: Queryable, { runId, attempt }: Fence): Promise<void> {
  await client.query(
    `UPDATE "Run" SET losses = least(losses, 1), faults = 0, "progressAttempt" = attempt
     WHERE id = $1 AND attempt = $2 AND (losses > 1 OR faults > 0 OR "progressAttempt" < attempt)`,
    [runId, attempt],
  );
}

const REQUESTED: Record<"cancel" | "pause", { column: string; event: EventNote }> = {
  cancel: {
    column: `"cancelRequestedAt"`,
    event: { kind: "CANCEL_REQUESTED", message: "A cancel was requested: the worker stops within a step." },
  },
  pause: {
    column: `"pauseRequestedAt"`,
    event: { kind: "PAUSE_REQUESTED", message: "A pause was requested: the worker stops within a step." },
  },
};

/**
 * Requests a cancel or a pause, in a transaction of the caller. A run without a living worker is CANCELLED or PAUSED
 * here; otherwise its worker is notified. A run that has ended stays unchanged. `goneWorkers` have ended for certain.
 * True: it was done here.
 */
export async function requestStop(
  client: Queryable,
  runId: string,
  name: "cancel" | "pause",
  goneWorkers: readonly string[] = [],
): Promise<boolean> {
  const { column, event } = REQUESTED[name];
  // What follows sees one state of the run.
  await client.query(`SELECT 1 FROM "Run" WHERE id = $1 FOR UPDATE`, [runId]);
  const where = `id = $1 AND (${UNHELD})`;
  const set = `${column} = coalesce(${column}, now())`;
  const values = [runId, [...goneWorkers]];
  const isCancel = name === "cancel";
  // `pause` clears its own request.
  const ended = await move(client, { name, where, values, ...(isCancel ? { set } : {}), event: STOPPED[name] });
  if (ended.length > 0) return true;
  const { rows } = await client.query<{ id: string }>(
    `UPDATE "Run" SET ${set} WHERE id = $1 AND ${guard(name)} AND ${column} IS NULL RETURNING id`,
    [runId],
  );
  if (rows.length > 0) {
    await note(client, [runId], event);
    await notify(client, [runTopic(runId), metricTopic(runId)]);
  }
  await notify(client, [stopTopic(runId)]);
  return false;
}

/** Why a run goes back into the queue at once, as its log says it. */
const RELEASES = {
  CLOSED: "The worker closed; the run waits for another.",
  PAUSE_TAKEN_BACK: "It had stopped for a pause that was taken back; it waits for a worker.",
  CRASHED: "Its compute process crashed; it waits for a worker.",
};
export type ReleaseReason = keyof typeof RELEASES;

/** RUNNING -> QUEUED by its holder. */
export async function release(
  client: Queryable,
  { runId, attempt }: Fence,
  reason: ReleaseReason = "CLOSED",
): Promise<boolean> {
  const message = RELEASES[reason];
  const moved = await move(client, {
    name: "requeue",
    where: HELD,
    values: [runId, attempt],
    set: "losses = greatest(losses - 1, 0)",
    event: { kind: "REQUEUED", message, data: { reason } },
    ...(reason === "CRASHED" ? { fault: { code: "COMPUTE_CRASHED", message } } : {}),
  });
  return moved.length === 1;
}

/** RUNNING -> QUEUED after a fault that may pass: not claimed for `waitMs`. */
export async function putBack(
  client: Queryable,
  { runId, attempt }: Fence,
  { code, message, waitMs }: { code: string; message: string; waitMs: number },
): Promise<boolean> {
  const retryAt = new Date(Date.now() + waitMs).toISOString();
  const moved = await move(client, {
    name: "requeue",
    where: HELD,
    values: [runId, attempt, waitMs],
    set: `losses = greatest(losses - 1, 0), faults = faults + 1, "notBefore" = now() + $3 * interval '1 ms'`,
    event: { kind: "FAULT", message, data: { code, retryAt } },
    fault: { code, message },
  });
  return moved.length === 1;
}

/** RUNNING -> CANCELLED or PAUSED of runs whose worker has ended and of which that was requested: needs no worker. */
export async function endLostStopped(client: Queryable, goneWorkers: readonly string[]): Promise<void> {
  for (const name of ["cancel", "pause"] as const) {
    const where = `${LOST} AND ${REQUESTED[name].column} IS NOT NULL`;
    await move(client, { name, where, values: [[...goneWorkers]], event: STOPPED[name] });
  }
}

/**
 * Runs whose worker has ended become CANCELLED or PAUSED when that was requested, FAILED after too many interruptions
 * without progress, otherwise QUEUED. `goneWorkers` have ended for certain; for others the lease must have expired.
 * Returns the ids that are now QUEUED, and those that are FAILED.
 */
export async function recover(client: Queryable, goneWorkers: readonly string[]): Promise<Recovered> {
  const fruitless = `(losses >= ${MAX_LOSSES} OR attempt - "progressAttempt" - faults >= ${MAX_FRUITLESS_ATTEMPTS})`;
  const message =
    `The run ended its process ${MAX_LOSSES} times, or was interrupted ${MAX_FRUITLESS_ATTEMPTS} times, ` +
    "without a new checkpoint, stored vectors or answers in between. Try a smaller batchSize, or more memory.";
  const gone = [...goneWorkers];
  await endLostStopped(client, goneWorkers);
  const failed = await move(client, {
    name: "fail",
    where: `${LOST} AND ${NO_CANCEL} AND ${fruitless}`,
    values: [gone, message],
    set: `"errorCode" = 'COMPUTE_CRASHED', "errorMessage" = $2`,
    event: { kind: "FAILED", message, data: { code: "COMPUTE_CRASHED", param: null } },
    fault: { code: "COMPUTE_CRASHED", message },
  });
  const queued = await move(client, {
    name: "requeue",
    where: `${LOST} AND ${NO_CANCEL}`,
    values: [gone],
    event: { kind: "WORKER_LOST", message: "The worker ended without a word; the run waits for another." },
    fault: { code: "LEASE_LOST", message: "The worker ended, or did not renew its lease in time." },
  });
  return { queued: queued.map(({ id }) => id), failed: failed.map(({ id }) => id) };
}

type Recovered = Record<"queued" | "failed", string[]>;
/** One that comes while lost runs are put back is done by the next look. */
const NO_CANCEL = `"cancelRequestedAt" IS NULL`;
const UNHELD = `status IN ('QUEUED', 'PAUSED') OR "leaseExpiresAt" < now() OR "workerId" = ANY($2::text[])`;
const LOST = `status = 'RUNNING' AND ("leaseExpiresAt" < now() OR "workerId" = ANY($1::text[]))`;
