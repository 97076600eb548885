/**
 * How well classes separate in a space of vectors, in three numbers:
 *   silhouette          of the classes (silhouette.ts): mean over molecules
 *   neighbour accuracy  share of molecules whose class is the most frequent one among the nearest of the other folds;
 *                       of equally frequent classes the first, as scikit-learn's KNeighborsClassifier
 *   probe accuracy      share of molecules that a logistic regression (C = 1) fitted on the other folds classifies
 *                       right
 * Both accuracies are means over the folds. Standard errors are the standard deviation (n - 1) over molecules, or over
 * folds, divided by the square root of their number; folds share training molecules, so theirs are somewhat too small.
 */

import { Philox } from "../model/philox-stream.js";
import { designOf } from "../train/probe/design.js";
import { fitLinearProbe, predictLinearProbe } from "../train/probe/linear-probe.js";
import { type DistanceMetric, distanceMatrix, type Rows, takeRows } from "./distance.js";
import { STREAM } from "./seeds.js";
import { silhouettes } from "./silhouette.js";

export interface SeparationOptions {
  /** [rows]: 0 .. classes - 1; every class occurs in the other folds of each fold. */
  labels: Int32Array;
  classes: number;
  /** [rows]: 0 .. folds - 1. */
  folds: Int32Array;
  /** Neighbours that vote. */
  neighbours: number;
  metric: DistanceMetric;
  /** Divide each coordinate, less its mean, by its standard deviation over the training folds, before the probe. */
  standardize: boolean;
}

export interface Estimate {
  value: number;
  standardError: number;
}

export interface SeparationResult {
  silhouette: Estimate;
  neighbourAccuracy: Estimate;
  probeAccuracy: Estimate;
}

export function measureSeparation(rows: Rows, options: SeparationOptions): SeparationResult {
  const { labels, classes, folds, neighbours } = options;
  const distances = distanceMatrix(options.metric, rows);
  const count = labels.length;
  const neighbour: number[] = [];
  const probe: number[] = [];
  for (const { held, training } of foldsOf(folds)) {
    const right = (answers: readonly number[]): number =>
      held.filter((row, place) => answers[place] === labels[row]).length / held.length;
    neighbour.push(
      right(held.map((row) => vote(nearestOf(distances, count, row, training, neighbours), labels, classes))),
    );
    const probabilities = probeProbabilities(
      standardized(rows, training, held, options),
      training.map((row) => labels[row]),
      classes,
    );
    probe.push(
      right(
        held.map((_, place) => {
          const row = probabilities.subarray(place * classes, (place + 1) * classes);
          return row.indexOf(Math.max(...row));
        }),
      ),
    );
  }
  return {
    silhouette: estimate(silhouettes((a, b) => distances[a * count + b], labels, classes)),
    neighbourAccuracy: estimate(neighbour),
    probeAccuracy: estimate(probe),
  };
}

function vote(nearest: readonly number[], labels: Int32Array, classes: number): number {
  const votes = new Int32Array(classes);
  for (const other of nearest) votes[labels[other]]++;
  return votes.indexOf(Math.max(...votes));
}

/** Rows of each fold, and of all others. */
export function* foldsOf(folds: Int32Array): Generator<{ held: number[]; training: number[] }> {
  const last = folds.reduce((most, fold) => Math.max(most, fold), 0);
  for (let fold = 0; fold <= last; fold++)
    yield { held: rowsWhere(folds, (of) => of === fold), training: rowsWhere(folds, (of) => of !== fold) };
}

/** The `most` of `others` that are nearest to the row; of equally near ones the first. `distances`: [count, count]. */
export function nearestOf(
  distances: Float32Array,
  count: number,
  row: number,
  others: readonly number[],
  most: number,
): number[] {
  const from = row * count;
  return others.toSorted((a, b) => distances[from + a] - distances[from + b] || a - b).slice(0, most);
}

/** Training and test rows, scaled by the training ones where the options say so. */
export function standardized(
  rows: Rows,
  training: number[],
  held: number[],
  { standardize }: Pick<SeparationOptions, "standardize">,
): { train: Rows; test: Rows } {
  const [train, test] = [takeRows(rows, training), takeRows(rows, held)];
  if (standardize) scaleBoth(train, test);
  return { train, test };
}

/** [test rows, classes], by a logistic regression of the training rows' labels. */
export function probeProbabilities(
  { train, test }: { train: Rows; test: Rows },
  labels: readonly number[],
  classes: number,
): Float64Array {
  const design = designOf(train.vectors, train.dimension);
  return predictLinearProbe(fitLinearProbe(design, labels, classes, PROBE), test.vectors);
}

/** Answers do not change beyond this tolerance: tested against scikit-learn. */
const PROBE = { inverseRegularization: 1, tolerance: 1e-5, maxIterations: 300 };

/**
 * Mean 0 and variance 1 over the training rows, as scikit-learn's StandardScaler; constant coordinates are only
 * centred.
 */
function scaleBoth(train: Rows, test: Rows): void {
  const { dimension } = train;
  const count = train.vectors.length / dimension;
  for (let c = 0; c < dimension; c++) {
    let mean = 0;
    for (let i = c; i < train.vectors.length; i += dimension) mean += train.vectors[i] / count;
    let variance = 0;
    for (let i = c; i < train.vectors.length; i += dimension) variance += (train.vectors[i] - mean) ** 2 / count;
    const scale = variance <= 1e-14 * mean * mean || variance === 0 ? 1 : 1 / Math.sqrt(variance);
    for (const { vectors } of [train, test])
      for (let i = c; i < vectors.length; i += dimension) vectors[i] = (vectors[i] - mean) * scale;
  }
}

/**
 * Folds by molecule: rows of one group (the first block of an InChIKey) share a fold. Within each class groups are
 * shuffled by the seed and distributed over the folds in turn, each class after the fold at which the one before it
 * stopped, so that folds are equal in size and in classes.
 */
export function dealFolds(
  labels: ArrayLike<number>,
  groups: readonly string[],
  folds: number,
  seed: number,
): Int32Array {
  const classOf = new Map<string, number>();
  groups.forEach((group, row) => {
    if (!classOf.has(group)) classOf.set(group, labels[row]);
  });
  const byClass = new Map<number, string[]>();
  for (const [group, label] of classOf) {
    const members = byClass.get(label);
    if (members) members.push(group);
    else byClass.set(label, [group]);
  }
  const fold = new Map<string, number>();
  for (const [label, members] of [...byClass].sort(([one], [other]) => one - other))
    for (const group of new Philox(seed, STREAM.folds, label).shuffle(members)) fold.set(group, fold.size % folds);
  return Int32Array.from(groups, (group) => fold.get(group) as number);
}

function rowsWhere(folds: Int32Array, wanted: (fold: number) => boolean): number[] {
  return Array.from(folds.keys()).filter((row) => wanted(folds[row]));
}

export function estimate(values: ArrayLike<number>): Estimate {
  const list = Array.from(values);
  const mean = list.reduce((sum, value) => sum + value, 0) / list.length;
  const variance = list.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (list.length - 1);
  return { value: mean, standardError: Math.sqrt(variance / list.length) };
}
