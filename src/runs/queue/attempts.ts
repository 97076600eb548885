/** The rows of a run's attempts: begun by a claim, ended by the transition that ends it (move.ts). */
import type { Queryable } from "../../store/sql.js";

/** Host of a worker's id (lease.ts). */
const hostOf = (workerId: string): string => workerId.slice(0, Math.max(workerId.indexOf("/"), 0)) || workerId;

/** In the transaction of the claim. */
export async function beginAttempt(
  client: Queryable,
  { runId, attempt }: { runId: string; attempt: number },
  workerId: string,
): Promise<void> {
  await client.query(
    `INSERT INTO "RunAttempt" ("runId", attempt, "workerId", host, "fromStep")
     SELECT id, $2, $3, $4, step FROM "Run" WHERE id = $1 ON CONFLICT ("runId", attempt) DO NOTHING`,
    [runId, attempt, workerId, hostOf(workerId)],
  );
}

/** Where the work of an attempt is done, and from which step. */
export async function describeAttempt(
  client: Queryable,
  { runId, attempt }: { runId: string; attempt: number },
  { device, step }: { device: string | null; step: number },
): Promise<void> {
  await client.query(`UPDATE "RunAttempt" SET device = $3, "fromStep" = $4 WHERE "runId" = $1 AND attempt = $2`, [
    runId,
    attempt,
    device,
    step,
  ]);
}
