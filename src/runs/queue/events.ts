/**
 * What happens to a run, kept in order: the log of a run. An event is written with what it tells of, in one statement
 * or one transaction, so neither is there without the other. Its sequence has no gap inside a run.
 */
import type { EventLevel } from "../../store/generated/client.js";
import { notify } from "../../store/index.js";
import type { Queryable } from "../../store/sql.js";
import { eventTopic } from "./topics.js";

/** Every kind of event: its level, and what it says. The API's enum is made from it. */
export const EVENTS = {
  ORDERED: { level: "INFO", says: "It was asked for." },
  WAITS_FOR_MEMORY: {
    level: "INFO",
    says: "It needs `neededBytes` of data, and the runs of a worker leave `freeBytes` of MAILLARD_MEMORY: it waits.",
  },
  CLAIMED: { level: "INFO", says: "A worker took it." },
  STARTED: { level: "INFO", says: "Computing began, at the step and on the device of `data`." },
  CONTINUED: { level: "INFO", says: "Computing went on from the checkpoint of the step of `data`." },
  CHECKPOINT_DAMAGED: { level: "WARNING", says: "A checkpoint is not what it was: an earlier one is used." },
  REQUEUED: { level: "INFO", says: "Its worker gave it back, for the `reason` of `data`: it waits for a worker." },
  WORKER_LOST: { level: "WARNING", says: "Its worker ended without a word: it waits for another." },
  FAULT: { level: "WARNING", says: "A fault that may pass stopped it: it is tried again at `retryAt` of `data`." },
  DATABASE_BACK: { level: "WARNING", says: "The database was away for `seconds` of data; nothing was lost by it." },
  PAUSE_REQUESTED: { level: "INFO", says: "Its worker was told to stop, to go on later." },
  PAUSED: { level: "INFO", says: "It waits until somebody resumes it." },
  RESUMED: { level: "INFO", says: "It waits for a worker again." },
  HALTED: { level: "INFO", says: "It waits to be compared with the others of its sweep, at the epoch of `data`." },
  PROMOTED: { level: "INFO", says: "It is among the best of its sweep so far, and goes on." },
  STOPPED_BY_SWEEP: { level: "INFO", says: "Others of its sweep are better: it was ended." },
  RETRIED: { level: "INFO", says: "It was ended and goes on: from a checkpoint, or `anew` of `data`." },
  CANCEL_REQUESTED: { level: "INFO", says: "Its worker was told to stop." },
  CANCELLED: { level: "INFO", says: "It was ended on request." },
  FAILED: { level: "ERROR", says: "It ended with the error of `data`." },
  SUCCEEDED: { level: "INFO", says: "It ended with its result." },
  WARNING: { level: "WARNING", says: "A warning of the run, with its code in `data`." },
} as const satisfies Record<string, { level: EventLevel; says: string }>;

export type EventKind = keyof typeof EVENTS;

export interface EventNote {
  kind: EventKind;
  message: string;
  data?: Record<string, unknown>;
}

/** Longest message of an event, in characters. */
const MOST_TEXT = 4_000;

export const eventValues = ({ kind, message, data = {} }: EventNote): unknown[] => [
  kind,
  EVENTS[kind].level,
  message.slice(0, MOST_TEXT),
  JSON.stringify(data),
];

/**
 * A run that is QUEUED waits for memory. One event for each wait: none where that is the latest that is told of the
 * run.
 */
export async function noteWaiting(client: Queryable, runId: string, event: EventNote): Promise<void> {
  const { rowCount } = await client.query(
    `WITH noted AS (
       UPDATE "Run" r SET "lastEvent" = "lastEvent" + 1 WHERE id = $1 AND status = 'QUEUED' AND NOT EXISTS (
         SELECT 1 FROM "RunEvent" e WHERE e."runId" = r.id AND e.sequence = r."lastEvent" AND e.kind = $2)
       RETURNING id, "lastEvent", attempt)
     INSERT INTO "RunEvent" ("runId", sequence, kind, level, message, data, attempt)
     SELECT id, "lastEvent", $2, $3::"EventLevel", $4, $5::jsonb, attempt FROM noted`,
    [runId, ...eventValues(event)],
  );
  if (rowCount === 1) await notify(client, [eventTopic(runId)]);
}

/**
 * One event of each run. `once`: not where the attempt has one of the kinds already, so that a repeated write doubles
 * nothing.
 */
export async function note(
  client: Queryable,
  runIds: readonly string[],
  event: EventNote,
  once: readonly EventKind[] = [],
): Promise<void> {
  if (runIds.length === 0) return;
  await client.query(
    `WITH noted AS (
       UPDATE "Run" r SET "lastEvent" = "lastEvent" + 1 WHERE id = ANY($1) AND NOT EXISTS (
         SELECT 1 FROM "RunEvent" e WHERE e."runId" = r.id AND e.attempt = r.attempt AND e.kind = ANY($6::text[]))
       RETURNING id, "lastEvent", attempt)
     INSERT INTO "RunEvent" ("runId", sequence, kind, level, message, data, attempt)
     SELECT id, "lastEvent", $2, $3::"EventLevel", $4, $5::jsonb, attempt FROM noted`,
    [[...runIds], ...eventValues(event), [...once]],
  );
  await notify(client, runIds.map(eventTopic));
}
