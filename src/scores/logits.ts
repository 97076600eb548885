/**
 * From logits to the predicted class, probabilities and losses (nats), in float64. A row holds the logits of one
 * example; several rows lie one after the other. Ties of the greatest logit go to the lower class.
 */
import { logistic } from "../model/scores.js";
import type { SequenceTask } from "../model/types.js";
import type { Floats } from "./types.js";

/** Place of the greatest value. */
export function greatest(values: Floats): number {
  let best = 0;
  for (let index = 1; index < values.length; index++) if (values[index] > values[best]) best = index;
  return best;
}

/** Row-wise exp(x) / sum(exp(x)) of [rows, classes], without overflow. float32 would round confident rows to ties. */
export function softmax(logits: Floats, classes: number): Float64Array {
  const result = new Float64Array(logits.length);
  for (let first = 0; first < logits.length; first += classes) {
    const row = logits.subarray(first, first + classes);
    const { top, logTotal } = normaliser(row);
    for (let index = 0; index < classes; index++) result[first + index] = Math.exp(row[index] - top - logTotal);
  }
  return result;
}

/** [rows, labels]: probabilities of classes, or of yes for each label; REGRESSION: the values themselves. */
export function probabilities(task: SequenceTask, outputs: Floats, labels: number): Float64Array {
  switch (task) {
    case "SINGLE_LABEL":
      return softmax(outputs, labels);
    case "MULTI_LABEL":
      return Float64Array.from(outputs, logistic);
    case "REGRESSION":
      return Float64Array.from(outputs);
    default:
      throw task satisfies never;
  }
}

/** -log softmax(values)[label] */
export function crossEntropy(values: Floats, label: number): number {
  const { top, logTotal } = normaliser(values);
  return top - values[label] + logTotal;
}

/** -log of the probability of the truth, 0 or 1, for a yes or no with this logit. */
export const logisticLoss = (x: number, truth: number): number =>
  Math.max(x, 0) - x * truth + Math.log1p(Math.exp(-Math.abs(x)));

/** log(sum(exp(x))) as the greatest value and the rest: kept apart, nothing overflows and nothing small is lost. */
function normaliser(values: Floats): { top: number; logTotal: number } {
  const top = values[greatest(values)];
  let total = 0;
  for (const value of values) total += Math.exp(value - top);
  return { top, logTotal: Math.log(total) };
}

/** log(1 + e^x), without overflow. */
const softplus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));

/**
 * The logits whose probabilities are the mean of those of several rows: of classes the log of the mean, of labels the
 * log-odds. The means are taken of logarithms, so that an answer that is certain stays a finite number. REGRESSION: the
 * mean of the values.
 * @param rows each [labels]
 * @param weights of the rows, sum 1; absent: all the same
 */
export function meanLogits(task: SequenceTask, rows: readonly Floats[], weights?: readonly number[]): Float64Array {
  const shares = rows.map((_, place) => weights?.[place] ?? 1 / rows.length);
  const means = new Float64Array(rows[0].length);
  if (task === "REGRESSION") {
    for (const [place, row] of rows.entries()) for (let i = 0; i < row.length; i++) means[i] += shares[place] * row[i];
    return means;
  }
  if (task === "MULTI_LABEL")
    return means.map((_, label) => {
      const yes = rows.map((row) => -softplus(-row[label]));
      const no = rows.map((row) => -softplus(row[label]));
      return logOfMean(yes, shares) - logOfMean(no, shares);
    });
  const totals = rows.map((row) => {
    const { top, logTotal } = normaliser(row);
    return top + logTotal;
  });
  return means.map((_, label) =>
    logOfMean(
      rows.map((row, place) => row[label] - totals[place]),
      shares,
    ),
  );
}

/** log(sum(share e^value)); shares from 0, not all 0. */
function logOfMean(values: readonly number[], shares: readonly number[]): number {
  const terms = values.flatMap((value, place) => (shares[place] > 0 ? [value + Math.log(shares[place])] : []));
  const { top, logTotal } = normaliser(Float64Array.from(terms));
  return top + logTotal;
}
