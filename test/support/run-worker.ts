/**
 * A worker with a real compute pool, in a process of its own: arguments are the URL of the database, the home, and what to do
 * to itself: {"event": "checkpoint", "step": 6} kills it (SIGKILL) when that event arrives and nothing of it is written yet.
 */
import { startComputePool } from "../../src/compute/pool.js";
import type { ComputePool } from "../../src/compute/types.js";
import { startRuns } from "../../src/runs/index.js";
import { openStore } from "../../src/store/index.js";

const [databaseUrl, home, instruction = "{}"] = process.argv.slice(2);
const kill = JSON.parse(instruction) as { event?: string; step?: number; name?: string };
const store = await openStore({ home, databaseUrl });
const pool = await startComputePool({ threads: 1 });
const compute: ComputePool = {
  devices: () => pool.devices(),
  infer: (request) => pool.infer(request),
  pca: (request) => pool.pca(request),
  analysisLine: pool.analysisLine,
  gauges: () => pool.gauges(),
  close: () => pool.close(),
  train: (job, onEvent, signal) =>
    pool.train(
      job,
      async (event) => {
        const matches =
          event.kind === kill.event &&
          (!("step" in event) || event.step === kill.step) &&
          (!kill.name || ("name" in event && event.name === kill.name));
        if (matches) process.kill(process.pid, "SIGKILL");
        await onEvent(event);
      },
      signal,
    ),
};
const runs = await startRuns({ store, compute });
process.on("message", async () => {
  await runs.close();
  await pool.close();
  await store.close();
  process.exit(0);
});
process.send?.("ready");
