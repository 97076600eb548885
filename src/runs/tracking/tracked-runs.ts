/**
 * The runs that a tracking server is to know, each with a row that says how far it was sent. Whoever sends a run holds
 * its row until the step is written, so several servers on one database never send one run at the same time, and a
 * process that is killed leaves a row that the next one continues from.
 */
import type { Store } from "../../store/index.js";
import { transaction } from "../../store/sql.js";

export interface TrackedState {
  /** Id of the run at the tracking server; null: it is not there yet. */
  externalId: string | null;
  /** Sequence of the last metric that was sent. */
  sequence: number;
  done: boolean;
}

/** Runs that ended longer ago than this are not sent any more: tracking was off then. */
const LATEST = "1 hour";

/** Ids of the runs that have news, the oldest first. New runs get their rows here. */
export async function runsWithNews({ pool }: Store): Promise<string[]> {
  await pool.query(
    `INSERT INTO "TrackedRun" ("runId")
       SELECT id FROM "Run" WHERE kind IN ('FINETUNE', 'PROBE') AND "startedAt" IS NOT NULL
         AND (status IN ('QUEUED', 'RUNNING') OR "finishedAt" > now() - interval '${LATEST}')
     ON CONFLICT DO NOTHING`,
  );
  const { rows } = await pool.query<{ id: string }>(
    `SELECT r.id FROM "TrackedRun" t JOIN "Run" r ON r.id = t."runId"
       WHERE NOT t.done AND (t."externalId" IS NULL OR r."lastSequence" > t.sequence
         OR r.status NOT IN ('QUEUED', 'RUNNING'))
       ORDER BY r."createdAt", r.id`,
  );
  return rows.map(({ id }) => id);
}

/**
 * Calls `step` with the state of a run and writes what it answers. False: another process is at it, or it is done, or
 * the run is gone.
 */
export function advance(
  store: Store,
  runId: string,
  step: (state: TrackedState) => Promise<TrackedState>,
): Promise<boolean> {
  return transaction(store, async (client) => {
    const { rows } = await client.query<TrackedState>(
      `SELECT "externalId", sequence, done FROM "TrackedRun" WHERE "runId" = $1 AND NOT done
         FOR UPDATE SKIP LOCKED`,
      [runId],
    );
    if (rows.length === 0) return false;
    const { externalId, sequence, done } = await step(rows[0]);
    await client.query(`UPDATE "TrackedRun" SET "externalId" = $2, sequence = $3, done = $4 WHERE "runId" = $1`, [
      runId,
      externalId,
      sequence,
      done,
    ]);
    return true;
  });
}
