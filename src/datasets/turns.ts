/** Lets other work of the process run between the items of a long loop. */
import { setImmediate } from "node:timers/promises";

/** Longest work without a pause, in ms. */
const LONGEST_WORK = 10;

export class Turns {
  private began = performance.now();

  /** Waits for one turn of the event loop when the last pause is more than 10 ms ago. */
  async next(): Promise<void> {
    if (performance.now() - this.began < LONGEST_WORK) return;
    await setImmediate();
    this.began = performance.now();
  }
}
