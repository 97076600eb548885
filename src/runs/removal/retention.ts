/**
 * Checkpoints after the end of a run.
 *   SUCCEEDED          none: its model has the weights, and nothing continues from a checkpoint any more
 *   FAILED, CANCELLED  the last one, for `days` after the end; then none
 * The rows go in the transaction that notes their folders (outbox.ts). A folder that is a model's stays.
 */
import type { Store } from "../../store/index.js";
import { type Queryable, transaction } from "../../store/sql.js";
import { noteRemovals } from "./outbox.js";

/** Folder of a run's checkpoints, relative to the artifact store. */
const checkpointFolder = (runId: string): string => `runs/${runId}/checkpoints`;

/** In the transaction that ends the run. */
export async function dropCheckpoints(client: Queryable, runIds: readonly string[]): Promise<void> {
  await client.query(`DELETE FROM "Checkpoint" WHERE "runId" = ANY($1)`, [runIds]);
  await noteRemovals(client, runIds.map(checkpointFolder), "CHECKPOINTS");
}

export interface OldCheckpoints {
  /** Runs none of whose checkpoints is kept. */
  runIds: string[];
  /** Folders besides the last one of runs that failed or were cancelled. */
  folders: string[];
  bytes: number;
}

/** What `dropOldCheckpoints` would take. */
export async function oldCheckpoints(client: Queryable, days: number): Promise<OldCheckpoints> {
  const { rows } = await client.query<{ runId: string; path: string; bytes: string; whole: boolean }>(
    `SELECT c."runId", c.path, c.bytes,
       r.status = 'SUCCEEDED' OR r."finishedAt" < now() - $1 * interval '1 day' AS whole
     FROM "Checkpoint" c JOIN "Run" r ON r.id = c."runId"
     WHERE r.status IN ('SUCCEEDED', 'FAILED', 'CANCELLED')
       AND (r.status = 'SUCCEEDED' OR r."finishedAt" < now() - $1 * interval '1 day'
         OR c.step < (SELECT max(l.step) FROM "Checkpoint" l WHERE l."runId" = c."runId"))`,
    [days],
  );
  return {
    runIds: [...new Set(rows.filter(({ whole }) => whole).map(({ runId }) => runId))],
    folders: rows.filter(({ whole }) => !whole).map(({ path }) => path),
    bytes: rows.reduce((sum, { bytes }) => sum + Number(bytes), 0),
  };
}

export async function dropOldCheckpoints(store: Store, days: number): Promise<OldCheckpoints> {
  return transaction(store, async (client) => {
    const old = await oldCheckpoints(client, days);
    await dropCheckpoints(client, old.runIds);
    await client.query(`DELETE FROM "Checkpoint" WHERE path = ANY($1)`, [old.folders]);
    await noteRemovals(client, old.folders, "CHECKPOINTS");
    return old;
  });
}
