/**
 * Checkpoints of a run as rows and folders: a row is the promise that its folder is complete, its sha256 the proof.
 * Kept are the last ones and, for each of them, the best up to it: a run that goes on from any of them finds the best
 * model that it knows of. A row goes before its folder, so that no row is left without one.
 */
import { readdir } from "node:fs/promises";
import type { Checkpoint } from "../../store/generated/client.js";
import type { Store } from "../../store/index.js";
import { folderChecksum } from "../../train/step/training-state.js";

/** Folder of a run's checkpoints, relative to the artifact store. */
export const checkpointsOf = (runId: string): string => `runs/${runId}/checkpoints`;

/**
 * The newest checkpoint whose bytes are those that were written; null when there is none. Rows of torn ones are
 * removed: the run goes on before them and writes them again.
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

/** Forgets the others, and removes folders before the newest that no row names. */
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
    // A newer folder is complete already, and its row is about to come.
    if (step < (rows[0]?.step ?? 0) && !names.has(name)) await store.artifacts.remove(`${folder}/${name}`);
  }
}
