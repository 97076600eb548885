/** The end of a run that makes no model. Safe to repeat: after a lost answer of a COMMIT it has succeeded already. */
import type { Store } from "../../store/index.js";
import { type Queryable, transaction } from "../../store/sql.js";
import { type Fence, succeed } from "../queue/lease.js";

/**
 * `set` and `values` ($3, …): what else the row gets; `write`: what else the transaction writes. LEASE_LOST when it was
 * cancelled, or is not held any more.
 */
export async function succeedOnce(
  store: Store,
  fence: Fence,
  { write, ...result }: { set?: string; values?: unknown[]; write?(client: Queryable): Promise<void> } = {},
): Promise<void> {
  const { runId, attempt } = fence;
  const where = { id: runId, attempt, status: "SUCCEEDED" as const };
  if ((await store.prisma.run.count({ where })) === 1) return;
  await transaction(store, async (client) => {
    await succeed(client, fence, result);
    await write?.(client);
  });
}
