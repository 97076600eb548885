/**
 * How long one piece of work takes, measured: the mean of the last 16, and a prior value before the first has ended. A
 * piece that has been running for longer than that mean counts with the time that it has taken so far.
 * From it follows when a refused caller may come back: mean time x those ahead / those that run at once.
 */

/** Times that the mean is taken of. */
const KEPT = 16;
/** Nobody is told to come back sooner, ms. */
const LEAST_MS = 100;

export class MeanTime {
  readonly #recent: number[] = [];
  /** When each piece that is running began. */
  readonly #began = new Set<{ at: number }>();

  /** @param clock milliseconds from any beginning */
  constructor(
    private readonly priorMs: number,
    private readonly clock: () => number = () => performance.now(),
  ) {}

  /** A piece of work begins. Call the answer once, at its end; false: it was stopped, so its time says nothing. */
  begin(): (complete: boolean) => void {
    const piece = { at: this.clock() };
    this.#began.add(piece);
    return (complete) => {
      if (this.#began.delete(piece) && complete) this.add(this.clock() - piece.at);
    };
  }

  add(ms: number): void {
    this.#recent.push(ms);
    if (this.#recent.length > KEPT) this.#recent.shift();
  }

  get ms(): number {
    const known = this.#recent.length > 0 ? this.#recent : [this.priorMs];
    const mean = meanOf(known);
    const longer = [...this.#began].map(({ at }) => this.clock() - at).filter((ms) => ms > mean);
    return meanOf([...known, ...longer]);
  }

  /** Until `ahead` pieces have ended, of which `atOnce` run at the same time; whole milliseconds, at least 100. */
  retryAfterMs(ahead: number, atOnce = 1): number {
    return retryAfterMs((this.ms * ahead) / atOnce);
  }
}

/** An expected wait as the API says it. */
export const retryAfterMs = (waitMs: number): number => Math.max(LEAST_MS, Math.ceil(waitMs));

const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
