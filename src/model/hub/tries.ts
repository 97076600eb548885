/** How long and how often a hub is asked again after an error that may pass. */
import { setTimeout as delay } from "node:timers/promises";
import { MaillardError } from "../../errors.js";

export interface Tries {
  signal?: AbortSignal;
  /** Tries in all. */
  tries?: number;
  /** First pause in ms, doubled by every try in vain. */
  pauseMs?: number;
}

/** The longest pause of our own. */
const LONGEST_PAUSE_MS = 60_000;
/** The longest that a hub may ask for: its limits are counted over five minutes. */
const LONGEST_ASKED_MS = 600_000;

/** In ms, after `inVain` (1 or more) tries in a row: doubled each time, and no shorter than the hub asked for. */
export function pauseAfter(error: MaillardError, inVain: number, pauseMs: number): number {
  const asked = Number(error.details?.retryAfterMs ?? 0);
  const own = Math.min(LONGEST_PAUSE_MS, pauseMs * 2 ** Math.max(0, inVain - 1));
  return Math.max(own, Math.min(LONGEST_ASKED_MS, asked));
}

/** Of a request for which somebody waits: three tries by default. Who has asked too often is told so at once. */
export async function severalTimes<T>(
  request: () => Promise<T>,
  { signal, tries = 3, pauseMs = 500 }: Tries,
): Promise<T> {
  for (let inVain = 1; ; inVain++) {
    try {
      return await request();
    } catch (error) {
      signal?.throwIfAborted();
      const known = error instanceof MaillardError ? error : null;
      if (!known?.retryable || known.code === "HUB_RATE_LIMITED" || inVain >= tries) throw error;
      await delay(pauseAfter(known, inVain, pauseMs), undefined, { signal });
    }
  }
}
