/**
 * ROC and precision-recall curves from the highest threshold to the lowest, equal to scikit-learn's roc_curve and
 * precision_recall_curve. `thinned` bounds the number of points: it keeps those that lie furthest from the chords
 * between kept neighbours (Ramer 1972, Douglas and Peucker 1973, by area instead of distance).
 */
import { rankOrder } from "../../scores/ranking.js";

export type Point = readonly [x: number, y: number];

/** Points of a thinned curve at most. */
export const MOST_POINTS = 200;

export interface Curves {
  /** [false positive rate, true positive rate], from (0, 0) to (1, 1); null when only one answer was measured. */
  roc: Point[] | null;
  /** [recall, precision], from (0, 1) to recall 1; null when no example has the label. */
  precisionRecall: Point[] | null;
}

export function curvesOf(scores: ArrayLike<number>, positive: ArrayLike<boolean>): Curves {
  const order = rankOrder(scores, positive);
  const positives = order.positiveRows.length;
  const negatives = scores.length - positives;
  const roc: Point[] = [[0, 0]];
  const precisionRecall: Point[] = [[0, 1]];
  let [hits, misses] = [0, 0];
  for (let i = 0; i < scores.length; i++) {
    if (order.positive[i]) hits++;
    else misses++;
    if (!order.lastOfTie[i]) continue;
    roc.push([misses / negatives, hits / positives]);
    precisionRecall.push([hits / positives, hits / (hits + misses)]);
  }
  return {
    roc: positives > 0 && negatives > 0 ? roc : null,
    precisionRecall: positives > 0 ? precisionRecall : null,
  };
}

/** Both ends and at most `most` points in all, in their order. */
export function thinned(points: readonly Point[], most = MOST_POINTS): Point[] {
  if (points.length <= most) return [...points];
  const kept = [0, points.length - 1];
  // Open chords with their furthest point; the greatest is divided next. There are few, so a linear search is enough.
  const chords = [furthest(points, 0, points.length - 1)];
  while (kept.length < most && chords.length > 0) {
    const best = chords.reduce((top, chord, i) => (chord.area > chords[top].area ? i : top), 0);
    const [{ from, middle, to, area }] = chords.splice(best, 1);
    if (area === 0) break;
    kept.push(middle);
    if (middle - from > 1) chords.push(furthest(points, from, middle));
    if (to - middle > 1) chords.push(furthest(points, middle, to));
  }
  return kept.sort((a, b) => a - b).map((i) => points[i]);
}

interface Chord {
  from: number;
  middle: number;
  to: number;
  /** Twice the area of the triangle that the point in the middle makes with the chord. */
  area: number;
}

function furthest(points: readonly Point[], from: number, to: number): Chord {
  const [[x0, y0], [x1, y1]] = [points[from], points[to]];
  let [middle, area] = [from + 1, -1];
  for (let i = from + 1; i < to; i++) {
    const cross = Math.abs((x1 - x0) * (points[i][1] - y0) - (points[i][0] - x0) * (y1 - y0));
    if (cross > area) [middle, area] = [i, cross];
  }
  return { from, middle, to, area };
}

/** By trapezoids. */
export const areaUnder = (points: readonly Point[]): number =>
  points.reduce((sum, [x, y], i) => (i === 0 ? 0 : sum + ((x - points[i - 1][0]) * (y + points[i - 1][1])) / 2), 0);
