/**
 * Events on their way to one client. Those of one turn of the loop go out in one write. Above `MOST_WAITING` bytes that
 * the network has not taken, the next event waits until it has: a client that does not read holds so much and one event
 * of each of its subscriptions.
 */
import { turn } from "../../pace.js";

const MOST_WAITING = 65_536;

/** Called when the network has taken what was written, or when it never will. */
type Done = (error?: Error | null) => void;
interface Stream {
  cork(): void;
  uncork(): void;
}

export class Outlet {
  readonly #stream: Stream;
  readonly #waiting: () => number;
  #corked = false;
  #failure: Error | null = null;
  readonly #note: Done = (error) => {
    if (error) this.#failure ??= error;
  };

  /** @param waiting bytes that the network has not taken */
  constructor(stream: Stream, waiting: () => number) {
    this.#stream = stream;
    this.#waiting = waiting;
  }

  /** Resolves when there is room, and time, for the next event of `operation`. Rejects when the client has left. */
  send(bytes: number, write: (done: Done) => void, operation: object): Promise<void> {
    if (this.#failure) return Promise.reject(this.#failure);
    this.#cork();
    if (this.#waiting() + bytes > MOST_WAITING)
      return new Promise((resolve, reject) => write((error) => (error ? reject(error) : resolve())));
    write(this.#note);
    return turn(operation, 1);
  }

  /** To the end of this turn of the loop. */
  #cork(): void {
    if (this.#corked) return;
    this.#corked = true;
    this.#stream.cork();
    process.nextTick(() => {
      this.#corked = false;
      this.#stream.uncork();
    });
  }
}
