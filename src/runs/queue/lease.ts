/**
 * Who may write about a run. A claim raises the run's `attempt`. Every later write names its attempt, and the database
 * refuses one that is not the latest of a RUNNING run (LEASE_LOST): a worker that was wrongly considered dead can write
 * nothing. The lease is the time without a heartbeat after which another worker may take the run.
 *
 * Plain SQL: each function is one statement that checks and changes at once.
 */
import { readlinkSync } from "node:fs";
import { hostname } from "node:os";
import { MaillardError } from "../../errors.js";
import { notify, type Store } from "../../store/index.js";
import type { Queryable } from "../../store/sql.js";
import { assignment, guard } from "./states.js";

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

/** Topic on which the worker of a run checks whether to stop. */
export const cancelTopic = (runId: string): string => `cancel:${runId}`;
/** Of the topics of all runs, before the id. */
export const RUN_TOPICS = "run:";
export const runTopic = (runId: string): string => `${RUN_TOPICS}${runId}`;
export const metricTopic = (runId: string): string => `metric:${runId}`;

/**
 * This process: machine, process id and start time, so that a process id that is used again is not mistaken for it.
 */
export const makeWorkerId = (): string =>
  `${machineName()}/${process.pid}/${Date.now().toString(36)}${Math.random().toString(36).slice(2, 6)}`;

/** Host name and namespace of process ids, because containers may share a host name. */
function machineName(): string {
  try {
    return `${hostname()}${/\d+/.exec(readlinkSync("/proc/self/ns/pid"))?.[0] ?? ""}`;
  } catch {
    return hostname();
  }
}

/** True when the worker was a process of this machine that has ended: its lease can be ignored. */
export function isGone(workerId: string, ownId: string): boolean {
  const [machine, processId] = workerId.split("/");
  if (machine !== machineName() || workerId === ownId) return false;
  if (Number(processId) === process.pid) return true;
  try {
    process.kill(Number(processId), 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH";
  }
}

/** Holders of leases that were processes of this machine and have ended. */
export async function goneWorkers({ prisma }: Pick<Store, "prisma">, ownId: string): Promise<string[]> {
  const holders = await prisma.run.findMany({
    where: { status: "RUNNING", workerId: { not: null } },
    select: { workerId: true },
    distinct: ["workerId"],
  });
  return holders.map(({ workerId }) => workerId as string).filter((holder) => isGone(holder, ownId));
}

/** Takes a QUEUED run; null when it is no longer QUEUED. */
export async function claim(
  client: Queryable,
  runId: string,
  workerId: string,
  leaseMs: number,
): Promise<Fence | null> {
  const { rows } = await client.query<Fence>(
    `UPDATE "Run" SET ${assignment("claim")}, attempt = attempt + 1, losses = losses + 1, "workerId" = $2,
       "leaseExpiresAt" = now() + $3 * interval '1 ms', "startedAt" = coalesce("startedAt", now())
     WHERE id = $1 AND ${guard("claim")} RETURNING id AS "runId", attempt`,
    [runId, workerId, leaseMs],
  );
  if (rows.length > 0) await notify(client, [runTopic(runId)]);
  return rows[0] ?? null;
}

/** Renews the lease. `held`: still held by this worker; `cancel`: a cancel was requested. */
export async function heartbeat(
  client: Queryable,
  { runId, attempt }: Fence,
  leaseMs: number,
): Promise<{ held: boolean; cancel: boolean }> {
  const { rows } = await client.query<{ cancel: boolean }>(
    `UPDATE "Run" SET "leaseExpiresAt" = now() + $3 * interval '1 ms'
     WHERE id = $1 AND attempt = $2 AND status = 'RUNNING' RETURNING "cancelRequestedAt" IS NOT NULL AS cancel`,
    [runId, attempt, leaseMs],
  );
  return { held: rows.length > 0, cancel: rows[0]?.cancel ?? false };
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

export const leaseLost = ({ runId, attempt }: Fence): MaillardError =>
  new MaillardError(
    "LEASE_LOST",
    `Attempt ${attempt} does not hold the run any more: another worker took it, or it has ended.`,
    {
      details: { runId, attempt },
    },
  );

/** RUNNING -> FAILED. False when the run is no longer held. */
export async function fail(
  client: Queryable,
  { runId, attempt }: Fence,
  error: { code: string; message: string; param?: string },
): Promise<boolean> {
  const { rowCount } = await client.query(
    `UPDATE "Run" SET ${assignment("fail")}, "errorCode" = $3, "errorMessage" = $4, "errorParam" = $5, ${ENDED}
     WHERE id = $1 AND attempt = $2 AND ${guard("fail")}`,
    [runId, attempt, error.code, error.message.slice(0, 4_000), error.param ?? null],
  );
  await notify(client, [runTopic(runId), metricTopic(runId)]);
  return rowCount === 1;
}

/** RUNNING -> CANCELLED by its holder. */
export async function endCancelled(client: Queryable, { runId, attempt }: Fence): Promise<boolean> {
  const { rowCount } = await client.query(
    `UPDATE "Run" SET ${assignment("cancel")}, ${ENDED} WHERE id = $1 AND attempt = $2 AND ${guard("cancel")}`,
    [runId, attempt],
  );
  await notify(client, [runTopic(runId), metricTopic(runId)]);
  return rowCount === 1;
}

/** Progress that outlives the process: earlier losses and attempts count no longer. The present claim counts. */
export async function countProgress(client: Queryable, { runId, attempt }: Fence): Promise<void> {
  await client.query(
    `UPDATE "Run" SET losses = least(losses, 1), "progressAttempt" = attempt
     WHERE id = $1 AND attempt = $2 AND (losses > 1 OR "progressAttempt" < attempt)`,
    [runId, attempt],
  );
}

/**
 * Requests the end of a run. A run without a living worker ends here; otherwise its worker is notified.
 * A run that has ended stays unchanged. `goneWorkers` have ended for certain.
 */
export async function requestCancel(
  client: Queryable,
  runId: string,
  goneWorkers: readonly string[] = [],
): Promise<void> {
  const { rows } = await client.query<{ status: string }>(
    `UPDATE "Run" SET "cancelRequestedAt" = coalesce("cancelRequestedAt", now()),
       status = CASE WHEN ${UNHELD} THEN 'CANCELLED' ELSE status END,
       "finishedAt" = CASE WHEN ${UNHELD} THEN now() ELSE "finishedAt" END
     WHERE id = $1 AND ${guard("cancel")} RETURNING status::text AS status`,
    [runId, [...goneWorkers]],
  );
  if (rows.length > 0) await notify(client, [runTopic(runId), metricTopic(runId), cancelTopic(runId)]);
}

/** RUNNING -> QUEUED by its holder, when that closes. */
export async function release(client: Queryable, { runId, attempt }: Fence): Promise<boolean> {
  const { rowCount } = await client.query(
    `UPDATE "Run" SET ${REQUEUED}, losses = greatest(losses - 1, 0)
     WHERE id = $1 AND attempt = $2 AND ${guard("requeue")}`,
    [runId, attempt],
  );
  await notify(client, [runTopic(runId)]);
  return rowCount === 1;
}

/** RUNNING -> CANCELLED of runs whose worker has ended and whose cancel was requested: needs no worker. */
export async function endLostCancelled(client: Queryable, goneWorkers: readonly string[]): Promise<void> {
  const { rows } = await client.query<{ id: string }>(
    `UPDATE "Run" SET ${assignment("cancel")}, ${ENDED}
       WHERE ${LOST} AND ${guard("cancel")} AND "cancelRequestedAt" IS NOT NULL RETURNING id`,
    [[...goneWorkers]],
  );
  await notify(
    client,
    rows.flatMap(({ id }) => [runTopic(id), metricTopic(id)]),
  );
}

/**
 * Runs whose worker has ended become CANCELLED when that was requested, FAILED after too many interruptions without
 * progress, otherwise QUEUED. `goneWorkers` have ended for certain; for others the lease must have expired.
 * Returns the ids that are now QUEUED.
 */
export async function recover(client: Queryable, goneWorkers: readonly string[]): Promise<string[]> {
  const fruitless = `(losses >= ${MAX_LOSSES} OR attempt - "progressAttempt" >= ${MAX_FRUITLESS_ATTEMPTS})`;
  const message =
    `The run ended its process ${MAX_LOSSES} times, or was interrupted ${MAX_FRUITLESS_ATTEMPTS} times, ` +
    "without a new checkpoint, stored vectors or answers in between. Try a smaller batchSize, or more memory.";
  const values = [[...goneWorkers]];
  await endLostCancelled(client, goneWorkers);
  const failed = await client.query<{ id: string }>(
    `UPDATE "Run" SET ${assignment("fail")}, "errorCode" = 'COMPUTE_CRASHED', "errorMessage" = $2, ${ENDED}
     WHERE ${LOST} AND ${guard("fail")} AND ${fruitless} RETURNING id`,
    [...values, message],
  );
  const queued = await client.query<{ id: string }>(
    `UPDATE "Run" SET ${REQUEUED} WHERE ${LOST} AND ${guard("requeue")} RETURNING id`,
    values,
  );
  const ended = failed.rows.flatMap(({ id }) => [runTopic(id), metricTopic(id)]);
  await notify(client, [...ended, ...queued.rows.map(({ id }) => runTopic(id))]);
  return queued.rows.map(({ id }) => id);
}

const ENDED = `"finishedAt" = now(), "leaseExpiresAt" = NULL, "workerId" = NULL, "secondsLeft" = NULL`;
const REQUEUED = `${assignment("requeue")}, "leaseExpiresAt" = NULL, "workerId" = NULL, "secondsLeft" = NULL`;
const UNHELD = `status = 'QUEUED' OR "leaseExpiresAt" < now() OR "workerId" = ANY($2::text[])`;
const LOST = `status = 'RUNNING' AND ("leaseExpiresAt" < now() OR "workerId" = ANY($1::text[]))`;
