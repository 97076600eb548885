/** Streams of random numbers of the analyses: see model/philox-stream.ts. Each is a function of the seed alone. */
import { Philox } from "../model/philox-stream.js";

export const STREAM = { map: 0x414e0001, starts: 0x414e0002, sample: 0x414e0003, folds: 0x414e0004 } as const;

/**
 * `size` of the numbers 0 .. count - 1, drawn without replacement, in ascending order; all of them when there are no
 * more.
 */
export function sampleOf(count: number, size: number, seed: number): Int32Array {
  const all = Int32Array.from({ length: count }, (_, index) => index);
  return count <= size ? all : new Philox(seed, STREAM.sample).shuffle(all).slice(0, size).sort();
}
