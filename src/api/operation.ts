/**
 * One operation of a client, from its request to the end of the last piece of work that is done for it.
 *   signal   aborts when the answer is complete, when the client has left or completed it, when its socket closes and
 *            when the server closes. It reaches every piece of work, down to the child processes.
 *   compute  runs a field that computes (computing.ts), once its client has a place for it
 *   over     the signal has aborted and all work has ended: only now the places are given back
 * The analyses of one operation run one after the other, so that it never fills their line by itself.
 */
import { setMaxListeners } from "node:events";
import type { MaillardError } from "../errors.js";
import { stopped } from "../process/refusals.js";

/** An analysis is a computation too. */
export type Kind = "computation" | "analysis";

export interface Place {
  /** Nobody waits for its work any more: it ends soon. */
  ending(): void;
  /** Its work has ended. `complete`: it was not stopped. Call it once. */
  giveBack(complete: boolean): void;
}

export interface Places {
  /** OVERLOADED when there is no place. */
  take(client: string, kind: Kind): Place;
}

export interface OperationOptions {
  /** Who asks, as clientOf says it. */
  client: string;
  places: Places;
  /** True of a subscription: it gives its places back after each event. Default false. */
  lasting?: boolean;
  /** Called once. */
  onOver?(): void;
}

/** One for all: with its stack it takes longer than many an answer. */
const ENDED = new DOMException("This operation was aborted", "AbortError");

export class Operation {
  readonly #stop = new AbortController();
  readonly #options: OperationOptions;
  readonly #held = new Map<Kind, Place>();
  #analyses: Promise<unknown> = Promise.resolve();
  #work = 0;
  #answered = false;
  #over = false;

  constructor(options: OperationOptions) {
    this.#options = options;
    // One signal for all work of an operation is the normal case, not a leak.
    setMaxListeners(0, this.#stop.signal);
  }

  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  /** Whether its client left before the answer was complete. */
  get left(): boolean {
    return this.signal.aborted && !this.#answered;
  }

  /** The answer is complete: what still works for it works for nobody. */
  answered(): void {
    this.#end(true);
  }

  /** Nobody waits for the answer any more. */
  leave(): void {
    this.#end(false);
  }

  /** @throws CANCELLED when the operation has ended, OVERLOADED when its client has no place */
  async compute<T>(kind: Kind, work: () => T | Promise<T>): Promise<T> {
    if (this.signal.aborted) throw left();
    try {
      this.#hold("computation");
      if (kind === "analysis") this.#hold(kind);
    } catch (error) {
      this.#settle();
      throw error;
    }
    return this.track(kind === "analysis" ? this.#inTurn(work) : Promise.resolve().then(work));
  }

  /** Holds the operation open until the work has settled. Returns the work. */
  track<T>(work: Promise<T>): Promise<T> {
    this.#work++;
    const ended = (): void => {
      this.#work--;
      this.#settle();
    };
    work.then(ended, ended);
    return work;
  }

  #hold(kind: Kind): void {
    const { places, client } = this.#options;
    if (!this.#held.has(kind)) this.#held.set(kind, places.take(client, kind));
  }

  #inTurn<T>(work: () => T | Promise<T>): Promise<T> {
    const turn = this.#analyses.then(() => {
      if (this.signal.aborted) throw left();
      return work();
    });
    this.#analyses = turn.catch(() => undefined);
    return turn;
  }

  #end(answered: boolean): void {
    if (this.signal.aborted) return;
    this.#answered = answered;
    for (const place of this.#held.values()) place.ending();
    this.#stop.abort(ENDED);
    this.#settle();
  }

  #settle(): void {
    if (this.#work > 0) return;
    const ended = this.signal.aborted;
    if (!ended && !this.#options.lasting) return;
    for (const place of this.#held.values()) place.giveBack(this.#answered || !ended);
    this.#held.clear();
    if (!ended || this.#over) return;
    this.#over = true;
    this.#options.onOver?.();
  }
}

const left = (): MaillardError => stopped("The operation has ended: its client does not wait for it.", "SIGNAL");
