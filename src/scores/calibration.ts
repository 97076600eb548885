/**
 * Calibration of probabilities: expected calibration error and temperature scaling after Guo et al. 2017,
 * arXiv:1706.04599.
 *
 * Expected calibration error: confidences fall into 15 bins of equal width, (0, 1/15], (1/15, 2/15], …; the
 * error is Σ (share of the bin) |share that was right - mean confidence|. For classes the confidence is the greatest
 * probability, and right means that class; for labels it is the probability of yes over all measured entries, and right
 * means yes.
 *
 * Temperature: one number T > 0; probabilities of logits / T have the least negative log-likelihood on the examples
 * given. The likelihood is convex in 1 / T, so its slope is followed to the only zero.
 */
export const CALIBRATION_BINS = 15;

/** The bin of a confidence, from 0. */
const calibrationBin = (confidence: number): number =>
  Math.min(CALIBRATION_BINS - 1, Math.max(0, Math.ceil(confidence * CALIBRATION_BINS) - 1));

/** One entry for each confidence. */
export interface Confidences {
  confidence: Float64Array;
  /** 1 where the answer is right. */
  right: Uint8Array;
  /** Bin of each entry, from 0. */
  bins: Uint8Array;
  /** Row of each entry: its weight is that of the row. */
  rows: Int32Array;
}

/** Sums over each bin: of the weights, of weight times confidence, and of the weights of right answers. */
type CalibrationSums = Record<"count" | "confidence" | "hits", Float64Array>;

/** `right[i]` belongs to `confidences[i]`; `rows[i]` is its row, which is i where no rows are given. */
export const confidencesOf = (
  confidences: ArrayLike<number>,
  right: ArrayLike<boolean>,
  rows: ArrayLike<number> | null = null,
): Confidences => ({
  confidence: Float64Array.from(confidences),
  right: Uint8Array.from(confidences, (_, i) => (right[i] ? 1 : 0)),
  bins: Uint8Array.from(confidences, calibrationBin),
  rows: Int32Array.from(confidences, (_, i) => (rows === null ? i : rows[i])),
});

/** `weights[row]`: how often the row counts, from 0; null: every row once. */
export function calibrationSums(entries: Confidences, weights: ArrayLike<number> | null = null): CalibrationSums {
  const { bins, rows, right } = entries;
  const [count, confidence, hits] = [0, 1, 2].map(() => new Float64Array(CALIBRATION_BINS));
  for (let i = 0; i < bins.length; i++) {
    const weight = weights === null ? 1 : weights[rows[i]];
    count[bins[i]] += weight;
    confidence[bins[i]] += weight * entries.confidence[i];
    hits[bins[i]] += weight * right[i];
  }
  return { count, confidence, hits };
}

/** Null where no entry counts. */
export function calibrationError({ count, confidence, hits }: CalibrationSums): number | null {
  const total = count.reduce((sum, value) => sum + value, 0);
  const gaps = hits.reduce((sum, value, bin) => sum + Math.abs(value - confidence[bin]), 0);
  return total === 0 ? null : gaps / total;
}

/** Every confidence counts once. At least one. */
export const expectedCalibrationError = (confidences: ArrayLike<number>, right: ArrayLike<boolean>): number =>
  calibrationError(calibrationSums(confidencesOf(confidences, right))) ?? Number.NaN;

/**
 * Bounds of the temperature: beyond them the examples are separated (T to 0) or the logits carry no information (T to
 * infinity).
 */
export const TEMPERATURE_RANGE = [0.01, 100] as const;

/**
 * logits [rows, classes], truth: class of each row. At the bounds of TEMPERATURE_RANGE where the likelihood has no
 * least value.
 */
export function fitTemperature(logits: ArrayLike<number>, truth: ArrayLike<number>, classes: number): number {
  return temperatureOf((inverse) => {
    let slope = 0;
    for (let row = 0; row < truth.length; row++) {
      let top = Number.NEGATIVE_INFINITY;
      for (let c = 0; c < classes; c++) top = Math.max(top, logits[row * classes + c]);
      let [total, mean] = [0, 0];
      for (let c = 0; c < classes; c++) {
        const value = logits[row * classes + c];
        const weight = Math.exp(inverse * (value - top));
        total += weight;
        mean += weight * value;
      }
      slope += mean / total - logits[row * classes + truth[row]];
    }
    return slope;
  });
}

/** The same for labels: one temperature for all of them; truth 0 or 1, NaN where nothing was measured. */
export function fitLabelTemperature(logits: ArrayLike<number>, truth: ArrayLike<number>): number {
  return temperatureOf((inverse) => {
    let slope = 0;
    for (let i = 0; i < truth.length; i++) {
      if (!Number.isNaN(truth[i])) slope += logits[i] * (1 / (1 + Math.exp(-inverse * logits[i])) - truth[i]);
    }
    return slope;
  });
}

/** The zero of a rising function of 1 / T, by bisection of its logarithm. */
function temperatureOf(slope: (inverse: number) => number): number {
  const [coldest, hottest] = TEMPERATURE_RANGE;
  let [low, high] = [Math.log(1 / hottest), Math.log(1 / coldest)];
  if (slope(Math.exp(low)) >= 0) return hottest;
  if (slope(Math.exp(high)) <= 0) return coldest;
  for (let turn = 0; turn < 60; turn++) {
    const middle = (low + high) / 2;
    if (slope(Math.exp(middle)) < 0) low = middle;
    else high = middle;
  }
  return Math.exp(-(low + high) / 2);
}
