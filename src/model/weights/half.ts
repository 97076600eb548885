/**
 * 16-bit floats of checkpoint files to and from float32: IEEE binary16 ("F16") and the upper half of a float32
 * ("BF16"). Widening is exact, subnormal numbers and infinities included; narrowing rounds to nearest, ties to even.
 */
const word = new Uint32Array(1);
const number = new Float32Array(word.buffer);

/** Bits of a binary16 to its value. */
export function halfToFloat(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** A float32 value to the bits of the nearest binary16; above 65,504 (rounded) to infinity. */
export function floatToHalf(value: number): number {
  number[0] = value;
  const bits = word[0];
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00;
  if (magnitude >= 0x477ff000) return sign | 0x7c00; // 65,520 and above round to infinity
  if (magnitude < 0x38800000) {
    // Below 2^-14: a multiple of 2^-24. Adding 0.5 makes float32 addition do the rounding.
    number[0] = Math.abs(value);
    number[0] += 0.5;
    return sign | (word[0] - 0x3f000000);
  }
  const odd = (magnitude >>> 13) & 1;
  return sign | ((magnitude - 0x38000000 + 0xfff + odd) >>> 13);
}

export function widenHalf(source: Uint16Array): Float32Array {
  const result = new Float32Array(source.length);
  const table = halfTable();
  for (let i = 0; i < source.length; i++) result[i] = table[source[i]];
  return result;
}

export function widenBrainHalf(source: Uint16Array): Float32Array {
  const result = new Uint32Array(source.length);
  for (let i = 0; i < source.length; i++) result[i] = source[i] << 16;
  return new Float32Array(result.buffer);
}

export function narrowToHalf(source: Float32Array): Uint16Array {
  const result = new Uint16Array(source.length);
  for (let i = 0; i < source.length; i++) result[i] = floatToHalf(source[i]);
  return result;
}

let table: Float32Array | undefined;
function halfTable(): Float32Array {
  table ??= Float32Array.from({ length: 65_536 }, (_, bits) => halfToFloat(bits));
  return table;
}
