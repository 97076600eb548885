/** A trial that has trained to its rung: PAUSED by its worker, until the rung is decided. */
import type { Store } from "../../store/index.js";
import { type Fence, leaseLost } from "../queue/lease.js";
import { move } from "../queue/move.js";

/** RUNNING -> PAUSED, unless a cancel was requested earlier: LEASE_LOST. Its metrics and checkpoint are written. */
export async function halt({ pool }: Pick<Store, "pool">, { runId, attempt }: Fence): Promise<void> {
  const moved = await move(pool, {
    name: "pause",
    where: `id = $1 AND attempt = $2 AND "cancelRequestedAt" IS NULL`,
    values: [runId, attempt],
    event: { kind: "HALTED", message: "It has reached the epoch at which the trials of its sweep are compared." },
  });
  if (moved.length !== 1) throw leaseLost({ runId, attempt });
}
