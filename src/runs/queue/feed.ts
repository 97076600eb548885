/**
 * The live view of one run, shared by all its subscribers: its row as it changes, and its sequences (sequence.ts). The
 * database is asked only after a notification, and once for all of them.
 */
import { noRun } from "../../store/find.js";
import type { Metric, Run } from "../../store/generated/client.js";
import type { Store } from "../../store/index.js";
import { readMetricsAfter } from "./metrics.js";
import { News } from "./news.js";
import { whenDatabaseIsBack } from "./retry.js";
import { Sequence } from "./sequence.js";
import { isFinal } from "./states.js";
import { metricTopic, runTopic } from "./topics.js";

export class Feed {
  readonly metrics: Sequence<Metric>;
  readonly #rowNews = new News();
  readonly #metricNews = new News();
  #row: { version: number; reading: Promise<Run> } | null = null;
  readonly #unsubscribe: (() => void)[];

  constructor(
    private readonly store: Store,
    readonly runId: string,
  ) {
    const { notifications } = store;
    this.metrics = new Sequence(this.#metricNews, (after, most) => readMetricsAfter(store, runId, after, most));
    this.#unsubscribe = [
      notifications.subscribe(runTopic(runId), () => this.#rowNews.tell()),
      // The end of the run is the end of its sequences.
      ...[runTopic(runId), metricTopic(runId)].map((topic) =>
        notifications.subscribe(topic, () => this.#metricNews.tell()),
      ),
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
    for (const news of [this.#rowNews, this.#metricNews]) news.close();
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
