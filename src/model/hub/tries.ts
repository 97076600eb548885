/** How long and how often a hub is asked again after a temporary error. */
import { setTimeout as delay } from "node:timers/promises";
import { MaillardError } from "../../errors.js";

export interface Tries {
  signal?: AbortSignal;
  /** Tries in all. */
  tries?: number;
  /** First pause in ms, doubled after each failed try. */
  pauseMs?: number;
}

/** The longest pause of our own. */
const LONGEST_PAUSE_MS = 60_000;
/** The longest time that a hub may name: its limits are counted over five minutes. */
const LONGEST_ASKED_MS = 600_000;

/** In ms, after `failures` (1 or more) in a row: doubled each time, and at least the time that the hub names. */
export function pauseAfter(error: MaillardError, failures: number, pauseMs: number): number {
  const asked = Number(error.details?.retryAfterMs ?? 0);
  const own = Math.min(LONGEST_PAUSE_MS, pauseMs * 2 ** Math.max(0, failures - 1));
  return Math.max(own, Math.min(LONGEST_ASKED_MS, asked));
}

/** For a request that a client waits for: three tries by default. A rate limit is reported at once. */
export async function severalTimes<T>(
  request: () => Promise<T>,
  { signal, tries = 3, pauseMs = 500 }: Tries,
): Promise<T> {
  for (let failures = 1; ; failures++) {
    try {
      return await request();
    } catch (error) {
      signal?.throwIfAborted();
      const known = error instanceof MaillardError ? error : null;
      if (!known?.retryable || known.code === "HUB_RATE_LIMITED" || failures >= tries) throw error;
      await delay(pauseAfter(known, failures, pauseMs), undefined, { signal });
    }
  }
}
