/**
 * A sweep by halving, from rung to rung. Once no trial of a rung goes on any more, in one transaction: the best go on
 * to the next rung from their checkpoints, the others are CANCELLED and their checkpoints go. A trial that failed or
 * was cancelled is no candidate. Called after the end of every claim of a trial, and again and again by every worker,
 * so that a killed process only delays a decision: what was decided is found in the rows, and nothing is decided twice.
 *
 * Locks: the runs in the order of their ids, then the group, as every transaction that ends a run.
 */
import type { RunStatus } from "../../store/generated/client.js";
import type { Store } from "../../store/index.js";
import { type Queryable, transaction } from "../../store/sql.js";
import { type SweepPlan, sweepPlan } from "../orders/sweep/types.js";
import { move } from "../queue/move.js";
import type { RunQueue } from "../queue/queue.js";
import { dropCheckpoints } from "../removal/retention.js";
import { comparedBy, lastMeasured, ranked } from "./compare.js";

/** Of the sweep that the run is a trial of, if there is something to decide. */
export async function decideSweepOf(store: Store, queue: RunQueue, runId: string): Promise<void> {
  const { rows } = await store.pool.query<{ id: string }>(
    `SELECT g.id FROM "RunGroup" g JOIN "Run" r ON r."groupId" = g.id WHERE r.id = $1 AND g."rungsLeft" > 0`,
    [runId],
  );
  for (const { id } of rows) await decideSweep(store, queue, id);
}

/** Of all sweeps that have something to decide. */
export async function decideSweeps(store: Store, queue: RunQueue): Promise<void> {
  const { rows } = await store.pool.query<{ id: string }>(
    `SELECT id FROM "RunGroup" WHERE "rungsLeft" > 0 ORDER BY "createdAt", id`,
  );
  for (const { id } of rows) await decideSweep(store, queue, id);
}

export const decideSweep = (store: Store, queue: RunQueue, groupId: string): Promise<void> =>
  transaction(store, async (client) => {
    await client.query(`SELECT 1 FROM "Run" WHERE "groupId" = $1 ORDER BY id FOR UPDATE`, [groupId]);
    const { rows } = await client.query<{ sweep: unknown; rungsLeft: number }>(
      `SELECT sweep, "rungsLeft" FROM "RunGroup" WHERE id = $1 FOR UPDATE`,
      [groupId],
    );
    if (rows.length === 0) return;
    const plan = sweepPlan(rows[0].sweep);
    let { rungsLeft } = rows[0];
    while (rungsLeft > 0) {
      const promoted = await decideRung(client, queue, { groupId, plan, rung: plan.rungs.length - 1 - rungsLeft });
      if (promoted === null) break;
      rungsLeft = promoted === 0 ? 0 : rungsLeft - 1;
    }
    if (rungsLeft !== rows[0].rungsLeft)
      await client.query(`UPDATE "RunGroup" SET "rungsLeft" = $2 WHERE id = $1`, [groupId, rungsLeft]);
  });

interface Trial {
  id: string;
  index: number;
  status: RunStatus;
  score: number | null;
}

/** The number of trials that go on; null: some of the rung have not reached it yet. */
async function decideRung(
  client: Queryable,
  queue: RunQueue,
  { groupId, plan, rung }: { groupId: string; plan: SweepPlan; rung: number },
): Promise<number | null> {
  const epoch = plan.rungs[rung];
  const { rows } = await client.query<Omit<Trial, "score"> & { waits: boolean }>(
    `SELECT id, "groupIndex" AS index, status::text AS status, ${HALTED} AS waits FROM "Run"
     WHERE "groupId" = $1 AND "haltEpoch" = $2`,
    [groupId, epoch],
  );
  const candidates = rows.filter(({ status, waits }) => waits || status === "SUCCEEDED");
  const ended = rows.filter(({ status }) => status === "FAILED" || status === "CANCELLED");
  if (candidates.length + ended.length < rows.length) return null;

  const measured = await lastMeasured(
    client,
    candidates.map(({ id }) => id),
    [plan.metric, "loss"],
  );
  const metric = comparedBy(plan, measured.values());
  const trials: Trial[] = candidates.map((row) => ({ ...row, score: measured.get(row.id)?.[metric] ?? null }));
  const order = ranked(plan, metric, trials);
  const chosen = order.slice(0, plan.sizes[rung + 1]);
  const next = rung + 2 < plan.rungs.length ? plan.rungs[rung + 1] : null;
  const idsOf = (list: readonly { id: string }[]) => list.map(({ id }) => id);
  // One that is left behind goes to its end, if somebody retries it.
  await client.query(`UPDATE "Run" SET "haltEpoch" = NULL WHERE "groupId" = $1 AND "haltEpoch" = $2`, [groupId, epoch]);
  if (next !== null) await client.query(`UPDATE "Run" SET "haltEpoch" = $2 WHERE id = ANY($1)`, [idsOf(chosen), next]);

  const stopped: string[] = [];
  for (const [place, trial] of order.entries()) {
    // It has ended by itself before the rung.
    if (trial.status !== "PAUSED") continue;
    const goesOn = place < chosen.length;
    const data = { epoch, rank: place + 1, of: rows.length, metric, score: trial.score };
    const said = `Place ${place + 1} of ${rows.length} by ${metric} after epoch ${epoch}`;
    const event = goesOn
      ? { kind: "PROMOTED" as const, message: `${said}: it goes on.`, data }
      : { kind: "STOPPED_BY_SWEEP" as const, message: `${said}: ${chosen.length} go on, this one does not.`, data };
    await move(client, { name: goesOn ? "resume" : "cancel", where: "id = $1", values: [trial.id], event });
    if (goesOn) await queue.enqueue(client, trial.id);
    else stopped.push(trial.id);
  }
  await dropCheckpoints(client, stopped);
  return chosen.length;
}

/** Of a row of "Run": it has reached the epoch at which it is compared. */
const HALTED = `(status = 'PAUSED' AND epoch >= "haltEpoch")`;
