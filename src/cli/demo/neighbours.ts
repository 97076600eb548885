/** How well classes lie together in a plane: the share of labelled points whose nearest other one has the same label. */
export interface LabelledPoint {
  label?: string | null;
  coordinates: readonly number[];
}

/** 0 to 1; NaN with fewer than two labelled points. Of equally near ones the first counts. */
export function neighbourAgreement(points: readonly LabelledPoint[]): number {
  const labelled = points.filter(({ label }) => label !== null && label !== undefined);
  if (labelled.length < 2) return Number.NaN;
  const agreeing = labelled.filter((point) => {
    let nearest: LabelledPoint | null = null;
    let least = Number.POSITIVE_INFINITY;
    for (const other of labelled) {
      if (other === point) continue;
      const distance = Math.hypot(...other.coordinates.map((value, axis) => value - point.coordinates[axis]));
      if (distance < least) [nearest, least] = [other, distance];
    }
    return nearest?.label === point.label;
  });
  return agreeing.length / labelled.length;
}
