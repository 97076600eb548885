/** Morgan fingerprints and environments of molecules that are known to be readable. */
import { MaillardError } from "../errors.js";
import type { Environments } from "./morgan/environments.js";
import type { Chemistry } from "./types.js";

/**
 * 256 bytes of each of these canonical SMILES. COMPUTE_CRASHED, retryable, where RDKit gave none: it reads all of them.
 */
export const fingerprintsOf = async (
  chemistry: Chemistry,
  smiles: readonly string[],
  signal: AbortSignal,
): Promise<Uint8Array[]> => present(await chemistry.fingerprints(smiles, signal), "fingerprint");

/** Of each of these canonical SMILES, up to a radius in bonds. COMPUTE_CRASHED, retryable, where RDKit gave none. */
export const readableEnvironments = async (
  chemistry: Chemistry,
  smiles: readonly string[],
  radius: number,
  signal: AbortSignal,
): Promise<Environments[]> => present(await chemistry.environments(smiles, radius, signal), "environments");

function present<T>(made: readonly (T | null)[], what: string): T[] {
  const missing = made.filter((one) => one === null).length;
  if (missing === 0) return made as T[];
  throw new MaillardError("COMPUTE_CRASHED", `RDKit gave no ${what} of ${missing} of ${made.length} molecules.`, {
    retryable: true,
  });
}
