/** Details of the scores of a split: the calibration curve, the most confident mistakes, the residuals. */
import { CALIBRATION_BINS, type Confidences, calibrationSums, confidencesOf } from "../../scores/calibration.js";
import { greatest } from "../../scores/logits.js";
import { type Answers, probabilitiesOf, rowsOf } from "./answers.js";
import { quantile } from "./bootstrap.js";

export interface CalibrationBin {
  /** Confidences above `from` up to `to`. */
  from: number;
  to: number;
  count: number;
  /** Mean confidence and share that was right; null in an empty bin. */
  confidence: number | null;
  accuracy: number | null;
}

/** The bins of scores/calibration.ts; null for REGRESSION. */
export function calibrationCurve(answers: Answers): CalibrationBin[] | null {
  const entries = confidences(answers);
  if (entries === null) return null;
  const { count, confidence, hits } = calibrationSums(entries);
  return Array.from(count, (entriesOfBin, index) => ({
    from: index / CALIBRATION_BINS,
    to: (index + 1) / CALIBRATION_BINS,
    count: entriesOfBin,
    confidence: entriesOfBin === 0 ? null : confidence[index] / entriesOfBin,
    accuracy: entriesOfBin === 0 ? null : hits[index] / entriesOfBin,
  }));
}

/** Classes: the greatest probability, right when it is that class. Labels: the probability of yes, right when it is. */
function confidences(answers: Answers): Confidences | null {
  const { task, labels, truth } = answers;
  if (task === "REGRESSION") return null;
  const width = labels.length;
  const probabilities = probabilitiesOf(answers);
  if (task === "SINGLE_LABEL") {
    const predicted = predictedClasses(answers);
    return confidencesOf(
      predicted.map((index, row) => probabilities[row * width + index]),
      predicted.map((index, row) => index === truth[row]),
    );
  }
  const measured = Array.from(truth, (_, i) => i).filter((i) => !Number.isNaN(truth[i]));
  return confidencesOf(
    measured.map((i) => probabilities[i]),
    measured.map((i) => truth[i] === 1),
  );
}

/** SINGLE_LABEL: the class of the greatest logit, ties to the lower one. */
export function predictedClasses({ labels, outputs, molecules }: Answers): number[] {
  const width = labels.length;
  return Array.from(molecules, (_, row) => greatest(outputs.subarray(row * width, (row + 1) * width)));
}

export interface Mistake {
  row: number;
  /** MULTI_LABEL: the label that was answered wrongly; null for classes. */
  label: string | null;
  /** Classes; or yes and no. */
  truth: string;
  predicted: string;
  /** Of the predicted class or answer. */
  probability: number;
}

/** The most probable wrong answers first; ties in the order of rows. Empty for REGRESSION. */
export function confidentMistakes(answers: Answers, most: number): Mistake[] {
  const { task, labels, truth, outputs } = answers;
  if (task === "REGRESSION") return [];
  const probabilities = probabilitiesOf(answers);
  const mistakes: Mistake[] = [];
  if (task === "SINGLE_LABEL")
    predictedClasses(answers).forEach((predicted, row) => {
      if (predicted === truth[row]) return;
      const probability = probabilities[row * labels.length + predicted];
      mistakes.push({ row, label: null, truth: labels[truth[row]], predicted: labels[predicted], probability });
    });
  else
    truth.forEach((value, i) => {
      const yes = outputs[i] >= 0;
      if (Number.isNaN(value) || yes === (value === 1)) return;
      const words = yes ? { truth: "no", predicted: "yes" } : { truth: "yes", predicted: "no" };
      const probability = yes ? probabilities[i] : 1 - probabilities[i];
      mistakes.push({ row: Math.floor(i / labels.length), label: labels[i % labels.length], ...words, probability });
    });
  return mistakes.sort((a, b) => b.probability - a.probability || a.row - b.row).slice(0, most);
}

const RESIDUAL_SHARES = [0.025, 0.05, 0.25, 0.5, 0.75, 0.95, 0.975] as const;

export interface TargetResiduals {
  label: string;
  count: number;
  /** Quantiles of predicted - true, in units, at RESIDUAL_SHARES; empty when nothing was measured. */
  quantiles: { share: number; value: number }[];
}

export interface Pair {
  row: number;
  label: string;
  truth: number;
  predicted: number;
}

/** REGRESSION; else empty. At most `most` pairs: where there are more, every k-th of each label is kept. */
export function residualsOf(answers: Answers, most: number): { residuals: TargetResiduals[]; pairs: Pair[] } {
  const { task, labels, outputs, truth } = answers;
  if (task !== "REGRESSION") return { residuals: [], pairs: [] };
  const all: Pair[] = [];
  for (let row = 0; row < rowsOf(answers); row++)
    labels.forEach((label, column) => {
      const i = row * labels.length + column;
      if (!Number.isNaN(truth[i])) all.push({ row, label, truth: truth[i], predicted: outputs[i] });
    });
  const residuals = labels.map((label) => {
    const values = all.filter((pair) => pair.label === label).map(({ truth: is, predicted }) => predicted - is);
    const sorted = Float64Array.from(values).sort();
    const quantiles = RESIDUAL_SHARES.map((share) => ({ share, value: quantile(sorted, share) }));
    return { label, count: sorted.length, quantiles: sorted.length === 0 ? [] : quantiles };
  });
  return { residuals, pairs: everyKth(all, most) };
}

function everyKth(all: readonly Pair[], most: number): Pair[] {
  const counts = new Map<string, number>();
  for (const { label } of all) counts.set(label, (counts.get(label) ?? 0) + 1);
  // Every k-th of all pairs in a row would leave out labels: with two labels, each second pair is of the first one.
  const keptWith = (step: number): number =>
    [...counts.values()].reduce((sum, count) => sum + Math.ceil(count / step), 0);
  let step = Math.max(1, Math.ceil(all.length / most));
  // At least one pair of each label is kept.
  while (keptWith(step) > Math.max(most, counts.size)) step++;
  const seen = new Map<string, number>();
  const kept = all.filter(({ label }) => {
    const before = seen.get(label) ?? 0;
    seen.set(label, before + 1);
    return before % step === 0;
  });
  return kept.slice(0, most);
}
