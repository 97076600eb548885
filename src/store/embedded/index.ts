/**
 * The embedded database of one home, shared by all processes that use this home. Each process holds a shared advisory
 * lock on its own connection while it uses the server. `close` stops the server when it gets the exclusive lock: then
 * no other process uses it. PostgreSQL releases the lock when its process ends in any way.
 */
import pg from "pg";
import { findPlace } from "./place.js";
import { ensureRunning, stop } from "./server.js";

/** "maillard" as a number: no other user of the database takes this lock. */
const IN_USE = "7883945513107546724";

export interface EmbeddedDatabase {
  url: string;
  /** Starts the server again when it has stopped. */
  revive(): Promise<void>;
  /** To be called on every connection that stays open as long as the process: it marks the server as used. */
  hold(client: pg.Client): Promise<void>;
  /** Stops the server unless another process uses it. All connections of this process must be closed before. */
  close(): Promise<void>;
}

/** `settings`: of postgresql.conf, for a server that is started now. */
export async function openEmbedded(
  home: string,
  onProgress: (message: string) => void,
  settings: Record<string, string> = {},
): Promise<EmbeddedDatabase> {
  const place = await findPlace(home);
  const { url } = await ensureRunning(place, onProgress, settings);
  return {
    url,
    revive: async () => void (await ensureRunning(place, () => undefined, settings)),
    hold: async (client) => void (await client.query(`SELECT pg_advisory_lock_shared(${IN_USE})`)),
    close: async () => {
      const client = new pg.Client({ connectionString: url });
      client.on("error", () => undefined);
      const alone = await client
        .connect()
        .then(() => client.query<{ alone: boolean }>(`SELECT pg_try_advisory_lock(${IN_USE}) AS alone`))
        .then(({ rows }) => rows[0].alone)
        .catch(() => false);
      // The lock is held until the server has stopped: a new process waits for it, is disconnected, and starts the
      // server again.
      if (alone) await stop(place);
      await client.end().catch(() => undefined);
    },
  };
}
