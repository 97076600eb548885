/**
 * The order of an epoch and its batches, as pure functions: a resumed run finds its place by (seed, epoch, position) alone.
 */
import { MaillardError } from "../errors.js";
import { Philox } from "./random.js";

/** Tells these random numbers from those of other uses of the same seed. */
const ORDER_STREAM = 0x6f726472;

let latest: { count: number; seed: number; epoch: number; order: Int32Array } | null = null;

/** 0..count - 1 in the shuffled order of this epoch (from 0). The caller owns the array. */
export function epochOrder(count: number, seed: number, epoch: number): Int32Array {
  // A training loop asks once a step: the last answer is kept, and handed out as a copy.
  if (!latest || latest.count !== count || latest.seed !== seed || latest.epoch !== epoch) {
    const order = Int32Array.from({ length: count }, (_, index) => index);
    latest = { count, seed, epoch, order: new Philox(seed, ORDER_STREAM, epoch).shuffle(order) };
  }
  return latest.order.slice();
}

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
