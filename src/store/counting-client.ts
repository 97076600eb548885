/**
 * The client of the PostgreSQL driver, as the pool uses it. It times each SQL statement, those of Prisma too, and
 * counts them for tests that exclude N + 1 queries. A connection that breaks while it is in use does not end the
 * process: its next statement rejects.
 */
import pg from "pg";
import { recorder } from "../observe/recorder.js";
import { tracerOf } from "../observe/spans.js";
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
    const over = timed();
    const last = parameters.length - 1;
    const callback = parameters[last];
    if (typeof callback === "function")
      parameters[last] = (error: unknown, ...rest: unknown[]) => {
        over(Boolean(error));
        return callback(error, ...rest);
      };
    const answer = (pg.Client.prototype.query as (...parameters: unknown[]) => unknown).apply(this, parameters);
    // A stream, such as COPY, has no end here and is not timed.
    if (answer instanceof Promise)
      answer.then(
        () => over(false),
        () => over(true),
      );
    return answer;
  }) as typeof pg.Client.prototype.query;
}

/** To be called at the end of the statement that begins now. */
function timed(): (failed: boolean) => void {
  const begin = performance.now();
  const tracer = tracerOf();
  const parent = tracer?.active();
  return (failed) => {
    const end = performance.now();
    recorder.observe("maillard_database_statement_seconds", [], (end - begin) / 1_000);
    if (failed) recorder.count("maillard_database_statement_errors_total");
    if (parent !== undefined) tracer?.past("database", parent, { begin, end }, { "db.system.name": "postgresql" });
  };
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
