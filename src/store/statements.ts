/** Counts SQL statements at the driver, so that Prisma's count as well as our own: for tests of "no N + 1". */
import pg from "pg";
import type { Store } from "./store.js";

let total = 0;

export class CountingClient extends pg.Client {
  // The driver calls it in several forms; all of them are one statement.
  override query = ((...parameters: unknown[]) => {
    total++;
    return (pg.Client.prototype.query as (...parameters: unknown[]) => unknown).apply(this, parameters);
  }) as typeof pg.Client.prototype.query;
}

/** Statements that went to any store of this process while `fn` ran, BEGIN and COMMIT included: let nothing else run meanwhile. */
export async function countStatements<T>(
  _store: Store,
  fn: () => Promise<T>,
): Promise<{ result: T; statements: number }> {
  const before = total;
  const result = await fn();
  return { result, statements: total - before };
}
