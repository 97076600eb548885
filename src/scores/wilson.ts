/**
 * How far a share that was measured may be from the true one: the score interval of Wilson 1927, "Probable inference,
 * the law of succession, and statistical inference". Unlike a bootstrap it has a width where all answers are right.
 */

/** Two-sided 95 % quantile of the normal distribution. */
const Z = 1.959963984540054;

/** Ends of the 95 % interval of `right` of `count`, each 0 to 1. */
export function wilsonInterval(right: number, count: number): { low: number; high: number } {
  const share = right / count;
  const scale = 1 + Z ** 2 / count;
  const middle = (share + Z ** 2 / (2 * count)) / scale;
  const half = (Z * Math.sqrt((share * (1 - share)) / count + Z ** 2 / (4 * count ** 2))) / scale;
  return { low: Math.max(0, middle - half), high: Math.min(1, middle + half) };
}
