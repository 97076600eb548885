/**
 * Scores of a ranking: does a yes get a greater score than a no? Equal to scikit-learn's roc_auc_score and
 * average_precision_score, with sample_weight where weights are given; null without a yes or without a no, where there
 * is nothing to rank (scikit-learn returns NaN, 0 or 1). The order is found once; each weighting then costs one pass.
 */
import { meanOfDefined } from "./mean.js";

export interface Ranking {
  /** Area under the receiver operating characteristic: share of (yes, no) pairs in the right order, ties count half. */
  rocAuc: number | null;
  /** Area under the precision-recall curve as a sum of steps: Σ (recall_n - recall_n-1) precision_n. */
  averagePrecision: number | null;
}

/** Entries by falling score. */
interface RankOrder {
  /** Row of each entry: its weight is that of the row. */
  rows: Int32Array;
  /** 1 where the entry is a yes. */
  positive: Uint8Array;
  /** 1 where the next entry has another score. */
  lastOfTie: Uint8Array;
  /** Rows of the entries that are a yes. */
  positiveRows: Int32Array;
}

/** `positive[i]` belongs to `scores[i]`; `rows[i]` is its row, which is i where no rows are given. */
export function rankOrder(
  scores: ArrayLike<number>,
  positive: ArrayLike<boolean>,
  rows: ArrayLike<number> | null = null,
): RankOrder {
  const order = Int32Array.from({ length: scores.length }, (_, index) => index).sort((a, b) => scores[b] - scores[a]);
  const rowOf = (index: number): number => (rows === null ? index : rows[index]);
  return {
    rows: order.map(rowOf),
    positive: Uint8Array.from(order, (index) => (positive[index] ? 1 : 0)),
    lastOfTie: Uint8Array.from(order, (index, place) => (scores[order[place + 1]] === scores[index] ? 0 : 1)),
    positiveRows: order.filter((index) => positive[index]).map(rowOf),
  };
}

/** `weights[row]`: how often the row counts, from 0. */
export function rankingOf({ rows, positive, lastOfTie, positiveRows }: RankOrder, weights: ArrayLike<number>): Ranking {
  let positives = 0;
  for (let i = 0; i < positiveRows.length; i++) positives += weights[positiveRows[i]];
  let [hits, misses, pairs, area] = [0, 0, 0, 0];
  let [yes, no] = [0, 0];
  for (let i = 0; i < rows.length; i++) {
    const weight = weights[rows[i]];
    if (positive[i]) yes += weight;
    else no += weight;
    if (!lastOfTie[i]) continue;
    pairs += no * (hits + yes / 2);
    hits += yes;
    misses += no;
    if (yes > 0) area += (yes / positives) * (hits / (hits + misses));
    yes = no = 0;
  }
  return {
    rocAuc: positives > 0 && misses > 0 ? pairs / (positives * misses) : null,
    averagePrecision: positives > 0 && misses > 0 ? area : null,
  };
}

/** Every entry counts once. */
export const rankingScores = (scores: ArrayLike<number>, positive: ArrayLike<boolean>): Ranking =>
  rankingOf(rankOrder(scores, positive), new Uint8Array(scores.length).fill(1));

/** Mean over those where each score is defined; null where none has it. */
export const meanRanking = (rankings: readonly Ranking[]): Ranking => ({
  rocAuc: meanOfDefined(rankings.map(({ rocAuc }) => rocAuc)),
  averagePrecision: meanOfDefined(rankings.map(({ averagePrecision }) => averagePrecision)),
});
