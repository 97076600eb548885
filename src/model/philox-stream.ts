/**
 * A stream of random numbers as a function of (seed, stream, a, b): no state to save, nothing shared between streams.
 * Number n of a stream is word n mod 4 of Philox block n / 4 with counter (n / 4, a, b, stream) and key = seed.
 */
import { philox } from "./random.js";

export class Philox {
  private readonly counter: Uint32Array;
  private readonly key: Uint32Array;
  private readonly words = new Uint32Array(4);
  private used = 4;

  /**
   * @param seed integer of up to 53 bits
   * @param stream what the numbers are for; below 2^31 (the numbers above are dropout's)
   * @param a, b integers of 32 bits, such as step and sequence
   */
  constructor(seed: number, stream: number, a = 0, b = 0) {
    this.counter = Uint32Array.of(0, a, b, stream);
    this.key = seedKey(seed);
  }

  /** Integer in [0, 2^32). */
  next(): number {
    if (this.used === 4) {
      philox(this.counter, this.key, this.words);
      this.counter[0]++;
      this.used = 0;
    }
    return this.words[this.used++];
  }

  /** In [0, 1), a multiple of 2^-32. */
  uniform(): number {
    return this.next() / 2 ** 32;
  }

  /** Integer in [0, bound), every one equally likely: words past the last full multiple of `bound` are drawn again. */
  below(bound: number): number {
    const limit = 2 ** 32 - (2 ** 32 % bound);
    for (;;) {
      const word = this.next();
      if (word < limit) return word % bound;
    }
  }

  /** Shuffles in place (Fisher and Yates), every order equally likely. */
  shuffle<T extends { length: number; [index: number]: unknown }>(items: T): T {
    for (let i = items.length - 1; i > 0; i--) {
      const j = this.below(i + 1);
      const kept = items[i];
      items[i] = items[j];
      items[j] = kept;
    }
    return items;
  }
}

/** The two key words of a seed: low and high. */
export const seedKey = (seed: number): Uint32Array => Uint32Array.of(seed, Math.floor(seed / 2 ** 32));
