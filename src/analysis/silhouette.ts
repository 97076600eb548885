/**
 * Silhouettes (Rousseeuw 1987), as scikit-learn's silhouette_samples: (b - a) / max(a, b), where a is a row's mean
 * distance to the others of its class and b the least mean distance to another class; 0 for a class of one row.
 */
import { MaillardError } from "../errors.js";
import type { Distance } from "./distance.js";

/** One per row, -1 to 1. Every class from 0 to classes - 1 has a row, and there are 2 to rows - 1 classes. */
export function silhouettes(distance: Distance, labels: ArrayLike<number>, classes: number): Float64Array {
  const count = labels.length;
  const sizes = new Int32Array(classes);
  for (let row = 0; row < count; row++) sizes[labels[row]]++;
  if (classes < 2 || classes >= count || sizes.includes(0))
    throw new MaillardError(
      "BAD_INPUT",
      `A silhouette needs 2 to ${count - 1} classes with a molecule each; got ${classes} for ${count} molecules.`,
      { param: "labels" },
    );
  const sums = new Float64Array(count * classes);
  for (let a = 0; a < count; a++)
    for (let b = a + 1; b < count; b++) {
      const d = distance(a, b);
      sums[a * classes + labels[b]] += d;
      sums[b * classes + labels[a]] += d;
    }
  return Float64Array.from({ length: count }, (_, row) => {
    const own = labels[row];
    if (sizes[own] === 1) return 0;
    const inside = sums[row * classes + own] / (sizes[own] - 1);
    let outside = Number.POSITIVE_INFINITY;
    for (let k = 0; k < classes; k++) if (k !== own) outside = Math.min(outside, sums[row * classes + k] / sizes[k]);
    const larger = Math.max(inside, outside);
    return larger === 0 ? 0 : (outside - inside) / larger;
  });
}
