/** How fast the machine trains, by finished runs. */
import type { RunKind } from "../../store/generated/client.js";
import type { Queryable } from "../../store/sql.js";
import { SECONDS_AROUND } from "../../train/estimate.js";

/** Runs that say it. */
const LATEST = 10;

/**
 * Operations in a second, of the latest runs of this kind with models of this width; null: there are none. The width of
 * a model from random weights is in the run's order.
 */
export async function speedOf(client: Queryable, kind: RunKind, width: number): Promise<number | null> {
  const { rows } = await client.query<{ speed: number | null }>(
    `SELECT sum(operations) / sum(greatest(seconds - $3, seconds / 10)) AS speed FROM (
       SELECT r."estimatedOperations" * r.step / r."totalSteps" AS operations,
         extract(epoch FROM r."finishedAt" - r."startedAt")::float8 AS seconds
       FROM "Run" r LEFT JOIN "Model" m ON m.id = r."baseModelId"
       WHERE r.kind = $4::"RunKind" AND r.status = 'SUCCEEDED' AND r.attempt = 1 AND r."totalSteps" > 0
         AND r."estimatedOperations" IS NOT NULL AND r."finishedAt" > r."startedAt"
         AND coalesce(m.width, (r.input ->> 'width')::int) = $1
       ORDER BY r."createdAt" DESC LIMIT $2) latest`,
    [width, LATEST, SECONDS_AROUND, kind],
  );
  return rows[0].speed;
}
