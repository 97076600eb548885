/**
 * Equal pieces of work that are asked for at the same time are done once. The work goes on as long as one caller waits
 * for it: its signal aborts when the last one has left, who waits until it has ended.
 */
import { setMaxListeners } from "node:events";
import { stopped } from "./refusals.js";

interface Shared<T> {
  stop: AbortController;
  waiting: number;
  outcome: Promise<T>;
}

export class SharedWork<T> {
  readonly #underway = new Map<string, Shared<T>>();

  /**
   * @param key the same for equal work
   * @throws CANCELLED when `signal` aborts, and what the work throws
   */
  async do(key: string, signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    if (signal.aborted) throw left();
    const shared = this.#underway.get(key) ?? this.#begin(key, work);
    shared.waiting++;
    let leave = (): void => undefined;
    const gone = new Promise<never>((_, reject) => {
      leave = () => {
        if (--shared.waiting > 0) reject(left());
        else this.#stop(key, shared);
      };
    });
    setMaxListeners(0, signal);
    signal.addEventListener("abort", leave, { once: true });
    try {
      return await Promise.race([shared.outcome, gone]);
    } finally {
      signal.removeEventListener("abort", leave);
    }
  }

  #begin(key: string, work: (signal: AbortSignal) => Promise<T>): Shared<T> {
    const stop = new AbortController();
    setMaxListeners(0, stop.signal);
    const shared: Shared<T> = { stop, waiting: 0, outcome: Promise.resolve().then(() => work(stop.signal)) };
    this.#underway.set(key, shared);
    const ended = (): void => this.#forget(key, shared);
    shared.outcome.then(ended, ended);
    return shared;
  }

  /** Who asks from now on begins anew. */
  #stop(key: string, shared: Shared<T>): void {
    this.#forget(key, shared);
    shared.stop.abort();
  }

  #forget(key: string, shared: Shared<T>): void {
    if (this.#underway.get(key) === shared) this.#underway.delete(key);
  }
}

const left = () => stopped("The work goes on for others: its caller has left.", "SIGNAL");
