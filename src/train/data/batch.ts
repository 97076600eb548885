/**
 * A batch of training as inputs of the step's graph: sequences, their true answers, and the weight of each answer.
 *
 * The loss of a step is the sum of weighted answers over the sum of their weights, into however many parts the step's
 * batch is cut (gradient accumulation): parts get 1 / total as their unit, not 1 / part. An answer weighs 1, or its
 * class's weight (SINGLE_LABEL), or 0 where nothing was measured (MULTI_LABEL, REGRESSION).
 *
 * Hugging Face's multi-label and regression losses are the plain mean over all entries, none of which may be missing.
 * Here it is the mean over the measured entries: the same number when none is missing. Under label smoothing an
 * example's whole loss has its class's weight; torch's CrossEntropyLoss(weight, label_smoothing) weighs each smoothed
 * share by its own class.
 */
import { Tensor } from "onnxruntime-node";
import { type PropertyHead, targetInput, weightInput } from "../../model/property-heads.js";

export interface Batch {
  sequences: readonly Int32Array[];
  /** One per row: a sequence's class, or a masked position's token. Empty for MULTI_LABEL and REGRESSION. */
  labels: readonly number[];
  /** MULTI_LABEL (0 or 1) and REGRESSION: [sequences, labels], row by row; NaN where nothing was measured. */
  targets?: Float32Array;
  /** Masked-token recovery: flat positions (into the batch's tokens, sequence after sequence) of the rows. */
  maskedPositions?: Int32Array;
  /** For each property head: targets and weights, [sequences, width] each. */
  properties?: readonly { targets: Float32Array; weights: Float32Array }[];
}

/** Sum of the weights of a batch's answers. */
export function totalWeight({ labels, targets }: Batch, classWeights: readonly number[] | null): number {
  if (targets) return targets.reduce((count, value) => count + (Number.isNaN(value) ? 0 : 1), 0);
  return classWeights ? labels.reduce((sum, label) => sum + classWeights[label], 0) : labels.length;
}

/** The tensors that carry answers and weights; `total` is the sum of weights over the whole step. */
export function answerFeeds(
  { sequences, labels, targets }: Batch,
  classWeights: readonly number[] | null,
  total: number,
): Record<string, Tensor> {
  if (targets) {
    const shape = [sequences.length, targets.length / sequences.length];
    const unit = total > 0 ? 1 / total : 0; // a step without a single measured value has no loss and no gradient
    return {
      targets: new Tensor(
        "float32",
        targets.map((value) => (Number.isNaN(value) ? 0 : value)),
        shape,
      ),
      entryWeight: new Tensor(
        "float32",
        targets.map((value) => (Number.isNaN(value) ? 0 : unit)),
        shape,
      ),
    };
  }
  const rows = labels.length;
  const weight = classWeights
    ? Float32Array.from(labels, (label) => classWeights[label] / total)
    : new Float32Array(rows).fill(1 / total);
  return {
    labels: new Tensor("int64", BigInt64Array.from(labels, BigInt), [rows]),
    rowWeight: new Tensor("float32", weight, [rows, 1]),
  };
}

/** Targets and weights of the property heads. */
export function propertyFeeds({ sequences, properties }: Batch, heads: readonly PropertyHead[]) {
  const feeds: Record<string, Tensor> = {};
  heads.forEach(({ name, width }, i) => {
    const shape = [sequences.length, width];
    feeds[targetInput(name)] = new Tensor("float32", properties![i].targets, shape);
    feeds[weightInput(name)] = new Tensor("float32", properties![i].weights, shape);
  });
  return feeds;
}
