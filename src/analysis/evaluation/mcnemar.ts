/**
 * McNemar's exact test (McNemar 1947; the binomial form as in statsmodels' mcnemar(exact=True)). Of the molecules that
 * exactly one of two models gets right: is the share of one model further from 1/2 than chance explains? Two-sided.
 */
import type { McNemar } from "../../scores/types.js";

/** `rightA[i]`, `rightB[i]`: of the same molecule. */
export function mcnemar(rightA: ArrayLike<boolean>, rightB: ArrayLike<boolean>): McNemar {
  const counts = { bothRight: 0, onlyA: 0, onlyB: 0, bothWrong: 0 };
  for (let i = 0; i < rightA.length; i++) {
    if (rightA[i]) counts[rightB[i] ? "bothRight" : "onlyA"]++;
    else counts[rightB[i] ? "onlyB" : "bothWrong"]++;
  }
  return { ...counts, pValue: exactPValue(counts.onlyA, counts.onlyB) };
}

/** Twice the lower tail of a binomial of a + b tosses of a fair coin, at most 1. */
export function exactPValue(a: number, b: number): number {
  const [tosses, least] = [a + b, Math.min(a, b)];
  let logChoices = 0;
  let tail = 0;
  for (let k = 0; k <= least; k++) {
    tail += Math.exp(logChoices - tosses * Math.LN2);
    logChoices += Math.log(tosses - k) - Math.log(k + 1);
  }
  return Math.min(1, 2 * tail);
}
