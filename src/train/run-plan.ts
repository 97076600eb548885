/**
 * Which examples a step sees and at which learning rate: a pure function of the options and the training split, so a
 * resumed run finds its place by the step's number alone. As Hugging Face counts: an epoch has ⌈batches / accumulation⌉
 * steps, the last of which may have fewer parts; the step that is the n-th (from 1) uses the schedule's value at n - 1.
 */
import { epochOrder, groupByLength } from "./batches.js";
import type { TrainingOptions } from "./options.js";
import { SCHEDULES } from "./schedule.js";
import type { Example } from "./types.js";

export interface RunPlan {
  stepsPerEpoch: number;
  totalSteps: number;
  warmupSteps: number;
  /** Places in the training split of all examples of a step, in order: its parts are pieces of `batchSize`. */
  indicesOf(step: number): Int32Array;
  learningRateOf(step: number): number;
}

export function planRun(options: TrainingOptions, training: readonly Example[]): RunPlan {
  const { batchSize, gradientAccumulationSteps, seed, epochs, maxSteps, learningRate } = options;
  const parts = Math.ceil(training.length / batchSize);
  const stepsPerEpoch = Math.ceil(parts / gradientAccumulationSteps);
  const totalSteps = maxSteps ?? stepsPerEpoch * epochs;
  const warmupSteps = options.warmupRatio > 0 ? Math.ceil(totalSteps * options.warmupRatio) : options.warmupSteps;
  const lengthOf = (index: number) => training[index].tokenIds.length;
  let latest: { epoch: number; order: Int32Array } = { epoch: -1, order: new Int32Array() };
  const orderOf = (epoch: number): Int32Array => {
    if (latest.epoch !== epoch) {
      const order = epochOrder(training.length, seed, epoch);
      latest = {
        epoch,
        order: options.groupByLength ? groupByLength(order, lengthOf, { batchSize, seed, epoch }) : order,
      };
    }
    return latest.order;
  };
  return {
    stepsPerEpoch,
    totalSteps,
    warmupSteps,
    indicesOf(step) {
      const done = step - 1;
      const size = batchSize * gradientAccumulationSteps;
      const first = (done % stepsPerEpoch) * size;
      return orderOf(Math.floor(done / stepsPerEpoch)).subarray(first, first + size);
    },
    learningRateOf: (step) => learningRate * SCHEDULES[options.lrSchedulerType](step - 1, { warmupSteps, totalSteps }),
  };
}
