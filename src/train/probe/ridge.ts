/**
 * Ridge regression as scikit-learn's Ridge(alpha = 1 / C): it minimises |y - X w - b|² + |w|² / C. Of few columns or
 * rows by Cholesky, of sparse rows by conjugate gradients.
 */
import { CholeskyDecomposition, Matrix } from "ml-matrix";
import { MaillardError } from "../../errors.js";
import type { Design, SmallDesign } from "./design.js";

export interface Line {
  coefficients: number[];
  intercept: number;
}

/** Least share of a column that is independent of the columns before it: rounding leaves some 1e-15 of a copy. */
const LEAST_PIVOT = 1e-13;

/**
 * The normal equations of centred data. With fewer rows than bits the dual ones, whose answer is the same: w = Xᵀ a,
 * (X Xᵀ + 1 / C) a = y, both centred.
 */
export function ridge(design: Design, values: readonly number[], c: number): Line {
  if (!isSmall(design)) return sparseRidge(design, values, c);
  const rowProducts = design.rowProducts();
  return rowProducts ? dualRidge(design, values, c, rowProducts) : primalRidge(design, values, c);
}

const isSmall = (design: Design): design is SmallDesign => "moments" in design;

/** Of the greatest residual to the right side, and the most steps to it. */
const RESIDUAL = 1e-12;
const MOST_STEPS = 5_000;

/** Conjugate gradients (Hestenes and Stiefel 1952) on (Xᵀ X + 1 / C) w = Xᵀ y, both centred. */
function sparseRidge(design: Design, values: readonly number[], c: number): Line {
  const { count, dimension } = design;
  const level = values.reduce((sum, value) => sum + value, 0) / count;
  /** Xᵀ of numbers whose sum is 0: the centre of X drops out. */
  const transposed = (numbers: ArrayLike<number>): Float64Array => {
    const sums = new Float64Array(dimension);
    for (let i = 0; i < count; i++) design.addTo(sums, i, Float64Array.of(numbers[i]));
    return sums;
  };
  const answers = (w: Float64Array): Float64Array =>
    Float64Array.from({ length: count }, (_, i) => {
      const answer = new Float64Array(1);
      design.dots(i, w, answer);
      return answer[0];
    });
  const product = (w: Float64Array): Float64Array => {
    const answered = answers(w);
    const mean = answered.reduce((sum, value) => sum + value, 0) / count;
    return transposed(answered.map((value) => value - mean)).map((value, j) => value + w[j] / c);
  };
  const weights = new Float64Array(dimension);
  const residual = transposed(values.map((value) => value - level));
  let direction = residual.slice();
  let size = squared(residual);
  const limit = RESIDUAL ** 2 * size;
  for (let step = 0; step < MOST_STEPS && size > limit; step++) {
    const moved = product(direction);
    const length = size / moved.reduce((sum, value, j) => sum + value * direction[j], 0);
    for (let j = 0; j < dimension; j++) {
      weights[j] += length * direction[j];
      residual[j] -= length * moved[j];
    }
    const before = size;
    size = squared(residual);
    direction = direction.map((value, j) => residual[j] + (size / before) * value);
  }
  const answered = answers(weights).reduce((sum, value) => sum + value, 0) / count;
  return { coefficients: [...weights], intercept: level - answered };
}

const squared = (numbers: Float64Array): number => numbers.reduce((sum, value) => sum + value * value, 0);

function dualRidge(design: SmallDesign, values: readonly number[], c: number, kernel: Float64Array): Line {
  const { count, dimension } = design;
  const level = values.reduce((sum, value) => sum + value, 0) / count;
  const means = Float64Array.from({ length: count }, (_, i) => {
    let sum = 0;
    for (let k = 0; k < count; k++) sum += kernel[i * count + k];
    return sum / count;
  });
  const mean = means.reduce((sum, value) => sum + value, 0) / count;
  // The sum of both means first: so the matrix is symmetric to the last bit.
  for (let i = 0; i < count; i++)
    for (let k = 0; k < count; k++) kernel[i * count + k] += mean - (means[i] + means[k]) + (i === k ? 1 / c : 0);
  const system = Matrix.from1DArray(count, count, kernel);
  const dual = solved(
    system,
    Float64Array.from(values, (value) => value - level),
    c,
  );
  const coefficients = new Float64Array(dimension);
  // The centre of X drops out of Xᵀ a, since the sum of a is 0.
  for (let i = 0; i < count; i++) design.add(coefficients, 0, i, dual[i]);
  let answered = 0;
  for (let i = 0; i < count; i++) answered += design.dot(i, coefficients, 0, 0) / count;
  return { coefficients: [...coefficients], intercept: level - answered };
}

function primalRidge(design: SmallDesign, values: readonly number[], c: number): Line {
  const { dimension } = design;
  const { mean, level, gram, products } = design.moments(values);
  for (let j = 0; j < dimension; j++) gram[j * dimension + j] += 1 / c;
  const coefficients = solved(Matrix.from1DArray(dimension, dimension, gram), products, c);
  return { coefficients, intercept: level - coefficients.reduce((sum, w, j) => sum + w * mean[j], 0) };
}

/** Equal columns, as bits of fingerprints can be, and equal rows differ by the penalty alone. */
function solved(system: Matrix, right: Float64Array, c: number): number[] {
  const decomposition = new CholeskyDecomposition(system);
  // A pivot is the part of its column that the columns before it do not explain.
  const { lowerTriangularMatrix: lower } = decomposition;
  const isCopy = right.some((_, j) => lower.get(j, j) ** 2 / system.get(j, j) < LEAST_PIVOT);
  if (!decomposition.isPositiveDefinite() || isCopy)
    throw new MaillardError(
      "INVALID_CONFIG",
      `inverseRegularization ${c} is so large that the ridge regression has no one answer in double precision. ` +
        "Take a smaller one.",
      { param: "inverseRegularization" },
    );
  return decomposition.solve(Matrix.columnVector(right)).to1DArray();
}
