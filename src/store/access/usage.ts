/**
 * What a key holds, and the check before it gets more: unfinished runs and downloads, and bytes.
 * Bytes of a key are
 *   checkpoints  of its runs, as measured when they were written; of an unfinished finetune at least what it will need:
 *                a model and one checkpoint (weights and two moments of each); of a pretraining two checkpoints
 *   models       that it made or added, as measured when they were registered
 *   downloads    that have not ended: all that they will bring
 *   vectors      of its embedding runs, probes and projection runs that were not cancelled before they began, once for
 *                each dataset, model, pooling and layer; of a map of a sample those of the sample
 *   answers      of its prediction and evaluation runs: expected until they have ended, then as measured
 *   files        of its import runs, until they are gone: of one that failed or was cancelled it stays for some days
 *   molecules    that it brought into datasets, whoever made them: MOLECULE_BYTES each
 * Files of other uploads are not counted: they are removed when these end. What a run writes beyond its estimate is not
 * stopped: the next order is refused.
 */
import type { PoolClient } from "pg";
import { MaillardError } from "../../errors.js";
import { type Queryable, takeLock } from "../sql.js";
import type { Store } from "../store.js";
import type { KeyLimits } from "./limits.js";

/**
 * Of a molecule in a dataset with its labels and indexes. Measured on the sample of 395 molecules: 4,022 (compounds,
 * members and labels; `pg_total_relation_size`).
 */
export const MOLECULE_BYTES = 4_000;
/** A model and one checkpoint, in bytes for each weight: float32, and the checkpoint has two moments. */
export const FINETUNE_BYTES = 16;
/** As that of a finetune: a model in float16, and two checkpoints. */
export const PRETRAIN_BYTES = 26;
/** First key of the advisory locks; the second one is the hash of the key's id. */
const LOCK = 7_340_037;

/** For whom, and the limits of keys that have no others. */
type Holder = { principal: Pick<Store["principal"], "keyId">; accessLimits: Pick<KeyLimits, "maxRuns" | "maxBytes"> };

export interface Usage {
  used: number;
  /** Null: no limit. */
  limit: number | null;
}

/** Of a key; without one, of all that was made without one, which has no limits. */
export async function usageOf(
  client: Queryable,
  { principal: { keyId }, accessLimits: defaults }: Holder,
): Promise<{ runs: Usage; bytes: Usage }> {
  const { rows } = await client.query<Record<"runs" | "bytes" | "maxRuns" | "maxBytes", string | null>>(
    usageStatement(keyId),
    [keyId, FINETUNE_BYTES, MOLECULE_BYTES, PRETRAIN_BYTES],
  );
  const [{ runs, bytes, maxRuns, maxBytes }] = rows;
  const limit = (own: string | null, other: number): number | null => (keyId === null ? null : Number(own ?? other));
  return {
    runs: { used: Number(runs), limit: limit(maxRuns, defaults.maxRuns) },
    bytes: { used: Number(bytes), limit: limit(maxBytes, defaults.maxBytes) },
  };
}

export interface Wanted {
  /** Runs and downloads. */
  runs?: number;
  /** 0: only what is above the limit already is refused. */
  bytes: number;
}

/**
 * As `checkQuota`, in the transaction that writes what is wanted: other orders of the key wait until it ends, so that
 * of many at once only as many are taken as there is room for. QUOTA_EXCEEDED; OVERLOADED after a wait of LOCK_WAIT_MS,
 * because each order that waits holds a connection of the pool.
 */
export async function checkQuotaInTurn(client: PoolClient, holder: Holder, wanted: Wanted): Promise<void> {
  const { keyId } = holder.principal;
  if (keyId === null) return;
  const what = "other orders of this key, which are being written";
  await takeLock(client, { text: "SELECT pg_advisory_xact_lock($1, hashtext($2))", values: [LOCK, keyId], what });
  await checkQuota(client, holder, wanted);
}

/** Refuses what would bring the key above a limit. QUOTA_EXCEEDED. */
export async function checkQuota(client: Queryable, holder: Holder, wanted: Wanted): Promise<void> {
  if (holder.principal.keyId === null) return;
  const { runs, bytes } = await usageOf(client, holder);
  const more = wanted.runs ?? 0;
  if (more > 0 && exceeds(runs, more))
    throw quotaExceeded("runs", runs, more, {
      held: `this key has ${runs.used} runs and downloads that have not ended`,
      advice: "Wait until some have ended, or cancel some.",
      retryable: more <= (runs.limit ?? more),
    });
  if (exceeds(bytes, wanted.bytes))
    throw quotaExceeded("bytes", bytes, wanted.bytes, {
      held: `this key holds ${bytes.used} bytes (checkpoints, models, vectors, molecules)`,
      advice: "Ask an administrator for a higher limit.",
      retryable: false,
    });
}

/** With nothing more wanted, what is full takes nothing. */
const exceeds = ({ used, limit }: Usage, more: number): boolean =>
  limit !== null && (used + more > limit || (more === 0 && used >= limit));

function quotaExceeded(
  quota: "runs" | "bytes",
  { used, limit }: Usage,
  wanted: number,
  { held, advice, retryable }: { held: string; advice: string; retryable: boolean },
): MaillardError {
  return new MaillardError(
    "QUOTA_EXCEEDED",
    `At most ${limit} ${quota === "runs" ? "at once" : "bytes"} are allowed; ${held}, and ${wanted} more are asked ` +
      `for. ${advice}`,
    { details: { quota, limit, used, wanted }, retryable },
  );
}

/** A paused run keeps its place: it may go on at any time. */
const UNFINISHED = "status IN ('QUEUED', 'RUNNING', 'PAUSED')";
/** Runs that have stored vectors, or will. `run`: alias of the table. */
export const hasVectors = (run: string): string =>
  `${run}.kind IN ('EMBEDDING', 'PROBE', 'PROJECTION') AND ${run}.input->>'features' IS NULL
    AND (${run}.status <> 'CANCELLED' OR ${run}."startedAt" IS NOT NULL)`;
/** How many molecules of the dataset a run has vectors of, null: all; and what draws them: runs with the same share. */
const SAMPLE = `(r.input->>'molecules')::int AS molecules,
    jsonb_build_array(r.input->'map'->'seed', r.input->'runId', r.input->'split') AS sample`;
/** Molecules that samples have vectors of, at most: two samples may share some. */
const covered = (size: string): string => `least(${size}, coalesce(sum(coalesce(molecules, ${size})), 0))`;
/** IS NOT DISTINCT FROM would use no index. */
const madeBy = (keyId: string | null): string => (keyId === null ? `"createdById" IS NULL` : `"createdById" = $1`);

/** Without a key, all of the datasets that were made without one. */
const moleculesOf = (keyId: string | null): string =>
  keyId === null
    ? `(SELECT size FROM "Dataset" WHERE "createdById" IS NULL)`
    : `(SELECT molecules FROM "BroughtMolecules" WHERE "keyId" = $1)`;

/** Counts molecules that became members of a dataset for the key that brought them. */
export async function noteMolecules(
  client: Queryable,
  keyId: string | null,
  { datasetId, molecules }: { datasetId: string; molecules: number },
): Promise<void> {
  if (keyId === null || molecules === 0) return;
  await client.query(
    `INSERT INTO "BroughtMolecules" AS b ("datasetId", "keyId", molecules) VALUES ($1, $2, $3)
     ON CONFLICT ("datasetId", "keyId") DO UPDATE SET molecules = b.molecules + excluded.molecules`,
    [datasetId, keyId, molecules],
  );
}

/** Vectors of one dataset, as the input of their run names them. */
export interface VectorsOf {
  dataset: { id: string; size: number };
  baseModelId: string;
  input: {
    pooling: string;
    layer?: number | null;
    /** Of a sample; left out: all. */
    molecules?: number;
    map?: { seed: number };
    runId?: string | null;
    split?: unknown;
  };
}

/** Molecules whose vectors do not count for this key yet: no earlier run of it has stored them, or will. */
export async function vectorsToCount(
  client: Queryable,
  keyId: string | null,
  { dataset, baseModelId, input }: VectorsOf,
): Promise<number> {
  const { pooling, layer = null, molecules = null, map, runId = null, split = null } = input;
  const { rows } = await client.query<Record<"before" | "after", string>>(
    `WITH earlier AS (
       SELECT DISTINCT ${SAMPLE} FROM "Run" r WHERE r."createdById" = $1 AND r."datasetId" = $2 AND r."baseModelId" = $3
         AND r.input->>'pooling' = $4 AND r.input->>'layer' IS NOT DISTINCT FROM $5 AND ${hasVectors("r")})
     SELECT (SELECT ${covered("$6::int")} FROM earlier) AS before,
       (SELECT ${covered("$6::int")} FROM (SELECT * FROM earlier UNION SELECT $7::int, $8::jsonb) u) AS after`,
    [
      ...[keyId, dataset.id, baseModelId, pooling, layer === null ? null : String(layer)],
      ...[dataset.size, molecules, JSON.stringify([map?.seed ?? null, runId, split])],
    ],
  );
  return Number(rows[0].after) - Number(rows[0].before);
}

const usageStatement = (keyId: string | null): string => `
  WITH run AS (SELECT * FROM "Run" WHERE ${madeBy(keyId)}),
  checkpoint AS (SELECT "runId", sum(bytes) AS bytes FROM "Checkpoint"
    WHERE "runId" IN (SELECT id FROM run) GROUP BY "runId"),
  finetune AS (
    SELECT greatest(coalesce(c.bytes, 0),
      CASE WHEN r.${UNFINISHED} AND r.kind = 'FINETUNE' THEN $2::int * m."parameterCount"
        WHEN r.${UNFINISHED} AND r.kind = 'PRETRAIN' THEN $4::int * (r.input->>'parameterCount')::bigint
        ELSE 0 END) AS bytes
    FROM run r LEFT JOIN "Model" m ON m.id = r."baseModelId" LEFT JOIN checkpoint c ON c."runId" = r.id),
  sampled AS (
    SELECT DISTINCT r."datasetId", r."baseModelId", r.input->>'pooling' AS pooling, r.input->>'layer' AS layer,
      ${SAMPLE}
    FROM run r WHERE ${hasVectors("r")}),
  vectors AS (
    SELECT v."baseModelId", ${covered("d.size")} AS molecules FROM sampled v JOIN "Dataset" d ON d.id = v."datasetId"
    GROUP BY v."datasetId", v."baseModelId", v.pooling, v.layer, d.size)
  SELECT
    (SELECT count(*) FROM run WHERE ${UNFINISHED})
      + (SELECT count(*) FROM "ModelDownload"
          WHERE ${madeBy(keyId)} AND ${UNFINISHED} AND "cancelRequestedAt" IS NULL) AS runs,
    (SELECT coalesce(sum(bytes), 0) FROM finetune)
      + (SELECT coalesce(sum("outputBytes"), 0) FROM run
          WHERE status NOT IN ('FAILED', 'CANCELLED') OR kind = 'IMPORT')
      + (SELECT coalesce(sum(bytes), 0) FROM "Model" WHERE ${madeBy(keyId)} AND artifact NOT LIKE 'package:%')
      + (SELECT coalesce(sum("totalBytes"), 0) FROM "ModelDownload" WHERE ${madeBy(keyId)} AND ${UNFINISHED})
      + (SELECT coalesce(sum(4::bigint * m.width * v.molecules), 0) FROM vectors v
          JOIN "Model" m ON m.id = v."baseModelId")
      + $3::bigint * (SELECT coalesce(sum(n), 0) FROM ${moleculesOf(keyId)} AS brought(n)) AS bytes,
    (SELECT "maxRuns" FROM "ApiKey" WHERE id = $1) AS "maxRuns",
    (SELECT "maxBytes" FROM "ApiKey" WHERE id = $1) AS "maxBytes"`;
