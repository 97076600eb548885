/**
 * Rows that are written behind the answers they hold: in batches, in their order, one batch at a time. They are kept
 * answers, so nothing is lost with them: what was not written before a crash, or could not be written, is computed
 * again when it is asked. A batch that fails is tried again after a pause, and so often; past `most` rows that wait,
 * the oldest are given up. Either is said to `onLost` with the number of rows.
 */
import { setTimeout as delay } from "node:timers/promises";

export interface WriteBehindOptions<T> {
  /** Rejects when none of the batch was written. Whatever of it cannot be written at all it leaves out. */
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
}

export class WriteBehind<T> {
  readonly #options: Required<WriteBehindOptions<T>>;
  #waiting: T[] = [];
  #timer: NodeJS.Timeout | null = null;
  #writing: Promise<void> | null = null;
  readonly #closing = new AbortController();

  constructor(options: WriteBehindOptions<T>) {
    this.#options = { waitMs: 50, batch: 256, most: 8_192, pausesMs: [1_000, 5_000], ...options };
  }

  /** Rows that wait, those that are being written left out. */
  get size(): number {
    return this.#waiting.length;
  }

  add(rows: readonly T[]): void {
    for (const row of rows) this.#waiting.push(row);
    const over = this.#waiting.length - this.#options.most;
    if (over > 0) {
      this.#waiting.splice(0, over);
      this.#options.onLost(over, new Error(`more than ${this.#options.most} rows wait`));
    }
    if (this.#writing || this.#timer || this.#waiting.length === 0) return;
    this.#timer = setTimeout(() => void this.flush(), this.#options.waitMs);
    this.#timer.unref();
  }

  /** Resolves when all rows that wait now are written, or were given up. */
  flush(): Promise<void> {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    this.#writing ??= this.#writeAll().finally(() => {
      this.#writing = null;
    });
    return this.#writing;
  }

  /** Writes what waits, once. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.flush();
  }

  async #writeAll(): Promise<void> {
    while (this.#waiting.length > 0) await this.#writeBatch(this.#waiting.splice(0, this.#options.batch));
  }

  async #writeBatch(batch: readonly T[]): Promise<void> {
    const { write, onLost, pausesMs } = this.#options;
    const { signal } = this.#closing;
    for (let tries = 0; ; tries++)
      try {
        return await write(batch);
      } catch (error) {
        if (tries === pausesMs.length || signal.aborted) return onLost(batch.length, error);
        await delay(pausesMs[tries], undefined, { signal, ref: false }).catch(() => undefined);
      }
  }
}
