/** Which checkpoints of a run are kept in its folder: the last `limit` and the best. */
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";

/** null keeps all: then the owner of the folder deletes them. */
export async function keepCheckpoints(folder: string, limit: number | null, bestStep: number | null): Promise<void> {
  if (limit === null) return;
  const steps = (await readdir(folder))
    .map((name) => Number(/^step-(\d+)$/.exec(name)?.[1] ?? Number.NaN))
    .filter((step) => !Number.isNaN(step))
    .sort((a, b) => b - a);
  for (const step of steps.slice(limit))
    if (step !== bestStep) await rm(join(folder, `step-${step}`), { recursive: true });
}
