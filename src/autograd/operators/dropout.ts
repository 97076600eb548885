/** Dropout in 65,536ths, and masks of bits: 32 elements in one number, for devices to which masks have to be sent. */
import { MaillardError } from "../../errors.js";
import type { Shape, Value } from "../graph.js";
import type { Operator } from "../operator.js";

export const MASK_LEVELS = 65_536;

/** Share of elements kept, as 65,536ths, and the value they get. INVALID_CONFIG. */
export const quantisedKeep = (p: number): { threshold: number; scale: number } => {
  const threshold = Math.round((1 - p) * MASK_LEVELS);
  if (!(p >= 0) || threshold < 1)
    throw new MaillardError("INVALID_CONFIG", `Dropout must be at least 0 and below 1, not ${p}.`, {
      param: "dropout",
    });
  return { threshold, scale: MASK_LEVELS / threshold };
};

const BITS = 32;
/** Numbers of a row of `width` elements. */
export const maskWords = (width: number): number => Math.ceil(width / BITS);

/**
 * Float32 of `shape`: `scale` where a bit is 1, else 0. Inputs: uint32 [..., words], element j of a row in bit j mod 32
 * of number j / 32; and, where the last dimension is known only at run time, int64 with that length at place 2. By
 * division and subtraction of whole numbers, which each device has. Not differentiated.
 */
export const unpackMaskOperator: Operator<{ shape: Shape; scale: number }> = {
  name: "unpackMask",
  shapes: ([bits], { shape }) => {
    if (bits.type !== "uint32" || bits.shape.length !== shape.length)
      throw new Error(`unpackMask: ${bits.type} of ${bits.shape.length} dimensions is no mask of ${shape.length}`);
    return [{ shape }];
  },
  onnx: (emit, [bits, lengths], outputs, { shape, scale }) => {
    const numbers = (...list: number[]) => emit.constant(BigInt64Array.from(list, BigInt), [list.length]);
    const powers = emit.constant(
      Uint32Array.from({ length: BITS }, (_, bit) => 2 ** bit),
      [BITS],
    );
    const two = emit.constant(Uint32Array.of(2), []);
    const shifted = emit.node("Div", [emit.node("Unsqueeze", [bits, numbers(-1)]), powers]);
    const above = emit.node("Mul", [emit.node("Div", [shifted, two]), two]);
    const kept = emit.node("Cast", [emit.node("Sub", [shifted, above])], { attributes: { to: 1 } });
    const scaled = emit.node("Mul", [kept, emit.constant(Float32Array.of(scale), [])]);
    const rows = numbers(...shape.slice(1).map(() => 0), -1);
    const width = shape.at(-1)!;
    if (typeof width === "number" && width % BITS === 0) return void emit.node("Reshape", [scaled, rows], { outputs });
    const end = typeof width === "number" ? numbers(width) : emit.node("Gather", [lengths, numbers(2)]);
    emit.node("Slice", [emit.node("Reshape", [scaled, rows]), numbers(0), end, numbers(-1)], { outputs });
  },
};

/** `lengths` is read only where the last dimension of `shape` has a name. */
export const unpackMask = (bits: Value, shape: Shape, scale: number, lengths: Value | null): Value =>
  bits.graph.append(unpackMaskOperator, lengths ? [bits, lengths] : [bits], { shape, scale })[0];
