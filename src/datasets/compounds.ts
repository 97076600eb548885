/**
 * Compound rows for molecules, unique by InChIKey over all datasets: made where missing, in one statement. Tautomers
 * share an InChIKey. So SMILES, scaffold and name of the row are those of the first dataset that has the compound:
 * whoever imports molecules, or removes a dataset, calls `refreshCompounds` for them. What was asked of a model gives a
 * row its SMILES only as long as no dataset has it.
 */
import { randomUUID } from "node:crypto";
import type { Molecule } from "../chem/types.js";
import { CHANNEL } from "../store/index.js";
import type { Queryable } from "../store/sql.js";

/** Called after the commit of new compounds and members, which may have no fingerprints yet. */
export const COMPOUNDS_TOPIC = "compounds";

/**
 * Ids of the compounds by InChIKey. In a transaction they stay until its end: rows that are found are locked against
 * removal, and those that were removed meanwhile (garbage.ts) are made again.
 */
export async function ensureCompounds(client: Queryable, molecules: Iterable<Molecule>): Promise<Map<string, string>> {
  const unique = new Map<string, Molecule>();
  for (const molecule of molecules) if (!unique.has(molecule.inchiKey)) unique.set(molecule.inchiKey, molecule);
  // One order for all writers, so that two imports of the same molecules cannot deadlock.
  let entries = [...unique.values()].sort((a, b) => (a.inchiKey < b.inchiKey ? -1 : 1));
  const ids = new Map<string, string>();
  while (entries.length > 0) {
    for (const { id, inchiKey } of await makeOrFind(client, entries)) ids.set(inchiKey, id);
    entries = entries.filter(({ inchiKey }) => !ids.has(inchiKey));
  }
  return ids;
}

/** Ids of compounds by a canonical SMILES of theirs; of those alone that have fingerprints. */
export async function compoundsOfForms(client: Queryable, smiles: readonly string[]): Promise<Map<string, string>> {
  const { rows } = await client.query<{ smiles: string; compoundId: string }>(
    `SELECT smiles, "compoundId" FROM "Fingerprint" WHERE smiles = ANY($1::text[])`,
    [smiles],
  );
  return new Map(rows.map(({ smiles: text, compoundId }) => [text, compoundId]));
}

async function makeOrFind(
  client: Queryable,
  entries: readonly Molecule[],
): Promise<{ id: string; inchiKey: string }[]> {
  // Prisma's createMany is ten times slower and larger than unnest.
  await client.query(
    `WITH made AS (
       INSERT INTO "Compound" (id, "inchiKey", "skeletonKey", smiles, formula, "molecularWeight", scaffold)
       SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::float8[], $7::text[])
       ON CONFLICT ("inchiKey") DO NOTHING RETURNING 1)
     SELECT pg_notify('${CHANNEL}', '${COMPOUNDS_TOPIC}') FROM made LIMIT 1`,
    [
      // Random, not by time as other ids are: an id would tell since when some project has the molecule.
      entries.map(() => randomUUID()),
      entries.map(({ inchiKey }) => inchiKey),
      entries.map(({ skeletonKey }) => skeletonKey),
      entries.map(({ smiles }) => smiles),
      entries.map(({ formula }) => formula),
      entries.map(({ molecularWeight }) => molecularWeight),
      entries.map(({ scaffold }) => scaffold),
    ],
  );
  const { rows } = await client.query<{ id: string; inchiKey: string }>(
    `SELECT id, "inchiKey" FROM "Compound" WHERE "inchiKey" = ANY($1::text[]) ORDER BY "inchiKey" FOR KEY SHARE`,
    [entries.map(({ inchiKey }) => inchiKey)],
  );
  return rows;
}

/**
 * Gives these compounds SMILES and scaffold of the first dataset that has each, and the first name that a dataset gives
 * it, and drops fingerprints of forms that they do not have any more. A compound that no dataset has (any more) keeps
 * its SMILES and has no name. In a transaction: rows are locked in one order first, so that what other transactions
 * wrote to them is seen.
 */
export async function refreshCompounds(client: Queryable, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  await client.query(`SELECT 1 FROM "Compound" WHERE id = ANY($1::text[]) ORDER BY id FOR NO KEY UPDATE`, [ids]);
  // By DISTINCT ON, not by ORDER BY id LIMIT 1 of each: without statistics of a table that has just grown, PostgreSQL
  // walks all members in the order of their ids for each compound.
  await client.query(
    `WITH members AS MATERIALIZED (
       SELECT id, "compoundId", smiles, scaffold, name FROM "DatasetCompound" WHERE "compoundId" = ANY($1::text[])),
     first AS (SELECT DISTINCT ON ("compoundId") * FROM members ORDER BY "compoundId", id),
     named AS (
       SELECT DISTINCT ON ("compoundId") "compoundId", name FROM members WHERE name IS NOT NULL
       ORDER BY "compoundId", id)
     UPDATE "Compound" c SET smiles = own.smiles, scaffold = own.scaffold, name = own.name
     FROM (
       SELECT k.id, coalesce(first.smiles, k.smiles) AS smiles, coalesce(first.scaffold, k.scaffold) AS scaffold,
         named.name
       FROM "Compound" k
         LEFT JOIN first ON first."compoundId" = k.id AND first.scaffold IS NOT NULL
         LEFT JOIN named ON named."compoundId" = k.id
       WHERE k.id = ANY($1::text[])) own
     WHERE c.id = own.id AND (c.smiles, c.scaffold, c.name) IS DISTINCT FROM (own.smiles, own.scaffold, own.name)`,
    [ids],
  );
  await client.query(
    `DELETE FROM "Fingerprint" f USING "Compound" c
     WHERE f."compoundId" = ANY($1::text[]) AND c.id = f."compoundId" AND c.smiles <> f.smiles AND NOT EXISTS (
       SELECT 1 FROM "DatasetCompound" m WHERE m."compoundId" = f."compoundId" AND m.smiles = f.smiles)`,
    [ids],
  );
}

/** The scaffold of a member's own SMILES (`m`); of an earlier version that of its compound (`c`), until it is made. */
export const SCAFFOLD = "coalesce(m.scaffold, c.scaffold)";
