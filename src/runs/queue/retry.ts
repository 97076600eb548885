/**
 * Repeats work while the database is unreachable: a restart, a cut connection, a failover. The work must be safe to
 * repeat, because a COMMIT whose answer was lost may have happened.
 */
import { setTimeout as delay } from "node:timers/promises";

/** Longer than a restart of PostgreSQL with recovery takes. */
const GIVE_UP_AFTER_MS = 15 * 60_000;
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 2_000;

/**
 * Classes 08 (connection), 57P (shutdown), 53 (no resources: too many connections, disk full), 40 (serialization,
 * deadlock).
 */
const PASSING_STATE = /^(08...|57P0[1-5]|53...|40001|40P01)$/;
/**
 * Of Prisma: no server, a closed connection, no connection in time; a transaction that ran out or could not begin in
 * time.
 */
const PASSING_PRISMA: readonly string[] = ["P1001", "P1017", "P2024", "P2028"];
const PASSING_SYSTEM = /^(ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN)$/;
const PASSING_MESSAGE = new RegExp(
  [
    "connection terminated",
    "terminating connection",
    "the database system is (starting up|shutting down|in recovery)",
    "timeout exceeded when trying to connect",
    "server closed the connection",
    "client was closed",
    "connection error",
    "can't reach database server",
  ].join("|"),
  "i",
);

export function isPassing(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code, cause, syscall, meta } = error as {
    code?: unknown;
    cause?: unknown;
    syscall?: string;
    /** The error of the driver, as Prisma keeps it. */
    meta?: { driverAdapterError?: unknown };
  };
  // The socket file of a stopped server.
  if (code === "ENOENT" && syscall === "connect") return true;
  if (
    typeof code === "string" &&
    (PASSING_STATE.test(code) || PASSING_SYSTEM.test(code) || PASSING_PRISMA.includes(code))
  )
    return true;
  const inner = [cause, meta?.driverAdapterError].filter((other) => other !== undefined && other !== error);
  return PASSING_MESSAGE.test(error.message) || inner.some(isPassing);
}

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
