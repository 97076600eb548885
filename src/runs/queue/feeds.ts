/** The feeds of the runs that are followed: one for each run, while it has a subscriber. */
import type { Store } from "../../store/index.js";
import { Feed } from "./feed.js";

export class Feeds {
  readonly #store: Store;
  readonly #open = new Map<string, { feed: Feed; readers: number }>();
  readonly #closing = new AbortController();

  constructor(store: Store) {
    this.#store = store;
  }

  /** Number of runs that have a subscriber. */
  get size(): number {
    return this.#open.size;
  }

  /** Aborts when all subscribers are ended. */
  get closing(): AbortSignal {
    return this.#closing.signal;
  }

  async *follow<T>(runId: string, open: (feed: Feed) => AsyncGenerator<T>): AsyncGenerator<T> {
    const entry = this.#open.get(runId) ?? { feed: new Feed(this.#store, runId), readers: 0 };
    this.#open.set(runId, entry);
    entry.readers++;
    try {
      yield* open(entry.feed);
    } finally {
      entry.readers--;
      if (entry.readers === 0) {
        entry.feed.close();
        this.#open.delete(runId);
      }
    }
  }

  /** Ends every subscriber. */
  close(): void {
    this.#closing.abort();
    for (const { feed } of this.#open.values()) feed.close();
  }
}
