/**
 * Checkpoints after the end of a run.
 *   SUCCEEDED          none: its model has the weights, and nothing continues from a checkpoint any more
 *   FAILED, CANCELLED  the last one and the best, which a retry needs, for `days` after the end; then none
 * The rows go in the transaction that notes their folders (outbox.ts). A folder that is a model's stays.
 */
import type { Checkpoint } from "../../store/generated/client.js";
import type { Store } from "../../store/index.js";
import { type Queryable, transaction } from "../../store/sql.js";
import { noteRemovals } from "./outbox.js";

/** Folder of a run's checkpoints, relative to the artifact store. */
export const checkpointsOf = (runId: string): string => `runs/${runId}/checkpoints`;

/** In the transaction that ends the run. */
export async function dropCheckpoints(client: Queryable, runIds: readonly string[]): Promise<void> {
  await client.query(`DELETE FROM "Checkpoint" WHERE "runId" = ANY($1)`, [runIds]);
  await noteRemovals(client, runIds.map(checkpointsOf), "CHECKPOINTS");
}

/** Which of a run's checkpoints stay, newest first: the last `limit`, and the first of the best up to each of these. */
export function keptOf<T extends Pick<Checkpoint, "step" | "score">>(newestFirst: readonly T[], limit: number): T[] {
  const last = newestFirst.slice(0, limit);
  const best = last.map(({ step }) => bestOf(newestFirst.filter((row) => row.step <= step)));
  return newestFirst.filter((row) => last.includes(row) || best.includes(row));
}

function bestOf<T extends Pick<Checkpoint, "step" | "score">>(newestFirst: readonly T[]): T | null {
  let best: T | null = null;
  for (const row of newestFirst) if (row.score !== null && row.score >= (best?.score ?? row.score)) best = row;
  return best;
}

export interface OldCheckpoints {
  /** Runs none of whose checkpoints is kept. */
  runIds: string[];
  /** Folders besides those that a run that failed or was cancelled needs to go on. */
  folders: string[];
  bytes: number;
}

type Row = Pick<Checkpoint, "runId" | "step" | "score" | "path"> & { bytes: string; whole: boolean };

/** What `dropOldCheckpoints` would take. `lock`: the runs stay as they are until the transaction ends. */
export async function oldCheckpoints(client: Queryable, days: number, lock = ""): Promise<OldCheckpoints> {
  const { rows } = await client.query<Row>(
    `SELECT c."runId", c.step, c.score, c.path, c.bytes,
       r.status = 'SUCCEEDED' OR r."finishedAt" < now() - $1 * interval '1 day' AS whole
     FROM "Checkpoint" c JOIN "Run" r ON r.id = c."runId"
     WHERE r.status IN ('SUCCEEDED', 'FAILED', 'CANCELLED') ORDER BY c."runId", c.step DESC ${lock}`,
    [days],
  );
  const byRun = new Map<string, Row[]>();
  for (const row of rows) byRun.set(row.runId, [...(byRun.get(row.runId) ?? []), row]);
  const old = [...byRun.values()].flatMap((ofRun) => {
    const kept = new Set(ofRun[0].whole ? [] : keptOf(ofRun, 1));
    return ofRun.filter((row) => !kept.has(row));
  });
  return {
    runIds: [...new Set(old.filter(({ whole }) => whole).map(({ runId }) => runId))],
    folders: old.filter(({ whole }) => !whole).map(({ path }) => path),
    bytes: old.reduce((sum, { bytes }) => sum + Number(bytes), 0),
  };
}

export async function dropOldCheckpoints(store: Store, days: number): Promise<OldCheckpoints> {
  return transaction(store, async (client) => {
    // One that is retried meanwhile is not among them; one that is retried later waits, and finds what is kept.
    const old = await oldCheckpoints(client, days, "FOR UPDATE OF r");
    await dropCheckpoints(client, old.runIds);
    await client.query(`DELETE FROM "Checkpoint" WHERE path = ANY($1)`, [old.folders]);
    await noteRemovals(client, old.folders, "CHECKPOINTS");
    return old;
  });
}
