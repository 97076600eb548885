/**
 * The rungs of successive halving: n trials train to the first rung, the best n / factor of them to the second, and so
 * on; the last rung is the full number of epochs. Rung k of K + 1 is at epochs · factor^(k - K), rounded. There are as
 * many as leave one trial at the end and `minEpochs` at the first. Li et al. 2018, arXiv:1603.06560, algorithm 1, one
 * bracket.
 */
export interface Rungs {
  /** Epochs, rising. One: there is nothing to halve. */
  rungs: number[];
  /** Trials that reach each of them. */
  sizes: number[];
}

export function rungsOf({
  trials,
  epochs,
  factor,
  minEpochs,
}: {
  trials: number;
  epochs: number;
  factor: number;
  minEpochs: number;
}): Rungs {
  // In whole numbers: a quotient of logarithms may lie below the whole number that it is.
  let last = 0;
  while (factor ** (last + 1) <= trials && factor ** (last + 1) * minEpochs <= epochs) last++;
  const rungs = Array.from({ length: last + 1 }, (_, rung) =>
    Math.max(minEpochs, Math.round(epochs / factor ** (last - rung))),
  );
  const sizes = Array.from({ length: last + 1 }, (_, rung) => Math.max(1, Math.floor(trials / factor ** rung)));
  return { rungs, sizes };
}
