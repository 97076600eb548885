/**
 * The queue of runs on pg-boss, in the schema "pgboss" of the same database. A job only names a run; the state of a run
 * is in its row. A job and its row are written in one transaction. A job is fetched, its run claimed and the job
 * completed in one transaction: a crash leaves both unchanged.
 */
import PgBoss from "pg-boss";
import type { RunKind } from "../../store/generated/client.js";
import { newId, notify, type Store } from "../../store/index.js";
import { type Queryable, transaction } from "../../store/sql.js";
import { type EventNote, noteWaiting } from "./events.js";
import { LANE_NAMES, LANES, type Lane, laneOf } from "./lanes.js";
import { claim, type Fence, recover } from "./lease.js";
import { inGigabytes, MEMORY, type MemoryOfRuns } from "./memory.js";
import { runTopic } from "./topics.js";

const QUEUES = LANE_NAMES.map((lane) => LANES[lane].queue);
/** Of a run r, with the queues as $1. */
const HAS_NO_JOB = `NOT EXISTS (
  SELECT 1 FROM pgboss.job j WHERE j.name = ANY($1) AND j.state < 'active' AND j.data->>'runId' = r.id)`;
/** Topic on which idle workers wait. */
export const QUEUE_TOPIC = "queue";

/**
 * In the transaction that deletes the runs, pauses or cancels them: their jobs go, too. Not those that a worker is
 * taking: it waits for this transaction, and then finds that the run is not QUEUED.
 */
export async function forgetJobs(client: Queryable, runIds: readonly string[]): Promise<void> {
  // Only a process that has started the queue has made its tables.
  const { rows } = await client.query<{ made: boolean }>(`SELECT to_regclass('pgboss.archive') IS NOT NULL AS made`);
  if (!rows[0].made) return;
  for (const table of ["job", "archive"])
    await client.query(
      `DELETE FROM pgboss.${table} WHERE (name, id) IN (SELECT name, id FROM pgboss.${table}
         WHERE name = ANY($1) AND data->>'runId' = ANY($2) FOR UPDATE SKIP LOCKED)`,
      [QUEUES, runIds],
    );
}

const over = (client: Queryable): PgBoss.Db => ({
  executeSql: (text, values) => client.query(text, values),
});

/** Thrown to undo the fetch of a job whose run does not fit into the memory beside those that are executed. */
class NoRoom extends Error {
  constructor(
    readonly runId: string,
    readonly neededBytes: number,
    readonly freeBytes: number,
  ) {
    super("no room");
  }

  get event(): EventNote {
    const { neededBytes, freeBytes } = this;
    const room = `${inGigabytes(Math.max(0, freeBytes))} of ${MEMORY} are free beside the runs of a worker`;
    const message = `It needs about ${inGigabytes(neededBytes)} of memory; ${room}: it waits.`;
    return { kind: "WAITS_FOR_MEMORY", message, data: { neededBytes, freeBytes } };
  }
}

async function estimatedBytes(client: Queryable, runId: string): Promise<number | null> {
  const { rows } = await client.query<{ bytes: string | null }>(
    `SELECT "estimatedBytes" AS bytes FROM "Run" WHERE id = $1`,
    [runId],
  );
  const bytes = rows[0]?.bytes ?? null;
  return bytes === null ? null : Number(bytes);
}

export class RunQueue {
  private constructor(
    private readonly store: Store,
    private readonly boss: PgBoss,
  ) {}

  /** `onError`: called when maintenance of pg-boss failed; it is repeated. */
  static async open(store: Store, onError: (error: unknown) => void): Promise<RunQueue> {
    const boss = new PgBoss({ db: over(store.pool), schedule: false });
    boss.on("error", onError);
    await boss.start();
    for (const queue of QUEUES) await boss.createQueue(queue);
    return new RunQueue(store, boss);
  }

  /** In the transaction of `client`. The run's priority and the time before which it is not claimed are in its row. */
  async enqueue(client: Queryable, runId: string): Promise<void> {
    const { rows } = await client.query<{ kind: RunKind; priority: number; notBefore: Date | null }>(
      `SELECT kind, priority, "notBefore" FROM "Run" WHERE id = $1`,
      [runId],
    );
    if (rows.length === 0) return;
    const [{ kind, priority, notBefore }] = rows;
    const start = notBefore === null ? {} : { startAfter: notBefore };
    // Jobs of one transaction have the same time of creation; their ids then give the order.
    const { queue } = LANES[laneOf(kind)];
    await this.boss.send(queue, { runId }, { db: over(client), id: newId(), retentionDays: 365, priority, ...start });
    await notify(client, [QUEUE_TOPIC]);
  }

  /** In the transaction that sets the run's priority: its jobs that wait are re-ordered. */
  async reorder(client: Queryable, runId: string, priority: number): Promise<void> {
    await client.query(
      `UPDATE pgboss.job SET priority = $3 WHERE name = ANY($1) AND data->>'runId' = $2 AND state < 'active'`,
      [QUEUES, runId, priority],
    );
  }

  /**
   * In the transaction of `client`: a QUEUED run that waits for its next try waits no longer, and its faults count no
   * more. False: it did not wait.
   */
  async hurry(client: Queryable, runId: string): Promise<boolean> {
    const { rowCount } = await client.query(
      `UPDATE "Run" SET "notBefore" = NULL, "pauseRequestedAt" = NULL, faults = 0
       WHERE id = $1 AND status = 'QUEUED' AND "notBefore" IS NOT NULL`,
      [runId],
    );
    if (rowCount !== 1) return false;
    await client.query(
      `UPDATE pgboss.job SET start_after = now() WHERE name = ANY($1) AND state < 'active' AND data->>'runId' = $2`,
      [QUEUES, runId],
    );
    await notify(client, [QUEUE_TOPIC, runTopic(runId)]);
    return true;
  }

  /**
   * The next run of a lane, now RUNNING and held by this worker; null when none waits, or the next does not fit into
   * the memory: it keeps its place. The caller frees the memory of the run that it was given.
   */
  async claimNext(lane: Lane, workerId: string, leaseMs: number, memory: MemoryOfRuns): Promise<Fence | null> {
    const { queue } = LANES[lane];
    for (;;) {
      let taken: string | null = null;
      const found = await transaction(this.store, async (client) => {
        const [job] = await this.boss.fetch<{ runId: string }>(queue, { batchSize: 1, db: over(client) });
        if (!job) return null;
        const { runId } = job.data;
        const bytes = await estimatedBytes(client, runId);
        if (!memory.take(runId, bytes)) throw new NoRoom(runId, bytes ?? 0, memory.free);
        taken = runId;
        const fence = await claim(client, runId, workerId, leaseMs);
        await this.boss.complete(queue, job.id, {}, { db: over(client) });
        if (!fence) await this.#enqueueWaiting(client, runId);
        return { fence };
      }).catch((error: unknown) => {
        if (taken !== null) memory.release(taken);
        if (error instanceof NoRoom) return error;
        throw error;
      });
      if (found instanceof NoRoom) {
        await noteWaiting(this.store.pool, found.runId, found.event);
        return null;
      }
      if (found === null) return null;
      if (found.fence === null && taken !== null) memory.release(taken);
      // The run was cancelled or paused while it waited, or is not due: take the next job.
      if (found.fence) return found.fence;
    }
  }

  /** A run whose job came before the run is due gets one for then, unless it has another. */
  async #enqueueWaiting(client: Queryable, runId: string): Promise<void> {
    const { rowCount } = await client.query(
      `SELECT 1 FROM "Run" r WHERE id = $2 AND status = 'QUEUED' AND "notBefore" > now() AND ${HAS_NO_JOB}`,
      [QUEUES, runId],
    );
    if (rowCount === 1) await this.enqueue(client, runId);
  }

  /**
   * Puts the runs of lost workers back, and gives a job to a QUEUED run that has none (pg-boss drops very old ones).
   */
  async recover(goneWorkers: readonly string[]): Promise<Awaited<ReturnType<typeof recover>>> {
    return transaction(this.store, async (client) => {
      // One process at a time, or a run could get two jobs.
      await client.query("SELECT pg_advisory_xact_lock(7340033)");
      const recovered = await recover(client, goneWorkers);
      const { rows } = await client.query<{ id: string }>(
        `SELECT id FROM "Run" r WHERE status = 'QUEUED' AND ${HAS_NO_JOB}
         ORDER BY "createdAt", id FOR UPDATE SKIP LOCKED`,
        [QUEUES],
      );
      for (const { id } of rows) await this.enqueue(client, id);
      return recovered;
    });
  }

  close(): Promise<void> {
    return this.boss.stop({ graceful: false });
  }
}
