/** What the trials of a sweep have taken. Plain SQL: a sum by run. */
import type { Store } from "../../store/index.js";

/** Seconds of all attempts, by run; of an attempt under way until now. */
export async function secondsOf(
  { pool }: Pick<Store, "pool">,
  runIds: readonly string[],
): Promise<Map<string, number>> {
  const { rows } = await pool.query<{ runId: string; seconds: number }>(
    `SELECT "runId", sum(extract(epoch FROM coalesce("endedAt", now()) - "startedAt"))::float8 AS seconds
     FROM "RunAttempt" WHERE "runId" = ANY($1) GROUP BY "runId"`,
    [[...runIds]],
  );
  return new Map(rows.map(({ runId, seconds }) => [runId, seconds]));
}
