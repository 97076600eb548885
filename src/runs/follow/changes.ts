/**
 * All runs that change, for one subscriber: first those that have not ended, as they are, then each run after it was
 * asked for or changed, as it is then. Changes in quick succession come as one. It has no buffer but ids: a slow
 * subscriber needs no memory for what it has not read.
 */
import { setTimeout as delay } from "node:timers/promises";
import { LRUCache } from "lru-cache";
import type { Run } from "../../store/generated/client.js";
import type { Store } from "../../store/index.js";
import { whenDatabaseIsBack } from "../queue/retry.js";
import { isFinal, UNFINISHED } from "../queue/states.js";
import { RUN_TOPICS } from "../queue/topics.js";
import { visiblePart } from "./feed.js";

/** Between two reads of one subscriber: runs tell of every few steps. */
const PAUSE_MS = 500;
/** Runs of one statement. */
const PART = 100;
const MOST_TOLD = 10_000;

export type RunConditions = NonNullable<Parameters<Store["prisma"]["run"]["findMany"]>[0]>["where"];

/**
 * @param conditions only runs of which these hold at the time
 * @param store as the subscriber sees it
 */
export async function* changedRuns(store: Store, conditions: RunConditions, signal: AbortSignal): AsyncGenerator<Run> {
  /** What was told last of each run. */
  const told = new LRUCache<string, { text: string; ended: boolean }>({ max: MOST_TOLD });
  const changed = new Set<string>();
  let wake = (): void => undefined;
  let [missed, since] = [true, new Date()];
  const unsubscribe = store.notifications.watch(RUN_TOPICS, (id) => {
    // Null: notifications may have been lost.
    if (id === null) missed = true;
    else changed.add(id);
    wake();
  });
  try {
    for (let first = true; !signal.aborted; first = false) {
      if (missed) {
        missed = false;
        const now = new Date();
        const later = first ? [] : [{ createdAt: { gte: since } }];
        const rows = await whenDatabaseIsBack(() =>
          store.prisma.run.findMany({
            where: { OR: [{ status: { in: [...UNFINISHED] } }, ...later] },
            orderBy: [{ createdAt: "asc" }, { id: "asc" }],
            select: { id: true },
          }),
        );
        for (const [id, { ended }] of told.entries()) if (!ended) changed.add(id);
        for (const { id } of rows) changed.add(id);
        since = now;
      }
      while (changed.size > 0 && !signal.aborted) {
        const ids = [...changed].slice(0, PART);
        for (const id of ids) changed.delete(id);
        const where = { AND: [{ id: { in: ids } }, conditions ?? {}] };
        const rows = await whenDatabaseIsBack(() =>
          store.prisma.run.findMany({ where, orderBy: [{ createdAt: "asc" }, { id: "asc" }] }),
        );
        for (const row of rows) {
          if (signal.aborted) return;
          const text = visiblePart(row);
          if (told.get(row.id)?.text === text) continue;
          told.set(row.id, { text, ended: isFinal(row.status) });
          yield row;
        }
      }
      if (changed.size === 0 && !missed && !signal.aborted)
        await new Promise<void>((resolve) => {
          wake = () => {
            signal.removeEventListener("abort", wake);
            resolve();
          };
          signal.addEventListener("abort", wake, { once: true });
        });
      await delay(PAUSE_MS, undefined, { signal, ref: false }).catch(() => undefined);
    }
  } finally {
    unsubscribe();
  }
}
