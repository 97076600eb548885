/** The iteration for a few large eigenpairs, on matrices whose spectrum and vectors are known. */
import { describe, expect, it } from "vitest";
import { largestEigenpairs } from "../../../src/analysis/pca/eigen.js";
import { tridiagonalPairs } from "../../../src/analysis/pca/tridiagonal.js";
import { Philox } from "../../../src/model/philox-stream.js";

const SIZE = 200;

/** H diag(values) H for the reflection H = I - 2 w w', whose column k is eigenvector k. */
function reflected(values: number[]): { matrix: Float64Array; vector(k: number): Float64Array } {
  const raw = Array.from({ length: SIZE }, (_, i) => Math.sin(1 + i * i));
  const norm = Math.hypot(...raw);
  const w = raw.map((value) => value / norm);
  const column = (k: number) => Float64Array.from(w, (value, i) => (i === k ? 1 : 0) - 2 * value * w[k]);
  const matrix = new Float64Array(SIZE * SIZE);
  const columns = values.map((_, k) => column(k));
  for (let i = 0; i < SIZE; i++)
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let k = 0; k < SIZE; k++) sum += values[k] * columns[k][i] * columns[k][j];
      matrix[i * SIZE + j] = matrix[j * SIZE + i] = sum;
    }
  return { matrix, vector: (k) => columns[k] };
}

const spectrum = (value: (i: number) => number) => Array.from({ length: SIZE }, (_, i) => value(i));

/** |v - e| of pair k, whichever sign. */
function distance(vectors: Float64Array, k: number, expected: Float64Array): number {
  const own = vectors.subarray(k * SIZE, (k + 1) * SIZE);
  const sign = Math.sign(expected.reduce((sum, value, i) => sum + value * own[i], 0));
  return Math.hypot(...expected.map((value, i) => value - sign * own[i]));
}

describe("largestEigenpairs", () => {
  it.each([1e-8, 1e-10])("a pair of %d times the largest value is as good as the largest", (small) => {
    const values = spectrum((i) => (i === 0 ? 1 : small / i));
    const { matrix, vector } = reflected(values);
    const pairs = largestEigenpairs(matrix, SIZE, 3);
    for (let k = 0; k < 3; k++) {
      expect(Math.abs(pairs.values[k] / values[k] - 1)).toBeLessThan(1e-6);
      expect(distance(pairs.vectors, k, vector(k))).toBeLessThan(1e-5);
    }
  });

  it.each([
    ["slowly falling", (i: number) => 1 / (1 + i), 1],
    ["geometric", (i: number) => 0.7 ** i, 1],
    ["of a tiny scale", (i: number) => 1e-60 / (1 + i), 1e-60],
    ["of a large scale", (i: number) => 1e70 / (1 + i), 1e70],
    ["with values below 0", (i: number) => 1 - i / 30, 1],
  ] as const)("a quarter of all pairs, %s, is right to rounding", (_, value, scale) => {
    const values = spectrum(value);
    const { matrix, vector } = reflected(values);
    const pairs = largestEigenpairs(matrix, SIZE, 50);
    for (let k = 0; k < 50; k++) {
      expect(Math.abs(pairs.values[k] - values[k]) / scale).toBeLessThan(1e-13);
      // Vectors turn by the rounding over the distance to the next value.
      const gap = Math.min(values[k] - values[k + 1], (values[k - 1] ?? Number.POSITIVE_INFINITY) - values[k]) / scale;
      expect(distance(pairs.vectors, k, vector(k)), String(k)).toBeLessThan(1e-13 / gap);
    }
  });

  it("of values that are not finite is empty, and ends", () => {
    const { matrix } = reflected(spectrum((i) => 1 / (1 + i)));
    matrix[3] = matrix[3 * SIZE] = Number.NaN;
    for (const count of [2, 20]) expect(() => largestEigenpairs(matrix, SIZE, count)).toThrow();
  });

  it.each([1e-60, 1, 1e70])("of a matrix of the scale %d", (scale) => {
    const { matrix, vector } = reflected(spectrum((i) => scale / (1 + i)));
    const pairs = largestEigenpairs(matrix, SIZE, 2);
    for (let k = 0; k < 2; k++) {
      expect(pairs.values[k] / scale).toBeCloseTo(1 / (1 + k), 12);
      expect(distance(pairs.vectors, k, vector(k))).toBeLessThan(1e-9);
    }
  });

  it.each([
    ["zero", spectrum(() => 0), 3],
    ["the identity", spectrum(() => 1), 3],
    ["of rank 2, five wanted", spectrum((i) => (i < 2 ? 1 / (1 + i) : 0)), 5],
    ["five times the same value, nine wanted", spectrum((i) => (i < 5 ? 1 : 0)), 9],
    // By the tridiagonal matrix.
    ["zero, 30 wanted", spectrum(() => 0), 30],
    ["the identity, 30 wanted", spectrum(() => 1), 30],
    ["of rank 20, 40 wanted", spectrum((i) => (i < 20 ? 1 / (1 + i) : 0)), 40],
    ["thrice each value, 50 wanted", spectrum((i) => 1 / (1 + Math.floor(i / 3))), 50],
    ["almost the same values, 50 wanted", spectrum((i) => 1 - i * 1e-14), 50],
  ] as const)("orthonormal vectors of a matrix that is %s", (_, values, count) => {
    const pairs = largestEigenpairs(reflected([...values]).matrix, SIZE, count);
    for (let a = 0; a < count; a++) {
      expect(pairs.values[a]).toBeCloseTo(values[a], 12);
      for (let b = 0; b <= a; b++) {
        let product = 0;
        for (let i = 0; i < SIZE; i++) product += pairs.vectors[a * SIZE + i] * pairs.vectors[b * SIZE + i];
        expect(product).toBeCloseTo(a === b ? 1 : 0, 12);
      }
    }
  });
});

// Called alone: largestEigenpairs would fall back to the whole decomposition and hide a failure.
describe("tridiagonalPairs", () => {
  it.each([
    ["slowly falling", (i: number) => 1 / (1 + i), 1],
    ["of rank 20", (i: number) => (i < 20 ? 1 / (1 + i) : 0), 1],
    ["thrice each", (i: number) => 1 / (1 + Math.floor(i / 3)), 1],
    ["the identity", () => 1, 1],
    ["almost the same", (i: number) => 1 - i * 1e-14, 1],
    ["of a tiny scale", (i: number) => 1e-200 / (1 + i), 1e-200],
    ["of a huge scale", (i: number) => 1e200 / (1 + i), 1e200],
  ] as const)("values %s: values, residuals and orthogonality to rounding", (_, value, scale) => {
    const values = spectrum(value);
    const { matrix } = reflected(values);
    const random = new Philox(1, 2);
    const pairs = tridiagonalPairs(matrix, SIZE, 40, () => random.uniform() - 0.5)!;
    for (let a = 0; a < 40; a++) {
      expect(Math.abs(pairs.values[a] - values[a]) / scale).toBeLessThan(1e-13);
      const v = pairs.vectors.subarray(a * SIZE, (a + 1) * SIZE);
      for (let i = 0; i < SIZE; i++) {
        let image = 0;
        for (let j = 0; j < SIZE; j++) image += (matrix[i * SIZE + j] / scale) * v[j];
        expect(Math.abs(image - (pairs.values[a] / scale) * v[i])).toBeLessThan(1e-13);
      }
      for (let b = 0; b <= a; b++) {
        let product = 0;
        for (let i = 0; i < SIZE; i++) product += v[i] * pairs.vectors[b * SIZE + i];
        expect(Math.abs(product - Number(a === b))).toBeLessThan(1e-13);
      }
    }
  });

  it("of a matrix that is diagonal, or tridiagonal in two parts, finds the values of both", () => {
    const matrix = new Float64Array(36);
    for (const [i, j, value] of [
      [0, 0, 5],
      [1, 1, 1],
      [2, 2, 4],
      [3, 3, 2],
      [4, 4, 2],
      [5, 5, 3],
      [3, 4, 1],
      [4, 3, 1],
    ])
      matrix[i * 6 + j] = value;
    const random = new Philox(3, 4);
    const { values } = tridiagonalPairs(matrix, 6, 6, () => random.uniform() - 0.5)!;
    [5, 4, 3, 3, 1, 1].forEach((value, j) => {
      expect(values[j]).toBeCloseTo(value, 13);
    });
  });

  it("is null for the zero matrix and for NaN", () => {
    for (const value of [0, Number.NaN, Number.POSITIVE_INFINITY])
      expect(tridiagonalPairs(new Float64Array(25).fill(value), 5, 2, () => 0.3)).toBeNull();
  });
});
