/**
 * Areas under the ROC and the precision-recall curve (steps) when each example counts a number of times: those of
 * scores/ranking.ts over the examples repeated. The order is found once; each weighting then costs one pass.
 */
import type { Ranking } from "../../scores/ranking.js";

export interface Order {
  /** Places by falling score. */
  places: Int32Array;
  /** By place in that order: 1 where the next score is another one. */
  lastOfTie: Uint8Array;
  positive: Uint8Array;
}

/** `places`: the examples that are ranked. */
export function rankOrder(
  scores: ArrayLike<number>,
  isPositive: (place: number) => boolean,
  places: Int32Array = Int32Array.from(scores, (_, place) => place),
): Order {
  const sorted = places.slice().sort((a, b) => scores[b] - scores[a] || a - b);
  return {
    places: sorted,
    lastOfTie: Uint8Array.from(sorted, (place, i) => (scores[sorted[i + 1]] === scores[place] ? 0 : 1)),
    positive: Uint8Array.from(sorted, (place) => (isPositive(place) ? 1 : 0)),
  };
}

/** Null where there is no positive; the ROC area also where there is no negative. `weightOf` a place: from 0. */
export function weightedRanking(
  { places, lastOfTie, positive }: Order,
  weights: ArrayLike<number>,
  rowOf: (place: number) => number = (place) => place,
): Ranking {
  let [hits, misses, pairs, steps] = [0, 0, 0, 0];
  let [yes, no] = [0, 0];
  for (let i = 0; i < places.length; i++) {
    const weight = weights[rowOf(places[i])];
    if (positive[i]) yes += weight;
    else no += weight;
    if (!lastOfTie[i]) continue;
    pairs += no * (hits + yes / 2);
    hits += yes;
    misses += no;
    if (yes > 0) steps += yes * (hits / (hits + misses));
    yes = no = 0;
  }
  return {
    rocAuc: hits > 0 && misses > 0 ? pairs / (hits * misses) : null,
    averagePrecision: hits > 0 ? steps / hits : null,
  };
}
