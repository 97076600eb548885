/** How many runs there are, by status and lane: of all projects, for the operator. */
import type { RunKind } from "../../store/generated/client.js";
import type { Queryable } from "../../store/sql.js";
import { LANE_NAMES, type Lane, laneOf } from "./lanes.js";
import { type RunStatus, STATUSES } from "./states.js";

export interface RunCount {
  status: RunStatus;
  lane: Lane;
  count: number;
}

/** Every pair of status and lane, also those without a run. */
export async function countRuns(client: Queryable): Promise<RunCount[]> {
  const { rows } = await client.query<{ status: RunStatus; kind: RunKind; count: string }>(
    `SELECT status, kind, count(*) AS count FROM "Run" GROUP BY status, kind`,
  );
  return LANE_NAMES.flatMap((lane) =>
    STATUSES.map((status) => {
      const counted = rows.filter((row) => row.status === status && laneOf(row.kind) === lane);
      return { status, lane, count: counted.reduce((sum, row) => sum + Number(row.count), 0) };
    }),
  );
}
