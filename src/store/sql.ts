/** Plain SQL, where Prisma is slow or lacks it: bulk inserts and row locks, in a transaction; and errors of both. */
import type { PoolClient, QueryResult, QueryResultRow } from "pg";
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

/** Whether the database takes statements now. */
export const databaseAnswers = ({ pool }: Pick<Store, "pool">): Promise<boolean> =>
  pool.query("SELECT 1").then(
    () => true,
    () => false,
  );

/** Whether a row was refused because its unique value is taken: 23505 of PostgreSQL, P2002 of Prisma. */
export function isUniqueViolation(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return code === "23505" || code === "P2002";
}
