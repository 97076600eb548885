/**
 * Distances between the rows of a float32 matrix, in float64:
 *   EUCLIDEAN  |a - b|
 *   COSINE     1 - a b / (|a| |b|); 1 where a row is zero
 *   TANIMOTO   1 - |a and b| / |a or b| of rows of 0 and 1 (scikit-learn's "jaccard"); 0 between two empty rows
 */
export type DistanceMetric = "EUCLIDEAN" | "COSINE" | "TANIMOTO";

export interface Rows {
  /** Row-major [rows, dimension]. */
  vectors: Float32Array;
  dimension: number;
}

export type Distance = (a: number, b: number) => number;

export function distanceBetween(metric: DistanceMetric, rows: Rows): Distance {
  if (metric === "TANIMOTO") return tanimoto(rows);
  const { vectors, dimension } = rows;
  if (metric === "COSINE") {
    const norms = Float64Array.from({ length: vectors.length / dimension }, (_, row) =>
      Math.sqrt(dot(vectors, row * dimension, row * dimension, dimension)),
    );
    return (a, b) => {
      const length = norms[a] * norms[b];
      return length === 0 ? 1 : Math.max(0, 1 - dot(vectors, a * dimension, b * dimension, dimension) / length);
    };
  }
  return (a, b) => {
    const [i, j] = [a * dimension, b * dimension];
    let sum = 0;
    for (let c = 0; c < dimension; c++) {
      const difference = vectors[i + c] - vectors[j + c];
      sum += difference * difference;
    }
    return Math.sqrt(sum);
  };
}

/** All pairs: [rows, rows], symmetric, zeros on the diagonal. */
export function distanceMatrix(metric: DistanceMetric, rows: Rows): Float32Array {
  const count = rows.vectors.length / rows.dimension;
  const distance = distanceBetween(metric, rows);
  const matrix = new Float32Array(count * count);
  for (let a = 0; a < count; a++)
    for (let b = a + 1; b < count; b++) matrix[a * count + b] = matrix[b * count + a] = distance(a, b);
  return matrix;
}

/** The rows that `order` names. */
export function takeRows({ vectors, dimension }: Rows, order: ArrayLike<number>): Rows {
  const taken = new Float32Array(order.length * dimension);
  for (let i = 0; i < order.length; i++)
    taken.set(vectors.subarray(order[i] * dimension, (order[i] + 1) * dimension), i * dimension);
  return { vectors: taken, dimension };
}

function dot(vectors: Float32Array, i: number, j: number, dimension: number): number {
  let sum = 0;
  for (let c = 0; c < dimension; c++) sum += vectors[i + c] * vectors[j + c];
  return sum;
}

/** Bits in words of 32, counted by words. */
function tanimoto({ vectors, dimension }: Rows): Distance {
  const words = Math.ceil(dimension / 32);
  const count = vectors.length / dimension;
  const bits = new Uint32Array(count * words);
  const sizes = new Uint32Array(count);
  for (let row = 0; row < count; row++)
    for (let c = 0; c < dimension; c++)
      if (vectors[row * dimension + c] !== 0) {
        bits[row * words + (c >> 5)] |= 1 << (c & 31);
        sizes[row]++;
      }
  return (a, b) => {
    let both = 0;
    for (let word = 0; word < words; word++) both += bitCount(bits[a * words + word] & bits[b * words + word]);
    const either = sizes[a] + sizes[b] - both;
    return either === 0 ? 0 : 1 - both / either;
  };
}

function bitCount(word: number): number {
  let count = word - ((word >>> 1) & 0x55555555);
  count = (count & 0x33333333) + ((count >>> 2) & 0x33333333);
  return Math.imul((count + (count >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
