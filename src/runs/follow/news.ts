/** Counts notifications. A reader notes the version before it reads, and then waits for a later one: none is missed. */
import { setMaxListeners } from "node:events";

export class News {
  #version = 0;
  #waiting = new Set<() => void>();
  #closed = false;

  get version(): number {
    return this.#version;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Something may have changed: everyone who waits goes on. */
  tell(): void {
    this.#version++;
    const waiting = this.#waiting;
    this.#waiting = new Set();
    for (const wake of waiting) wake();
  }

  /** Nobody waits any more, now or later. */
  close(): void {
    this.#closed = true;
    this.tell();
  }

  /** Resolves when there is a later version than this one, when the signal aborts, and when it is closed. */
  after(version: number, signal: AbortSignal): Promise<void> {
    if (this.#version !== version || this.#closed || signal.aborted) return Promise.resolve();
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
}
