/**
 * The pool of connections, as Prisma and plain SQL share it.
 *   a read      a single statement that changes nothing and takes no lock. Where its connection breaks or the server
 *               refuses it, it is sent once more, on another connection. In a transaction nothing is repeated
 *   a client    times each SQL statement, those of Prisma too, and counts them for tests that exclude N + 1 queries. A
 *               connection that breaks while it is in use does not end the process: its next statement rejects
 */
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { recorder } from "../observe/recorder.js";
import { tracerOf } from "../observe/spans.js";
import { databaseAway } from "./sql.js";
import type { Store } from "./store.js";

/** Until the other connections that broke at the same time are known to be broken, in ms. */
const BROKEN_PAUSE_MS = 100;
/** A PostgreSQL that is restarted refuses connections for about so long, in ms. */
const REFUSED_PAUSE_MS = 1_000;

let total = 0;

class CountingClient extends pg.Client {
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

export class RetryingPool extends pg.Pool {
  constructor(options: pg.PoolConfig) {
    super({ ...options, Client: CountingClient });
    // An idle connection that breaks is replaced; without a listener it would end the process.
    this.on("error", () => undefined);
  }

  // A statement as text or as { text }, with a promise; with a callback it is sent once.
  override query = ((...parameters: unknown[]) => {
    const send = () => (pg.Pool.prototype.query as (...given: unknown[]) => unknown).apply(this, parameters);
    const [statement] = parameters;
    const text = typeof statement === "string" ? statement : (statement as { text?: unknown } | null)?.text;
    if (typeof text !== "string" || typeof parameters.at(-1) === "function" || !isRead(text)) return send();
    return (send() as Promise<unknown>).catch(async (error: unknown) => {
      const pause = pauseBeforeRepeat(error);
      if (pause === null) throw error;
      await delay(pause);
      return send();
    });
  }) as typeof pg.Pool.prototype.query;
}

const CHANGES = new RegExp(
  "\\b(INSERT|UPDATE|DELETE|MERGE|INTO|FOR\\s+(KEY\\s+)?SHARE|nextval|setval|set_config|pgboss|lo_\\w+|" +
    "pg_(try_)?advisory\\w*|pg_notify|pg_(terminate|cancel)_backend)\\b",
  "i",
);

/** Whether it may be sent twice. A word that might change something counts as if it did, also where it is a name. */
export const isRead = (statement: string): boolean =>
  /^\s*(SELECT|WITH)\b/i.test(statement) && !CHANGES.test(statement);

/** How long to wait before the statement is sent again, in ms; null: it is not. */
function pauseBeforeRepeat(error: unknown): number | null {
  if (databaseAway(error)?.code !== "DATABASE_UNAVAILABLE") return null;
  const { code, message } = error as { code?: unknown; message: string };
  // It has waited long already.
  if (message.startsWith("timeout exceeded")) return null;
  const refused = ["ECONNREFUSED", "ENOENT", "57P03"].includes(String(code));
  return refused ? REFUSED_PAUSE_MS : BROKEN_PAUSE_MS;
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
