/**
 * How well classes lie together in a plane: the share of labelled points whose nearest other one has the same label.
 */
export interface LabelledPoint {
  label?: string | null;
  coordinates: readonly number[];
}

/**
 * 0 to 1; NaN with fewer than two labelled points. Of equally near ones the first counts. Points are visited in the
 * order of their first coordinate, both ways, as far as that coordinate alone is no farther than the nearest one yet.
 */
export function neighbourAgreement(points: readonly LabelledPoint[]): number {
  const labelled = points.filter(({ label }) => label !== null && label !== undefined);
  if (labelled.length < 2) return Number.NaN;
  const order = labelled.map((_, i) => i).sort((a, b) => labelled[a].coordinates[0] - labelled[b].coordinates[0]);
  let agreeing = 0;
  for (const [place, i] of order.entries()) {
    const { label, coordinates } = labelled[i];
    let nearest = -1;
    let least = Number.POSITIVE_INFINITY;
    for (const step of [-1, 1]) {
      for (let at = place + step; at >= 0 && at < order.length; at += step) {
        const j = order[at];
        const other = labelled[j].coordinates;
        if ((other[0] - coordinates[0]) ** 2 > least) break;
        const square = squaredDistance(coordinates, other);
        if (square < least || (square === least && j < nearest)) [nearest, least] = [j, square];
      }
    }
    if (labelled[nearest].label === label) agreeing++;
  }
  return agreeing / labelled.length;
}

function squaredDistance(a: readonly number[], b: readonly number[]): number {
  let sum = 0;
  for (let axis = 0; axis < a.length; axis++) sum += (a[axis] - b[axis]) ** 2;
  return sum;
}
