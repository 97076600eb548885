/**
 * The client of the PostgreSQL driver, as the pool uses it. It counts SQL statements, those of Prisma too, for tests
 * that exclude N + 1 queries. A connection that breaks while it is in use does not end the process: its next statement
 * rejects.
 */
import pg from "pg";
import type { Store } from "./store.js";

let total = 0;

export class CountingClient extends pg.Client {
  constructor(config?: string | pg.ClientConfig) {
    super(config);
    this.on("error", () => undefined);
  }

  // It is called with several kinds of arguments; each call is one statement.
  override query = ((...parameters: unknown[]) => {
    total++;
    return (pg.Client.prototype.query as (...parameters: unknown[]) => unknown).apply(this, parameters);
  }) as typeof pg.Client.prototype.query;
}

/**
 * Statements of all stores of this process while `fn` ran, with BEGIN and COMMIT. Nothing else may run meanwhile.
 */
export async function countStatements<T>(
  _store: Store,
  fn: () => Promise<T>,
): Promise<{ result: T; statements: number }> {
  const before = total;
  const result = await fn();
  return { result, statements: total - before };
}
