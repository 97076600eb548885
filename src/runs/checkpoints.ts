/**
 * Checkpoints of a run as rows and folders: a row is the promise that its folder is complete, its sha256 the proof.
 * Kept are the last two (the newest may turn out torn) and the best; a row goes before its folder, so that no row is left
 * without one.
 */
import { readdir } from "node:fs/promises";
import type { Checkpoint } from "../store/generated/client.js";
import type { Store } from "../store/index.js";
import { folderChecksum } from "../train/checkpoint.js";

const KEEP = 2;

/** Folder of a run's checkpoints, relative to the artifact store. */
export const checkpointsOf = (runId: string): string => `runs/${runId}/checkpoints`;

/**
 * The newest checkpoint whose bytes are those that were written; null when there is none. Rows of torn ones are removed:
 * the run goes on before them and writes them again.
 */
export async function lastSound(store: Store, runId: string): Promise<Checkpoint | null> {
  const rows = await store.prisma.checkpoint.findMany({ where: { runId }, orderBy: { step: "desc" } });
  for (const row of rows) {
    const sha256 = await folderChecksum(store.artifacts.path(row.path)).catch(() => null);
    if (sha256 === row.sha256) return row;
    await store.prisma.checkpoint.delete({ where: { id: row.id } });
  }
  return null;
}

/** Forgets all but the last two and the best, and removes folders before the newest that no row names. */
export async function prune(store: Store, runId: string): Promise<void> {
  const rows = await store.prisma.checkpoint.findMany({ where: { runId }, orderBy: { step: "desc" } });
  const kept = rows.filter((row, place) => place < KEEP || row.best);
  const keptIds = new Set(kept.map(({ id }) => id));
  const old = rows.filter(({ id }) => !keptIds.has(id));
  if (old.length > 0) await store.prisma.checkpoint.deleteMany({ where: { id: { in: old.map(({ id }) => id) } } });
  const folder = checkpointsOf(runId);
  const names = new Set(kept.map(({ path }) => path.split("/").at(-1)));
  for (const name of await readdir(store.artifacts.path(folder)).catch(() => [])) {
    const step = Number(/^step-(\d+)$/.exec(name)?.[1] ?? Number.NaN);
    // A newer folder is complete already, and its row is about to come.
    if (step < (rows[0]?.step ?? 0) && !names.has(name)) await store.artifacts.remove(`${folder}/${name}`);
  }
}
