/**
 * Principal component analysis, equal to scikit-learn's PCA(svd_solver="full") to 1e-4 (tested). `computePca` is
 * float64 throughout; `computeLargePca` does the same and computes the products of large data with the runtime, in
 * float32 with float64 sums (products.ts), unless an axis is requested that float32 cannot resolve.
 *
 * Mean and axes are fitted on `fitRows` (every row by default) and applied to every row. The axes are the largest
 * eigenvectors of the covariance, or of the Gram matrix when fewer rows than dimensions are fitted. Signs as in
 * scikit-learn >= 1.5, svd_flip with u_based_decision=False: the loading of largest absolute value of each axis is
 * positive (the first one where several tie). explainedVarianceRatio is relative to the total variance (n - 1) of the
 * fitted rows. A component beyond the rank of the fitted rows (one row, constant data, components >= rows) has
 * coordinates 0 and ratio 0, never noise.
 *
 * Two components of 2,000 x 768 take 0.8 s (7.5 s for white noise, the slowest spectrum), of 16,556 x 256 0.4 s (0.7
 * s): 2 cores of an AMD EPYC, Node 20.20, November 2026.
 */
import { MaillardError } from "../../errors.js";
import type { PcaRequest, PcaResult } from "../types.js";
import { type CentredRows, centre, gram, scatter } from "./covariance.js";
import { largestEigenpairs } from "./eigen.js";
import { coordinatesOnRuntime, scatterOnRuntime } from "./products.js";

/** A variance below this share of the largest is rounding, not data. */
const RANK_TOLERANCE = 1e-12;
/** From this number of multiplications of X'X on, the runtime computes them. 2,000 x 768 is below it. */
const LARGE = 2e9;
/** Of the largest variance: float32 products cannot resolve an axis below it. */
const PRODUCT_ROUNDING = 1e-5;
/** Of the mean's square: float32 coordinates, whose mean is subtracted after the product, cannot resolve it either. */
const COORDINATE_ROUNDING = 1e-6;
/** A mean square of values at which float32's squares underflow. */
const UNDERFLOW = 1e-30;

export interface PcaFit {
  dimension: number;
  /** [dimension] */
  mean: Float64Array;
  /** Row-major [components, dimension]: unit axes, or zeros beyond the rank. */
  axes: Float64Array;
  /** [components], descending: variance of the fitted rows along each axis. */
  variances: Float64Array;
  /** Variance of the fitted rows over all dimensions. */
  totalVariance: number;
}

export function computePca(request: PcaRequest): PcaResult {
  checkShape(request);
  const { vectors, dimension, components } = request;
  const fit = fitPca(vectors, dimension, components, fittedRows(request));
  return {
    coordinates: applyPca(fit, vectors, request.whiten ?? false),
    explainedVarianceRatio: Array.from(fit.variances, (v) => (v > 0 ? v / fit.totalVariance : 0)),
  };
}

/** @param threads intraOpNumThreads of the runtime */
export async function computeLargePca(request: PcaRequest, threads: number): Promise<PcaResult> {
  checkShape(request, false);
  const { vectors, dimension, components, whiten = false } = request;
  const rowNumbers = fittedRows(request);
  if (rowNumbers.length < dimension || rowNumbers.length * dimension ** 2 < LARGE) return computePca(request);
  const { mean, product } = await scatterOnRuntime({ vectors, dimension, rowNumbers }, threads);
  const centred = { vectors, dimension, rowNumbers, mean };
  const rows = rowNumbers.length;
  const meanSquare = mean.reduce((sum, value) => sum + value * value, 0);
  let squares = 0;
  for (let c = 0; c < dimension; c++) squares += product[c * dimension + c];
  // A value that is not finite shows here, or in its row's coordinates, so it needs no pass of its own.
  if (!Number.isFinite(squares) || squares <= rows * Math.max(UNDERFLOW * dimension, COORDINATE_ROUNDING * meanSquare))
    return computePca(request);
  const totalVariance = squares / (rows - 1);
  const fit = fitCentred(centred, components, totalVariance, product);
  if (fit.variances[components - 1] <= Math.max(PRODUCT_ROUNDING * fit.variances[0], COORDINATE_ROUNDING * meanSquare))
    return computePca(request);
  const coordinates = await coordinatesOnRuntime(centred, fit.axes, threads);
  if (!coordinates.every(Number.isFinite)) return computePca(request);
  if (whiten) {
    const scales = Array.from(fit.variances, (variance) => 1 / Math.sqrt(variance));
    for (let i = 0; i < coordinates.length; i++) coordinates[i] *= scales[i % components];
  }
  return {
    coordinates,
    explainedVarianceRatio: Array.from(fit.variances, (variance) => variance / totalVariance),
  };
}

export function fitPca(vectors: Float32Array, dimension: number, components: number, rowNumbers: Int32Array): PcaFit {
  const centred = centre(vectors, dimension, rowNumbers);
  const totalVariance = varianceOf(centred);
  if (totalVariance > 0) return fitCentred(centred, components, totalVariance);
  const axes = new Float64Array(components * dimension);
  return { dimension, mean: centred.mean, axes, variances: new Float64Array(components), totalVariance };
}

/** @param given X'X, when it is there already */
function fitCentred(
  centred: CentredRows,
  components: number,
  totalVariance: number,
  given: Float64Array | null = null,
): PcaFit {
  const { dimension } = centred;
  const rows = centred.rowNumbers.length;
  const axes = new Float64Array(components * dimension);
  const variances = new Float64Array(components);
  const byGram = given === null && rows < dimension;
  const size = byGram ? rows : dimension;
  const wanted = Math.min(components, size);
  const pairs = largestEigenpairs(given ?? (byGram ? gram(centred) : scatter(centred)), size, wanted);
  for (let j = 0; j < wanted; j++) {
    if (pairs.values[j] <= RANK_TOLERANCE * pairs.values[0]) break;
    const vector = pairs.vectors.subarray(j * size, (j + 1) * size);
    const axis = axes.subarray(j * dimension, (j + 1) * dimension);
    if (byGram) backProject(centred, vector, axis);
    else axis.set(vector);
    orient(axis);
    variances[j] = pairs.values[j] / (rows - 1);
  }
  return { dimension, mean: centred.mean, axes, variances, totalVariance };
}

/** Coordinates of every row: [rows, components]. */
export function applyPca(fit: PcaFit, vectors: Float32Array, whiten = false): Float64Array {
  const { dimension, mean, axes, variances } = fit;
  const components = variances.length;
  const rows = vectors.length / dimension;
  const coordinates = new Float64Array(rows * components);
  for (let r = 0; r < rows; r++) {
    for (let j = 0; j < components; j++) {
      if (variances[j] === 0) continue;
      let sum = 0;
      for (let c = 0; c < dimension; c++) sum += (vectors[r * dimension + c] - mean[c]) * axes[j * dimension + c];
      coordinates[r * components + j] = whiten ? sum / Math.sqrt(variances[j]) : sum;
    }
  }
  return coordinates;
}

/** Total variance (n - 1) of the fitted rows; 0 for one row, and for rows equal up to the rounding of their mean. */
function varianceOf({ vectors, dimension, rowNumbers, mean }: CentredRows): number {
  if (rowNumbers.length < 2) return 0;
  let squares = 0;
  let size = 0;
  for (const row of rowNumbers) {
    for (let c = 0; c < dimension; c++) {
      squares += (vectors[row * dimension + c] - mean[c]) ** 2;
      size += mean[c] ** 2;
    }
  }
  return squares <= 1e-24 * size ? 0 : squares / (rowNumbers.length - 1);
}

/** Eigenvector u of XX' to the axis X'u / |X'u|. */
function backProject({ vectors, dimension, rowNumbers, mean }: CentredRows, u: Float64Array, axis: Float64Array): void {
  for (let r = 0; r < rowNumbers.length; r++) {
    const from = rowNumbers[r] * dimension;
    for (let c = 0; c < dimension; c++) axis[c] += u[r] * (vectors[from + c] - mean[c]);
  }
  const norm = Math.sqrt(axis.reduce((sum, value) => sum + value * value, 0));
  for (let c = 0; c < dimension; c++) axis[c] /= norm;
}

function orient(axis: Float64Array): void {
  let largest = 0;
  for (let c = 1; c < axis.length; c++) if (Math.abs(axis[c]) > Math.abs(axis[largest])) largest = c;
  if (axis[largest] < 0) for (let c = 0; c < axis.length; c++) axis[c] = -axis[c];
}

function fittedRows({ vectors, dimension, fitRows }: PcaRequest): Int32Array {
  const rows = vectors.length / dimension;
  const chosen = fitRows ?? Int32Array.from({ length: rows }, (_, row) => row);
  if (chosen.length === 0)
    throw new MaillardError(
      "EMPTY_INPUT",
      "PCA needs at least one row to fit on; it got none. Choose a split that has molecules.",
      { param: "fitRows" },
    );
  for (const row of chosen)
    if (row < 0 || row >= rows)
      throw new MaillardError(
        "BAD_INPUT",
        `A row number must be between 0 and ${rows - 1}; got ${row}. Number rows from 0.`,
        { param: "fitRows" },
      );
  return chosen;
}

function checkShape(request: PcaRequest, values = true): void {
  const { vectors, dimension, components } = request;
  if (!Number.isInteger(dimension) || dimension < 1 || vectors.length % dimension !== 0)
    throw new MaillardError(
      "BAD_INPUT",
      `vectors must be rows of ${dimension} numbers; got ${vectors.length} numbers. Pass rows x dimension values.`,
      { param: "dimension" },
    );
  if (!Number.isInteger(components) || components < 1 || components > dimension)
    throw new MaillardError(
      "BAD_INPUT",
      `components must be between 1 and the dimension, ${dimension}; got ${components}. Ask for 2 to draw a plane.`,
      { param: "components" },
    );
  if (values) checkFinite(request);
}

function checkFinite({ vectors, dimension }: PcaRequest): void {
  for (let i = 0; i < vectors.length; i++)
    if (!Number.isFinite(vectors[i]))
      throw new MaillardError(
        "BAD_INPUT",
        `Every value must be finite; row ${Math.floor(i / dimension)} has ${vectors[i]}. Leave that row out.`,
        { param: "vectors", details: { row: Math.floor(i / dimension) } },
      );
}
