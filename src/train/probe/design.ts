/**
 * The rows that a linear layer is fitted on: real numbers, or bits of which few are set. Of bits only the set ones are
 * kept, so that a fingerprint of 2,048 bits costs what its 50 set ones cost. Every sum has the terms of the real
 * numbers 0 and 1 in the same order, without the zeros.
 */
import type { SparseVector } from "../../chem/morgan/counts.js";

export interface Design {
  readonly count: number;
  readonly dimension: number;
  /** outputs[k] += Σ_j w[k, j] x[row, j], summed from j = 0. The design decides how w[k, j] lies in `weights`. */
  dots(row: number, weights: Float64Array, outputs: Float64Array): void;
  /** target[k, j] += scales[k] x[row, j], in the same order as weights. */
  addTo(target: Float64Array, row: number, scales: Float64Array): void;
  /** [outputs][dimension] */
  byOutput(weights: Float64Array, outputs: number): Float64Array[];
  pick(rows: readonly number[]): Design;
  /** Its numbers, [dimension]. */
  row(row: number): ArrayLike<number> | SparseVector;
}

/** A matrix of dimension by dimension, or of count by count, fits into memory. */
export interface SmallDesign extends Design {
  /** start + Σ_j weights[at + j] x[row, j], summed from j = 0. */
  dot(row: number, weights: ArrayLike<number>, at: number, start: number): number;
  /** target[at + j] += scale x[row, j] */
  add(target: Float64Array, at: number, row: number, scale: number): void;
  pick(rows: readonly number[]): SmallDesign;
  moments(values: readonly number[]): Moments;
  /** X Xᵀ, [count, count], where that is the smaller problem for a ridge regression; else null. */
  rowProducts(): Float64Array | null;
}

/** Of rows x and values y. */
interface Moments {
  /** Of x, [dimension]. */
  mean: Float64Array;
  /** Of y. */
  level: number;
  /** Σ (x - mean)(x - mean)ᵀ, [dimension, dimension]. */
  gram: Float64Array;
  /** Σ (x - mean)(y - level), [dimension]. */
  products: Float64Array;
}

/** @param vectors row by row; of a Uint8Array bits, n of a row being bit n mod 8 of its byte n / 8 */
export const designOf = (vectors: Float32Array | Uint8Array, dimension: number): SmallDesign =>
  vectors instanceof Float32Array ? new RealRows(vectors, dimension) : BitRows.of(vectors, dimension);

/** Weights lie row by row: w[k, j] at k dimension + j. */
abstract class RowByRow {
  abstract readonly dimension: number;
  abstract dot(row: number, weights: ArrayLike<number>, at: number, start: number): number;
  abstract add(target: Float64Array, at: number, row: number, scale: number): void;

  dots(row: number, weights: Float64Array, outputs: Float64Array): void {
    for (let k = 0; k < outputs.length; k++) outputs[k] = this.dot(row, weights, k * this.dimension, outputs[k]);
  }

  addTo(target: Float64Array, row: number, scales: Float64Array): void {
    for (let k = 0; k < scales.length; k++) this.add(target, k * this.dimension, row, scales[k]);
  }

  byOutput(weights: Float64Array, outputs: number): Float64Array[] {
    const { dimension } = this;
    return Array.from({ length: outputs }, (_, k) => weights.slice(k * dimension, (k + 1) * dimension));
  }
}

class RealRows extends RowByRow implements SmallDesign {
  constructor(
    private readonly vectors: Float32Array,
    readonly dimension: number,
  ) {
    super();
  }

  get count(): number {
    return this.vectors.length / this.dimension;
  }

  dot(row: number, weights: ArrayLike<number>, at: number, start: number): number {
    const { vectors, dimension } = this;
    const first = row * dimension;
    let sum = start;
    for (let j = 0; j < dimension; j++) sum += weights[at + j] * vectors[first + j];
    return sum;
  }

  add(target: Float64Array, at: number, row: number, scale: number): void {
    const { vectors, dimension } = this;
    const first = row * dimension;
    for (let j = 0; j < dimension; j++) target[at + j] += scale * vectors[first + j];
  }

  pick(rows: readonly number[]): SmallDesign {
    const { vectors, dimension } = this;
    const picked = new Float32Array(rows.length * dimension);
    for (const [place, row] of rows.entries())
      picked.set(vectors.subarray(row * dimension, (row + 1) * dimension), place * dimension);
    return new RealRows(picked, dimension);
  }

  row(row: number): ArrayLike<number> {
    return this.vectors.subarray(row * this.dimension, (row + 1) * this.dimension);
  }

  /** Centred before they are multiplied: differences of large sums would lose digits. */
  moments(values: readonly number[]): Moments {
    const { vectors, dimension, count } = this;
    const mean = new Float64Array(dimension);
    for (let i = 0; i < count; i++) this.add(mean, 0, i, 1 / count);
    const level = meanOf(values);
    const gram = new Float64Array(dimension * dimension);
    const products = new Float64Array(dimension);
    const row = new Float64Array(dimension);
    for (let i = 0; i < count; i++) {
      for (let j = 0; j < dimension; j++) row[j] = vectors[i * dimension + j] - mean[j];
      for (let j = 0; j < dimension; j++) {
        products[j] += row[j] * (values[i] - level);
        for (let k = 0; k <= j; k++) gram[j * dimension + k] += row[j] * row[k];
      }
    }
    return { mean, level, gram: mirrored(gram, dimension), products };
  }

  /** An embedding has few numbers: its columns are the smaller problem at any size that takes time. */
  rowProducts(): null {
    return null;
  }
}

class BitRows extends RowByRow implements SmallDesign {
  private constructor(
    readonly dimension: number,
    /** Set bits of row i: columns[starts[i]] … columns[starts[i + 1] - 1], ascending. */
    private readonly starts: Uint32Array,
    private readonly columns: Uint32Array,
  ) {
    super();
  }

  static of(bits: Uint8Array, dimension: number): BitRows {
    const width = dimension / 8;
    const count = bits.length / width;
    const starts = new Uint32Array(count + 1);
    const columns: number[] = [];
    for (let i = 0; i < count; i++) {
      for (let byte = 0; byte < width; byte++) {
        const value = bits[i * width + byte];
        for (let bit = 0; value >> bit > 0; bit++) if ((value >> bit) & 1) columns.push(8 * byte + bit);
      }
      starts[i + 1] = columns.length;
    }
    return new BitRows(dimension, starts, Uint32Array.from(columns));
  }

  get count(): number {
    return this.starts.length - 1;
  }

  dot(row: number, weights: ArrayLike<number>, at: number, start: number): number {
    const { starts, columns } = this;
    let sum = start;
    for (let place = starts[row]; place < starts[row + 1]; place++) sum += weights[at + columns[place]];
    return sum;
  }

  add(target: Float64Array | Uint8Array, at: number, row: number, scale: number): void {
    const { starts, columns } = this;
    for (let place = starts[row]; place < starts[row + 1]; place++) target[at + columns[place]] += scale;
  }

  pick(rows: readonly number[]): SmallDesign {
    const parts = rows.map((row) => this.columns.subarray(this.starts[row], this.starts[row + 1]));
    const starts = new Uint32Array(rows.length + 1);
    for (const [place, { length }] of parts.entries()) starts[place + 1] = starts[place] + length;
    const columns = new Uint32Array(starts[rows.length]);
    for (const [place, part] of parts.entries()) columns.set(part, starts[place]);
    return new BitRows(this.dimension, starts, columns);
  }

  row(row: number): ArrayLike<number> {
    const numbers = new Uint8Array(this.dimension);
    this.add(numbers, 0, row, 1);
    return numbers;
  }

  /** Counts are whole numbers and exact, so nothing is lost when their means are subtracted. */
  moments(values: readonly number[]): Moments {
    const { dimension, starts, columns, count } = this;
    const mean = new Float64Array(dimension);
    const level = meanOf(values);
    const gram = new Float64Array(dimension * dimension);
    const products = new Float64Array(dimension);
    for (let i = 0; i < count; i++) {
      this.add(products, 0, i, values[i] - level);
      for (let a = starts[i]; a < starts[i + 1]; a++)
        for (let b = starts[i]; b <= a; b++) gram[columns[a] * dimension + columns[b]]++;
    }
    for (let j = 0; j < dimension; j++) mean[j] = gram[j * dimension + j] / count;
    for (let j = 0; j < dimension; j++)
      for (let k = 0; k <= j; k++) gram[j * dimension + k] -= count * mean[j] * mean[k];
    return { mean, level, gram: mirrored(gram, dimension), products };
  }

  /** Bits that two rows share. */
  rowProducts(): Float64Array | null {
    const { dimension, starts, columns, count } = this;
    if (count >= dimension) return null;
    const products = new Float64Array(count * count);
    const own = new Uint8Array(dimension);
    for (let i = 0; i < count; i++) {
      for (let a = starts[i]; a < starts[i + 1]; a++) own[columns[a]] = 1;
      for (let k = 0; k <= i; k++) {
        let shared = 0;
        for (let b = starts[k]; b < starts[k + 1]; b++) shared += own[columns[b]];
        products[i * count + k] = shared;
      }
      for (let a = starts[i]; a < starts[i + 1]; a++) own[columns[a]] = 0;
    }
    return mirrored(products, count);
  }
}

const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** The lower triangle into the upper one. */
function mirrored(matrix: Float64Array, size: number): Float64Array {
  for (let j = 0; j < size; j++) for (let k = 0; k < j; k++) matrix[k * size + j] = matrix[j * size + k];
  return matrix;
}
