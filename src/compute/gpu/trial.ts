/**
 * A trial of a device in a process of its own: a broken driver may end the process or never answer. The process
 * computes a small graph on the device and on the processor, and times a product of matrices on both.
 */
import { entryBeside } from "../../process/forked-process.js";
import { OneAnswer } from "../../process/one-answer.js";
import type { DeviceName } from "../devices.js";

export interface TrialResult {
  /** Largest difference to the processor's numbers, as a share of the largest of these. */
  difference: number;
  /** Best of up to three products of two [1024, 1024], copies to and from the device included. */
  deviceMs: number;
  processorMs: number;
}

export interface TrialJob {
  provider: string;
  deviceId: number | undefined;
  threads: number;
}

/** A first context of CUDA or the first compilation of shaders takes seconds. */
const LIMIT_MS = 30_000;

/** Tries one device at a time. */
export class Trials {
  readonly #processes: OneAnswer<TrialJob, TrialResult>;

  constructor({ entry, timeoutMs = LIMIT_MS }: { entry?: URL; timeoutMs?: number } = {}) {
    this.#processes = new OneAnswer({
      entry: entry ?? entryBeside(import.meta.url, "./trial-process"),
      name: "trial",
      words: { one: "trial of the device", many: "trials of devices" },
      atOnce: 1,
      waiting: 100,
      usualMs: 1_000,
      timeoutMs,
      advice: { late: "Look at its driver.", crashed: "Look at its driver." },
      background: false,
      onOutput: () => undefined,
    });
  }

  /** @throws TIMEOUT, COMPUTE_CRASHED, and INTERNAL with the runtime's own reason, without absolute paths */
  async run({ provider, deviceId }: DeviceName, threads: number): Promise<TrialResult> {
    return this.#processes.ask([{ provider, deviceId, threads }]);
  }

  close(): Promise<void> {
    return this.#processes.close();
  }
}
