/**
 * A backup: every row and every file that a row names, as one moment saw them, while the service goes on.
 *   - rows: one transaction that reads a snapshot (REPEATABLE READ), each table by COPY, in parts of 8 MB
 *   - files: hard links into a folder of the home, made right after the snapshot began. Files of models and checkpoints
 *     are never changed, only replaced and removed, so that a link keeps what the snapshot names. A checkpoint that was
 *     removed in between has lost its row too: then a new snapshot is taken
 *   - jobs of the queue are not kept: the service gives a run that waits a new one, and one that runs goes back to the
 *     queue, as after a crash
 */
import { randomBytes } from "node:crypto";
import { createReadStream, existsSync } from "node:fs";
import { copyFile, link, mkdir, readdir, rm, stat } from "node:fs/promises";
import { dirname, join, relative, resolve, sep } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type pg from "pg";
import { to as copyTo } from "pg-copy-streams";
import { MaillardError } from "../../errors.js";
import { isAlive, noteOf } from "../../process/alive.js";
import { ArtifactStore } from "../artifacts.js";
import { ArchiveWriter, type Part } from "./archive.js";
import { BOOKKEEPING, migrationsOf, openDatabase, ownTables, quoted, tablesOf } from "./database.js";
import { FORMAT, type Manifest, type TableBackup, writeManifest } from "./manifest.js";

export interface BackupOptions {
  home: string;
  databaseUrl?: string;
  /** Ends in .tar, .tar.gz or .tgz; must not exist. */
  file: string;
  onProgress?(message: string): void;
}

/** Bytes of a part, at least. */
const PART_BYTES = 8 * 2 ** 20;
const TRIES = 5;
const PAUSE_MS = 200;
/** Number and start of the process that made the folder; earlier versions wrote no start. */
const LINKS = /^\.backup-(\d+)-(?:(\d+)-)?[0-9a-f]+$/;

/** BAD_INPUT, CONFLICT, NOT_FOUND (nothing to back up), STARTUP. */
export async function backup(options: BackupOptions): Promise<Manifest> {
  const { databaseUrl, file, onProgress = () => undefined } = options;
  const home = resolve(options.home);
  const isHome = existsSync(join(home, "postgres")) || existsSync(join(home, "postgres.json"));
  if (!databaseUrl && !isHome) throw nothing(home);
  const archive = await ArchiveWriter.create(file);
  const { pid, started } = noteOf();
  const links = join(home, `.backup-${pid}-${started === null ? "" : `${started}-`}${randomBytes(6).toString("hex")}`);
  try {
    const database = await openDatabase(home, databaseUrl, onProgress);
    try {
      const { client } = database;
      if (!(await tablesOf(client)).includes(BOOKKEEPING)) throw nothing(home);
      await removeLinks(home);
      const { paths, missing } = await snapshot(client, home, links);
      const createdAt = new Date().toISOString();
      const tables: TableBackup[] = [];
      const own = await ownTables();
      for (const name of await tablesOf(client))
        if (own.has(name)) tables.push(await writeTable(client, archive, name, onProgress));
      const files: Part[] = [];
      onProgress(`${paths.length} files`);
      for (const path of paths) {
        const source = join(links, path);
        const { size } = await stat(source);
        files.push(await archive.add(`artifacts/${path}`, size, createReadStream(source)));
      }
      const migrations = await migrationsOf(client);
      await client.query("COMMIT");
      const manifest: Manifest = { format: FORMAT, createdAt, migrations, tables, files, missing };
      await writeManifest(archive, manifest);
      await archive.finish();
      return manifest;
    } finally {
      await database.close();
    }
  } catch (error) {
    await archive.abort();
    if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
    throw new MaillardError("DISK_FULL", `The disk of ${file} is full. Nothing of the backup was kept.`);
  } finally {
    await rm(links, { recursive: true, force: true });
  }
}

const nothing = (home: string): MaillardError =>
  new MaillardError("NOT_FOUND", `There is nothing to back up: no service has used ${home} and its database yet.`, {
    param: "MAILLARD_HOME",
  });

/** What a backup that was killed left behind would hold disk space. */
async function removeLinks(home: string): Promise<void> {
  for (const name of await readdir(home).catch(() => [])) {
    const [, pid, started] = LINKS.exec(name) ?? [];
    if (pid === undefined) continue;
    const maker = { pid: Number(pid), started: started === undefined ? null : Number(started) };
    if (!isAlive(maker)) await rm(join(home, name), { recursive: true, force: true });
  }
}

/** Begins the transaction. `paths`: of files in the artifact store, linked below `links`. */
async function snapshot(
  client: pg.Client,
  home: string,
  links: string,
): Promise<{ paths: string[]; missing: string[] }> {
  const artifacts = new ArtifactStore(join(home, "artifacts"));
  for (let time = 1; ; time++) {
    await client.query("BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY");
    const { rows } = await client.query<{ artifact: string }>(
      `SELECT artifact FROM "Model"
       WHERE artifact NOT LIKE 'package:%' AND coalesce(composition ->> 'kind', '') <> 'ENSEMBLE'
       UNION SELECT path FROM "Checkpoint"
       -- As text: a schema of an earlier version has no such kind.
       UNION SELECT 'runs/' || id || '/predictions' FROM "Run"
         WHERE kind::text = 'PREDICTION' AND status::text = 'SUCCEEDED'
       UNION SELECT 'runs/' || id || '/upload' FROM "Run"
         WHERE kind::text = 'IMPORT' AND status::text NOT IN ('SUCCEEDED', 'FAILED', 'CANCELLED')
       ORDER BY 1`,
    );
    const paths = new Set<string>();
    const missing: string[] = [];
    for (const { artifact } of rows) {
      const found = await linkAll(artifacts.path(artifact), artifacts.root, links);
      if (found === null) missing.push(artifact);
      for (const path of found ?? []) paths.add(path);
    }
    if (missing.length === 0 || time === TRIES) return { paths: [...paths].sort(), missing };
    await client.query("ROLLBACK");
    await rm(links, { recursive: true, force: true });
    await delay(PAUSE_MS);
  }
}

/** Paths of the files of a file or folder; null when one is not there. */
async function linkAll(path: string, root: string, links: string): Promise<string[] | null> {
  try {
    const isFolder = (await stat(path)).isDirectory();
    const entries = isFolder ? await readdir(path, { recursive: true, withFileTypes: true }) : [];
    const files = isFolder
      ? entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath ?? entry.path, entry.name))
      : [path];
    const paths: string[] = [];
    for (const file of files) {
      const inside = relative(root, file);
      const target = join(links, inside);
      await mkdir(dirname(target), { recursive: true, mode: 0o700 });
      await link(file, target).catch((error: NodeJS.ErrnoException) => {
        // Two rows may name the same file. A file system without hard links gets a copy.
        if (error.code === "EEXIST") return;
        if (error.code === "ENOENT") throw error;
        return copyFile(file, target);
      });
      paths.push(inside.split(sep).join("/"));
    }
    return paths;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}

async function writeTable(
  client: pg.Client,
  archive: ArchiveWriter,
  name: string,
  onProgress: (message: string) => void,
): Promise<TableBackup> {
  const { rows: found } = await client.query<{ name: string }>(
    `SELECT attname AS name FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped
       AND attgenerated = '' ORDER BY attnum`,
    [quoted(name)],
  );
  const columns = found.map((column) => column.name);
  const parts: Part[] = [];
  let [rows, bytes, chunks]: [number, number, Buffer[]] = [0, 0, []];
  const flush = async (): Promise<void> => {
    if (bytes === 0) return;
    const part = `tables/${name}/${String(parts.length).padStart(6, "0")}`;
    parts.push(await archive.addBytes(part, Buffer.concat(chunks)));
    [bytes, chunks] = [0, []];
  };
  const copy = client.query(copyTo(`COPY ${quoted(name)} (${columns.map(quoted).join(", ")}) TO STDOUT`));
  for await (const chunk of copy as AsyncIterable<Buffer>) {
    // A line break within a value is written as \n, so each one ends a row.
    for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) rows += 1;
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes >= PART_BYTES) await flush();
  }
  await flush();
  onProgress(`${name}: ${rows} rows`);
  return { name, columns, rows, parts };
}
