/**
 * The live view of one run, shared by all its subscribers. One reader asks the database, and only after a notification.
 * Subscribers pull: each has a cursor and no buffer, so a slow one needs no memory and misses nothing.
 *
 *   notification -> version + 1 -> (a subscriber asks) row and new metrics are read once -> all subscribers are served
 *
 * No metric is missed or sent twice: sequences have no gaps, and a subscriber notes the version before it reads. The
 * end of a run is read in its row before its last metrics, and a finished run gets no further metrics.
 */
import { setMaxListeners } from "node:events";
import { LRUCache } from "lru-cache";
import { noRun } from "../../store/find.js";
import type { Metric, Run } from "../../store/generated/client.js";
import type { Store } from "../../store/index.js";
import { whenDatabaseIsBack } from "./retry.js";
import { isFinal } from "./states.js";
import { metricTopic, runTopic } from "./topics.js";

/** Metrics of one page: sequences page * PAGE + 1 to (page + 1) * PAGE. */
const PAGE = 1_000;
/** Pages in memory, the most recently used: late subscribers of a run of 20,000 metrics need no database. */
const PAGES_KEPT = 20;

export class Feed {
  #version = 0;
  /** Version that `#row` was read at; -1: never. */
  #rowVersion = -1;
  #row: Run | null = null;
  #reading: Promise<void> | null = null;
  #pages = new LRUCache<number, Metric[]>({ max: PAGES_KEPT });
  #waiting = new Set<() => void>();
  #unsubscribe: (() => void)[];
  #closed = false;

  constructor(
    private readonly store: Store,
    readonly runId: string,
  ) {
    const wake = () => this.#news();
    this.#unsubscribe = [runTopic(runId), metricTopic(runId)].map((topic) =>
      store.notifications.subscribe(topic, wake),
    );
  }

  async *metrics(after: number, signal: AbortSignal): AsyncGenerator<Metric> {
    for (let cursor = after; !this.#over(signal); ) {
      const version = this.#version;
      const row = await this.#rowAt(version);
      // Metrics beyond the row's last sequence were written after it was read: the next turn sends them.
      while (cursor < row.lastSequence && !this.#over(signal)) {
        const rows = await this.#metricsAfter(cursor, row.lastSequence);
        for (const metric of rows) {
          if (this.#over(signal)) return;
          cursor = metric.sequence;
          yield metric;
        }
        if (rows.length === 0) break; // the run was deleted meanwhile
      }
      if (isFinal(row.status)) return;
      await this.#newsAfter(version, signal);
    }
  }

  async *rows(signal: AbortSignal): AsyncGenerator<Run> {
    for (let last = ""; !this.#over(signal); ) {
      const version = this.#version;
      const row = await this.#rowAt(version);
      const visible = visiblePart(row);
      if (visible !== last) yield row;
      last = visible;
      if (isFinal(row.status)) return;
      await this.#newsAfter(version, signal);
    }
  }

  /** Ends every subscriber. */
  close(): void {
    this.#closed = true;
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
    this.#news();
  }

  #over(signal: AbortSignal): boolean {
    return signal.aborted || this.#closed;
  }

  #news(): void {
    this.#version++;
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }

  #newsAfter(version: number, signal: AbortSignal): Promise<void> {
    if (this.#version !== version || this.#over(signal)) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = () => {
        signal.removeEventListener("abort", wake);
        this.#waiting.delete(wake);
        resolve();
      };
      this.#waiting.add(wake);
      // One signal for many readers is the normal case, not a leak.
      setMaxListeners(0, signal);
      signal.addEventListener("abort", wake, { once: true });
    });
  }

  /** The row at this version or later. */
  async #rowAt(version: number): Promise<Run> {
    while (this.#rowVersion < version || this.#row === null) {
      await this.#once(async () => {
        if (this.#rowVersion >= version && this.#row !== null) return;
        const current = this.#version;
        const row = await this.store.prisma.run.findUnique({ where: { id: this.runId } });
        if (!row) throw noRun("runId");
        this.#row = row;
        this.#rowVersion = current;
      });
    }
    return this.#row;
  }

  /** Some metrics after the cursor, at least one, up to a page's end; `known` of them exist. */
  async #metricsAfter(cursor: number, known: number): Promise<Metric[]> {
    const number = Math.floor(cursor / PAGE);
    const start = number * PAGE;
    const wanted = Math.min(known, start + PAGE) - start;
    for (let reads = 0; ; ) {
      const page = this.#pages.get(number);
      if (page && (page.length >= wanted || reads > 0)) return page.slice(cursor - start);
      await this.#once(async () => {
        reads++;
        const have = this.#pages.get(number) ?? [];
        if (have.length >= wanted) return;
        const fresh = await this.store.prisma.metric.findMany({
          where: { runId: this.runId, sequence: { gt: start + have.length, lte: start + PAGE } },
          orderBy: { sequence: "asc" },
        });
        this.#pages.set(number, [...have, ...fresh]);
      });
    }
  }

  /** One query at a time. A caller that comes during a query waits for it and then checks again. */
  async #once(read: () => Promise<void>): Promise<void> {
    if (this.#reading) {
      // Its error goes to the caller that started it.
      await this.#reading.catch(() => undefined);
      return;
    }
    const reading = whenDatabaseIsBack(read).finally(() => {
      this.#reading = null;
    });
    this.#reading = reading;
    await reading;
  }
}

/** The fields that a client sees: not the lease and its holder. */
export const visiblePart = ({ leaseExpiresAt: _lease, workerId: _worker, ...row }: Run): string =>
  JSON.stringify(row, (_field, value: unknown) => (typeof value === "bigint" ? String(value) : value));
