/** Morgan fingerprints of the molecules of a run: stored ones are read, missing ones are computed and stored. */
import type { Chemistry } from "../../chem/types.js";
import { type Missing, makeFingerprints, PART } from "../../datasets/search/fingerprints.js";
import { MaillardError } from "../../errors.js";
import type { Store } from "../../store/index.js";
import { whenDatabaseIsBack } from "../queue/retry.js";
import type { Execution } from "./execution.js";

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

async function read(store: Store, smiles: readonly string[]): Promise<Map<string, Uint8Array>> {
  // bit_send() begins with four bytes of length.
  const { rows } = await store.pool.query<{ smiles: string; bits: Uint8Array }>(
    `SELECT smiles, substring(bit_send(morgan) FROM 5) AS bits FROM "Fingerprint" WHERE smiles = ANY($1::text[])`,
    [smiles],
  );
  return new Map(rows.map((row) => [row.smiles, row.bits]));
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
