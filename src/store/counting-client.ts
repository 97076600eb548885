/**
 * The driver's client as our pool uses it. It counts SQL statements, Prisma's as well as our own (for tests of "no N +
 * 1"), and a connection that breaks while it is checked out ends no process: its next statement rejects.
 */
import pg from "pg";
import type { Store } from "./store.js";

let total = 0;

export class CountingClient extends pg.Client {
  constructor(config?: string | pg.ClientConfig) {
    super(config);
    this.on("error", () => undefined);
  }

  // The driver calls it in several forms; all of them are one statement.
  override query = ((...parameters: unknown[]) => {
    total++;
    return (pg.Client.prototype.query as (...parameters: unknown[]) => unknown).apply(this, parameters);
  }) as typeof pg.Client.prototype.query;
}

/**
 * Statements that went to any store of this process while `fn` ran, BEGIN and COMMIT included: let nothing else run
 * meanwhile.
 */
export async function countStatements<T>(
  _store: Store,
  fn: () => Promise<T>,
): Promise<{ result: T; statements: number }> {
  const before = total;
  const result = await fn();
  return { result, statements: total - before };
}
