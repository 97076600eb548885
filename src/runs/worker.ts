/**
 * Takes runs from the queue and drives the compute processes: as many at once as its lanes have places. Each place
 * claims a run, works on it to its end (execute.ts) and claims the next one.
 */
import { setTimeout as delay } from "node:timers/promises";
import type { Chemistry } from "../chem/types.js";
import type { ComputePool } from "../compute/types.js";
import type { ImportLimits } from "../datasets/limits.js";
import type { Store } from "../store/index.js";
import { RunExecution } from "./execute.js";
import { LANE_NAMES, type Lane, type LaneSizes } from "./queue/lanes.js";
import { MemoryOfRuns } from "./queue/memory.js";
import type { OnRunNews } from "./queue/news.js";
import { QUEUE_TOPIC, type RunQueue } from "./queue/queue.js";
import { goneWorkers, livingWorkers, makeWorkerId } from "./queue/workers.js";
import { decideSweeps } from "./sweeps/decide.js";

export interface WorkerOptions {
  store: Store;
  compute: ComputePool;
  chemistry: Chemistry | null;
  importLimits: ImportLimits;
  queue: RunQueue;
  /** Time in ms without a heartbeat after which a worker counts as dead. Default 30,000. */
  leaseMs: number;
  /** Time in ms between two polls of the queue without a notification. Default 5,000. */
  pollMs: number;
  /** Runs at once. */
  lanes: LaneSizes;
  /** Bytes that training runs may take together, as estimated. */
  memory: number;
  /** Threads of one training run. */
  threads: number;
  onError(error: unknown): void;
  onEvent: OnRunNews;
}

export class Worker {
  readonly id = makeWorkerId();
  readonly #options: WorkerOptions;
  readonly #closing = new AbortController();
  readonly #running = new Set<RunExecution>();
  readonly #memory: MemoryOfRuns;
  /** Ends the pauses of all places. */
  readonly #waiting = new Set<() => void>();
  #news = 0;
  /** When the database was back after it had been away, of performance.now(). */
  #backAt = Number.NEGATIVE_INFINITY;
  #loops: Promise<unknown> | null = null;

  constructor(options: WorkerOptions) {
    this.#options = options;
    this.#memory = new MemoryOfRuns(options.memory);
  }

  get memory(): number {
    return this.#memory.limit;
  }

  start(): void {
    livingWorkers.add(this.id);
    this.#loops ??= this.#work();
  }

  /** Stops within one step of the current runs, which are QUEUED again. */
  async close(): Promise<void> {
    this.#closing.abort();
    for (const execution of this.#running) execution.stop("SHUTDOWN");
    this.#wake();
    await this.#loops;
    livingWorkers.delete(this.id);
  }

  async #work(): Promise<void> {
    const { store, lanes } = this.#options;
    const unsubscribe = store.notifications.subscribe(QUEUE_TOPIC, () => this.#wake());
    const unwatch = store.notifications.watchOutages((lastedMs) => lastedMs !== null && this.#noteOutage(lastedMs));
    try {
      const places = LANE_NAMES.flatMap((lane) => Array.from({ length: lanes[lane] }, () => lane));
      await Promise.all([this.#recover(), ...places.map((lane) => this.#place(lane))]);
    } finally {
      unsubscribe();
      unwatch();
    }
  }

  /** In the log of every run that is worked on. */
  #noteOutage(lastedMs: number): void {
    this.#backAt = performance.now();
    const seconds = Math.round(lastedMs) / 1_000;
    const message = `The database was away for ${seconds} s; the run went on.`;
    for (const execution of this.#running) execution.note({ kind: "DATABASE_BACK", message, data: { seconds } });
  }

  /** Now and then puts the runs of lost workers back, and decides what their end left undecided. */
  async #recover(): Promise<void> {
    const { store, queue, leaseMs, onError, onEvent } = this.#options;
    while (!this.#closing.signal.aborted) {
      // What is worked on here is not lost, however long the database was away.
      await Promise.all([...this.#running].map((execution) => execution.renew()));
      // After that every worker has the time of a lease to say that it lives.
      const isSettled = store.notifications.connected && performance.now() - this.#backAt >= leaseMs;
      if (isSettled)
        await queue
          .recover(await goneWorkers(store, this.id).catch(() => []))
          .then(({ queued, failed }) => {
            for (const run of queued) onEvent({ event: "taken_over", run });
            for (const run of failed) onEvent({ event: "failed", run, code: "COMPUTE_CRASHED" });
            return decideSweeps(store, queue);
          })
          // The database may be unreachable; it is tried again after a pause.
          .catch(onError);
      await this.#pause(leaseMs / 3, () => false);
    }
  }

  async #place(lane: Lane): Promise<void> {
    const { queue, leaseMs, pollMs, onError, onEvent } = this.#options;
    while (!this.#closing.signal.aborted) {
      const seen = this.#news;
      try {
        const fence = await queue.claimNext(lane, this.id, leaseMs, this.#memory);
        if (fence) {
          const { runId: run, attempt } = fence;
          onEvent({ event: attempt > 1 ? "resumed" : "claimed", run, attempt, worker: this.id, lane });
          await this.#execute(new RunExecution(this.#options, fence));
          this.#memory.release(fence.runId);
          // A run may wait for the memory.
          this.#wake();
          continue;
        }
      } catch (error) {
        // The database may be unreachable; the queue is read again after a pause.
        onError(error);
      }
      await this.#pause(pollMs, () => this.#news !== seen);
    }
  }

  async #execute(execution: RunExecution): Promise<void> {
    this.#running.add(execution);
    try {
      if (this.#closing.signal.aborted) execution.stop("SHUTDOWN");
      await execution.work();
    } finally {
      this.#running.delete(execution);
    }
  }

  #wake(): void {
    this.#news++;
    for (const wake of this.#waiting) wake();
  }

  /** Until so many ms are over, there is news that counts, or the worker closes. */
  async #pause(milliseconds: number, isNews: () => boolean): Promise<void> {
    const ended = new AbortController();
    let look = (): void => undefined;
    const news = new Promise<void>((resolve) => {
      look = () => (isNews() || this.#closing.signal.aborted) && resolve();
    });
    this.#waiting.add(look);
    look();
    const timer = delay(Math.max(1, milliseconds), undefined, { signal: ended.signal, ref: false });
    await Promise.race([news, timer.catch(() => undefined)]);
    this.#waiting.delete(look);
    ended.abort();
  }
}
