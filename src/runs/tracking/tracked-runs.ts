/**
 * The runs that a tracking server is to know, each with a row that says how far it was sent. Whoever sends a run holds
 * it for a while, without a lock on its row: a run that is being sent can be deleted. So several servers on one
 * database never send one run at the same time, and a process that is killed leaves a row that the next one continues
 * from.
 */
import { randomUUID } from "node:crypto";
import type { Store } from "../../store/index.js";
import { IS_UNFINISHED } from "../queue/states.js";

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
         AND (${IS_UNFINISHED} OR "finishedAt" > now() - interval '${LATEST}')
     ON CONFLICT DO NOTHING`,
  );
  const { rows } = await pool.query<{ id: string }>(
    `SELECT r.id FROM "TrackedRun" t JOIN "Run" r ON r.id = t."runId"
       WHERE NOT t.done AND (t."externalId" IS NULL OR r."lastSequence" > t.sequence
         OR NOT r.${IS_UNFINISHED})
       ORDER BY r."createdAt", r.id`,
  );
  return rows.map(({ id }) => id);
}

/** Of a hold without news of its process, in seconds; it is renewed long before. */
const HOLD = 60;

/**
 * Calls `step` with the state of a run and writes what it answers. False: another process is at it, or it is done, or
 * the run is gone.
 */
export async function advance(
  { pool }: Store,
  runId: string,
  step: (state: TrackedState) => Promise<TrackedState>,
): Promise<boolean> {
  const holder = randomUUID();
  const { rows } = await pool.query<TrackedState>(
    `UPDATE "TrackedRun" SET holder = $2, "heldUntil" = now() + make_interval(secs => ${HOLD})
       WHERE "runId" = $1 AND NOT done AND ("heldUntil" IS NULL OR "heldUntil" < now())
       RETURNING "externalId", sequence, done`,
    [runId, holder],
  );
  if (rows.length === 0) return false;
  const renewed = setInterval(() => {
    const statement = `UPDATE "TrackedRun" SET "heldUntil" = now() + make_interval(secs => ${HOLD})
      WHERE "runId" = $1 AND holder = $2`;
    pool.query(statement, [runId, holder]).catch(() => undefined);
  }, HOLD * 250);
  let state = rows[0];
  try {
    state = await step(state);
  } finally {
    clearInterval(renewed);
    const { externalId, sequence, done } = state;
    await pool.query(
      `UPDATE "TrackedRun" SET "externalId" = $3, sequence = $4, done = $5, holder = NULL, "heldUntil" = NULL
         WHERE "runId" = $1 AND holder = $2`,
      [runId, holder, externalId, sequence, done],
    );
  }
  return true;
}
