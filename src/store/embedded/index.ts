/**
 * The embedded database of one home, shared by all processes that use this home. Each holds a shared advisory lock on a
 * connection of its own while it uses the server. `close` stops the server when the exclusive lock can be had: then
 * nobody else uses it. A lock ends with its process, however that ends.
 */
import pg from "pg";
import { findPlace } from "./place.js";
import { ensureRunning, stop } from "./server.js";

/** "maillard" as a number: no other user of the database takes this lock. */
const IN_USE = "7883945513107546724";

export interface EmbeddedDatabase {
  url: string;
  /** Starts the server again when it is gone. */
  revive(): Promise<void>;
  /** Call on every new connection that lives as long as the process: it says that the server is in use. */
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
      // The lock is kept until the server is gone: whoever comes now waits for it, is cut off, and starts the server
      // anew.
      if (alone) await stop(place);
      await client.end().catch(() => undefined);
    },
  };
}
