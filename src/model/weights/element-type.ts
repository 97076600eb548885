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
      throw new MaillardError(
        "CHECKPOINT_UNSUPPORTED",
        `${path}: tensor ${name} has type ${dtype}; F32, F16, BF16, F64 and I64 are read. Save it as one of those.`,
      );
  }
}
