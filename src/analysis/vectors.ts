/** Sums over parts of float64 arrays, without copies. */

/** Of a[aFrom …] and b[bFrom …], `length` numbers each. */
export function dot(a: Float64Array, aFrom: number, b: Float64Array, bFrom: number, length: number): number {
  let even = 0;
  let odd = 0;
  for (let i = 0; i < length - 1; i += 2) {
    even += a[aFrom + i] * b[bFrom + i];
    odd += a[aFrom + i + 1] * b[bFrom + i + 1];
  }
  if (length % 2 === 1) even += a[aFrom + length - 1] * b[bFrom + length - 1];
  return even + odd;
}

/** to[toFrom …] += scale rows[from …], `length` numbers. */
export function addScaled(
  to: Float64Array,
  toFrom: number,
  rows: Float64Array,
  from: number,
  scale: number,
  length: number,
): void {
  for (let i = 0; i < length; i++) to[toFrom + i] += scale * rows[from + i];
}
