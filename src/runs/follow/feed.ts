/**
 * The live view of one run, shared by all its subscribers: its row as it changes, and its sequences (sequence.ts). The
 * database is asked only after a notification, and once for all of them.
 */
import { noRun } from "../../store/find.js";
import type { Metric, Run, RunEvent } from "../../store/generated/client.js";
import type { Store } from "../../store/index.js";
import { whenDatabaseIsBack } from "../queue/retry.js";
import { isFinal } from "../queue/states.js";
import { eventTopic, metricTopic, runTopic } from "../queue/topics.js";
import { readMetricsAfter } from "./metrics.js";
import { News } from "./news.js";
import { readEventsAfter } from "./run-events.js";
import { Sequence } from "./sequence.js";

export class Feed {
  readonly metrics: Sequence<Metric>;
  readonly events: Sequence<RunEvent>;
  readonly #rowNews = new News();
  readonly #metricNews = new News();
  readonly #eventNews = new News();
  #row: { version: number; reading: Promise<Run> } | null = null;
  readonly #unsubscribe: (() => void)[];

  constructor(
    private readonly store: Store,
    readonly runId: string,
  ) {
    this.metrics = new Sequence(this.#metricNews, (after, most) => readMetricsAfter(store, runId, after, most));
    this.events = new Sequence(this.#eventNews, (after, most) => readEventsAfter(store, runId, after, most));
    const tell = (topic: string, news: News) => store.notifications.subscribe(topic, () => news.tell());
    this.#unsubscribe = [
      tell(runTopic(runId), this.#rowNews),
      tell(metricTopic(runId), this.#metricNews),
      tell(eventTopic(runId), this.#eventNews),
      // The end of the run is the end of its sequences.
      tell(runTopic(runId), this.#metricNews),
      tell(runTopic(runId), this.#eventNews),
    ];
  }

  /** The row now, after every change, and at the end. Changes in quick succession may come as one. */
  async *rows(signal: AbortSignal): AsyncGenerator<Run> {
    const over = (): boolean => signal.aborted || this.#rowNews.closed;
    for (let last = ""; !over(); ) {
      const { version } = this.#rowNews;
      const row = await this.#rowAt(version);
      const visible = visiblePart(row);
      if (visible !== last) yield row;
      last = visible;
      if (isFinal(row.status)) return;
      await this.#rowNews.after(version, signal);
    }
  }

  /** Ends every subscriber. */
  close(): void {
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
    for (const news of [this.#rowNews, this.#metricNews, this.#eventNews]) news.close();
  }

  /** The row at this version or later: read once for all who ask. */
  #rowAt(version: number): Promise<Run> {
    if (this.#row && this.#row.version >= version) return this.#row.reading;
    const reading = whenDatabaseIsBack(async () => {
      const row = await this.store.prisma.run.findUnique({ where: { id: this.runId } });
      if (!row) throw noRun("runId");
      return row;
    });
    const current = { version, reading };
    this.#row = current;
    // After an error the next one who asks reads again.
    reading.catch(() => {
      if (this.#row === current) this.#row = null;
    });
    return reading;
  }
}

/** The fields that a client sees: not the lease and its holder. */
export const visiblePart = ({ leaseExpiresAt: _lease, workerId: _worker, ...row }: Run): string =>
  JSON.stringify(row, (_field, value: unknown) => (typeof value === "bigint" ? String(value) : value));
