/**
 * Checkpoints of a run as rows and folders: a row says that its folder is complete, and its sha256 proves it.
 * The last ones are kept and, for each of them, the best up to it: a run that continues from any of them finds its best
 * model. A row is deleted before its folder, so that no row lacks its folder.
 */
import { readdir } from "node:fs/promises";
import type { Checkpoint } from "../../store/generated/client.js";
import type { Store } from "../../store/index.js";
import { transaction } from "../../store/sql.js";
import { folderChecksum } from "../../train/step/training-state.js";
import { type EventNote, note } from "../queue/events.js";
import { type Fence, lockHeld } from "../queue/lease.js";
import { checkpointsOf, keptOf } from "../removal/retention.js";

/**
 * The newest checkpoint whose bytes match its sha256; null when there is none. Rows of damaged ones are deleted, and
 * the run's log says so: the run continues from an earlier step and writes them again. LEASE_LOST.
 */
export async function lastValid(store: Store, fence: Fence): Promise<Checkpoint | null> {
  const { runId } = fence;
  const rows = await store.prisma.checkpoint.findMany({ where: { runId }, orderBy: { step: "desc" } });
  for (const row of rows) {
    const sha256 = await folderChecksum(store.artifacts.path(row.path)).catch(() => null);
    if (sha256 === row.sha256) return row;
    await transaction(store, async (client) => {
      await lockHeld(client, fence);
      const { rowCount } = await client.query(`DELETE FROM "Checkpoint" WHERE id = $1`, [row.id]);
      if (rowCount === 1) await note(client, [runId], damaged(row.step, sha256 === null));
    });
  }
  return null;
}

const damaged = (step: number, isGone: boolean): EventNote => ({
  kind: "CHECKPOINT_DAMAGED",
  message: `The checkpoint of step ${step} ${isGone ? "cannot be read" : "has other bytes than were written"}.`,
  data: { step },
});

/** Deletes the rows of the others, and the older folders without a row. */
export async function prune(store: Store, runId: string, limit: number): Promise<void> {
  const rows = await store.prisma.checkpoint.findMany({ where: { runId }, orderBy: { step: "desc" } });
  const kept = keptOf(rows, limit);
  const keptIds = new Set(kept.map(({ id }) => id));
  const old = rows.filter(({ id }) => !keptIds.has(id));
  if (old.length > 0) await store.prisma.checkpoint.deleteMany({ where: { id: { in: old.map(({ id }) => id) } } });
  const folder = checkpointsOf(runId);
  const names = new Set(kept.map(({ path }) => path.split("/").at(-1)));
  for (const name of await readdir(store.artifacts.path(folder)).catch(() => [])) {
    const step = Number(/^step-(\d+)$/.exec(name)?.[1] ?? Number.NaN);
    // A newer folder is complete, and its row is about to be written.
    if (step < (rows[0]?.step ?? 0) && !names.has(name)) await store.artifacts.remove(`${folder}/${name}`);
  }
}
