/**
 * Element types of weight files, by safetensors' names: their size, and how their bytes become float32.
 * F16 and BF16 are widened exactly; F64 and I64 are rounded to the nearest float32. Little-endian, as the machines are.
 */
import { MaillardError } from "../../errors.js";
import { widenBrainHalf, widenHalf } from "./half.js";

export const BYTES_PER_ELEMENT: Record<string, number> = {
  F64: 8,
  I64: 8,
  U64: 8,
  F32: 4,
  I32: 4,
  U32: 4,
  F16: 2,
  BF16: 2,
  I16: 2,
  U16: 2,
  I8: 1,
  U8: 1,
  BOOL: 1,
  F8_E4M3: 1,
  F8_E5M2: 1,
};

/** Types that are read. Whole numbers of 8 bits are weights that were quantized, whose scale is elsewhere. */
const READ = ["F32", "F16", "BF16", "F64", "I64"];

/** CHECKPOINT_UNSUPPORTED unless tensors of this type are read. `path` and `name` are for the message. */
export function checkElementType(path: string, name: string, dtype: string): void {
  if (READ.includes(dtype)) return;
  const quantized = /^(I8|U8|F8_.*)$/.test(dtype)
    ? "it is quantized. Take the checkpoint before it was quantized"
    : "save it as one of those";
  throw new MaillardError(
    "CHECKPOINT_UNSUPPORTED",
    `${path}: tensor ${name} has type ${dtype}, and ${READ.join(", ")} are read: ${quantized}.`,
  );
}

/** `path` and `name` are for the message of a type that is not read. */
export function toFloat32(path: string, name: string, dtype: string, buffer: ArrayBuffer): Float32Array {
  switch (dtype) {
    case "F32":
      return new Float32Array(buffer);
    case "F16":
      return widenHalf(new Uint16Array(buffer));
    case "BF16":
      return widenBrainHalf(new Uint16Array(buffer));
    case "F64":
      return Float32Array.from(new Float64Array(buffer));
    case "I64":
      return Float32Array.from(new BigInt64Array(buffer), Number);
    default:
      checkElementType(path, name, dtype);
      throw new Error(`${dtype} is not read`);
  }
}
