/**
 * What no row needs:
 *   FILES        notes of files that are to be removed (outbox.ts)
 *   CHECKPOINTS  those that are kept no longer (retention.ts), parts of prediction runs without a result, and files of
 *                import runs that have ended
 *   FOLDERS      folders of models and runs that no row names: what a killed process left
 *   PARTS        files of downloads and uploads that nobody went on with
 *   COMPOUNDS    molecules that no dataset, prediction or embedding has any more
 *   RESULTS      projections and analyses of models and datasets that are gone
 * Asked for, it is removed at once. In the background a folder is noted first and removed a week later, if still no
 * row names it: a server that was started with the wrong database has a week to notice.
 */
import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { RunKind } from "../../store/generated/client.js";
import type { Store } from "../../store/index.js";
import type { Queryable } from "../../store/sql.js";
import { staleDownloads } from "../downloads/fetch-model.js";
import { uploadArtifact } from "../orders/import-order.js";
import { predictionArtifact } from "../orders/prediction-order.js";
import { pretrainingArtifact } from "../orders/pretraining-order.js";
import { IS_UNFINISHED } from "../queue/states.js";
import { bytesUnder } from "./disk-usage.js";
import { noteRemovals, sweep } from "./outbox.js";
import { checkpointsOf, dropOldCheckpoints, oldCheckpoints } from "./retention.js";

export const GARBAGE_KINDS = ["FILES", "CHECKPOINTS", "FOLDERS", "PARTS", "COMPOUNDS", "RESULTS"] as const;

export interface Garbage {
  kind: (typeof GARBAGE_KINDS)[number];
  /** Files, folders or rows. */
  count: number;
  /** On disk; of rows roughly. */
  bytes: number;
  /** The first of the files and folders, relative to the home. */
  paths: string[];
}

export interface GarbageOptions {
  /** Nothing is removed. */
  dryRun: boolean;
  /** Days for which the last checkpoint of a run that failed is kept. */
  keepDays: number;
  /** Folders, too; otherwise they wait. */
  atOnce: boolean;
}

const HOUR_MS = 3_600_000;
/** A file that was changed since may be one that is being written. */
const YOUNG_MS = HOUR_MS;
const UPLOAD_MS = 24 * HOUR_MS;
const ORPHAN_DAYS = 7;
const MOST_PATHS = 100;
const BATCH = 1_000;
const LOOKED_FOR = 50_000;
/** Of a compound with its fingerprints and indexes, as measured (bench/deletion.ts). */
const COMPOUND_BYTES = 1_600;
const RESULT_BYTES = 20_000;

export async function collectGarbage(store: Store, options: GarbageOptions): Promise<Garbage[]> {
  const { dryRun, keepDays, atOnce } = options;
  const notes = await pathsOf(store, await noted(store.pool));
  const old = await (dryRun ? oldCheckpoints(store.pool, keepDays) : dropOldCheckpoints(store, keepDays));
  const strays = await pathsOf(store, [
    ...(await withoutRows(store, keepDays)),
    ...(await withoutResult(store, keepDays)),
  ]);
  if (!dryRun) await noteRemovals(store.pool, strays.found, "CHECKPOINTS");
  const checkpoints = [...old.runIds.map((id) => checkpointsOf(id)), ...strays.found];
  const folders = await pathsOf(store, await orphans(store));
  if (!dryRun) await noteRemovals(store.pool, folders.found, "ORPHAN", atOnce ? 0 : ORPHAN_DAYS);
  const parts = await partsOf(store, dryRun);
  if (!dryRun) await sweep(store);
  if (!dryRun) await forgetUploads(store);
  return [
    entry("FILES", notes.found, notes.bytes),
    entry("CHECKPOINTS", [...checkpoints, ...old.folders], old.bytes + strays.bytes),
    // In the background they are only noted.
    entry("FOLDERS", dryRun || atOnce ? folders.found : [], folders.bytes),
    { ...entry("PARTS", [], parts.bytes), count: parts.paths.length, paths: parts.paths.slice(0, MOST_PATHS) },
    rows(
      "COMPOUNDS",
      await (dryRun ? countCompounds(store.pool) : deleteCompounds(store.pool, atOnce)),
      COMPOUND_BYTES,
    ),
    rows("RESULTS", await (dryRun ? countResults(store.pool) : deleteResults(store.pool)), RESULT_BYTES),
  ].filter(({ count }) => count > 0);
}

const entry = (kind: Garbage["kind"], found: readonly string[], bytes: number): Garbage => ({
  kind,
  count: found.length,
  bytes,
  paths: found.slice(0, MOST_PATHS).map((artifact) => `artifacts/${artifact}`),
});
const rows = (kind: Garbage["kind"], count: number, each: number): Garbage => ({
  kind,
  count,
  bytes: count * each,
  paths: [],
});

async function noted(client: Queryable): Promise<string[]> {
  const found = await client.query<{ artifact: string }>(
    `SELECT artifact FROM "Removal" WHERE "dueAt" <= now() ORDER BY artifact`,
  );
  return found.rows.map(({ artifact }) => artifact);
}

async function pathsOf(
  { artifacts }: Pick<Store, "artifacts">,
  found: readonly string[],
): Promise<{ found: readonly string[]; bytes: number }> {
  let bytes = 0;
  for (const artifact of found) bytes += await bytesUnder(artifacts.path(artifact));
  return { found, bytes };
}

/** Folders under models/ and runs/ that no row names, and that nothing was written to for an hour. */
async function orphans({ pool, artifacts }: Store): Promise<string[]> {
  const there = (await Promise.all(["models", "runs"].map((folder) => listed(artifacts.path(folder), folder)))).flat();
  const { rows: found } = await pool.query<{ artifact: string }>(
    `SELECT a AS artifact FROM unnest($1::text[]) AS a
     WHERE NOT EXISTS (SELECT 1 FROM "Model" m WHERE m.artifact = a OR starts_with(m.artifact, a || '/'))
       AND NOT EXISTS (SELECT 1 FROM "Run" r WHERE r.id = split_part(a, '/', 2)
         AND (starts_with(a, 'runs/') OR r.${IS_UNFINISHED}))`,
    [there],
  );
  const old = await Promise.all(
    found.map(async ({ artifact }) => ((await isYoung(artifacts.path(artifact), YOUNG_MS)) ? [] : [artifact])),
  );
  return old.flat().sort();
}

/** Folders of checkpoints that have no row, of runs that ended so many days ago: what a killed process was writing. */
async function withoutRows({ pool, artifacts }: Store, days: number): Promise<string[]> {
  const { rows: found } = await pool.query<{ id: string }>(
    `SELECT r.id FROM "Run" r WHERE r.id = ANY($1) AND r."finishedAt" < now() - $2 * interval '1 day'
       AND NOT EXISTS (SELECT 1 FROM "Checkpoint" c WHERE c."runId" = r.id)
       AND NOT EXISTS (SELECT 1 FROM "Removal" n WHERE n.artifact = 'runs/' || r.id || '/checkpoints')`,
    [await readdir(artifacts.path("runs")).catch(() => []), days],
  );
  return thatAreThere(
    artifacts,
    found.map(({ id }) => checkpointsOf(id)),
  );
}

const filesOf = (kind: RunKind): ((id: string) => string) =>
  kind === "IMPORT" ? uploadArtifact : kind === "PRETRAIN" ? pretrainingArtifact : predictionArtifact;

/**
 * Of runs that ended an hour ago: parts of predictions without a result, and of evaluations, which keep theirs in the
 * database, files of imports that succeeded, and molecules of pretrainings. Their worker removes them, if there is one.
 * Files of imports that failed or were cancelled so many days ago.
 */
async function withoutResult({ pool, artifacts }: Store, days: number): Promise<string[]> {
  const { rows: found } = await pool.query<{ id: string; kind: RunKind }>(
    `SELECT r.id, r.kind::text AS kind FROM "Run" r WHERE r.id = ANY($1) AND r."finishedAt" < now() - interval '1 hour'
       AND (r.kind IN ('PREDICTION', 'EVALUATION', 'PRETRAIN') AND r.status IN ('FAILED', 'CANCELLED')
         OR r.kind IN ('EVALUATION', 'IMPORT', 'PRETRAIN') AND r.status = 'SUCCEEDED'
         OR r.kind = 'IMPORT' AND r.status IN ('FAILED', 'CANCELLED')
           AND r."finishedAt" < now() - $2 * interval '1 day')`,
    [await readdir(artifacts.path("runs")).catch(() => []), days],
  );
  return thatAreThere(
    artifacts,
    found.map(({ id, kind }) => filesOf(kind)(id)),
  );
}

/** Files of imports that did not succeed count for a key's quota until they are gone. */
async function forgetUploads({ pool, artifacts }: Store): Promise<void> {
  const held = `kind = 'IMPORT' AND status IN ('FAILED', 'CANCELLED') AND "outputBytes" > 0`;
  const { rows: found } = await pool.query<{ id: string }>(`SELECT id FROM "Run" WHERE ${held}`);
  const files = found.map(({ id }) => uploadArtifact(id));
  const there = new Set(await thatAreThere(artifacts, files));
  const gone = found.filter(({ id }) => !there.has(uploadArtifact(id))).map(({ id }) => id);
  await pool.query(`UPDATE "Run" SET "outputBytes" = 0 WHERE id = ANY($1) AND ${held}`, [gone]);
}

async function thatAreThere(artifacts: Store["artifacts"], folders: readonly string[]): Promise<string[]> {
  const there = await Promise.all(folders.map((folder) => stat(artifacts.path(folder)).catch(() => null)));
  return folders.filter((_, place) => there[place] !== null);
}

const listed = async (path: string, folder: string): Promise<string[]> =>
  (await readdir(path).catch(() => [])).map((name) => `${folder}/${name}`);

async function isYoung(path: string, youngMs: number): Promise<boolean> {
  const names = await readdir(path, { recursive: true }).catch(() => []);
  const times = await Promise.all(
    ["", ...names].map((name) =>
      stat(join(path, name)).then(
        ({ mtimeMs }) => mtimeMs,
        () => 0,
      ),
    ),
  );
  return Math.max(...times) > Date.now() - youngMs;
}

async function partsOf(store: Store, dryRun: boolean): Promise<{ paths: string[]; bytes: number }> {
  const downloads = (await staleDownloads(store)).map((artifact) => `artifacts/${artifact}`);
  const uploads: string[] = [];
  for (const path of await listed(join(store.home, "uploads"), "uploads"))
    if (!(await isYoung(join(store.home, path), UPLOAD_MS))) uploads.push(path);
  const paths = [...downloads, ...uploads];
  let bytes = 0;
  for (const path of paths) {
    bytes += await bytesUnder(join(store.home, path));
    if (!dryRun) await rm(join(store.home, path), { recursive: true, force: true });
  }
  return { paths, bytes };
}

/** Conditions under which a compound is nobody's, from the tables that refer to compounds and do not go with them. */
async function unused(client: Queryable): Promise<string> {
  const { rows: references } = await client.query<{ table: string; column: string }>(
    `SELECT f.conrelid::regclass::text AS table, quote_ident(a.attname) AS column FROM pg_constraint f
     JOIN pg_attribute a ON a.attrelid = f.conrelid AND a.attnum = f.conkey[1]
     WHERE f.contype = 'f' AND f.confrelid = '"Compound"'::regclass AND f.confdeltype IN ('r', 'a')`,
  );
  return references
    .map(({ table, column }) => `NOT EXISTS (SELECT 1 FROM ${table} x WHERE x.${column} = c.id)`)
    .join(" AND ");
}

async function countCompounds(client: Queryable): Promise<number> {
  const found = await client.query<{ count: string }>(
    `SELECT count(*) FROM "Compound" c WHERE ${await unused(client)}`,
  );
  return Number(found.rows[0].count);
}

/** Looked for in few statements, which read the tables; deleted in batches, so that nobody waits for long. */
async function deleteCompounds(client: Queryable, atOnce: boolean): Promise<number> {
  // A molecule has a row before the answer about it has one.
  const old = `c."createdAt" < now() - interval '1 hour'`;
  const nobodys = `${await unused(client)}${atOnce ? "" : ` AND ${old}`}`;
  let deleted = 0;
  for (let after = ""; ; ) {
    const { rows: found } = await client.query<{ id: string }>(
      `SELECT id FROM "Compound" c WHERE id > $1 AND ${nobodys} ORDER BY id LIMIT ${LOOKED_FOR}`,
      [after],
    );
    if (found.length === 0) return deleted;
    const ids = found.map(({ id }) => id);
    after = ids[ids.length - 1];
    for (let from = 0; from < ids.length; from += BATCH)
      deleted += await deleteIds(client, ids.slice(from, from + BATCH));
  }
}

/**
 * One that an import has found is locked, and not waited for. One that got an owner meanwhile refuses the deletion of
 * all: then one at a time.
 */
async function deleteIds(client: Queryable, ids: readonly string[]): Promise<number> {
  try {
    const { rowCount } = await client.query(
      `DELETE FROM "Compound" WHERE id IN (SELECT id FROM "Compound" WHERE id = ANY($1) FOR UPDATE SKIP LOCKED)`,
      [ids],
    );
    return rowCount ?? 0;
  } catch (error) {
    if ((error as { code?: unknown }).code !== "23503") throw error;
    if (ids.length === 1) return 0;
    const middle = ids.length >> 1;
    return (await deleteIds(client, ids.slice(0, middle))) + (await deleteIds(client, ids.slice(middle)));
  }
}

const LOST_RESULTS = {
  Projection: `NOT EXISTS (SELECT 1 FROM "Model" m WHERE m.id = t."modelId")
    OR NOT EXISTS (SELECT 1 FROM "Dataset" d WHERE d.id = t."datasetId")`,
  // Of versions that did not note what they were made from: nobody knows whether it is still there.
  Analysis: `t."datasetId" IS NULL OR NOT EXISTS (SELECT 1 FROM "Dataset" d WHERE d.id = t."datasetId")
    OR EXISTS (SELECT 1 FROM unnest(t."modelIds") AS i WHERE NOT EXISTS (SELECT 1 FROM "Model" m WHERE m.id = i))`,
};

async function countResults(client: Queryable): Promise<number> {
  let sum = 0;
  for (const [table, lost] of Object.entries(LOST_RESULTS)) {
    const found = await client.query<{ count: string }>(`SELECT count(*) FROM "${table}" t WHERE ${lost}`);
    sum += Number(found.rows[0].count);
  }
  return sum;
}

async function deleteResults(client: Queryable): Promise<number> {
  let sum = 0;
  for (const [table, lost] of Object.entries(LOST_RESULTS)) {
    const { rowCount } = await client.query(`DELETE FROM "${table}" t WHERE ${lost}`);
    sum += rowCount ?? 0;
  }
  return sum;
}
