/** How trials are compared: by one metric of the validation split, better first, then in their order. */
import { decidingMetric, metricOf, oriented } from "../../scores/metrics.js";
import type { Queryable } from "../../store/sql.js";
import type { SweepPlan } from "../orders/sweep/types.js";

/** Values by name; a name that was not measured is left out. */
export type Measured = Readonly<Record<string, number | null>>;

/**
 * The last values of the validation split of each run, of the metric and of the loss, in one statement. The caller has
 * seen the runs.
 */
export async function lastMeasured(
  client: Queryable,
  runIds: readonly string[],
  names: readonly string[],
): Promise<Map<string, Record<string, number>>> {
  const { rows } = await client.query<{ runId: string; name: string; value: number }>(
    `SELECT r.id AS "runId", n.name, m.value FROM unnest($1::text[]) AS r(id) CROSS JOIN unnest($2::text[]) AS n(name)
     CROSS JOIN LATERAL (
       SELECT value FROM "Metric" WHERE "runId" = r.id AND split = 'VALIDATION' AND "Metric".name = n.name
       ORDER BY step DESC LIMIT 1) m`,
    [[...runIds], [...new Set(names)]],
  );
  const measured = new Map<string, Record<string, number>>();
  for (const { runId, name, value } of rows) measured.set(runId, { ...measured.get(runId), [name]: value });
  return measured;
}

/** The metric that compares: the loss where the plan's has no value for the validation split, in any trial. */
export function comparedBy({ metric }: Pick<SweepPlan, "metric">, measured: Iterable<Measured>): string {
  const values = [...measured];
  const known = values.find((one) => (one[metric] ?? null) !== null);
  return known || values.length === 0 ? metric : decidingMetric(metric, values[0]);
}

export const greaterIsBetter = ({ task }: Pick<SweepPlan, "task">, name: string): boolean =>
  metricOf(task, name)?.greaterIsBetter ?? true;

/** Better first; what has no score is last, and of equal ones the smaller index is first. */
export function ranked<T extends { index: number; score: number | null }>(
  { task }: Pick<SweepPlan, "task">,
  metric: string,
  trials: readonly T[],
): T[] {
  const worth = ({ score }: T): number => oriented(task, metric, score) ?? Number.NEGATIVE_INFINITY;
  return [...trials].sort((a, b) => compare(worth(b), worth(a)) || a.index - b.index);
}

const compare = (a: number, b: number): number => (a < b ? -1 : a > b ? 1 : 0);
