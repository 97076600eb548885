/** A run of the server: read, followed, waited for, cancelled. */
import type { MaillardClient } from "./client.js";
import { CANCEL_RUN, RUN, RUN_METRICS, RUN_UPDATED } from "./documents.js";
import { MaillardError } from "./errors.js";
import type { ClientRunFragment, ClientRunMetricsSubscription } from "./generated/graphql.js";

export type Run = ClientRunFragment;
export type Metric = ClientRunMetricsSubscription["runMetricLists"][number];
export type RunEvent = { type: "metric"; metric: Metric } | { type: "run"; run: Run };

export interface WatchOptions {
  /** Only metrics with a greater `sequence`: that of the last one that you have. Default 0. */
  after?: number;
  signal?: AbortSignal;
}

export class RunHandle {
  constructor(
    private readonly client: MaillardClient,
    /** Global id. */
    readonly id: string,
  ) {}

  /** As it is now. NOT_FOUND. */
  async read(): Promise<Run> {
    const { run } = await this.client.query(RUN, { id: this.id });
    if (run) return run;
    throw new MaillardError("NOT_FOUND", "There is no run of this id.", { param: "id" });
  }

  /**
   * Each metric once, in order, and the run whenever it changes; ends when the run has ended, whose last state is the
   * last event. After a broken connection it goes on where it was.
   */
  async *watch({ after = 0, signal }: WatchOptions = {}): AsyncGenerator<RunEvent, void> {
    const stop = new AbortController();
    const both = signal ? AbortSignal.any([signal, stop.signal]) : stop.signal;
    const waiting: RunEvent[] = [];
    let wake = (): void => undefined;
    let [open, failure] = [2, null as unknown];
    let last: RunEvent | null = null;
    const pump = async (source: AsyncIterable<RunEvent>): Promise<void> => {
      try {
        for await (const event of source) {
          waiting.push(event);
          wake();
        }
      } catch (error) {
        failure ??= error;
      } finally {
        open -= 1;
        wake();
      }
    };
    void pump(this.#metrics(after, both));
    void pump(this.#updates(both));
    try {
      while (failure === null) {
        const event = waiting.shift();
        // The end is told when all metrics were.
        if (event?.type === "run" && isEnded(event.run)) last = event;
        else if (event) yield event;
        else if (open === 0) break;
        else
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
      }
      if (failure !== null) throw failure;
      if (last) yield last;
    } finally {
      stop.abort(new Error("Nobody watches any more."));
    }
  }

  /** Resolves with the run when it has ended, however it ended. */
  async wait(signal?: AbortSignal): Promise<Run> {
    let run: Run | null = null;
    for await (const one of this.#updates(signal)) if (one.type === "run") run = one.run;
    return run ?? this.read();
  }

  /** Ends it; of one that has ended nothing changes. */
  async cancel(): Promise<Run> {
    return (await this.client.query(CANCEL_RUN, { id: this.id })).cancelRun.run;
  }

  async *#metrics(after: number, signal?: AbortSignal): AsyncGenerator<RunEvent> {
    let cursor = after;
    const variables = () => ({ id: this.id, after: cursor });
    for await (const { runMetricLists: metrics } of this.client.subscribe(RUN_METRICS, variables, { signal }))
      for (const metric of metrics) {
        cursor = metric.sequence;
        yield { type: "metric", metric };
      }
  }

  async *#updates(signal?: AbortSignal): AsyncGenerator<RunEvent> {
    for await (const { runUpdated: run } of this.client.subscribe(RUN_UPDATED, { id: this.id }, { signal }))
      yield { type: "run", run };
  }
}

const isEnded = ({ status }: Run): boolean => status !== "QUEUED" && status !== "RUNNING";
