/** What a worker passes to the work itself: the layers below, the right to write, and the signal to stop. */
import type { Chemistry } from "../../chem/types.js";
import type { ComputePool } from "../../compute/types.js";
import type { ImportLimits } from "../../datasets/limits.js";
import type { Store } from "../../store/index.js";
import type { Fence } from "../queue/lease.js";
import type { Recorder } from "./recorder.js";

export interface Execution {
  store: Store;
  compute: ComputePool;
  /** null: this process cannot compute fingerprints, and reads no molecules. */
  chemistry: Chemistry | null;
  /** Of files that are imported. */
  importLimits: ImportLimits;
  /** Of a training run. */
  threads: number;
  fence: Fence;
  recorder: Recorder;
  /** Aborted when the run is cancelled, paused, lost, or its worker closes. */
  signal: AbortSignal;
}
