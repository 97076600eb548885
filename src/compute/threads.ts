/** How many threads of the processor a computation takes. */
import os from "node:os";
import { MaillardError } from "../errors.js";

/**
 * Threads of one computation of the runtime: MAILLARD_THREADS, a whole number from 1 to 1024, else the processors that
 * this process may use. Throws INVALID_CONFIG for another value.
 */
export function defaultThreads({ MAILLARD_THREADS: given }: NodeJS.ProcessEnv = process.env): number {
  if (!given) return os.availableParallelism();
  const threads = Number(given);
  if (Number.isInteger(threads) && threads >= 1 && threads <= 1024) return threads;
  throw new MaillardError("INVALID_CONFIG", `MAILLARD_THREADS is a whole number from 1 to 1024; got "${given}".`, {
    param: "MAILLARD_THREADS",
  });
}
