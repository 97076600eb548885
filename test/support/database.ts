/**
 * Real databases for tests: one PostgreSQL cluster per run of vitest (or the server of MAILLARD_TEST_DATABASE_URL), one
 * database migrated once as the template, and a copy of it for each caller, about 50 ms each.
 */
import { createHash } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { inject, vi } from "vitest";
import { RunQueue } from "../../src/runs/queue/queue.js";
import { openEmbedded } from "../../src/store/embedded/index.js";
import { newId, openStore, type Store } from "../../src/store/index.js";
import { migrate, readMigrations } from "../../src/store/migrate.js";

const TEMPLATE_LOCK = 7_340_032;

export interface TestDatabase {
  url: string;
  /** Cuts every connection to it and drops it. */
  drop(): Promise<void>;
}

/** A store over a database and a home of its own. `close` drops the database and removes the home. */
export async function createTestStore(): Promise<Store> {
  const database = await createTestDatabase();
  const home = await mkdtemp(join(tmpdir(), "maillard-home-"));
  const store = await openStore({ home, databaseUrl: database.url });
  return {
    ...store,
    close: async () => {
      await store.close();
      await database.drop();
      await rm(home, { recursive: true, force: true });
    },
  };
}

/** Until a statement of this database waits for a lock; those of other databases of the server do not count. */
export const someoneWaits = ({ pool }: Pick<Store, "pool">): Promise<unknown> =>
  vi.waitUntil(
    async () => {
      const waiting = `SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`;
      return (await pool.query(waiting)).rowCount;
    },
    { timeout: 60_000 },
  );

/** A migrated, empty database; `empty: true` one without any table. */
export async function createTestDatabase({ empty = false } = {}): Promise<TestDatabase> {
  const admin = await serverUrl();
  const name = `test_${newId().replaceAll("-", "")}`;
  await asAdmin(admin, async (client) => {
    const template = empty ? "template0" : await ensureTemplate(client, admin);
    await client.query(`CREATE DATABASE ${name} TEMPLATE ${template}`);
  });
  return {
    url: withDatabase(admin, name),
    drop: () =>
      asAdmin(admin, async (client) => void (await client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`))),
  };
}

let embedded: Promise<string> | undefined;

/** URL of a database of the server, from which others can be made. */
function serverUrl(): Promise<string> {
  const given = process.env.MAILLARD_TEST_DATABASE_URL;
  // Tests need no durability, so nothing waits for the disk.
  const settings = { fsync: "off", full_page_writes: "off", synchronous_commit: "off", max_connections: "200" };
  embedded ??= given
    ? Promise.resolve(given)
    : openEmbedded(inject("clusterHome"), () => undefined, settings).then(({ url }) => url);
  return embedded;
}

async function ensureTemplate(client: pg.Client, admin: string): Promise<string> {
  const checksums = (await readMigrations()).map(({ checksum }) => checksum).join();
  const name = `maillard_template_${createHash("sha256").update(checksums).digest("hex").slice(0, 12)}`;
  await client.query("SELECT pg_advisory_lock($1)", [TEMPLATE_LOCK]);
  try {
    const { rowCount } = await client.query("SELECT 1 FROM pg_database WHERE datname = $1", [name]);
    if (rowCount === 1) return name;
    const unfinished = `${name}_unfinished`;
    await client.query(`DROP DATABASE IF EXISTS ${unfinished} WITH (FORCE)`);
    await client.query(`CREATE DATABASE ${unfinished} TEMPLATE template0`);
    await migrate(withDatabase(admin, unfinished));
    await makeQueue(withDatabase(admin, unfinished));
    await client.query(`ALTER DATABASE ${unfinished} RENAME TO ${name}`);
    return name;
  } finally {
    await client.query("SELECT pg_advisory_unlock($1)", [TEMPLATE_LOCK]);
  }
}

/** The tables of the queue, which the first worker of a database makes. */
async function makeQueue(databaseUrl: string): Promise<void> {
  const home = await mkdtemp(join(tmpdir(), "maillard-home-"));
  const store = await openStore({ home, databaseUrl });
  const queue = await RunQueue.open(store, (error) => {
    throw error;
  });
  await queue.close();
  await store.close();
  await rm(home, { recursive: true, force: true });
}

async function asAdmin<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

function withDatabase(url: string, name: string): string {
  const changed = new URL(url);
  changed.pathname = `/${name}`;
  return changed.href;
}
