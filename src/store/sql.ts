/**
 * Plain SQL, where Prisma is slow or lacks it: bulk inserts and row locks, in a transaction; errors of both; whether
 * the database answers.
 */
import pg, { type PoolClient, type QueryResult, type QueryResultRow } from "pg";
import type { Store } from "./index.js";

/** A connection, a pool or a transaction: anything that takes a statement. */
export interface Queryable {
  query<R extends QueryResultRow = QueryResultRow>(text: string, values?: unknown[]): Promise<QueryResult<R>>;
}

/** Runs `work` in one transaction: committed when it resolves, rolled back when it rejects. */
export async function transaction<T>(store: Store, work: (client: PoolClient) => Promise<T>): Promise<T> {
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

/** Whether a row was refused because its unique value is taken: 23505 of PostgreSQL, P2002 of Prisma. */
export function isUniqueViolation(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return code === "23505" || code === "P2002";
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
