/**
 * Plain SQL, where Prisma is slow or lacks it: bulk inserts and row locks, in a transaction; errors of both; whether
 * the database answers.
 */
import pg, { type PoolClient, type QueryResult, type QueryResultRow } from "pg";
import { MaillardError } from "../errors.js";
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

/** A database that takes longer to connect or to answer is not ready, in ms. */
const LIMIT_MS = 5_000;
const IDLE_MS = 30_000;

/**
 * Whether the database takes statements now, asked over a connection of its own: the pool's may all be busy, and then
 * the database is there all the same. Who asks while a question is under way shares its answer.
 */
export class Ping {
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

  close(): Promise<void> {
    return this.pool.end();
  }
}
