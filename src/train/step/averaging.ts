/**
 * The answers to several forms of one molecule as one answer: the mean of their probabilities (SINGLE_LABEL: softmax,
 * MULTI_LABEL: logistic), returned as logits that have this mean; for REGRESSION the mean of the numbers. Masked tokens
 * have no such mean: each form masks its own.
 */
import { MaillardError } from "../../errors.js";
import { logistic, scoresOf } from "../../model/scores.js";
import type { TrainingTask } from "../../scores/metrics.js";

/** Smallest probability whose logarithm is taken. */
const LEAST = 1e-30;

/** logits: [forms, labels]; the answer: [labels]. */
export function averageLogits(task: TrainingTask, logits: Float32Array, labels: number): Float32Array {
  const forms = logits.length / labels;
  const mean = new Float64Array(labels);
  const add = (values: ArrayLike<number>) => {
    for (let label = 0; label < labels; label++) mean[label] += values[label] / forms;
  };
  for (let form = 0; form < forms; form++) {
    const own = logits.subarray(form * labels, (form + 1) * labels);
    if (task === "SINGLE_LABEL") add(scoresOf(task, own));
    else if (task === "MULTI_LABEL") add(Float64Array.from(own, logistic));
    else add(own);
  }
  switch (task) {
    case "SINGLE_LABEL":
      return Float32Array.from(mean, (p) => Math.log(Math.max(p, LEAST)));
    case "MULTI_LABEL":
      return Float32Array.from(mean, (p) => Math.log(Math.max(p, LEAST)) - Math.log(Math.max(1 - p, LEAST)));
    case "REGRESSION":
      return Float32Array.from(mean);
    default:
      throw new MaillardError("INVALID_CONFIG", "Masked tokens are not averaged over forms.", { param: "forms" });
  }
}
