/** Fingerprints of compounds: read where they are kept, made and kept where they are not. See prisma's Fingerprint. */
import { MaillardError } from "../errors.js";
import type { Store } from "../store/index.js";
import type { Execution } from "./execution.js";
import { whenDatabaseIsBack } from "./retry.js";

/** Compounds of one question to RDKit and one statement. */
const PART = 500;

/**
 * By compound; what RDKit cannot read is missing. null when there is no RDKit here, or it fails. Fingerprints of a
 * compound are a function of its SMILES, so whoever comes second changes nothing, and no fence is needed.
 */
export async function ensureFingerprints(
  { store, chemistry, signal }: Pick<Execution, "store" | "chemistry" | "signal">,
  compoundIds: readonly string[],
): Promise<Map<string, Uint8Array> | null> {
  const patiently = <T>(work: () => Promise<T>) => whenDatabaseIsBack(work, signal);
  const found = await patiently(() => read(store, compoundIds));
  const missing = found.filter(({ bits }) => bits === null);
  const fingerprints = new Map(found.flatMap(({ id, bits }) => (bits === null ? [] : [[id, bits] as const])));
  if (missing.length === 0) return fingerprints;
  if (chemistry === null) return null;
  try {
    for (let first = 0; first < missing.length; first += PART) {
      const part = missing.slice(first, first + PART);
      const bits = await chemistry.fingerprints(
        part.map(({ smiles }) => smiles),
        signal,
      );
      const made = part.flatMap(({ id }, i) => (bits[i] === null ? [] : [{ id, bits: bits[i] as Uint8Array }]));
      for (const entry of made) fingerprints.set(entry.id, entry.bits);
      await patiently(() => keep(store, made));
    }
  } catch (error) {
    if (signal.aborted || !isOfChemistry(error)) throw error;
    return null;
  }
  return fingerprints;
}

async function read(store: Store, ids: readonly string[]) {
  const { rows } = await store.pool.query<{ id: string; smiles: string; bits: Uint8Array | null }>(
    `SELECT c.id, c.smiles, f.bits FROM "Compound" c LEFT JOIN "Fingerprint" f ON f."compoundId" = c.id
     WHERE c.id = ANY($1::text[])`,
    [ids],
  );
  return rows;
}

async function keep(store: Store, made: readonly { id: string; bits: Uint8Array }[]): Promise<void> {
  await store.pool.query(
    `INSERT INTO "Fingerprint" ("compoundId", bits) SELECT * FROM unnest($1::text[], $2::bytea[])
     ON CONFLICT ("compoundId") DO NOTHING`,
    [made.map(({ id }) => id), made.map(({ bits }) => Buffer.from(bits))],
  );
}

/** An error of RDKit's process: no reason to lose a run. */
const isOfChemistry = (error: unknown): boolean =>
  error instanceof MaillardError && ["OVERLOADED", "COMPUTE_CRASHED", "TIMEOUT"].includes(error.code);
