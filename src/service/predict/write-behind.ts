/**
 * Rows that are written behind the answers they hold: in batches, in their order, one batch at a time. They are kept
 * answers, so nothing is lost with them: what was not written before a crash, or could not be written, is computed
 * again when it is asked. A batch that fails is tried again after a pause, and so often; past `most` rows that wait,
 * the oldest are given up; and at the close, what is left after the first failure or after `closeMs`. How many that
 * are is said to `onLost`, once in a while.
 */
import { setTimeout as delay } from "node:timers/promises";

export interface WriteBehindOptions<T> {
  /** Rejects when some of the batch was not written. Whatever of it cannot be written at all it leaves out. */
  write(batch: readonly T[]): Promise<void>;
  onLost(rows: number, error: unknown): void;
  /** Milliseconds for which a first row waits for others. Default 50. */
  waitMs?: number;
  /** Rows of a batch. Default 256. */
  batch?: number;
  /** Rows that may wait. Default 8,192. */
  most?: number;
  /** Milliseconds before each further try of a batch. Default 1 s, 5 s. */
  pausesMs?: readonly number[];
  /** Milliseconds between two words to `onLost`. Default 1 s. */
  reportMs?: number;
  /** Milliseconds that the close takes at most. Default 3 s. */
  closeMs?: number;
}

const DEFAULTS = { waitMs: 50, batch: 256, most: 8_192, pausesMs: [1_000, 5_000], reportMs: 1_000, closeMs: 3_000 };

export class WriteBehind<T> {
  readonly #options: Required<WriteBehindOptions<T>>;
  #waiting: T[] = [];
  #timer: NodeJS.Timeout | null = null;
  #writing: Promise<void> | null = null;
  #lost: { rows: number; error: unknown; timer: NodeJS.Timeout } | null = null;
  readonly #closing = new AbortController();

  constructor(options: WriteBehindOptions<T>) {
    this.#options = { ...DEFAULTS, ...options };
  }

  /** Rows that wait, those that are being written left out. */
  get size(): number {
    return this.#waiting.length;
  }

  add(rows: readonly T[]): void {
    for (const row of rows) this.#waiting.push(row);
    const over = this.#waiting.length - this.#options.most;
    if (over > 0) this.#giveUp(this.#waiting.splice(0, over).length, `more than ${this.#options.most} rows wait`);
    if (this.#writing || this.#timer || this.#waiting.length === 0) return;
    this.#timer = setTimeout(() => void this.flush(), this.#options.waitMs);
    this.#timer.unref();
  }

  /** Resolves when all rows that wait now are written, or were given up. */
  flush(): Promise<void> {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    if (!this.#writing && this.#waiting.length > 0) this.#writing = this.#writeAll();
    return this.#writing ?? Promise.resolve();
  }

  /** Writes what waits, once. */
  async close(): Promise<void> {
    this.#closing.abort();
    const limit = new AbortController();
    const late = delay(this.#options.closeMs, undefined, { signal: limit.signal, ref: false }).catch(() => undefined);
    await Promise.race([this.flush(), late]);
    limit.abort();
    const left = this.#waiting.splice(0).length;
    if (left > 0) this.#giveUp(left, "the process closes");
    this.#report();
  }

  async #writeAll(): Promise<void> {
    while (this.#waiting.length > 0) await this.#writeBatch(this.#waiting.splice(0, this.#options.batch));
    // Without a pause after the last look: what is added from now on begins anew.
    this.#writing = null;
  }

  async #writeBatch(batch: readonly T[]): Promise<void> {
    const { write, pausesMs } = this.#options;
    const { signal } = this.#closing;
    for (let tries = 0; ; tries++)
      try {
        return await write(batch);
      } catch (error) {
        const isLast = tries === pausesMs.length || signal.aborted;
        if (isLast) return this.#giveUp(batch.length + (signal.aborted ? this.#waiting.splice(0).length : 0), error);
        await delay(pausesMs[tries], undefined, { signal, ref: false }).catch(() => undefined);
      }
  }

  #giveUp(rows: number, reason: unknown): void {
    const error = reason instanceof Error ? reason : new Error(String(reason));
    if (this.#lost) {
      this.#lost.rows += rows;
      return;
    }
    const timer = setTimeout(() => this.#report(), this.#options.reportMs);
    this.#lost = { rows, error, timer: timer.unref() };
  }

  #report(): void {
    if (!this.#lost) return;
    const { rows, error, timer } = this.#lost;
    clearTimeout(timer);
    this.#lost = null;
    this.#options.onLost(rows, error);
  }
}
