/** Morgan fingerprints of the compounds of a run: stored ones are read, missing ones are computed and stored. */
import { type Chemistry, FINGERPRINT_BITS } from "../../chem/types.js";
import { type Missing, makeFingerprints, PART } from "../../datasets/search/fingerprints.js";
import { MaillardError } from "../../errors.js";
import type { Store } from "../../store/index.js";
import type { BaselineInput } from "../../train/types.js";
import { whenDatabaseIsBack } from "../queue/retry.js";
import type { Execution } from "./execution.js";

/**
 * 256 bytes by compound; a compound that RDKit cannot read is missing or has no bit. null without RDKit, or when it
 * fails. A fingerprint is a function of the compound's SMILES: a second writer changes nothing, so no fence is needed.
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
      const made = await patiently(() => makeFingerprints({ store, chemistry }, part, signal));
      for (const [place, fingerprint] of made.entries())
        if (fingerprint) fingerprints.set(part[place].id, fingerprint.morgan);
    }
  } catch (error) {
    if (signal.aborted || !isOfChemistry(error)) throw error;
    return null;
  }
  return fingerprints;
}

export interface FingerprintRow {
  compoundId: string;
  /** As the dataset has the molecule. */
  smiles: string;
  /** Whether the compound has the same SMILES: then its stored fingerprint is that of the row. */
  own: boolean;
}

/**
 * What a finetune is compared with: [rows, 256 bytes] of the SMILES in the dataset, and the molecule of each row. null
 * without RDKit. COMPUTE_CRASHED, TIMEOUT, OVERLOADED: errors of RDKit.
 */
export async function baselineInput(
  execution: Execution,
  rows: readonly FingerprintRow[],
): Promise<BaselineInput | null> {
  const { chemistry, signal } = execution;
  if (chemistry === null) return null;
  const stored = await ensureFingerprints(execution, [
    ...new Set(rows.flatMap(({ compoundId, own }) => (own ? [compoundId] : []))),
  ]);
  const bitsOf = (row: FingerprintRow) => (row.own ? stored?.get(row.compoundId) : undefined);
  const missing = [...new Set(rows.filter((row) => !bitsOf(row)).map(({ smiles }) => smiles))];
  const made = new Map<string, Uint8Array>();
  for (let from = 0; from < missing.length; from += PART) {
    const part = missing.slice(from, from + PART);
    const bits = await fingerprintsOf(chemistry, part, signal);
    part.forEach((smiles, place) => void made.set(smiles, bits[place]));
  }
  const fingerprints = new Uint8Array(rows.length * (FINGERPRINT_BITS / 8));
  const numbers = new Map<string, number>();
  const molecules = new Int32Array(rows.length);
  for (const [index, row] of rows.entries()) {
    fingerprints.set((bitsOf(row) ?? made.get(row.smiles)) as Uint8Array, index * (FINGERPRINT_BITS / 8));
    if (!numbers.has(row.compoundId)) numbers.set(row.compoundId, numbers.size);
    molecules[index] = numbers.get(row.compoundId) as number;
  }
  return { fingerprints, molecules };
}

async function read(store: Store, ids: readonly string[]) {
  // bit_send() begins with four bytes of length.
  const { rows } = await store.pool.query<Missing & { bits: Uint8Array | null }>(
    `SELECT c.id, c.smiles, substring(bit_send(f.morgan) FROM 5) AS bits
     FROM "Compound" c LEFT JOIN "Fingerprint" f ON f."compoundId" = c.id WHERE c.id = ANY($1::text[])`,
    [ids],
  );
  return rows;
}

/**
 * 256 bytes of each of these canonical SMILES. COMPUTE_CRASHED, retryable, where RDKit gave none: it reads all of them.
 */
export async function fingerprintsOf(
  chemistry: Chemistry,
  smiles: readonly string[],
  signal: AbortSignal,
): Promise<Uint8Array[]> {
  const made = await chemistry.fingerprints(smiles, signal);
  const missing = made.filter((bytes) => bytes === null).length;
  if (missing === 0) return made as Uint8Array[];
  throw new MaillardError("COMPUTE_CRASHED", `RDKit gave no fingerprint of ${missing} of ${smiles.length} molecules.`, {
    retryable: true,
  });
}

/** An error of the RDKit process, which must not fail the run. */
const isOfChemistry = (error: unknown): boolean =>
  error instanceof MaillardError && ["OVERLOADED", "COMPUTE_CRASHED", "TIMEOUT"].includes(error.code);
