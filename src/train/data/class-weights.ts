/**
 * The weight of an example of each class in the loss: n / (classes · examples of the class), scikit-learn's "balanced"
 * rule. The weights of every class have the same sum, and the mean weight of an example is 1.
 */
import { MaillardError } from "../../errors.js";

/**
 * labels: class of each training example, 0..classes - 1. CLASS_MISSING_FROM_TRAINING for a class without an example.
 */
export function balancedClassWeights(labels: readonly number[], classes: number): number[] {
  const counts = new Array<number>(classes).fill(0);
  for (const label of labels) counts[label]++;
  const missing = counts.indexOf(0);
  if (missing >= 0)
    throw new MaillardError(
      "CLASS_MISSING_FROM_TRAINING",
      `Class ${missing} has no training example to be weighed by.`,
      {
        details: { class: missing },
      },
    );
  return counts.map((count) => labels.length / (classes * count));
}
