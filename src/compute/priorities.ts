/**
 * A queue for each priority, each with the limit of its own: what waits in the background never takes the place of
 * somebody who waits. What has a higher priority goes first, but a queue that has let seven batches pass has the next
 * one, so that nothing stands still.
 */
import type { BatchQueue } from "./queue.js";
import type { PendingRequest, QueuedItem } from "./request.js";
import { type InferencePriority, PRIORITIES } from "./types.js";

/** Batches that a queue lets pass. */
const MOST_PASSED = 7;

interface Lane {
  queue: BatchQueue;
  /** Batches of a higher priority since its own last one, or since it was empty. */
  passed: number;
}

export class PriorityQueues {
  /** The highest first. */
  readonly #lanes: Map<InferencePriority, Lane>;

  constructor(queueOf: () => BatchQueue) {
    this.#lanes = new Map(PRIORITIES.map((priority) => [priority, { queue: queueOf(), passed: 0 }]));
  }

  /** Waiting items. */
  get size(): number {
    return this.sizes.reduce((sum, [, size]) => sum + size, 0);
  }

  get sizes(): [InferencePriority, number][] {
    return [...this.#lanes].map(([priority, { queue }]) => [priority, queue.size]);
  }

  /** Waiting tokens that go before a new request of this priority. */
  tokensBefore(priority: InferencePriority): number {
    const before = PRIORITIES.slice(0, PRIORITIES.indexOf(priority) + 1);
    return before.reduce((sum, one) => sum + this.#queueOf(one).tokens, 0);
  }

  /** @param retryAfterMs for the refusal */
  admit(request: PendingRequest, retryAfterMs: number): void {
    this.#queueOf(request.priority).admit(request, retryAfterMs);
  }

  repeat(items: QueuedItem[], together: boolean): void {
    if (items.length > 0) this.#queueOf(items[0].request.priority).repeat(items, together);
  }

  remove(request: PendingRequest): void {
    this.#queueOf(request.priority).remove(request);
  }

  /** The next batch for a device, all of one priority; null when nothing waits. */
  take(device = ""): QueuedItem[] | null {
    const lanes = [...this.#lanes.values()];
    const late = lanes.findLast(({ queue, passed }) => queue.size > 0 && passed >= MOST_PASSED);
    for (const lane of late ? [late, ...lanes] : lanes) {
      const batch = lane.queue.take(device);
      if (!batch) continue;
      lane.passed = 0;
      for (const other of lanes.slice(lanes.indexOf(lane) + 1))
        other.passed = other.queue.size > 0 ? other.passed + 1 : 0;
      return batch;
    }
    return null;
  }

  /** Every request that still has items here. */
  requests(): PendingRequest[] {
    return [...this.#lanes.values()].flatMap(({ queue }) => queue.requests());
  }

  #queueOf(priority: InferencePriority): BatchQueue {
    return (this.#lanes.get(priority) as Lane).queue;
  }
}
