/**
 * A backup becomes a home and its database again.
 *   - the whole file is read and compared with its checksums before anything is changed
 *   - into an empty home and database; with `force`, in the place of what Maillard has there, never of what another
 *     program has
 *   - the schema is made as it was, all rows are loaded and counted in one transaction, foreign keys are checked as
 *     they are made again, and then the schema is brought up to this version
 *   - files are unpacked beside the artifact store and take its place before the rows are committed
 *   - runs that were running have no worker any more: the next service continues them from their last checkpoint
 */
import { randomBytes } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { pipeline } from "node:stream/promises";
import type pg from "pg";
import { from as copyFrom } from "pg-copy-streams";
import { MaillardError } from "../../errors.js";
import { ArtifactStore } from "../artifacts.js";
import { migrate, readMigrations } from "../migrate.js";
import { makeFilesPrivate, makeHomePrivate } from "../private.js";
import { broken, type ReadPart, readArchive } from "./archive.js";
import { BOOKKEEPING, openDatabase, ownTables, quoted, tablesOf } from "./database.js";
import { type Manifest, type TableBackup, verifyBackup } from "./manifest.js";

export interface RestoreOptions {
  home: string;
  databaseUrl?: string;
  file: string;
  /** What the home and its database have is lost. */
  force?: boolean;
  onProgress?(message: string): void;
}

/** BAD_INPUT, CHECKSUM_MISMATCH: the file. CONFLICT: the home or its database. */
export async function restore(options: RestoreOptions): Promise<Manifest> {
  const { databaseUrl, file, force = false, onProgress = () => undefined } = options;
  const home = resolve(options.home);
  onProgress("comparing every part with its checksum");
  const manifest = await verifyBackup(file);
  await checkSchema(manifest);
  const artifacts = join(home, "artifacts");
  if (!force && (await readdir(artifacts).catch(() => [])).length > 0)
    throw inUse(`${artifacts} has files`, "--force puts the backup in their place");
  const database = await openDatabase(home, databaseUrl, onProgress);
  makeFilesPrivate();
  const unpacked = join(home, `.restore-${randomBytes(6).toString("hex")}`);
  try {
    const { client, url } = database;
    await checkDatabase(client, force);
    await wipe(client);
    try {
      await mkdir(unpacked, { recursive: true });
      const applied = new Set(manifest.migrations.map(({ name }) => name));
      await migrate(url, undefined, undefined, applied);
      await load(client, file, manifest, { unpacked, artifacts, onProgress });
    } catch (error) {
      await client.query("ROLLBACK").catch(() => undefined);
      await wipe(client);
      throw error;
    }
    await migrate(url, undefined, (name) => onProgress(`migrating the database (${name})`));
    await client.query("ANALYZE");
    await makeHomePrivate(home);
    return manifest;
  } finally {
    await rm(unpacked, { recursive: true, force: true });
    await database.close();
  }
}

async function checkSchema({ migrations }: Manifest): Promise<void> {
  const known = new Map((await readMigrations()).map(({ name, checksum }) => [name, checksum]));
  for (const { name, checksum } of migrations) {
    if (known.get(name) === checksum) continue;
    throw new MaillardError(
      "BAD_INPUT",
      `The backup is of a newer version: this one does not have its migration ${name}. Nothing was changed. ` +
        "Update Maillard, then restore.",
      { param: "file", details: { migration: name } },
    );
  }
}

const inUse = (what: string, remedy: string): MaillardError =>
  new MaillardError("CONFLICT", `${what}: a backup is restored into an empty home and database; ${remedy}.`, {
    param: "--force",
  });

/** Projects that the first migration makes. */
const GIVEN = `id IN ('shared', 'default')`;

async function checkDatabase(client: pg.Client, force: boolean): Promise<void> {
  const { rows } = await client.query<{ others: number }>(
    `SELECT count(*)::int AS others FROM pg_stat_activity
     WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'`,
  );
  if (rows[0].others > 0)
    throw new MaillardError(
      "CONFLICT",
      `${rows[0].others} other connections use the database: stop every server and worker, then restore.`,
      { param: "DATABASE_URL", retryable: true, details: { connections: rows[0].others } },
    );
  const tables = await tablesOf(client);
  if (tables.length === 0) return;
  const own = await ownTables();
  if (tables.some((name) => name !== BOOKKEEPING && !own.has(name)))
    throw new MaillardError("CONFLICT", "The database has tables that are not Maillard's: name one of its own.", {
      param: "DATABASE_URL",
    });
  if (force) return;
  for (const name of tables) {
    if (name === BOOKKEEPING) continue;
    const other = name === "Project" ? ` WHERE NOT ${GIVEN}` : "";
    const found = await client.query<{ is: boolean }>(`SELECT EXISTS (SELECT 1 FROM ${quoted(name)}${other}) AS is`);
    if (found.rows[0].is) throw inUse("the database has rows", "--force puts the backup in their place");
  }
}

/** All that Maillard has in the database. */
async function wipe(client: pg.Client): Promise<void> {
  const tables = await tablesOf(client);
  const { rows: types } = await client.query<{ name: string }>(
    `SELECT typname AS name FROM pg_type WHERE typnamespace = 'public'::regnamespace AND typtype = 'e'`,
  );
  const { rows: functions } = await client.query<{ name: string }>(
    `SELECT oid::regprocedure::text AS name FROM pg_proc
     WHERE pronamespace = 'public'::regnamespace AND proname LIKE 'maillard\\_%'`,
  );
  await client.query("BEGIN");
  if (tables.length > 0) await client.query(`DROP TABLE ${tables.map(quoted).join(", ")} CASCADE`);
  if (types.length > 0) await client.query(`DROP TYPE ${types.map(({ name }) => quoted(name)).join(", ")}`);
  for (const { name } of functions) await client.query(`DROP FUNCTION ${name}`);
  await client.query("DROP SCHEMA IF EXISTS pgboss CASCADE; COMMIT");
}

interface Target {
  /** Folder that files are unpacked to, and the artifact store whose place it takes. */
  unpacked: string;
  artifacts: string;
  onProgress(message: string): void;
}

async function load(client: pg.Client, file: string, manifest: Manifest, target: Target): Promise<void> {
  const { unpacked, artifacts, onProgress } = target;
  await client.query("BEGIN");
  const { rows: keys } = await client.query<{ table: string; name: string; definition: string }>(
    `SELECT conrelid::regclass::text AS table, quote_ident(conname) AS name, pg_get_constraintdef(oid) AS definition
     FROM pg_constraint WHERE contype = 'f' AND connamespace = 'public'::regnamespace`,
  );
  for (const { table, name } of keys) await client.query(`ALTER TABLE ${table} DROP CONSTRAINT ${name}`);
  const tables = (await tablesOf(client)).filter((name) => name !== BOOKKEEPING);
  await client.query(`TRUNCATE ${tables.map(quoted).join(", ")}`);
  const parts = readArchive(file);
  try {
    for (const table of manifest.tables) {
      await loadTable(client, table, parts);
      onProgress(`${table.name}: ${table.rows} rows`);
    }
    const into = new ArtifactStore(unpacked);
    onProgress(`${manifest.files.length} files`);
    for (const { name } of manifest.files) {
      const part = await next(parts, name);
      const path = into.path(name.slice("artifacts/".length));
      await mkdir(dirname(path), { recursive: true });
      await pipeline(part.bytes, createWriteStream(path, { flags: "wx", mode: 0o600, flush: true }));
    }
  } finally {
    await parts.return(undefined);
  }
  for (const { table, name, definition } of keys)
    await client.query(`ALTER TABLE ${table} ADD CONSTRAINT ${name} ${definition}`);
  await client.query(
    `UPDATE "Run" SET "workerId" = NULL, "leaseExpiresAt" = now() - interval '1 second' WHERE status = 'RUNNING'`,
  );
  const before = `${unpacked}-before`;
  const replaced = await rename(artifacts, before).then(
    () => true,
    () => false,
  );
  await rename(unpacked, artifacts);
  try {
    await client.query("COMMIT");
  } catch (error) {
    await rename(artifacts, unpacked);
    if (replaced) await rename(before, artifacts);
    throw error;
  }
  await rm(before, { recursive: true, force: true });
}

async function loadTable(client: pg.Client, table: TableBackup, parts: AsyncGenerator<ReadPart>): Promise<void> {
  const { name, columns, rows } = table;
  const into = client.query(copyFrom(`COPY ${quoted(name)} (${columns.map(quoted).join(", ")}) FROM STDIN`));
  await pipeline(async function* () {
    for (const part of table.parts) yield* (await next(parts, part.name)).bytes;
  }, into);
  const { rows: counted } = await client.query<{ rows: number }>(`SELECT count(*)::int AS rows FROM ${quoted(name)}`);
  if (counted[0].rows !== rows) throw broken(`${name} has ${counted[0].rows} rows instead of ${rows}`);
}

/** The next part, which has this name: the file was verified. */
async function next(parts: AsyncGenerator<ReadPart>, name: string): Promise<ReadPart> {
  const { value } = await parts.next();
  if (value?.name !== name) throw broken(`${name} is missing: it was changed while it was read`);
  return value;
}
