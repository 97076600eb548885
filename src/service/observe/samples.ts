/** What the parts of an application say at a scrape: pool, devices, processes, runs, database. */
import type { ComputePool } from "../../compute/types.js";
import { inSeconds } from "../../observe/exposition.js";
import type { Sample } from "../../observe/recorder.js";
import { livingChildren } from "../../process/children.js";
import { countRuns } from "../../runs/index.js";
import type { Store } from "../../store/index.js";
import { VERSION } from "../version.js";

interface Parts {
  store: Store;
  compute: ComputePool;
}

/** At once: nothing is waited for. */
export function presentSamples({ store, compute }: Parts): Sample[] {
  return [
    { name: "maillard_build_info", labels: [VERSION], value: 1 },
    ...poolSamples(store),
    ...computeSamples(compute),
    ...processSamples(),
  ];
}

/** Over the connection of the health check: the pool's may all be busy. */
export async function databaseSamples({ store }: Parts): Promise<Sample[]> {
  const up = (value: number): Sample => ({ name: "maillard_database_up", labels: [], value });
  try {
    const counts = await countRuns(store.ping);
    const runs = counts.map(
      ({ status, lane, count }): Sample => ({ name: "maillard_runs", labels: [status, lane], value: count }),
    );
    return [up(1), ...runs];
  } catch {
    return [up(0)];
  }
}

function poolSamples({ pool: { totalCount, idleCount, waitingCount } }: Store): Sample[] {
  return [
    { name: "maillard_database_connections", labels: ["busy"], value: totalCount - idleCount },
    { name: "maillard_database_connections", labels: ["idle"], value: idleCount },
    { name: "maillard_database_waiting", labels: [], value: waitingCount },
  ];
}

function computeSamples(compute: ComputePool): Sample[] {
  const { runningItems, trainingRuns } = compute.gauges();
  const gauges: Sample[] = [
    { name: "maillard_compute_running_items", labels: [], value: runningItems },
    { name: "maillard_compute_training_processes", labels: [], value: trainingRuns },
    ...compute.devices().map(
      ({ id, state }): Sample => ({
        name: "maillard_compute_device_up",
        labels: [id],
        value: Number(state === "READY"),
      }),
    ),
  ];
  const so = compute.statistics?.();
  if (!so) return gauges;
  const loads = so.loadMs.count;
  const batches = so.inferenceMs.count;
  return [
    ...gauges,
    ...Object.entries(so.waiting).map(
      ([priority, value]): Sample => ({
        name: "maillard_compute_queue_items",
        labels: [priority.toLowerCase()],
        value,
      }),
    ),
    { name: "maillard_compute_queue_seconds", labels: [], value: inSeconds(so.queueMs) },
    { name: "maillard_compute_inference_seconds", labels: [], value: inSeconds(so.inferenceMs) },
    { name: "maillard_compute_load_seconds", labels: [], value: inSeconds(so.loadMs) },
    { name: "maillard_compute_batch_items", labels: [], value: so.batchItems },
    { name: "maillard_compute_batch_tokens", labels: [], value: so.batchTokens },
    { name: "maillard_compute_failed_items_total", labels: [], value: so.failedItems },
    { name: "maillard_cache_requests_total", labels: ["sessions", "hit"], value: batches - loads },
    { name: "maillard_cache_requests_total", labels: ["sessions", "miss"], value: loads },
    ...so.devices.flatMap(({ id, crashes, recycled }): Sample[] => [
      { name: "maillard_compute_device_crashes_total", labels: [id], value: crashes },
      { name: "maillard_compute_device_recycled_total", labels: [id], value: recycled },
    ]),
  ];
}

function processSamples(): Sample[] {
  const own: Sample[] = [
    { name: "maillard_processes", labels: ["server"], value: 1 },
    { name: "maillard_resident_bytes", labels: ["server"], value: process.memoryUsage.rss() },
  ];
  const children = [...livingChildren()].flatMap(([kind, { count, resident }]): Sample[] => [
    { name: "maillard_processes", labels: [kind], value: count },
    ...(resident === null ? [] : [{ name: "maillard_resident_bytes", labels: [kind], value: resident } as const]),
  ]);
  return [...own, ...children];
}
