/**
 * Repeats work while the database is unreachable: a restart, a cut connection, a failover. The work must be safe to
 * repeat, because a COMMIT whose answer was lost may have happened.
 */
import { setTimeout as delay } from "node:timers/promises";
import { isPassing } from "../../store/sql.js";

/** Longer than a restart of PostgreSQL with recovery takes. */
const GIVE_UP_AFTER_MS = 15 * 60_000;
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 2_000;

export async function whenDatabaseIsBack<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  const deadline = Date.now() + GIVE_UP_AFTER_MS;
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
    try {
      return await work();
    } catch (error) {
      if (!isPassing(error) || Date.now() > deadline || signal?.aborted) throw error;
      await delay(pause, undefined, { signal }).catch(() => undefined);
    }
  }
}
