/**
 * Examples and learning rate of each step: a pure function of the options and the training split, so a resumed run
 * needs only the number of the step. As Hugging Face counts: an epoch has ⌈batches / accumulation⌉ steps, the last of
 * which may have fewer parts; the n-th step (from 1) uses the schedule's value at n - 1.
 */

import { Philox } from "../../model/philox-stream.js";
import { epochOrder, groupByLength } from "../data/batches.js";
import type { TrainingOptions } from "../options/options.js";
import { SCHEDULES } from "../options/schedule.js";
import type { Example } from "../types.js";

export interface RunPlan {
  stepsPerEpoch: number;
  totalSteps: number;
  warmupSteps: number;
  /** Places in the training split of all examples of a step, in order: its parts are pieces of `batchSize`. */
  indicesOf(step: number): Int32Array;
  /** These examples, each in the form that is drawn for it in this epoch. */
  examplesOf(step: number): Example[];
  learningRateOf(step: number): number;
}

/** Stream number: separates these random numbers from other uses of the same seed. */
const FORM_STREAM = 0x666f726d;

/** The canonical form or one of the others, each equally likely; an example without others has one. */
function formOf(
  { tokenIds, forms = [] }: Example,
  { seed, epoch, index }: { seed: number; epoch: number; index: number },
): Int32Array {
  if (forms.length === 0) return tokenIds;
  const drawn = new Philox(seed, FORM_STREAM, epoch, index).below(forms.length + 1);
  return drawn === 0 ? tokenIds : forms[drawn - 1];
}

export function planRun(options: TrainingOptions, training: readonly Example[]): RunPlan {
  const { batchSize, gradientAccumulationSteps, seed, epochs, maxSteps, learningRate } = options;
  const parts = Math.ceil(training.length / batchSize);
  const stepsPerEpoch = Math.ceil(parts / gradientAccumulationSteps);
  const totalSteps = maxSteps ?? stepsPerEpoch * epochs;
  const warmupSteps = options.warmupRatio > 0 ? Math.ceil(totalSteps * options.warmupRatio) : options.warmupSteps;
  const epochOf = (step: number) => Math.floor((step - 1) / stepsPerEpoch);
  let latest: { epoch: number; order: Int32Array } = { epoch: -1, order: new Int32Array() };
  const orderOf = (epoch: number): Int32Array => {
    if (latest.epoch !== epoch) {
      const order = epochOrder(training.length, seed, epoch);
      latest = {
        epoch,
        order: options.groupByLength
          ? groupByLength(order, (index) => formOf(training[index], { seed, epoch, index }).length, {
              batchSize,
              seed,
              epoch,
            })
          : order,
      };
    }
    return latest.order;
  };
  const indicesOf = (step: number): Int32Array => {
    const size = batchSize * gradientAccumulationSteps;
    const first = ((step - 1) % stepsPerEpoch) * size;
    return orderOf(epochOf(step)).subarray(first, first + size);
  };
  return {
    stepsPerEpoch,
    totalSteps,
    warmupSteps,
    indicesOf,
    examplesOf: (step) =>
      Array.from(indicesOf(step), (index) => {
        const example = training[index];
        return example.forms
          ? { ...example, tokenIds: formOf(example, { seed, epoch: epochOf(step), index }) }
          : example;
      }),
    learningRateOf: (step) => learningRate * SCHEDULES[options.lrSchedulerType](step - 1, { warmupSteps, totalSteps }),
  };
}
