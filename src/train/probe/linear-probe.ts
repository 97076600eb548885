/**
 * A linear probe: multinomial logistic regression on embeddings that are computed once, or on the bits of fingerprints.
 *
 * The coefficients are those of scikit-learn's LogisticRegression with the same C: they minimise
 *   Σ_i weight_i (-log p(label_i | x_i)) + |W|² / (2 C)
 * where intercepts are free of the penalty; with two classes one row of coefficients gives the logit of class 1. The
 * problem is convex and has one answer; it is found in float64 by L-BFGS (Liu and Nocedal 1989, 10 pairs,
 * backtracking), until no component of the mean gradient exceeds `tolerance`.
 */
import { MaillardError } from "../../errors.js";
import { balancedClassWeights } from "../data/class-weights.js";
import { type Design, designOf } from "./design.js";

export interface LinearProbeOptions {
  /** C: the larger, the weaker the penalty. Default 1, scikit-learn's. */
  inverseRegularization?: number;
  /** "balanced": the weight of an example is that of class-weights.ts. Default "none". */
  classWeights?: "none" | "balanced";
  /** Default 1e-8. */
  tolerance?: number;
  /** Default 1,000. */
  maxIterations?: number;
}

export interface LinearProbe {
  classes: number;
  dimension: number;
  /** [classes][dimension], or [1][dimension] for two classes. */
  coefficients: Float64Array[];
  /** [classes], or [1]. */
  intercepts: Float64Array;
  iterations: number;
}

/** design: [labels.length, dimension]. Every class has an example. */
export function fitLinearProbe(
  design: Design,
  labels: readonly number[],
  classes: number,
  options: LinearProbeOptions = {},
): LinearProbe {
  const { inverseRegularization = 1, classWeights = "none", tolerance = 1e-8, maxIterations = 1_000 } = options;
  if (!(inverseRegularization > 0))
    throw new MaillardError("INVALID_CONFIG", `inverseRegularization must be above 0, not ${inverseRegularization}.`, {
      param: "inverseRegularization",
    });
  const perClass = balancedClassWeights(labels, classes);
  const weights = labels.map((label) => (classWeights === "balanced" ? perClass[label] : 1));
  const { dimension } = design;
  const rows = classes === 2 ? 1 : classes;
  const penalised = rows * dimension;
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const penalty = 1 / (inverseRegularization * total);

  /** Mean loss at theta = [coefficients | intercepts]; its gradient into `gradient`. */
  const objective = (theta: Float64Array, gradient: Float64Array): number => {
    gradient.fill(0);
    let loss = 0;
    const slopes = new Float64Array(rows);
    for (let i = 0; i < labels.length; i++) {
      loss += (weights[i] / total) * slopesOf(theta, design, i, labels[i], slopes);
      for (let k = 0; k < rows; k++) {
        slopes[k] = (slopes[k] * weights[i]) / total;
        gradient[penalised + k] += slopes[k];
      }
      design.addTo(gradient, i, slopes);
    }
    for (let j = 0; j < penalised; j++) {
      loss += 0.5 * penalty * theta[j] ** 2;
      gradient[j] += penalty * theta[j];
    }
    return loss;
  };
  const { theta, iterations } = minimise(objective, new Float64Array(penalised + rows), tolerance, maxIterations);
  return {
    classes,
    dimension,
    coefficients: design.byOutput(theta, rows),
    intercepts: theta.slice(penalised),
    iterations,
  };
}

/** Probabilities [rows, classes] of embeddings [rows, dimension]. */
export function predictLinearProbe(probe: LinearProbe, embeddings: Float32Array): Float64Array {
  const { classes, dimension, coefficients, intercepts } = probe;
  const theta = Float64Array.from([...coefficients.flatMap((row) => [...row]), ...intercepts]);
  const design = designOf(embeddings, dimension);
  const { count } = design;
  const probabilities = new Float64Array(count * classes);
  const slopes = new Float64Array(intercepts.length);
  for (let i = 0; i < count; i++) {
    // With label 0 the slope is p - 1 for class 0 and p for the others.
    slopesOf(theta, design, i, 0, slopes);
    if (classes === 2) {
      probabilities.set([1 - slopes[0], slopes[0]], i * 2);
    } else {
      probabilities.set(slopes, i * classes);
      probabilities[i * classes]++;
    }
  }
  return probabilities;
}

/** -log p(label | x) of a row; p - onehot(label) into `slopes`. One row of theta: the logistic function. */
function slopesOf(theta: Float64Array, design: Design, row: number, label: number, slopes: Float64Array): number {
  const { dimension } = design;
  const rows = slopes.length;
  let top = rows === 1 ? 0 : Number.NEGATIVE_INFINITY;
  for (let k = 0; k < rows; k++) slopes[k] = theta[rows * dimension + k];
  design.dots(row, theta, slopes);
  for (let k = 0; k < rows; k++) top = Math.max(top, slopes[k]);
  const ownLogit = rows === 1 ? label * slopes[0] : slopes[label];
  let sum = rows === 1 ? Math.exp(-top) : 0;
  for (let k = 0; k < rows; k++) sum += Math.exp(slopes[k] - top);
  for (let k = 0; k < rows; k++)
    slopes[k] = Math.exp(slopes[k] - top) / sum - (rows === 1 ? label : k === label ? 1 : 0);
  return top + Math.log(sum) - ownLogit;
}

const PAIRS = 10;

function minimise(
  objective: (theta: Float64Array, gradient: Float64Array) => number,
  start: Float64Array,
  tolerance: number,
  maxIterations: number,
): { theta: Float64Array; iterations: number } {
  let theta = start;
  let gradient = new Float64Array(start.length);
  let value = objective(theta, gradient);
  const moves: { s: Float64Array; y: Float64Array; rho: number }[] = [];
  for (let iteration = 0; iteration < maxIterations; iteration++) {
    if (gradient.every((slope) => Math.abs(slope) <= tolerance)) return { theta, iterations: iteration };
    const direction = twoLoop(gradient, moves);
    const descent = dot(direction, gradient);
    let next = theta;
    let nextGradient = gradient;
    let nextValue = value;
    for (let step = moves.length === 0 ? 1 / Math.max(1, Math.sqrt(-descent)) : 1; ; step /= 2) {
      if (step < 1e-16) return { theta, iterations: iteration }; // rounding allows no further descent
      next = theta.map((w, j) => w + step * direction[j]);
      nextGradient = new Float64Array(theta.length);
      nextValue = objective(next, nextGradient);
      if (nextValue <= value + 1e-4 * step * descent) break;
    }
    const s = next.map((w, j) => w - theta[j]);
    const y = nextGradient.map((g, j) => g - gradient[j]);
    const curvature = dot(s, y);
    if (curvature > 0) moves.push({ s, y, rho: 1 / curvature });
    if (moves.length > PAIRS) moves.shift();
    [theta, gradient, value] = [next, nextGradient, nextValue];
  }
  return { theta, iterations: maxIterations };
}

/** - H gradient, H the inverse curvature that the kept moves show. */
function twoLoop(gradient: Float64Array, moves: readonly { s: Float64Array; y: Float64Array; rho: number }[]) {
  const direction = gradient.map((slope) => -slope);
  const shares: number[] = [];
  for (const { s, y, rho } of [...moves].reverse()) {
    const share = rho * dot(s, direction);
    shares.push(share);
    for (let j = 0; j < direction.length; j++) direction[j] -= share * y[j];
  }
  const last = moves.at(-1);
  if (last) {
    const size = 1 / (last.rho * dot(last.y, last.y));
    for (let j = 0; j < direction.length; j++) direction[j] *= size;
  }
  for (const { s, y, rho } of moves) {
    const share = shares.pop()! - rho * dot(y, direction);
    for (let j = 0; j < direction.length; j++) direction[j] += share * s[j];
  }
  return direction;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let j = 0; j < a.length; j++) sum += a[j] * b[j];
  return sum;
}
