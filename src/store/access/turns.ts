/**
 * Work of one kind, one after another in this process, where who waits holds no connection of the database. With a lock
 * of the database alone, ten requests that wait for one would hold all connections, and so every client. Those locks
 * hold off other processes.
 */
import type { Pool, PoolClient } from "pg";
import { LOCK_WAIT_MS, transaction, waitedTooLong } from "../sql.js";
import type { Store } from "../store.js";

/** By kind of work: settles when the last one that came is over. */
const lanes = new WeakMap<Pool, Map<string, Promise<void>>>();

interface Turn {
  kind: string;
  /** The longest wait in ms, after which the work is OVERLOADED; without one it waits until it is its turn. */
  mostMs?: number;
}

export async function inTurn<T>({ pool }: Pick<Store, "pool">, turn: Turn, work: () => Promise<T>): Promise<T> {
  const { kind, mostMs } = turn;
  const last = lanes.get(pool) ?? new Map<string, Promise<void>>();
  lanes.set(pool, last);
  const before = last.get(kind) ?? Promise.resolve();
  let end = (): void => undefined;
  const own = new Promise<void>((resolve) => (end = resolve));
  const over = before.then(() => own);
  last.set(kind, over);
  void over.then(() => last.get(kind) === over && last.delete(kind));
  try {
    await (mostMs === undefined ? before : within(before, mostMs));
    return await work();
  } finally {
    end();
  }
}

async function within(before: Promise<void>, mostMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(waitedTooLong("other orders of this key, which are being written")), mostMs);
  });
  await Promise.race([before, late]).finally(() => clearTimeout(timer));
}

/** A transaction that writes an order of a key, after those of its other orders. OVERLOADED after LOCK_WAIT_MS. */
export function orderTransaction<T>(store: Store, work: (client: PoolClient) => Promise<T>): Promise<T> {
  const { keyId } = store.principal;
  if (keyId === null) return transaction(store, work);
  return inTurn(store, { kind: `orders of ${keyId}`, mostMs: LOCK_WAIT_MS }, () => transaction(store, work));
}
