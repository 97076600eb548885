/** Counts of observed values in fixed buckets, the form of monitoring systems: cheap, mergeable, no values kept. */
export interface HistogramSnapshot {
  /** Upper bounds, inclusive, ascending. */
  bounds: readonly number[];
  /** Observations per bucket; one more than bounds, the last for everything above. */
  counts: number[];
  count: number;
  sum: number;
}

export class Histogram {
  #counts: number[];
  #count = 0;
  #sum = 0;

  constructor(private readonly bounds: readonly number[]) {
    this.#counts = new Array(bounds.length + 1).fill(0);
  }

  observe(value: number): void {
    const bucket = this.bounds.findIndex((bound) => value <= bound);
    this.#counts[bucket < 0 ? this.bounds.length : bucket]++;
    this.#count++;
    this.#sum += value;
  }

  snapshot(): HistogramSnapshot {
    return { bounds: this.bounds, counts: [...this.#counts], count: this.#count, sum: this.#sum };
  }
}
