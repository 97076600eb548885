/**
 * The errors of work in other processes: stopped, late, ended without an answer, refused. The same codes everywhere.
 */
import { MaillardError } from "../errors.js";

/** SIGNAL: the caller's signal. SHUTDOWN: the part of the service that does the work closes. */
export type StopReason = "SIGNAL" | "SHUTDOWN";

/** Only work that a shutdown stopped is retryable. */
export const stopped = (message: string, reason: StopReason): MaillardError =>
  new MaillardError("CANCELLED", message, { details: { reason }, retryable: reason === "SHUTDOWN" });

/** @param what the work, such as "The analysis"; @param advice a sentence that says what to do */
export const late = (what: string, timeoutMs: number, advice: string): MaillardError =>
  new MaillardError("TIMEOUT", `${what} did not end within ${timeoutMs / 1000} s. ${advice}`, {
    details: { timeoutMs },
  });

/** @param ending see Ending.reason; @param advice a sentence that says what to do */
export const processEnded = (what: string, ending: string, advice: string): MaillardError =>
  new MaillardError("COMPUTE_CRASHED", `${what} ended with ${ending}. ${advice}`, {
    details: { ending },
    retryable: true,
  });

/** The same for refused requests of every size. */
export const overloaded = (what: string, limit: number, retryAfterMs: number): MaillardError =>
  new MaillardError(
    "OVERLOADED",
    `${limit} ${what} may wait, and the queue is full. Try again in ${retryAfterMs} ms.`,
    { details: { retryAfterMs, limit }, retryable: true },
  );
