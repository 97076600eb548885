/**
 * Factors ≥ 0 of a sum of terms, with the least squares of (sum / measured - 1): a size counts as much as another,
 * whatever it takes. By turns each factor takes its best value for the others.
 */
const TURNS = 20_000;

/** `terms`: [sizes][factors]. */
export function fitted(terms: readonly (readonly number[])[], measured: readonly number[]): number[] {
  const rows = terms.map((row, at) => row.map((term) => term / measured[at]));
  const factors = rows[0].map(() => 0);
  for (let turn = 0; turn < TURNS; turn++)
    for (const at of factors.keys()) {
      let [above, below] = [0, 0];
      for (const row of rows) {
        const others = row.reduce((sum, term, other) => sum + (other === at ? 0 : term * factors[other]), 0);
        above += row[at] * (1 - others);
        below += row[at] ** 2;
      }
      factors[at] = below > 0 ? Math.max(0, above / below) : 0;
    }
  return factors;
}
