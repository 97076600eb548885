/**
 * Applies prisma/migrations to a database, each in one transaction with its row in _prisma_migrations, so that Prisma's
 * own tools agree on what is applied. Prisma's schema engine, which does the same, would have to be downloaded.
 *
 * Two processes at once: one waits for the other (the advisory lock that Prisma takes). Refused (STARTUP): a migration
 * whose file changed after it was applied, one that this version does not have, one that Prisma did not finish, a
 * server before 15.
 */
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { MaillardError } from "../errors.js";
import { newId } from "./id.js";

export const MIGRATIONS = fileURLToPath(new URL("../../prisma/migrations", import.meta.url));

/** The lock that Prisma takes. */
const LOCK = 72_707_369;
const OLDEST_SERVER = 15;

interface Migration {
  name: string;
  sql: string;
  /** sha256 of the file, in hex. */
  checksum: string;
}

/** Names of the migrations applied now. `only`: of these; default: of all. */
export async function migrate(
  url: string,
  folder = MIGRATIONS,
  onApply: (name: string) => void = () => undefined,
  only?: ReadonlySet<string>,
): Promise<string[]> {
  const migrations = await readMigrations(folder);
  const client = new pg.Client({ connectionString: url });
  client.on("error", () => undefined); // the running statement rejects as well
  await client.connect();
  try {
    await checkVersion(client);
    await client.query(`SELECT pg_advisory_lock(${LOCK})`);
    await makeTable(client);
    const missing = (await missingMigrations(client, migrations)).filter(({ name }) => only?.has(name) ?? true);
    for (const migration of missing) {
      onApply(migration.name);
      await apply(client, migration);
    }
    return missing.map(({ name }) => name);
  } finally {
    await client.end();
  }
}

export async function readMigrations(folder = MIGRATIONS): Promise<Migration[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  return Promise.all(
    names.sort().map(async (name) => {
      const sql = await readFile(join(folder, name, "migration.sql"), "utf8");
      return { name, sql, checksum: createHash("sha256").update(sql).digest("hex") };
    }),
  );
}

async function checkVersion(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ version: string }>("SELECT current_setting('server_version_num') AS version");
  const major = Math.floor(Number(rows[0].version) / 10_000);
  if (major >= OLDEST_SERVER) return;
  throw new MaillardError("STARTUP", `PostgreSQL ${major} is too old: Maillard needs ${OLDEST_SERVER} or newer.`, {
    param: "DATABASE_URL",
  });
}

/**
 * What `migrate` would apply, by name, and how many are applied. Nothing is changed.
 * @param client connected
 * @throws STARTUP as `migrate` does
 */
export async function pendingMigrations(
  client: pg.Client,
  folder = MIGRATIONS,
): Promise<{ applied: number; missing: string[] }> {
  await checkVersion(client);
  const migrations = await readMigrations(folder);
  const { rows } = await client.query<{ known: boolean }>(
    "SELECT to_regclass('_prisma_migrations') IS NOT NULL AS known",
  );
  const missing = rows[0].known ? await missingMigrations(client, migrations) : migrations;
  return { applied: migrations.length - missing.length, missing: missing.map(({ name }) => name) };
}

async function makeTable(client: pg.Client): Promise<void> {
  await client.query(`CREATE TABLE IF NOT EXISTS _prisma_migrations (
    id VARCHAR(36) PRIMARY KEY NOT NULL, checksum VARCHAR(64) NOT NULL, finished_at TIMESTAMPTZ,
    migration_name VARCHAR(255) NOT NULL, logs TEXT, rolled_back_at TIMESTAMPTZ,
    started_at TIMESTAMPTZ NOT NULL DEFAULT now(), applied_steps_count INTEGER NOT NULL DEFAULT 0)`);
}

async function missingMigrations(client: pg.Client, migrations: readonly Migration[]): Promise<Migration[]> {
  const { rows } = await client.query<{ name: string; checksum: string; finished: boolean }>(
    `SELECT migration_name AS name, checksum, finished_at IS NOT NULL AS finished FROM _prisma_migrations
       WHERE rolled_back_at IS NULL`,
  );
  const known = new Map(migrations.map((migration) => [migration.name, migration]));
  for (const { name, checksum, finished } of rows) {
    const migration = known.get(name);
    if (!migration)
      throw refused(
        name,
        "this version of Maillard does not have it: the database belongs to a newer one. Update Maillard.",
      );
    if (migration.checksum !== checksum)
      throw refused(
        name,
        "its file changed after it was applied. Restore the file; changes of the schema go into a new migration.",
      );
    if (!finished)
      throw refused(name, "it began and did not finish. Resolve it in a checkout: `npx prisma migrate resolve`.");
  }
  const applied = new Set(rows.map(({ name }) => name));
  return migrations.filter(({ name }) => !applied.has(name));
}

const refused = (name: string, reason: string): MaillardError =>
  new MaillardError("STARTUP", `The migration ${name} stops the start: ${reason}`, {
    param: "DATABASE_URL",
    details: { migration: name },
  });

async function apply(client: pg.Client, { name, sql, checksum }: Migration): Promise<void> {
  await client.query("BEGIN");
  try {
    await client.query(sql);
    await client.query(
      `INSERT INTO _prisma_migrations (id, checksum, finished_at, migration_name, applied_steps_count)
         VALUES ($1, $2, clock_timestamp(), $3, 1)`,
      [newId(), checksum, name],
    );
    await client.query("COMMIT");
  } catch (error) {
    await client.query("ROLLBACK").catch(() => undefined);
    throw refused(name, `it failed: ${(error as Error).message}. Nothing of it was kept.`);
  }
}
