/**
 * Some of the largest eigenpairs of a symmetric matrix without all of them, in float64, the same on every call:
 *   S -> Householder reflections -> tridiagonal T (Golub and Van Loan, Matrix Computations, 8.3.1)
 *   eigenvalues of T by bisection on the number of sign changes (8.4.1), eigenvectors by inverse iteration, each kept
 *   orthogonal to those before it (8.4.2), turned back by the reflections
 * The work is 4/3 size³ operations for T and little for each pair; a whole decomposition does six times that. Backward
 * stable as that one is: a pair is right to about size x 2e-16 of the largest value, however small its own value is.
 */

import { addScaled, dot } from "../vectors.js";
import type { Eigenpairs } from "./eigen.js";

/**
 * `matrix`: row-major [size, size] of finite numbers, of which the upper triangle is read; size > 2. `random`: start
 * vectors. Null for the zero matrix. The caller checks the pairs: a vector that vanished is NaN.
 */
export function tridiagonalPairs(
  matrix: Float64Array,
  size: number,
  count: number,
  random: () => number,
): Eigenpairs | null {
  const largest = matrix.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  if (!(largest > 0 && Number.isFinite(largest))) return null;
  // Squares of very large or small entries would overflow, or vanish.
  const work = Float64Array.from(matrix, (value) => value / largest);
  const { diagonal, beside, scales } = reduce(work, size);
  const values = largestValues(diagonal, beside, count);
  const vectors = new Float64Array(count * size);
  for (let j = 0; j < count; j++) {
    const vector = vectors.subarray(j * size, (j + 1) * size);
    for (let i = 0; i < size; i++) vector[i] = random();
    const solve = shifted(diagonal, beside, values[j]);
    for (let step = 0; step < 3; step++) {
      solve(vector);
      for (let pass = 0; pass < 2; pass++) {
        for (let other = 0; other < j * size; other += size)
          addScaled(vector, 0, vectors, other, -dot(vector, 0, vectors, other, size), size);
        normalize(vector);
      }
    }
  }
  for (let j = 0; j < count; j++) {
    const vector = vectors.subarray(j * size, (j + 1) * size);
    for (let k = size - 3; k >= 0; k--) {
      if (scales[k] === 0) continue;
      const [from, rest] = [k * size + k + 1, size - k - 1];
      addScaled(vector, k + 1, work, from, -scales[k] * dot(vector, k + 1, work, from, rest), rest);
    }
  }
  return { values: values.map((value) => value * largest), vectors };
}

/**
 * T in place of S: reflection k, I - scale v v', leaves v in row k of `work`, from column k + 1 on.
 * Only the upper triangle is touched, row by row.
 */
function reduce(
  work: Float64Array,
  size: number,
): { diagonal: Float64Array; beside: Float64Array; scales: Float64Array } {
  const diagonal = new Float64Array(size);
  const beside = new Float64Array(size - 1);
  const scales = new Float64Array(size);
  const image = new Float64Array(size);
  for (let k = 0; k < size - 1; k++) {
    diagonal[k] = work[k * size + k];
    const v = work.subarray(k * size, (k + 1) * size);
    const first = v[k + 1];
    const rest = dot(v, k + 2, v, k + 2, size - k - 2);
    beside[k] = first;
    if (k === size - 2 || rest === 0) continue;
    const norm = Math.sqrt(first * first + rest);
    beside[k] = first > 0 ? -norm : norm;
    v[k + 1] = first - beside[k];
    const scale = 2 / (v[k + 1] * v[k + 1] + rest);
    scales[k] = scale;
    // image = scale S v, each element of the triangle read once for its row and its column.
    image.fill(0, k + 1);
    for (let i = k + 1; i < size; i++) {
      const row = i * size;
      const vi = v[i];
      let sum = work[row + i] * vi;
      for (let j = i + 1; j < size; j++) {
        const value = work[row + j];
        sum += value * v[j];
        image[j] += value * vi;
      }
      image[i] += sum;
    }
    for (let i = k + 1; i < size; i++) image[i] *= scale;
    const inner = size - k - 1;
    addScaled(image, k + 1, v, k + 1, (-scale / 2) * dot(image, k + 1, v, k + 1, inner), inner);
    for (let i = k + 1; i < size; i++) {
      const row = i * size;
      const [vi, wi] = [v[i], image[i]];
      for (let j = i; j < size; j++) work[row + j] -= vi * image[j] + wi * v[j];
    }
  }
  diagonal[size - 1] = work[size * size - 1];
  return { diagonal, beside, scales };
}

/** The `count` largest eigenvalues of T, descending, each bisected to 2e-16 of the largest bound. */
function largestValues(diagonal: Float64Array, beside: Float64Array, count: number): Float64Array {
  const size = diagonal.length;
  const around = (i: number) => Math.abs(beside[i - 1] ?? 0) + Math.abs(beside[i] ?? 0);
  // Gershgorin's discs.
  let lowest = Number.POSITIVE_INFINITY;
  let highest = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < size; i++) {
    lowest = Math.min(lowest, diagonal[i] - around(i));
    highest = Math.max(highest, diagonal[i] + around(i));
  }
  const least = Number.EPSILON * Math.max(Math.abs(lowest), Math.abs(highest));
  const values = new Float64Array(count);
  for (let j = 0; j < count; j++) {
    let [low, high] = [lowest - least, j === 0 ? highest + least : values[j - 1]];
    for (;;) {
      const middle = low + (high - low) / 2;
      if (middle <= low || middle >= high || high - low <= least) break;
      if (above(diagonal, beside, middle, least) > j) low = middle;
      else high = middle;
    }
    values[j] = high;
  }
  return values;
}

/** How many eigenvalues of T are above x: positive pivots of T - x I. */
function above(diagonal: Float64Array, beside: Float64Array, x: number, least: number): number {
  let count = 0;
  let pivot = 1;
  for (let i = 0; i < diagonal.length; i++) {
    pivot = diagonal[i] - x - (i > 0 ? (beside[i - 1] * beside[i - 1]) / pivot : 0);
    if (Math.abs(pivot) < least * Number.EPSILON) pivot = -least * Number.EPSILON;
    if (pivot > 0) count++;
  }
  return count;
}

/**
 * Solves (T - x I) y = b in place, by elimination with row exchanges. x is an eigenvalue: a pivot of 0 becomes a tiny
 * one.
 */
function shifted(diagonal: Float64Array, beside: Float64Array, x: number): (b: Float64Array) => void {
  const size = diagonal.length;
  const [main, upper, second] = [new Float64Array(size), new Float64Array(size), new Float64Array(size)];
  const factor = new Float64Array(size);
  const exchanged = new Uint8Array(size);
  const tiny =
    Number.EPSILON * diagonal.reduce((most, d, i) => Math.max(most, Math.abs(d), Math.abs(beside[i] ?? 0)), 0);
  let [a, b] = [diagonal[0] - x, beside[0]];
  for (let i = 0; i < size - 1; i++) {
    const below = beside[i];
    const [nextMain, nextUpper] = [diagonal[i + 1] - x, beside[i + 1] ?? 0];
    if (Math.abs(below) > Math.abs(a)) {
      exchanged[i] = 1;
      [main[i], upper[i], second[i]] = [below, nextMain, nextUpper];
      factor[i] = a / below;
      [a, b] = [b - factor[i] * nextMain, -factor[i] * nextUpper];
    } else {
      [main[i], upper[i]] = [a === 0 ? tiny : a, b];
      factor[i] = below / main[i];
      [a, b] = [nextMain - factor[i] * b, nextUpper];
    }
  }
  main[size - 1] = Math.abs(a) < tiny ? tiny : a;
  return (y) => {
    for (let i = 0; i < size - 1; i++) {
      if (exchanged[i]) [y[i], y[i + 1]] = [y[i + 1], y[i]];
      y[i + 1] -= factor[i] * y[i];
    }
    for (let i = size - 1; i >= 0; i--)
      y[i] = (y[i] - upper[i] * (y[i + 1] ?? 0) - second[i] * (y[i + 2] ?? 0)) / main[i];
    // A tiny pivot makes large numbers. The length has no meaning, but must stay finite for the next solution.
    normalize(y);
  };
}

function normalize(vector: Float64Array): void {
  let largest = 0;
  for (const value of vector) largest = Math.max(largest, Math.abs(value));
  for (let i = 0; i < vector.length; i++) vector[i] /= largest;
  const norm = Math.sqrt(dot(vector, 0, vector, 0, vector.length));
  for (let i = 0; i < vector.length; i++) vector[i] /= norm;
}
