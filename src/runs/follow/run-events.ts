/** What happened to runs, in order: of one run live, and the first of several in one statement. */
import { groupBy } from "../../datasets/group-by.js";
import type { EventLevel, RunEvent } from "../../store/generated/client.js";
import type { Store } from "../../store/index.js";
import { type Reading, readingOf, type Standing } from "./sequence.js";

/** Of one run, in the order of the sequence, with where it stands: one statement. They never begin anew. */
export async function readEventsAfter(
  { pool }: Pick<Store, "pool">,
  runId: string,
  after: number,
  most: number,
): Promise<Reading<RunEvent> | null> {
  const { rows } = await pool.query<Standing & RunEvent>(
    `SELECT r.status, r."lastEvent" AS last, NULL AS began, e.*
     FROM "Run" r LEFT JOIN LATERAL (
       SELECT * FROM "RunEvent" WHERE "runId" = r.id AND sequence > $2 ORDER BY sequence LIMIT $3) e ON true
     WHERE r.id = $1 ORDER BY e.sequence`,
    [runId, after, most],
  );
  return readingOf(rows);
}

export interface EventsKey {
  runId: string;
  /** Only with a greater sequence. */
  after: number;
  /** At most so many. */
  first: number;
  /** Only of this level or above. */
  level: EventLevel;
}

/** By place of the key, each in the order of its sequence. The caller has seen the runs. */
export async function readEvents({ pool }: Pick<Store, "pool">, keys: readonly EventsKey[]): Promise<RunEvent[][]> {
  const { rows } = await pool.query<RunEvent & { place: number }>(
    `SELECT asked.place, e.*
     FROM unnest($1::int[], $2::text[], $3::int[], $4::int[], $5::"EventLevel"[])
          AS asked(place, run, after, first, level)
     CROSS JOIN LATERAL (
       SELECT * FROM "RunEvent" r
       WHERE "runId" = asked.run AND sequence > asked.after AND r.level >= asked.level
       ORDER BY sequence LIMIT asked.first
     ) e
     ORDER BY asked.place, e.sequence`,
    [
      keys.map((_, place) => place),
      keys.map(({ runId }) => runId),
      keys.map(({ after }) => after),
      keys.map(({ first }) => first),
      keys.map(({ level }) => level),
    ],
  );
  const groups = groupBy(rows, (row) => row.place);
  return keys.map((_, place) => groups.get(place) ?? []);
}
