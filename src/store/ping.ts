/**
 * Whether the database takes statements now, asked over a connection of its own: the pool's may all be busy, and then
 * the database is there all the same. Who asks while a question is under way shares its answer.
 */
import pg from "pg";

/** A database that takes longer to connect or to answer is not ready, in ms. */
const LIMIT_MS = 5_000;
const IDLE_MS = 30_000;

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
