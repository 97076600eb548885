/** Vectors as the database keeps them: little endian bytes, of float32 or, for numbers in units, float64. */
import type { Floats } from "../scores/types.js";

export function floatsOf(bytes: Uint8Array): Float32Array {
  // A copy, because bytes of a row may start at an odd offset of a shared buffer; Buffer's own slice() would make a
  // view.
  return new Float32Array(Uint8Array.from(bytes).buffer);
}

/** `count` values: the size of the bytes says which floats they are. Null: it is that of neither. */
export function valuesOf(bytes: Uint8Array, count: number): Floats | null {
  if (bytes.byteLength === 8 * count) return new Float64Array(Uint8Array.from(bytes).buffer);
  return bytes.byteLength === 4 * count ? floatsOf(bytes) : null;
}

export const bytesOf = (values: Floats): Uint8Array<ArrayBuffer> =>
  new Uint8Array(values.buffer.slice(values.byteOffset, values.byteOffset + values.byteLength) as ArrayBuffer);
