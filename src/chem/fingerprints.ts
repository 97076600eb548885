/** Morgan fingerprints of molecules that are known to be readable. */
import { MaillardError } from "../errors.js";
import type { Chemistry } from "./types.js";

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
