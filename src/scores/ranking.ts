/**
 * Scores of a ranking: does a yes get a greater score than a no? Equal to scikit-learn's roc_auc_score and
 * average_precision_score; null where it is not defined (scikit-learn warns and answers NaN or 0).
 */
export interface Ranking {
  /** Area under the receiver operating characteristic: share of (yes, no) pairs in the right order, ties count half. */
  rocAuc: number | null;
  /** Area under the precision-recall curve as a sum of steps: Σ (recall_n - recall_n-1) precision_n. */
  averagePrecision: number | null;
}

/** `positive[i]` belongs to `scores[i]`. */
export function rankingScores(scores: ArrayLike<number>, positive: ArrayLike<boolean>): Ranking {
  const order = Int32Array.from({ length: scores.length }, (_, index) => index).sort((a, b) => scores[b] - scores[a]);
  let positives = 0;
  for (let i = 0; i < positive.length; i++) if (positive[i]) positives++;
  const negatives = scores.length - positives;
  let [hits, misses, pairs, area] = [0, 0, 0, 0];
  for (let first = 0; first < order.length; ) {
    let [yes, no, next] = [0, 0, first];
    for (; next < order.length && scores[order[next]] === scores[order[first]]; next++) {
      if (positive[order[next]]) yes++;
      else no++;
    }
    pairs += no * (hits + yes / 2);
    hits += yes;
    misses += no;
    area += (yes / positives) * (hits / (hits + misses));
    first = next;
  }
  return {
    rocAuc: positives > 0 && negatives > 0 ? pairs / (positives * negatives) : null,
    averagePrecision: positives > 0 ? area : null,
  };
}

/**
 * Ranking of classes from `probabilities` [rows, classes]: with two classes that of class 1; with more the mean over
 * classes of each against the rest (scikit-learn's multi_class="ovr", average="macro"), classes that do not occur left
 * out.
 */
export function classRanking(probabilities: ArrayLike<number>, truth: ArrayLike<number>, classes: number): Ranking {
  const column = (index: number): Ranking => {
    const scores = Float64Array.from({ length: truth.length }, (_, row) => probabilities[row * classes + index]);
    return rankingScores(
      scores,
      Array.from(truth, (label) => label === index),
    );
  };
  if (classes === 2) return column(1);
  return meanRanking(Array.from({ length: classes }, (_, index) => column(index)));
}

/** Mean over those where each score is defined; null when it is nowhere. */
export function meanRanking(rankings: readonly Ranking[]): Ranking {
  const mean = (score: (ranking: Ranking) => number | null) => {
    const defined = rankings.map(score).filter((value) => value !== null);
    return defined.length === 0 ? null : defined.reduce((sum, value) => sum + value, 0) / defined.length;
  };
  return { rocAuc: mean(({ rocAuc }) => rocAuc), averagePrecision: mean(({ averagePrecision }) => averagePrecision) };
}
