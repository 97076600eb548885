/**
 * What things take: bytes of their files, as they are on disk now, and roughly of their rows. The bytes of rows were
 * measured with their indexes (bench/deletion.ts); a row's own content is added.
 */
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { projectsSeen } from "../../store/access/principal.js";
import { MOLECULE_BYTES } from "../../store/access/usage.js";
import type { Store } from "../../store/index.js";
import type { Queryable } from "../../store/sql.js";
import { hasFiles } from "./outbox.js";
import { idsOf, type Kind, type Thing } from "./things.js";

export interface DiskUsage {
  /** Bytes of files. */
  files: number;
  /** Bytes of rows and their indexes, estimated. */
  database: number;
}

/** Bytes of a row with its indexes besides its content, as measured with SMILES of 40 characters. */
const ROW = { embedding: 700, prediction: 700, assignment: 220, metric: 160 };
/** Bytes of a number of a vector: 4, and what long values waste. */
const NUMBER = 5.3;

/** Bytes of all files under a path; 0 when there is none. */
export async function bytesUnder(path: string): Promise<number> {
  const found = await stat(path).catch(() => null);
  if (!found) return 0;
  if (!found.isDirectory()) return found.size;
  const entries = await readdir(path, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = entries.filter((entry) => entry.isFile());
  // A file may be removed meanwhile.
  const sizeOf = (file: string): Promise<number> =>
    stat(file).then(
      ({ size }) => size,
      () => 0,
    );
  const sizes = await Promise.all(files.map(({ parentPath, name }) => sizeOf(join(parentPath, name))));
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** Files and folders of a thing, relative to the artifact store. */
export function artifactsOf({ kind, id, artifact }: UsageKey): string[] {
  if (kind === "Run") return [`runs/${id}`];
  return kind === "Model" && artifact !== null && hasFiles(artifact) ? [artifact] : [];
}

export type UsageKey = Pick<Thing, "kind" | "id" | "artifact">;

/** As the principal of the store sees it, by kind and id ("Model:…"). */
export const diskUsage = (
  store: Pick<Store, "pool" | "artifacts" | "principal">,
  things: readonly UsageKey[],
): Promise<Map<string, DiskUsage>> => diskUsageOf(store, things, projectsSeen(store.principal));

/** @param projects only rows of these projects count; null: all */
export async function diskUsageOf(
  { pool, artifacts }: Pick<Store, "pool" | "artifacts">,
  things: readonly UsageKey[],
  projects: readonly string[] | null,
): Promise<Map<string, DiskUsage>> {
  const rows = new Map<string, number>();
  for (const [kind, statement] of Object.entries(STATEMENTS) as [keyof typeof STATEMENTS, string][]) {
    const ids = idsOf(things, kind);
    if (ids.length === 0) continue;
    for (const [id, bytes] of await readBytes(pool, statement, ids, projects)) rows.set(`${kind}:${id}`, bytes);
  }
  const usage = new Map<string, DiskUsage>();
  for (const thing of things) {
    const sizes = await Promise.all(artifactsOf(thing).map((artifact) => bytesUnder(artifacts.path(artifact))));
    const files = sizes.reduce((sum, size) => sum + size, 0);
    usage.set(`${thing.kind}:${thing.id}`, { files, database: rows.get(`${thing.kind}:${thing.id}`) ?? 0 });
  }
  return usage;
}

async function readBytes(
  client: Queryable,
  statement: string,
  ids: readonly string[],
  projects: readonly string[] | null,
): Promise<[string, number][]> {
  const { rows } = await client.query<{ id: string; bytes: string }>(statement, [ids, projects]);
  return rows.map(({ id, bytes }) => [id, Number(bytes)]);
}

const SEEN = `($2::text[] IS NULL OR x."projectId" = ANY($2))`;

const STATEMENTS: Record<Exclude<Kind, "RunGroup">, string> = {
  Model: `SELECT m.id,
      (SELECT count(*) FROM "Embedding" x WHERE x."modelId" = m.id AND ${SEEN})
        * (${ROW.embedding} + ${NUMBER} * m.width)
      + (SELECT count(*) FROM "Prediction" x WHERE x."modelId" = m.id AND ${SEEN})
        * (${ROW.prediction} + 4 * CASE WHEN jsonb_typeof(m.labels) = 'array' THEN jsonb_array_length(m.labels)
          ELSE 0 END)
        AS bytes
    FROM "Model" m WHERE m.id = ANY($1)`,
  Run: `SELECT x.id,
      (SELECT count(*) FROM "RunAssignment" a WHERE a."runId" = x.id) * ${ROW.assignment}
      + x."lastSequence" * ${ROW.metric}
      + (SELECT coalesce(sum(pg_column_size(o."values")), 0) FROM "EvaluationOutput" o WHERE o."runId" = x.id) AS bytes
    FROM "Run" x WHERE x.id = ANY($1) AND ${SEEN}`,
  Dataset: `SELECT x.id, x.size * ${MOLECULE_BYTES}::bigint AS bytes FROM "Dataset" x
    WHERE x.id = ANY($1) AND ${SEEN}`,
};

/** Of the whole server. */
export async function serverUsage({ pool, artifacts }: Pick<Store, "pool" | "artifacts">): Promise<DiskUsage> {
  const { rows } = await pool.query<{ bytes: string }>("SELECT pg_database_size(current_database()) AS bytes");
  return { files: await bytesUnder(artifacts.root), database: Number(rows[0].bytes) };
}
