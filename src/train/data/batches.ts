/** The order of an epoch and its batches, as pure functions: a resumed run needs only (seed, epoch, position). */
import { MaillardError } from "../../errors.js";
import { Philox } from "../../model/philox-stream.js";

/** Stream number: separates these random numbers from other uses of the same seed. */
const ORDER_STREAM = 0x6f726472;

let latest: { count: number; seed: number; epoch: number; order: Int32Array } | null = null;

/** 0..count - 1 in the shuffled order of this epoch (from 0). The caller owns the array. */
export function epochOrder(count: number, seed: number, epoch: number): Int32Array {
  // A training loop calls this once a step: the last order is kept, and returned as a copy.
  if (!latest || latest.count !== count || latest.seed !== seed || latest.epoch !== epoch) {
    const order = Int32Array.from({ length: count }, (_, index) => index);
    latest = { count, seed, epoch, order: new Philox(seed, ORDER_STREAM, epoch).shuffle(order) };
  }
  return latest.order.slice();
}

/**
 * The same epoch with neighbours of similar length, so that attention computes little padding: each window of
 * `WINDOW_BATCHES` batches is sorted by length, and its batches are shuffled again. Still a permutation of `order`.
 */
export function groupByLength(
  order: Int32Array,
  lengthOf: (index: number) => number,
  { batchSize, seed, epoch }: { batchSize: number; seed: number; epoch: number },
): Int32Array {
  const grouped = new Int32Array(order.length);
  let filled = 0;
  for (let first = 0; first < order.length; first += WINDOW_BATCHES * batchSize) {
    const window = order.slice(first, first + WINDOW_BATCHES * batchSize).sort((a, b) => lengthOf(a) - lengthOf(b));
    const batches = batchesOf(window, batchSize);
    // A short last batch stays last, or each batch after it would mix two lengths.
    const whole = Int32Array.from({ length: Math.floor(window.length / batchSize) }, (_, index) => index);
    const places = [...new Philox(seed, GROUPING_STREAM, epoch, first).shuffle(whole)];
    if (batches.length > places.length) places.push(places.length);
    for (const place of places) {
      grouped.set(batches[place], filled);
      filled += batches[place].length;
    }
  }
  return grouped;
}

const WINDOW_BATCHES = 64;
const GROUPING_STREAM = 0x67726f75;

/** Consecutive pieces of `order`; the last one holds what is left. Views, not copies. */
export function batchesOf(order: Int32Array, batchSize: number): Int32Array[] {
  if (!Number.isInteger(batchSize) || batchSize < 1) {
    throw new MaillardError("INVALID_CONFIG", `batchSize must be a whole number from 1, not ${batchSize}.`, {
      param: "batchSize",
    });
  }
  const batches: Int32Array[] = [];
  for (let first = 0; first < order.length; first += batchSize) batches.push(order.subarray(first, first + batchSize));
  return batches;
}
