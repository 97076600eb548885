/**
 * The life of a run, as data:
 *
 *   QUEUED --claim--> RUNNING --succeed--> SUCCEEDED
 *     ^                  |  \---fail-----> FAILED
 *     \----requeue------/    \
 *   QUEUED or RUNNING --------cancel-----> CANCELLED
 *
 * TypeScript, the conditions in SQL and the tests use this one table.
 */
import type { RunStatus } from "../../store/generated/client.js";

export type { RunStatus } from "../../store/generated/client.js";

export const STATUSES = [
  "QUEUED",
  "RUNNING",
  "SUCCEEDED",
  "FAILED",
  "CANCELLED",
] as const satisfies readonly RunStatus[];

interface Transition {
  from: readonly RunStatus[];
  to: RunStatus;
}

export const TRANSITIONS = {
  /** A worker takes it and holds a lease on it. */
  claim: { from: ["QUEUED"], to: "RUNNING" },
  /** Its worker closes, or its lease has expired. */
  requeue: { from: ["RUNNING"], to: "QUEUED" },
  succeed: { from: ["RUNNING"], to: "SUCCEEDED" },
  fail: { from: ["RUNNING"], to: "FAILED" },
  cancel: { from: ["QUEUED", "RUNNING"], to: "CANCELLED" },
} as const satisfies Record<string, Transition>;

export type TransitionName = keyof typeof TRANSITIONS;

export const mayMove = (from: RunStatus, name: TransitionName): boolean =>
  (TRANSITIONS[name].from as readonly RunStatus[]).includes(from);

/** A final status is never left. */
export const isFinal = (status: RunStatus): boolean =>
  Object.keys(TRANSITIONS).every((name) => !mayMove(status, name as TransitionName));

/** Condition on a row of "Run" under which the transition may happen. */
export const guard = (name: TransitionName): string =>
  `status IN (${TRANSITIONS[name].from.map((status) => `'${status}'`).join(", ")})`;

/** What the transition sets in the row. */
export const assignment = (name: TransitionName): string => `status = '${TRANSITIONS[name].to}'`;
