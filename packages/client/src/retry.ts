/** Trying again, with growing pauses, or when the server says. */
import { MaillardError } from "./errors.js";

export interface RetryOptions {
  /** Tries after the first one. Default 5; 0: none. */
  attempts?: number;
  /** First pause in ms, doubled each time, with chance. Default 250. */
  firstDelayMs?: number;
  /** Longest pause in ms; an error that says to wait longer is thrown. Default 60,000. */
  longestDelayMs?: number;
}

export class Retries {
  readonly #options: Required<RetryOptions>;
  #tried = 0;

  constructor({ attempts = 5, firstDelayMs = 250, longestDelayMs = 60_000 }: RetryOptions = {}) {
    this.#options = { attempts, firstDelayMs, longestDelayMs };
  }

  /** It went on: failures are counted anew. */
  reset(): void {
    this.#tried = 0;
  }

  /** Waits before the next try; throws the error when there is none. */
  async wait(error: unknown, signal?: AbortSignal): Promise<void> {
    const { attempts, firstDelayMs, longestDelayMs } = this.#options;
    if (!(error instanceof MaillardError) || !error.retryable || this.#tried >= attempts) throw error;
    const growing = firstDelayMs * 2 ** this.#tried * (0.5 + Math.random() / 2);
    const delay = error.retryAfterMs ?? Math.min(growing, longestDelayMs);
    if (delay > longestDelayMs) throw error;
    this.#tried += 1;
    await sleep(delay, signal);
  }
}

/** Rejects with the signal's reason. */
function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason as Error);
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, ms);
    signal?.addEventListener("abort", stop, { once: true });
  });
}
