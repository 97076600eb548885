/**
 * Metrics of several runs in one statement: the first n of each run is a lateral join, which Prisma cannot write. The
 * caller has seen the runs. Each statement enters an index once for each curve (split and name) that is asked for, so
 * its time does not depend on how many metrics a run has.
 */
import { groupBy } from "../../datasets/group-by.js";
import type { Metric } from "../../store/generated/client.js";
import { Split } from "../../store/generated/enums.js";
import type { Store } from "../../store/index.js";
import { type Reading, readingOf, type Standing } from "./sequence.js";

type Seen = Pick<Store, "pool">;

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
type Placed = MetricsKey & { place: number };
type PlacedMetric = Metric & { place: number };

/** By place of the key, each in the order of its sequence: a statement for each way in which keys are asked. */
export async function readMetrics(store: Seen, keys: readonly MetricsKey[]): Promise<Metric[][]> {
  const placed = keys.map((key, place) => ({ ...key, place }));
  const curves = placed
    .filter(({ name }) => name !== null)
    .flatMap((key) => (key.split ? [key] : Object.values(Split).map((split) => ({ ...key, split }))));
  const read = await Promise.all([
    lateral(store, curves, CURVE),
    lateral(
      store,
      placed.filter(({ name, split }) => name === null && split !== null),
      CURVES_OF_SPLIT,
    ),
    lateral(
      store,
      placed.filter(({ name, split }) => name === null && split === null),
      ALL,
    ),
  ]);
  const groups = groupBy(read.flat(), ({ place }) => place);
  return keys.map(({ name, split, first }, place) => {
    const rows = groups.get(place) ?? [];
    // Of all splits: each has its own curve.
    return name !== null && split === null ? rows.sort(bySequence).slice(0, first) : rows;
  });
}

const bySequence = (a: Metric, b: Metric): number => a.sequence - b.sequence;

const ALL = `SELECT * FROM "Metric" WHERE "runId" = asked.run AND sequence > asked.after`;
const curveOf = (name: string): string =>
  `SELECT * FROM "Metric" WHERE "runId" = asked.run AND split = asked.split AND name = ${name}
     AND sequence > asked.after`;
const CURVE = curveOf("asked.name");
/** Each name is found from the one before it: there are few, among many metrics. */
const CURVES_OF_SPLIT = `
  WITH RECURSIVE names AS (
    (SELECT name FROM "Metric" WHERE "runId" = asked.run AND split = asked.split ORDER BY name LIMIT 1)
    UNION ALL
    SELECT next.name FROM names CROSS JOIN LATERAL (
      SELECT name FROM "Metric" WHERE "runId" = asked.run AND split = asked.split AND name > names.name
      ORDER BY name LIMIT 1) next)
  SELECT c.* FROM names CROSS JOIN LATERAL (${curveOf("names.name")} ORDER BY sequence LIMIT asked.first) c`;

async function lateral({ pool }: Seen, keys: readonly Placed[], metrics: string): Promise<PlacedMetric[]> {
  if (keys.length === 0) return [];
  const { rows } = await pool.query<PlacedMetric>(
    `SELECT asked.place, m.*
     FROM unnest($1::int[], $2::text[], $3::"Split"[], $4::text[], $5::int[], $6::int[])
          AS asked(place, run, split, name, after, first)
     CROSS JOIN LATERAL (${metrics} ORDER BY sequence LIMIT asked.first) m
     ORDER BY asked.place, m.sequence`,
    [
      keys.map(({ place }) => place),
      keys.map(({ runId }) => runId),
      keys.map(({ split }) => split),
      keys.map(({ name }) => name),
      keys.map(({ after }) => after),
      keys.map(({ first }) => first),
    ],
  );
  return rows;
}

/** The last metric of each split and name, by run, in the order of split and name. */
export async function readLatestMetrics({ pool }: Seen, runIds: readonly string[]): Promise<Metric[][]> {
  const { rows } = await pool.query<Metric>(
    `SELECT m.* FROM unnest($1::text[]) AS asked(run) CROSS JOIN LATERAL (
       WITH RECURSIVE latest AS (
         (SELECT * FROM "Metric" WHERE "runId" = asked.run ORDER BY split DESC, name DESC, step DESC LIMIT 1)
         UNION ALL
         SELECT next.* FROM latest CROSS JOIN LATERAL (
           SELECT * FROM "Metric" WHERE "runId" = asked.run AND (split, name) < (latest.split, latest.name)
           ORDER BY split DESC, name DESC, step DESC LIMIT 1) next)
       SELECT * FROM latest) m
     ORDER BY m."runId", m.split, m.name`,
    [[...runIds]],
  );
  const groups = groupBy(rows, ({ runId }) => runId);
  return runIds.map((id) => groups.get(id) ?? []);
}

/** Of one run, in the order of the sequence, with where it stands: one statement. */
export async function readMetricsAfter(
  { pool }: Seen,
  runId: string,
  after: number,
  most: number,
): Promise<Reading<Metric> | null> {
  const { rows } = await pool.query<Standing & Metric>(
    `SELECT r.status, r."lastSequence" AS last, r."startedAt" AS began, m.*
     FROM "Run" r LEFT JOIN LATERAL (
       SELECT * FROM "Metric" WHERE "runId" = r.id AND sequence > $2 ORDER BY sequence LIMIT $3) m ON true
     WHERE r.id = $1 ORDER BY m.sequence`,
    [runId, after, most],
  );
  return readingOf(rows);
}
