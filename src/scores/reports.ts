/**
 * Reports of a split for targets that are not one class: several labels, numbers, masked tokens. Truth that is NaN was
 * not measured and counts nowhere. An output that is not finite is an error (NON_FINITE_OUTPUT), not data.
 */
import { MaillardError } from "../errors.js";
import { crossEntropy, greatest } from "./logits.js";
import type { ScoresOf } from "./metrics.js";
import { regressionScores } from "./regression.js";
import { labelScorer, numberScorer, once } from "./scorers.js";
import { standardize, type TargetScale, toUnits } from "./target-scale.js";
import type { Floats, MaskedTokenReport, MultiLabelReport, RegressionReport, SplitName } from "./types.js";

/** logits, truth: [rows, labels]; truth 0, 1 or NaN. A label is predicted at probability 1/2 and above. */
export function multiLabelReport(
  logits: Floats,
  truth: Floats,
  { split, labels }: { split: SplitName; labels: readonly string[] },
): MultiLabelReport {
  checkOutputs(logits, truth, split);
  const count = logits.length / labels.length;
  const { columns, scores } = labelScorer(logits, truth, labels.length)(once(count));
  return {
    task: "MULTI_LABEL",
    split,
    count,
    labels: columns.map(({ measured, support, ...rest }, column) => ({
      label: labels[column],
      measured,
      positives: support,
      ...rest,
    })),
    scores,
  };
}

/** outputs: standardised [rows, targets]; truth: in units. */
export function regressionReport(
  outputs: Floats,
  truth: Floats,
  { split, labels, scale }: { split: SplitName; labels: readonly string[]; scale: TargetScale },
): RegressionReport {
  checkOutputs(outputs, truth, split);
  const count = outputs.length / labels.length;
  const standard = standardize(truth, scale);
  const loss = Float64Array.from(outputs, (value, i) => (value - standard[i]) ** 2);
  const { targets, scores } = numberScorer(toUnits(outputs, scale), truth, loss, labels.length)(once(count));
  return {
    task: "REGRESSION",
    split,
    count,
    targets: targets.map((target, j) => {
      const values = Float64Array.from(truth).filter((_, i) => i % labels.length === j);
      const always = new Float64Array(count).fill(scale.mean[j]);
      return { label: labels[j], ...target, baseline: regressionScores(always, values).rmse };
    }),
    scores,
    scale: { mean: [...scale.mean], deviation: [...scale.deviation] },
  };
}

/** Gathers masked tokens of several batches, whose logits are [masked, vocabulary]. */
export class MaskedTokenScores {
  private readonly frequency = new Map<number, number>();
  private loss = 0;
  private correct = 0;
  private masked = 0;

  add(logits: Float32Array, labels: readonly number[]): void {
    const width = logits.length / labels.length;
    labels.forEach((label, row) => {
      const values = logits.subarray(row * width, (row + 1) * width);
      this.loss += crossEntropy(values, label);
      if (greatest(values) === label) this.correct++;
      this.frequency.set(label, (this.frequency.get(label) ?? 0) + 1);
    });
    this.masked += labels.length;
  }

  /** `mostFrequent`: share of the masked tokens that are the most frequent one among them. NaN before any token. */
  summary() {
    const { masked } = this;
    const mostFrequent = Math.max(...this.frequency.values()) / masked;
    return { maskedTokens: masked, loss: this.loss / masked, accuracy: this.correct / masked, mostFrequent };
  }

  /** `count`: examples. */
  report(split: SplitName, count: number): MaskedTokenReport {
    const { maskedTokens, loss, accuracy, mostFrequent } = this.summary();
    if (!Number.isFinite(loss)) throw nonFinite(split);
    return {
      task: "MASKED_LANGUAGE_MODEL",
      split,
      count,
      maskedTokens,
      scores: { loss, accuracy } satisfies ScoresOf<"MASKED_LANGUAGE_MODEL">,
      baseline: { accuracy: mostFrequent },
    };
  }
}

/** @throws NON_FINITE_OUTPUT; BAD_INPUT where the sizes differ; EMPTY_DATASET where nothing was measured */
function checkOutputs(outputs: Floats, truth: Floats, split: SplitName): void {
  if (outputs.length !== truth.length)
    throw new MaillardError("BAD_INPUT", `${outputs.length} outputs are not as many as ${truth.length} true values.`);
  if (!outputs.every((value: number) => Number.isFinite(value))) throw nonFinite(split);
  if (truth.every((value: number) => Number.isNaN(value)))
    throw new MaillardError("EMPTY_DATASET", `The ${split} split has no measured value; change the split's fractions.`);
}

const nonFinite = (split: SplitName) =>
  new MaillardError("NON_FINITE_OUTPUT", `The outputs for the ${split} split hold NaN or infinity.`);
