/**
 * Faults that pass: a disk that is full, a database that is away. The run is not to blame: it is QUEUED again and tried
 * after a pause that doubles, from its last checkpoint. Progress begins the count anew.
 */
import { MaillardError, systemFault } from "../../errors.js";
import { databaseAway, isPassing } from "../../store/sql.js";

const FIRST_WAIT_MS = 5_000;
const LONGEST_WAIT_MS = 5 * 60_000;
/** Tries without progress after which the run fails: four hours. */
const MOST_FAULTS = 50;

/** Codes of MaillardError that pass, each with what it is about in the log. */
const PASSING_CODES: ReadonlySet<string> = new Set(["DISK_FULL", "DATABASE_UNAVAILABLE", "OVERLOADED"]);

/** The error as a fault that may pass; null where trying again would not help. */
export function passingFault(error: unknown): MaillardError | null {
  if (error instanceof MaillardError) return error.retryable && PASSING_CODES.has(error.code) ? error : null;
  const fault = systemFault(error);
  if (fault) return fault;
  return isPassing(error) ? (databaseAway(error) ?? MaillardError.from(error)) : null;
}

/** For the operator's log: a run that is tried again. */
export class FaultReport extends Error {
  constructor(
    readonly fields: { run: string; name: string; code: string; faults: number; retryAt: string },
    cause: unknown,
  ) {
    const { run, name, code, retryAt } = fields;
    super(`run ${run} (${name}): ${code}, tried again at ${retryAt}: ${String(cause)}`, { cause });
    this.name = "FaultReport";
  }
}

/** Time in ms until the next try, after `faults` earlier ones; null: it has been tried often enough. */
export const waitAfter = (faults: number): number | null =>
  faults >= MOST_FAULTS ? null : Math.min(FIRST_WAIT_MS * 2 ** faults, LONGEST_WAIT_MS);
