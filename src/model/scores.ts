/**
 * What a sequence head's logits mean, by task: probabilities that add up to 1 (SINGLE_LABEL), a probability for each
 * label by itself (MULTI_LABEL), numbers in the targets' units (REGRESSION: a saved head gives units, for every scale
 * that it was trained on).
 */
import type { SequenceTask } from "./types.js";

/** logits of one sequence: [labels]. The answer is a new array; numbers that are float64 stay so. */
export function scoresOf(task: SequenceTask, logits: ArrayLike<number>): Float32Array | Float64Array {
  switch (task) {
    case "SINGLE_LABEL": {
      let top = Number.NEGATIVE_INFINITY;
      for (let i = 0; i < logits.length; i++) top = Math.max(top, logits[i]);
      let total = 0;
      for (let i = 0; i < logits.length; i++) total += Math.exp(logits[i] - top);
      return Float32Array.from(logits, (value) => Math.exp(value - top) / total);
    }
    case "MULTI_LABEL":
      return Float32Array.from(logits, logistic);
    case "REGRESSION":
      return logits instanceof Float64Array ? logits.slice() : Float32Array.from(logits);
    default:
      throw task satisfies never;
  }
}

/** 1 / (1 + e^-x) without overflow. */
export function logistic(x: number): number {
  if (x >= 0) return 1 / (1 + Math.exp(-x));
  const small = Math.exp(x);
  return small / (1 + small);
}
