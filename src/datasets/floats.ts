/** float32 vectors as the database keeps them: little endian bytes. */
export function floatsOf(bytes: Uint8Array): Float32Array {
  // A copy, because bytes of a row may start at an odd offset of a shared buffer; Buffer's own slice() would make a
  // view.
  return new Float32Array(Uint8Array.from(bytes).buffer);
}

export const bytesOf = (values: Float32Array): Uint8Array<ArrayBuffer> =>
  new Uint8Array(values.buffer.slice(values.byteOffset, values.byteOffset + values.byteLength) as ArrayBuffer);
