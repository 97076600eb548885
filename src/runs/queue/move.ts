/**
 * One transition of runs, as one statement: the guard of the state table, the new status, the event that tells of it,
 * and the end of the attempt under way. Either all of it is written or nothing.
 */
import { notify } from "../../store/index.js";
import type { Queryable } from "../../store/sql.js";
import { type EventNote, eventValues } from "./events.js";
import { assignment, guard, TRANSITIONS, type TransitionName } from "./states.js";
import { eventTopic, metricTopic, runTopic } from "./topics.js";

export interface Move {
  name: TransitionName;
  /** Which runs, besides the guard; with the places $1, $2, … of `values`. */
  where: string;
  values: readonly unknown[];
  /** What else the row gets: assignments after a comma. Default: nothing. */
  set?: string;
  event: EventNote;
  /** Code and message that the attempt ends with. Default: none. */
  fault?: { code: string; message: string };
}

export interface Moved {
  id: string;
  attempt: number;
}

/** What each transition that leaves RUNNING, or begins anew, sets besides the status. */
const RELEASED = `"leaseExpiresAt" = NULL, "workerId" = NULL, "secondsLeft" = NULL`;
const ENDED = `"finishedAt" = now(), ${RELEASED}`;
/** A person's wish: what stopped it before counts no longer. */
const COUNTED_ANEW = `faults = 0, losses = 0, "progressAttempt" = attempt`;
const ALSO: Record<TransitionName, string> = {
  claim: "",
  requeue: RELEASED,
  succeed: ENDED,
  fail: ENDED,
  cancel: ENDED,
  pause: `"pauseRequestedAt" = NULL, "notBefore" = NULL, ${RELEASED}`,
  resume: `"pauseRequestedAt" = NULL, ${COUNTED_ANEW}`,
  retry:
    `"pauseRequestedAt" = NULL, "cancelRequestedAt" = NULL, "finishedAt" = NULL, "errorCode" = NULL, ` +
    `"errorMessage" = NULL, "errorParam" = NULL, "notBefore" = NULL, ${COUNTED_ANEW}`,
};

/** The runs that were moved. */
export async function move(client: Queryable, { name, where, values, set, event, fault }: Move): Promise<Moved[]> {
  const next = values.length + 1;
  const place = (offset: number): string => `$${next + offset}`;
  const sets = [assignment(name), `"lastEvent" = "lastEvent" + 1`, ALSO[name], set ?? ""].filter((text) => text !== "");
  const { rows } = await client.query<Moved>(
    `WITH moved AS (
       UPDATE "Run" SET ${sets.join(", ")} WHERE ${guard(name)} AND (${where})
       RETURNING id, attempt, "lastEvent", step),
     ended AS (
       UPDATE "RunAttempt" a SET "endedAt" = now(), "toStep" = moved.step, ending = ${place(4)}, code = ${place(5)},
         message = ${place(6)}
       FROM moved WHERE a."runId" = moved.id AND a."endedAt" IS NULL),
     noted AS (
       INSERT INTO "RunEvent" ("runId", sequence, kind, level, message, data, attempt)
       SELECT id, "lastEvent", ${place(0)}, ${place(1)}::"EventLevel", ${place(2)}, ${place(3)}::jsonb, attempt
       FROM moved)
     SELECT id, attempt FROM moved`,
    [...values, ...eventValues(event), name, fault?.code ?? null, fault?.message.slice(0, 4_000) ?? null],
  );
  const ends = TRANSITIONS[name].to !== "RUNNING" && TRANSITIONS[name].to !== "QUEUED";
  await notify(
    client,
    rows.flatMap(({ id }) => [runTopic(id), eventTopic(id), ...(ends ? [metricTopic(id)] : [])]),
  );
  return rows;
}
