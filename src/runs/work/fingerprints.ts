/** Morgan fingerprints of the molecules of a run: stored ones are read, missing ones are computed and stored. */
import { fingerprintsOf } from "../../chem/fingerprints.js";
import { FINGERPRINT_BITS } from "../../chem/types.js";
import { type Missing, makeFingerprints, PART } from "../../datasets/search/fingerprints.js";
import { MaillardError } from "../../errors.js";
import type { Store } from "../../store/index.js";
import type { BaselineInput } from "../../train/types.js";
import { whenDatabaseIsBack } from "../queue/retry.js";
import type { Execution } from "../record/execution.js";

/**
 * 256 bytes by canonical SMILES; one that RDKit cannot read is missing or has no bit. null without RDKit, or when it
 * fails. A fingerprint is a function of its SMILES: a second writer changes nothing, so no fence is needed.
 */
export async function ensureFingerprints(
  { store, chemistry, signal }: Pick<Execution, "store" | "chemistry" | "signal">,
  molecules: readonly Missing[],
): Promise<Map<string, Uint8Array> | null> {
  const patiently = <T>(work: () => Promise<T>) => whenDatabaseIsBack(work, signal);
  const unique = new Map(molecules.map((molecule) => [molecule.smiles, molecule]));
  const fingerprints = await patiently(() => read(store, [...unique.keys()]));
  const missing = [...unique.values()].filter(({ smiles }) => !fingerprints.has(smiles));
  if (missing.length === 0) return fingerprints;
  if (chemistry === null) return null;
  try {
    for (let first = 0; first < missing.length; first += PART) {
      const part = missing.slice(first, first + PART);
      const made = await patiently(() => makeFingerprints({ store, chemistry }, part, signal));
      for (const [place, fingerprint] of made.entries())
        if (fingerprint) fingerprints.set(part[place].smiles, fingerprint.morgan);
    }
  } catch (error) {
    if (signal.aborted || !isOfChemistry(error)) throw error;
    return null;
  }
  return fingerprints;
}

export interface FingerprintRow {
  compoundId: string;
  /** As the dataset has the molecule: canonical. */
  smiles: string;
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
  const known = (await ensureFingerprints(execution, rows)) ?? new Map<string, Uint8Array>();
  const missing = [...new Set(rows.map(({ smiles }) => smiles).filter((smiles) => !known.has(smiles)))];
  for (let from = 0; from < missing.length; from += PART) {
    const part = missing.slice(from, from + PART);
    const bits = await fingerprintsOf(chemistry, part, signal);
    part.forEach((smiles, place) => void known.set(smiles, bits[place]));
  }
  const fingerprints = new Uint8Array(rows.length * (FINGERPRINT_BITS / 8));
  const numbers = new Map<string, number>();
  const molecules = new Int32Array(rows.length);
  for (const [index, { smiles, compoundId }] of rows.entries()) {
    fingerprints.set(known.get(smiles) as Uint8Array, index * (FINGERPRINT_BITS / 8));
    if (!numbers.has(compoundId)) numbers.set(compoundId, numbers.size);
    molecules[index] = numbers.get(compoundId) as number;
  }
  return { fingerprints, molecules };
}

async function read(store: Store, smiles: readonly string[]): Promise<Map<string, Uint8Array>> {
  // bit_send() begins with four bytes of length.
  const { rows } = await store.pool.query<{ smiles: string; bits: Uint8Array }>(
    `SELECT smiles, substring(bit_send(morgan) FROM 5) AS bits FROM "Fingerprint" WHERE smiles = ANY($1::text[])`,
    [smiles],
  );
  return new Map(rows.map((row) => [row.smiles, row.bits]));
}

/** An error of the RDKit process, which must not fail the run. */
const isOfChemistry = (error: unknown): boolean =>
  error instanceof MaillardError && ["OVERLOADED", "COMPUTE_CRASHED", "TIMEOUT"].includes(error.code);
