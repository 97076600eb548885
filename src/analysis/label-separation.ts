/**
 * How well each of several labels a molecule separates from its absence, as means over labels:
 *   silhouette         of the two sides, having the label or not: mean over labels, then over molecules
 *   neighbour ROC-AUC  of the share of the nearest molecules of the other folds that have the label
 *   probe ROC-AUC      of a logistic regression (C = 1) for each label, fitted on the other folds
 * Both ROC-AUC are means over the labels of a fold, then over folds; a label counts in a fold where both sides are in
 * the fold and outside it. 0.5 is chance. Standard errors as in separation.ts.
 */
import { MaillardError } from "../errors.js";
import { rankingScores } from "../scores/ranking.js";
import { distanceMatrix, type Rows } from "./distance.js";
import {
  type Estimate,
  estimate,
  foldsOf,
  nearestOf,
  probeProbabilities,
  type SeparationOptions,
  standardized,
} from "./separation.js";
import { silhouettes } from "./silhouette.js";

export interface LabelSeparationOptions extends Omit<SeparationOptions, "labels" | "classes"> {
  /** Row-major [rows, labels]: 1 where a molecule has the label; each label has both sides. */
  truth: Uint8Array;
  labels: number;
}

export interface LabelSeparationResult {
  silhouette: Estimate;
  neighbourRocAuc: Estimate;
  probeRocAuc: Estimate;
}

export function measureLabelSeparation(rows: Rows, options: LabelSeparationOptions): LabelSeparationResult {
  const { truth, labels, folds, neighbours } = options;
  const count = folds.length;
  const has = (row: number, label: number): boolean => truth[row * labels + label] === 1;
  const distances = distanceMatrix(options.metric, rows);
  const [neighbour, probe]: number[][] = [[], []];
  for (const { held, training } of foldsOf(folds)) {
    const scored = Array.from({ length: labels }, (_, label) => label).filter((label) =>
      [held, training].every((part) => new Set(part.map((row) => has(row, label))).size === 2),
    );
    if (scored.length === 0) continue;
    const mean = (scoresOf: (label: number) => ArrayLike<number>): number => {
      const areas = scored.map((label) => {
        const positive = held.map((row) => has(row, label));
        return rankingScores(scoresOf(label), positive).rocAuc as number;
      });
      return areas.reduce((sum, area) => sum + area, 0) / areas.length;
    };
    const nearest = held.map((row) => nearestOf(distances, count, row, training, neighbours));
    neighbour.push(mean((label) => nearest.map((others) => others.filter((other) => has(other, label)).length)));
    const parts = standardized(rows, training, held, options);
    probe.push(
      mean((label) => {
        const sides = training.map((row) => Number(has(row, label)));
        return probeProbabilities(parts, sides, 2).filter((_, place) => place % 2 === 1);
      }),
    );
  }
  if (probe.length < 2)
    throw new MaillardError("TOO_FEW_CLASSES", "No label has molecules with and without it in two of the folds.", {
      param: "labelSet",
    });
  const perMolecule = new Float64Array(count);
  for (let label = 0; label < labels; label++) {
    const sides = Int32Array.from({ length: count }, (_, row) => Number(has(row, label)));
    silhouettes((a, b) => distances[a * count + b], sides, 2).forEach((value, row) => {
      perMolecule[row] += value / labels;
    });
  }
  return { silhouette: estimate(perMolecule), neighbourRocAuc: estimate(neighbour), probeRocAuc: estimate(probe) };
}
