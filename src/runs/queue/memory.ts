/**
 * Memory of the training runs of one worker: those that are executed at once are estimated to fit into it together.
 * A run that does not fit beside the others waits in the queue, and what is behind it in its lane with it.
 */
import { totalmem } from "node:os";

/** Variable of the limit. */
export const MEMORY = "MAILLARD_MEMORY";
/** Of the machine's memory, or of its control group's. */
const SHARE = 0.8;
/** With less no model can be trained. */
const LEAST = 256 * 2 ** 20;
const UNITS: Readonly<Record<string, number>> = { "": 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30, T: 2 ** 40 };

/** Bytes that runs may take, where nothing is said. */
export function defaultMemory(): number {
  // 0 or an enormous number: no limit.
  const group = process.constrainedMemory();
  return Math.floor(SHARE * (group > 0 ? Math.min(group, totalmem()) : totalmem()));
}

/** MAILLARD_MEMORY: bytes, or 8G, 512M. */
export function readMemory(environment: Readonly<Record<string, string | undefined>>): {
  memory: number;
  problems: { param: string; message: string }[];
} {
  const text = environment[MEMORY];
  if (!text) return { memory: defaultMemory(), problems: [] };
  const [, digits, unit] = /^(\d+(?:\.\d+)?)([KMGT]?)$/i.exec(text) ?? [];
  const memory = digits === undefined ? Number.NaN : Math.floor(Number(digits) * UNITS[unit.toUpperCase()]);
  if (Number.isSafeInteger(memory) && memory >= LEAST) return { memory, problems: [] };
  const given = JSON.stringify(text);
  const message = `${MEMORY} is a number of bytes, or one with K, M, G or T (8G), of at least 256M; got ${given}.`;
  return { memory: defaultMemory(), problems: [{ param: MEMORY, message }] };
}

/** For messages. */
export const inGigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(2)} GB`;

export class MemoryOfRuns {
  readonly #taken = new Map<string, number>();

  constructor(readonly limit: number) {}

  /** Bytes that a run may have beside those that are here; below 0 where one alone took more than there is. */
  get free(): number {
    return this.limit - this.#sum();
  }

  /** False: it does not fit beside the runs that are here. One alone always may, and so may one without an estimate. */
  take(runId: string, bytes: number | null): boolean {
    if (bytes === null) return true;
    const taken = this.#sum();
    if (taken > 0 && taken + bytes > this.limit) return false;
    this.#taken.set(runId, bytes);
    return true;
  }

  release(runId: string): void {
    this.#taken.delete(runId);
  }

  #sum(): number {
    return [...this.#taken.values()].reduce((sum, one) => sum + one, 0);
  }
}
