/**
 * Metrics of several runs in one statement: the first n of each run is a lateral join, which Prisma cannot write. The
 * caller has seen the runs.
 */
import { groupBy } from "../../datasets/group-by.js";
import type { Metric, Split } from "../../store/generated/client.js";
import type { Store } from "../../store/index.js";
import type { Reading } from "./sequence.js";
import { isFinal, type RunStatus } from "./states.js";

export interface MetricsKey {
  runId: string;
  /** null: of all splits. */
  split: Split | null;
  /** null: of every name. */
  name: string | null;
  /** Only with a greater sequence. */
  after: number;
  /** At most so many. */
  first: number;
}

/** By place of the key, each in the order of its sequence. */
export async function readMetrics({ pool }: Pick<Store, "pool">, keys: readonly MetricsKey[]): Promise<Metric[][]> {
  const { rows } = await pool.query<Metric & { place: number }>(
    `SELECT asked.place, m."runId", m.sequence, m.step, m.epoch, m.split, m.name, m.value, m.at
     FROM unnest($1::int[], $2::text[], $3::text[], $4::text[], $5::int[], $6::int[])
          AS asked(place, run, split, name, after, first)
     CROSS JOIN LATERAL (
       SELECT * FROM "Metric"
       WHERE "runId" = asked.run AND sequence > asked.after
         AND (asked.split IS NULL OR split::text = asked.split) AND (asked.name IS NULL OR name = asked.name)
       ORDER BY sequence LIMIT asked.first
     ) m
     ORDER BY asked.place, m.sequence`,
    [
      keys.map((_, place) => place),
      keys.map(({ runId }) => runId),
      keys.map(({ split }) => split),
      keys.map(({ name }) => name),
      keys.map(({ after }) => after),
      keys.map(({ first }) => first),
    ],
  );
  const groups = groupBy(rows, (row) => row.place);
  return keys.map((_, place) => groups.get(place) ?? []);
}

/** Of one run, in the order of the sequence, with where it stands: one statement (sequence.ts). */
export async function readMetricsAfter(
  { pool }: Pick<Store, "pool">,
  runId: string,
  after: number,
  most: number,
): Promise<Reading<Metric> | null> {
  const { rows } = await pool.query<Metric & { runId: string | null; status: RunStatus; last: number }>(
    `SELECT r.status, r."lastSequence" AS last, m.*
     FROM "Run" r LEFT JOIN LATERAL (
       SELECT * FROM "Metric" WHERE "runId" = r.id AND sequence > $2 ORDER BY sequence LIMIT $3) m ON true
     WHERE r.id = $1 ORDER BY m.sequence`,
    [runId, after, most],
  );
  if (rows.length === 0) return null;
  const [{ status, last }] = rows;
  return { ended: isFinal(status), last, rows: rows[0].runId === null ? [] : rows };
}
