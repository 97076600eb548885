/**
 * Compound rows for molecules, unique by InChIKey over all datasets: made where missing, in one statement.
 * A compound that has no name yet takes the first one it is given; nothing else of it ever changes.
 */
import { randomUUID } from "node:crypto";
import type { Molecule } from "../chem/types.js";
import { CHANNEL } from "../store/index.js";
import type { Queryable } from "../store/sql.js";

/** Called after the commit of new compounds, which have no fingerprints yet. */
export const COMPOUNDS_TOPIC = "compounds";

/** Ids of the compounds by InChIKey. */
export async function ensureCompounds(
  client: Queryable,
  molecules: Iterable<{ molecule: Molecule; name?: string }>,
): Promise<Map<string, string>> {
  const unique = new Map<string, { molecule: Molecule; name?: string }>();
  for (const entry of molecules) {
    const known = unique.get(entry.molecule.inchiKey);
    if (!known) unique.set(entry.molecule.inchiKey, entry);
    else if (!known.name && entry.name) known.name = entry.name;
  }
  // One order for all writers, so that two imports of the same molecules cannot deadlock.
  const entries = [...unique.values()].sort((a, b) => (a.molecule.inchiKey < b.molecule.inchiKey ? -1 : 1));
  if (entries.length === 0) return new Map();
  // Prisma's createMany is ten times slower and larger than unnest, and cannot say DO UPDATE.
  await client.query(
    `WITH kept AS (
       INSERT INTO "Compound" (id, "inchiKey", "skeletonKey", smiles, name, formula, "molecularWeight", scaffold)
       SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::float8[],
         $8::text[])
       ON CONFLICT ("inchiKey") DO UPDATE SET name = EXCLUDED.name
         WHERE "Compound".name IS NULL AND EXCLUDED.name IS NOT NULL
       RETURNING 1)
     SELECT pg_notify('${CHANNEL}', '${COMPOUNDS_TOPIC}') FROM kept LIMIT 1`,
    [
      // Random, not by time as other ids are: an id would tell since when some project has the molecule.
      entries.map(() => randomUUID()),
      entries.map(({ molecule }) => molecule.inchiKey),
      entries.map(({ molecule }) => molecule.skeletonKey),
      entries.map(({ molecule }) => molecule.smiles),
      entries.map(({ name }) => name ?? null),
      entries.map(({ molecule }) => molecule.formula),
      entries.map(({ molecule }) => molecule.molecularWeight),
      entries.map(({ molecule }) => molecule.scaffold),
    ],
  );
  const { rows } = await client.query<{ id: string; inchiKey: string }>(
    `SELECT id, "inchiKey" FROM "Compound" WHERE "inchiKey" = ANY($1::text[])`,
    [entries.map(({ molecule }) => molecule.inchiKey)],
  );
  return new Map(rows.map((row) => [row.inchiKey, row.id]));
}
