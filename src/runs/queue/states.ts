/**
 * The life of a run, as data:
 *
 *   QUEUED --claim--> RUNNING --succeed--> SUCCEEDED
 *   ^ | ^ ^             | | \---fail-----> FAILED --\
 *   | | | \---requeue---/ |                         |
 *   | | resume            pause                     |
 *   | |   \--- PAUSED <---/                         |
 *   | \--pause--^ |                                 |
 *   |   QUEUED, RUNNING or PAUSED --cancel--> CANCELLED
 *   \------------------------- retry ---------/-----/
 *
 * TypeScript, the conditions in SQL and the tests use this one table.
 */
import type { RunStatus } from "../../store/generated/client.js";

export type { RunStatus } from "../../store/generated/client.js";

/** In the order of the database's own type. */
export const STATUSES = [
  "QUEUED",
  "RUNNING",
  "SUCCEEDED",
  "FAILED",
  "CANCELLED",
  "PAUSED",
] as const satisfies readonly RunStatus[];

interface Transition {
  from: readonly RunStatus[];
  to: RunStatus;
}

export const TRANSITIONS = {
  /** A worker takes it and holds a lease on it. */
  claim: { from: ["QUEUED"], to: "RUNNING" },
  /** Its worker closes, its lease has expired, or a passing fault stopped it. */
  requeue: { from: ["RUNNING"], to: "QUEUED" },
  succeed: { from: ["RUNNING"], to: "SUCCEEDED" },
  fail: { from: ["RUNNING"], to: "FAILED" },
  cancel: { from: ["QUEUED", "RUNNING", "PAUSED"], to: "CANCELLED" },
  /** No worker takes it until somebody resumes it. */
  pause: { from: ["QUEUED", "RUNNING"], to: "PAUSED" },
  resume: { from: ["PAUSED"], to: "QUEUED" },
  /** It goes on from its last checkpoint, or begins anew. */
  retry: { from: ["FAILED", "CANCELLED"], to: "QUEUED" },
} as const satisfies Record<string, Transition>;

export type TransitionName = keyof typeof TRANSITIONS;

export const mayMove = (from: RunStatus, name: TransitionName): boolean =>
  (TRANSITIONS[name].from as readonly RunStatus[]).includes(from);

/** Statuses that nothing but a person's wish leaves. */
const FINAL: readonly RunStatus[] = ["SUCCEEDED", "FAILED", "CANCELLED"];

export const isFinal = (status: RunStatus): boolean => FINAL.includes(status);

/** A run of these goes on, or may: it holds its name, its files and a place of its key's quota. */
export const UNFINISHED: readonly RunStatus[] = STATUSES.filter((status) => !isFinal(status));

const listed = (statuses: readonly RunStatus[]): string => statuses.map((status) => `'${status}'`).join(", ");

/** Of the column `status`: the run has not ended. */
export const IS_UNFINISHED = `status IN (${listed(UNFINISHED)})`;

/** Condition on a row of "Run" under which the transition may happen. */
export const guard = (name: TransitionName): string => `status IN (${listed(TRANSITIONS[name].from)})`;

/** What the transition sets in the row. */
export const assignment = (name: TransitionName): string => `status = '${TRANSITIONS[name].to}'`;
