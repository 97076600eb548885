/**
 * Plain SQL, where Prisma is slow or lacks it: bulk inserts and row locks, in a transaction; errors of both; whether
 * the database answers.
 */
import pg, { type PoolClient, type QueryResult, type QueryResultRow } from "pg";
import { MaillardError } from "../errors.js";
import type { Prisma } from "./generated/client.js";
import type { Store } from "./index.js";

/** A connection, a pool or a transaction: anything that takes a statement. */
export interface Queryable {
  query<R extends QueryResultRow = QueryResultRow>(text: string, values?: unknown[]): Promise<QueryResult<R>>;
}

/** Runs `work` in one transaction: committed when it resolves, rolled back when it rejects. */
export async function transaction<T>(store: Pick<Store, "pool">, work: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await store.pool.connect();
  let broken: Error | undefined;
  try {
    await client.query("BEGIN");
    const result = await work(client);
    await client.query("COMMIT");
    return result;
  } catch (error) {
    await client.query("ROLLBACK").catch((reason) => {
      broken = reason;
    });
    throw error;
  } finally {
    client.release(broken);
  }
}

/** Plain SQL inside a transaction of Prisma's. `rowCount`: rows that the statement returned. */
export const withinPrisma = (transaction: Prisma.TransactionClient): Queryable => ({
  async query<R extends QueryResultRow>(text: string, values: unknown[] = []) {
    const rows = await transaction.$queryRawUnsafe<R[]>(text, ...values);
    return { rows, rowCount: rows.length } as unknown as QueryResult<R>;
  },
});

/** The longest wait for a lock of other requests, in ms: who waits holds a connection that all clients share. */
export const LOCK_WAIT_MS = 2_000;

/**
 * Takes locks until the end of the transaction, and answers the rows of the statement. `what` is waited for, as the
 * client knows it. OVERLOADED after LOCK_WAIT_MS; other statements of the transaction wait as long as they need.
 */
export async function takeLock<R extends QueryResultRow>(
  client: PoolClient,
  { text, values, what }: { text: string; values: unknown[]; what: string },
): Promise<R[]> {
  await client.query(`SET LOCAL lock_timeout = ${LOCK_WAIT_MS}`);
  const { rows } = await client.query<R>(text, values).catch((error: unknown) => {
    throw (error as { code?: unknown }).code === "55P03" ? waitedTooLong(what) : error;
  });
  await client.query("SET LOCAL lock_timeout TO DEFAULT");
  return rows;
}

export const waitedTooLong = (what: string): MaillardError =>
  new MaillardError("OVERLOADED", `Waited ${LOCK_WAIT_MS / 1_000} s for ${what}. Try again in a moment.`, {
    retryable: true,
    details: { retryAfterMs: LOCK_WAIT_MS },
  });

/** Whether a row was refused because its unique value is taken: 23505 of PostgreSQL, P2002 of Prisma. */
export function isUniqueViolation(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return code === "23505" || code === "P2002";
}

/** Whether a row was refused because one that it refers to is gone: 23503 of PostgreSQL, P2003 of Prisma. */
export function isForeignKeyViolation(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return code === "23503" || code === "P2003";
}

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
    "the database system is (starting up|shutting down|in recovery|not yet accepting)",
    // Of a connection that Prisma could not open, only this is left. ENOENT: the socket file of a stopped server.
    "connect (ENOENT|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EPIPE)",
    "timeout exceeded when trying to connect",
    "server closed the connection",
    "client was closed",
    "connection error",
    "can't reach database server",
  ].join("|"),
  "i",
);

export function isPassing(error: unknown): boolean {
  if (typeof error !== "object" || error === null) return false;
  const { code, originalCode, message, cause, syscall, meta } = error as {
    code?: unknown;
    /** As Prisma's driver keeps the state, in an object that is no Error. */
    originalCode?: unknown;
    message?: unknown;
    cause?: unknown;
    syscall?: string;
    /** The error of the driver, as Prisma keeps it. */
    meta?: { driverAdapterError?: unknown };
  };
  // The socket file of a stopped server.
  if (code === "ENOENT" && syscall === "connect") return true;
  if ([code, originalCode].some(isPassingCode)) return true;
  const inner = [cause, meta?.driverAdapterError].filter((other) => other !== undefined && other !== error);
  return PASSING_MESSAGE.test(String(message)) || inner.some(isPassing);
}

const isPassingCode = (code: unknown): boolean =>
  typeof code === "string" && (PASSING_STATE.test(code) || PASSING_SYSTEM.test(code) || PASSING_PRISMA.includes(code));

/** A conflict of two transactions: the database is there. */
const CONFLICT_STATES = ["40001", "40P01"];

/** Disk full, at the database. */
const FULL_STATE = "53100";

/** Of an error of the driver, or of Prisma with that of the driver inside. */
function isOfState(error: unknown, state: string): boolean {
  const { code, cause, meta, originalCode } = (error ?? {}) as {
    code?: unknown;
    originalCode?: unknown;
    cause?: unknown;
    meta?: { driverAdapterError?: unknown };
  };
  return (
    code === state ||
    originalCode === state ||
    [cause, meta?.driverAdapterError].some((inner) => inner && inner !== error && isOfState(inner, state))
  );
}

/**
 * DATABASE_UNAVAILABLE where an error says that the database is away; null where it says something else. DISK_FULL: of
 * the database.
 */
export function databaseAway(error: unknown): MaillardError | null {
  if (!isPassing(error) || CONFLICT_STATES.some((state) => isOfState(error, state))) return null;
  if (isOfState(error, FULL_STATE))
    return new MaillardError("DISK_FULL", "The disk of the database is full. Make room, and try again.", {
      retryable: true,
      details: { reason: FULL_STATE },
    });
  return new MaillardError(
    "DATABASE_UNAVAILABLE",
    "The database does not answer, so this could not be done as a whole. Try again in a few seconds; /health says " +
      "when it is back.",
    { retryable: true, details: { retryAfterMs: RETRY_AFTER_MS } },
  );
}

/** When a client may try again: a restart of PostgreSQL takes a few seconds. */
const RETRY_AFTER_MS = 5_000;

/** STARTUP, with the URL without its secret. */
export function unreachable(error: Error, url: string): MaillardError {
  const shown = url
    .replace(/\/\/([^@/]*)@/, (_, user: string) => `//${user.split(":")[0]}@`)
    .replace(/([?&]password=)[^&]*/g, "$1…");
  const reason = error.message || (error as { code?: string }).code || "no answer";
  return new MaillardError(
    "STARTUP",
    `The database ${shown} cannot be used: ${reason}. Is it running, and is DATABASE_URL right?`,
    { param: "DATABASE_URL" },
  );
}

/** A database that takes longer to connect or to answer is not ready, in ms. */
const LIMIT_MS = 5_000;
const IDLE_MS = 30_000;

/**
 * Whether the database takes statements now, asked over a connection of its own: the pool's may all be busy, and then
 * the database is there all the same. Who asks while a question is under way shares its answer.
 */
export class Ping implements Queryable {
  private readonly pool: pg.Pool;
  private asked: Promise<boolean> | null = null;

  constructor(connectionString: string) {
    this.pool = new pg.Pool({
      connectionString,
      max: 1,
      connectionTimeoutMillis: LIMIT_MS,
      query_timeout: LIMIT_MS,
      idleTimeoutMillis: IDLE_MS,
      application_name: "maillard health",
    });
    // An idle connection that breaks is replaced; without a listener it would end the process.
    this.pool.on("error", () => undefined);
  }

  answers(): Promise<boolean> {
    this.asked ??= this.pool
      .query("SELECT 1")
      .then(
        () => true,
        () => false,
      )
      .finally(() => {
        this.asked = null;
      });
    return this.asked;
  }

  /** Over the same connection, with the same limit of time: for an operator's questions about a server that is busy. */
  query<R extends QueryResultRow = QueryResultRow>(text: string, values?: unknown[]): Promise<QueryResult<R>> {
    return this.pool.query<R>(text, values);
  }

  close(): Promise<void> {
    return this.pool.end();
  }
}
