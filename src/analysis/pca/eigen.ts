/**
 * The largest eigenpairs of a symmetric positive semidefinite matrix, in float64, the same on every call.
 *   up to 128 x 128, or more than a quarter of all pairs   the whole decomposition (ml-matrix: EISPACK's tred2/tql2)
 *   a sixteenth of all pairs or more                       some pairs of a tridiagonal matrix (tridiagonal.ts)
 *   fewer                                                  block Krylov spaces
 * The last: Rayleigh-Ritz from a fixed seed (block Lanczos with full reorthogonalization, restarted from the best Ritz
 * vectors; Golub and Van Loan, Matrix Computations, 10.3), until every wanted pair leaves a residual |S v - l v| <=
 * 1e-10 l of its own value, or 1e-14 l1, which may be rounding alone. A spectrum so flat that 2 x size products with a
 * vector do not get there falls back to the tridiagonal matrix, and pairs of that which are none to the whole
 * decomposition. 768 x 768: two pairs 0.04 s, of white noise 0.26 s, ten 0.2 s (2 cores of an AMD EPYC); fifty by the
 * tridiagonal matrix 0.5 s, by the whole decomposition 4.1 s (2 cores of an Intel Xeon; Node 20.20, November 2026).
 */
import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import { addScaled, dot } from "../vectors.js";
import { tridiagonalPairs } from "./tridiagonal.js";

const FULL_UP_TO = 128;
/** Limit on products of the matrix with a vector, in multiples of the matrix size. */
const PRODUCTS = 2;
/**
 * Vectors of one Krylov space before it is restarted, but eight blocks at least: the small problem in it is solved
 * whole.
 */
const SPACE = 128;
const TOLERANCE = 1e-10;
/** Of the largest value: a residual below it may be rounding. */
const ROUNDING = 1e-14;

export interface Eigenpairs {
  /** [count], descending. */
  values: Float64Array;
  /** Row-major [count, size]: unit eigenvectors, sign undetermined. */
  vectors: Float64Array;
}

/** `matrix`: row-major [size, size]. */
export function largestEigenpairs(matrix: Float64Array, size: number, count: number): Eigenpairs {
  if (size <= FULL_UP_TO || count * 4 > size || !matrix.every(Number.isFinite)) return decompose(matrix, size, count);
  const found = count * 16 < size ? iterate(matrix, size, count) : null;
  return found ?? throughTridiagonal(matrix, size, count) ?? decompose(matrix, size, count);
}

/** Null where a pair misses the accuracy of a backward stable decomposition. */
function throughTridiagonal(matrix: Float64Array, size: number, count: number): Eigenpairs | null {
  const pairs = tridiagonalPairs(matrix, size, count, normals(0x51ed270b));
  if (!pairs) return null;
  const images = multiply(matrix, pairs.vectors, size);
  const limit = () => size * Number.EPSILON * pairs.values[0];
  return residualsWithin(pairs.vectors, images, pairs.values, size, count, limit) ? pairs : null;
}

function decompose(matrix: Float64Array, size: number, count: number): Eigenpairs {
  const rows = Matrix.from1DArray(size, size, matrix);
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(rows, { assumeSymmetric: true });
  const order = realEigenvalues.map((_, index) => index).sort((a, b) => realEigenvalues[b] - realEigenvalues[a]);
  const values = Float64Array.from({ length: count }, (_, j) => realEigenvalues[order[j]]);
  const vectors = new Float64Array(count * size);
  for (let j = 0; j < count; j++)
    for (let i = 0; i < size; i++) vectors[j * size + i] = eigenvectorMatrix.get(i, order[j]);
  return { values, vectors };
}

function iterate(matrix: Float64Array, size: number, count: number): Eigenpairs | null {
  // Two guard vectors for pairs that lie close; by fours, since `multiply` reads the matrix once for four.
  const block = Math.min(size, Math.ceil((count + 2) / 4) * 4);
  const most = Math.min(Math.floor(size / block), Math.max(8, Math.floor(SPACE / block))) * block;
  const random = normals(0x9e3779b9);
  let start: Float64Array = Float64Array.from({ length: block * size }, () => random());
  for (let products = 0; products < PRODUCTS * size; ) {
    const basis = new Float64Array(most * size);
    const images = new Float64Array(most * size);
    /** basis images': [most, most], of which the first `have` rows and columns are there. */
    const projected = new Float64Array(most * most);
    for (let have = 0; have < most; products += block) {
      // The next block is the image of the last one, made orthogonal to all before.
      const next = have === 0 ? start : images.subarray((have - block) * size, have * size);
      basis.set(next, have * size);
      orthonormalize(basis.subarray(0, (have + block) * size), size, random, have);
      images.set(multiply(matrix, basis.subarray(have * size, (have + block) * size), size), have * size);
      project(projected, most, basis, images, size, have, have + block);
      have += block;
      if (have < most && (have / block) % 3 !== 0) continue;
      const ritz = decompose(leading(projected, most, have), have, block);
      const vectors = combine(ritz.vectors, basis, size, have);
      const ends = combine(ritz.vectors, images, size, have);
      if (converged(vectors, ends, ritz.values, size, count))
        return { values: ritz.values.slice(0, count), vectors: vectors.slice(0, count * size) };
      start = vectors;
    }
  }
  return null;
}

/** Fills rows and columns `from` to `to` of basis images', which is symmetric as the matrix is. */
function project(
  projected: Float64Array,
  width: number,
  basis: Float64Array,
  images: Float64Array,
  size: number,
  from: number,
  to: number,
): void {
  for (let i = from; i < to; i++)
    for (let j = 0; j <= i; j++)
      projected[i * width + j] = projected[j * width + i] = dot(basis, j * size, images, i * size, size);
}

/** The first `count` rows and columns. */
function leading(matrix: Float64Array, width: number, count: number): Float64Array {
  const part = new Float64Array(count * count);
  for (let i = 0; i < count; i++) part.set(matrix.subarray(i * width, i * width + count), i * count);
  return part;
}

/**
 * Rows of `basis` [block, size] through the symmetric matrix: row j becomes S b_j. Four at a time read the matrix once.
 */
function multiply(matrix: Float64Array, basis: Float64Array, size: number): Float64Array {
  const image = new Float64Array(basis.length);
  let first = 0;
  for (; first + 4 * size <= basis.length; first += 4 * size) {
    const [second, third, fourth] = [first + size, first + 2 * size, first + 3 * size];
    for (let i = 0; i < size; i++) {
      const row = i * size;
      let a = 0;
      let b = 0;
      let c = 0;
      let d = 0;
      for (let j = 0; j < size; j++) {
        const value = matrix[row + j];
        a += value * basis[first + j];
        b += value * basis[second + j];
        c += value * basis[third + j];
        d += value * basis[fourth + j];
      }
      image[first + i] = a;
      image[second + i] = b;
      image[third + i] = c;
      image[fourth + i] = d;
    }
  }
  for (; first < basis.length; first += size)
    for (let i = 0; i < size; i++) image[first + i] = dot(matrix, i * size, basis, first, size);
  return image;
}

/** weights [any, inner] times the first `inner` of rows [.., size]. */
function combine(weights: Float64Array, rows: Float64Array, size: number, inner: number): Float64Array {
  const count = weights.length / inner;
  const result = new Float64Array(count * size);
  for (let i = 0; i < count; i++)
    for (let j = 0; j < inner; j++) addScaled(result, i * size, rows, j * size, weights[i * inner + j], size);
  return result;
}

/** Modified Gram-Schmidt, twice over, of the rows from `first` on; a row that vanishes (low rank) is drawn afresh. */
function orthonormalize(rows: Float64Array, size: number, random: () => number, first: number): void {
  for (let from = first * size; from < rows.length; from += size) {
    let before = Math.sqrt(dot(rows, from, rows, from, size));
    for (let pass = 0; pass < 2; pass++) {
      for (let other = 0; other < from; other += size)
        addScaled(rows, from, rows, other, -dot(rows, from, rows, other, size), size);
      const after = Math.sqrt(dot(rows, from, rows, from, size));
      if (after <= 1e-12 * before || after === 0) {
        for (let i = 0; i < size; i++) rows[from + i] = random();
        before = Math.sqrt(size);
        pass = -1;
      }
    }
    const norm = Math.sqrt(dot(rows, from, rows, from, size));
    for (let i = 0; i < size; i++) rows[from + i] /= norm;
  }
}

/** Whether each of the first `count` rows is a pair to TOLERANCE of its own value, or to what rounding leaves of it. */
const converged = (
  vectors: Float64Array,
  images: Float64Array,
  values: Float64Array,
  size: number,
  count: number,
): boolean =>
  residualsWithin(vectors, images, values, size, count, (value) => Math.max(TOLERANCE * value, ROUNDING * values[0]));

function residualsWithin(
  vectors: Float64Array,
  images: Float64Array,
  values: Float64Array,
  size: number,
  count: number,
  limitOf: (value: number) => number,
): boolean {
  for (let j = 0; j < count; j++) {
    const limit = limitOf(values[j]);
    // In units of the limit: squares of tiny numbers would vanish.
    let sum = 0;
    for (let i = j * size; i < (j + 1) * size; i++) sum += ((images[i] - values[j] * vectors[i]) / (limit || 1)) ** 2;
    // Not `>`: NaN has not converged.
    if (!(sum <= (limit > 0 ? 1 : 0))) return false;
  }
  return true;
}

/** Standard normal numbers from a seed (mulberry32, Box-Muller). */
function normals(seed: number): () => number {
  let state = seed >>> 0;
  const uniform = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  return () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
}
