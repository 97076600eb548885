/**
 * The best evaluation so far, and whether to continue. Hugging Face's rules: an evaluation is the best when its metric
 * is strictly better than all before; it counts as a gain for EarlyStoppingCallback only when it is better by more than
 * the threshold. The caller gives the loss in place of a metric that has no value; where that has none either (null),
 * nothing was measured: the evaluation says nothing, and does not count.
 */
export interface BestSoFar {
  value: number | null;
  step: number | null;
  /** Evaluations in a row without a gain. */
  withoutGain: number;
}

export const NOTHING_YET: BestSoFar = { value: null, step: null, withoutGain: 0 };

export function judge(
  best: BestSoFar,
  value: number | null,
  { step, greaterIsBetter, threshold }: { step: number; greaterIsBetter: boolean; threshold: number },
): BestSoFar {
  if (value === null) return best;
  const better = best.value === null || (greaterIsBetter ? value > best.value : value < best.value);
  const gain = best.value === null || (better && Math.abs(value - best.value) > threshold);
  return {
    ...(better ? { value, step } : { value: best.value, step: best.step }),
    withoutGain: gain ? 0 : best.withoutGain + 1,
  };
}
