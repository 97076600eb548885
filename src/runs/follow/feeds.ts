/** The feeds of the runs that are followed: one for each run, while it has a subscriber. */
import type { Metric, Run, RunEvent } from "../../store/generated/client.js";
import type { Store } from "../../store/index.js";
import { Feed } from "./feed.js";
import { oneByOne } from "./sequence.js";

/** Rows that are handed on at once to who reads them one by one. */
const MOST = 500;

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

  /** Metrics with a sequence above `after`: those that exist, then live ones, until the run ends. */
  metrics(runId: string, after: number, signal: AbortSignal): AsyncIterable<Metric> {
    return oneByOne(this.metricLists(runId, after, MOST, signal));
  }

  /** The same in lists of 1 to `most`. Subscribers at the same place are given the same list. */
  metricLists(runId: string, after: number, most: number, signal: AbortSignal): AsyncGenerator<readonly Metric[]> {
    return this.#follow(runId, (feed) => feed.metrics.lists(after, most, signal));
  }

  /** Events, as metrics. */
  events(runId: string, after: number, signal: AbortSignal): AsyncIterable<RunEvent> {
    return oneByOne(this.#follow(runId, (feed) => feed.events.lists(after, MOST, signal)));
  }

  /** The row now, after every change, and at the end. Changes in quick succession may come as one. */
  rows(runId: string, signal: AbortSignal): AsyncIterable<Run> {
    return this.#follow(runId, (feed) => feed.rows(signal));
  }

  async *#follow<T>(runId: string, open: (feed: Feed) => AsyncGenerator<T>): AsyncGenerator<T> {
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
