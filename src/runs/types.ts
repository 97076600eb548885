/** What runs are made with. */
import type { Chemistry } from "../chem/types.js";
import type { ComputePool } from "../compute/types.js";
import type { ImportLimits } from "../datasets/limits.js";
import type { Store } from "../store/index.js";
import type { Feeds } from "./follow/feeds.js";
import type { LaneSizes } from "./queue/lanes.js";
import type { OnRunNews } from "./queue/news.js";
import type { Worker } from "./worker.js";

export interface RunsOptions {
  store: Store;
  compute: ComputePool;
  /** Finds near-duplicates of molecules; without it the leakage of a run does not include them. */
  chemistry?: Chemistry;
  /** Of files that are imported (src/datasets/limits.ts). */
  importLimits?: ImportLimits;
  /** Execute runs in this process. Default true; false in a process that only serves. */
  worker?: boolean;
  /** Time in ms without a heartbeat after which a worker counts as dead. Default 30,000. */
  leaseMs?: number;
  /** Time in ms between two polls of the queue without a notification. Default 5,000. */
  pollMs?: number;
  /** Runs at once in each lane of the worker. Default: `atOnce` of the table LANES. */
  lanes?: LaneSizes;
  /** Bytes that training runs of the worker may take together, as estimated. Default: see queue/memory.ts. */
  memory?: number;
  /** For the operator's log. Default: one line on stderr. */
  onError?(error: unknown): void;
  /** What happens to runs in this process. Must not throw. Default: nobody is told. */
  onEvent?: OnRunNews;
}

/** What is one for all principals. */
export interface SharedRuns {
  feeds: Feeds;
  worker?: Worker;
  timer?: NodeJS.Timeout;
}
