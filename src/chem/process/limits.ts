/**
 * The limits of time in front of RDKit: one table. A question has `quickMs` in the quick lane. What does not end in it,
 * or looks as if it would not, goes to the slow lane, which never has all the processes.
 */
import { availableParallelism } from "node:os";

export interface ChemistryLimits {
  /** RDKit processes at most. Default: as many as cores, 2 to 4. Each takes 40 MB, up to 150 MB after large imports. */
  processes: number;
  /** Time for one SMILES in the slow lane, milliseconds. Default 10,000. */
  timeoutMs: number;
  /** Time for one SMARTS with up to 200 molecules in the slow lane, milliseconds. Default 2,000. */
  patternMs: number;
  /** Time for one question in the quick lane, milliseconds. Default 400; a SMILES of 300 atoms takes 20 to 300. */
  quickMs: number;
  /**
   * Time of one call for molecules that take above a second, milliseconds: what is above the second counts. When it is
   * spent, the slow molecules that are left are TIMEOUT. Default 20,000: two that reach their limit.
   */
  callMs: number;
  /** How long a SMILES or SMARTS that reached its limit is TIMEOUT at once, milliseconds. Default 600,000. */
  rememberMs: number;
  /** Calls that may wait at one time. Default 1,000. */
  maxQueue: number;
}

export function limitsOf(given: Partial<ChemistryLimits>): ChemistryLimits {
  const {
    processes = Math.min(4, Math.max(2, availableParallelism())),
    timeoutMs = 10_000,
    patternMs = 2_000,
    quickMs = 400,
    callMs = 2 * timeoutMs,
    rememberMs = 600_000,
    maxQueue = 1000,
  } = given;
  return { processes, timeoutMs, patternMs, quickMs, callMs, rememberMs, maxQueue };
}

/** SMILES and SMARTS that are remembered as too slow. */
export const MOST_REMEMBERED = 1_000;
/** Slower molecules count for the time of their call. */
export const SLOW_MS = 1_000;
/**
 * Digits of ring closures in a SMILES that goes to the slow lane at once. Natural products of 134 heavy atoms have
 * about 30; what hangs RDKit are hundreds of fused small rings.
 */
export const MANY_RING_DIGITS = 90;
