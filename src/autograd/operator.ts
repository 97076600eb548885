/**
 * One row of the operator table: how shapes follow, which ONNX nodes compute it, and its gradient, written with
 * the operators of the same table.
 *
 * A gradient rule returns one contribution for each input. A contribution may be a function of the sum of that input's
 * contributions so far: then a matrix product can add to it in place (Gemm's C), without a separate addition.
 */
import type { Data, ElementType, Node, Shape, Value } from "./graph.js";

export type Contribution = Value | ((gathered: Value | null) => Value) | RowGradient | null;

/**
 * The gradient of a table of which only some rows were read: `values[i]` belongs to row `ids[i]`. The host adds them
 * up.
 */
export interface RowGradient {
  readonly ids: Value;
  readonly values: Value;
}

export const isRowGradient = (contribution: Contribution): contribution is RowGradient =>
  contribution !== null && typeof contribution === "object" && "ids" in contribution;

export interface Emitter {
  /** Adds an ONNX node; domain "" is the standard one. Returns the name of its first output. */
  node(
    type: string,
    inputs: readonly string[],
    options?: {
      outputs?: readonly string[];
      attributes?: Record<string, number | readonly number[] | string | FloatAttribute>;
      domain?: string;
    },
  ): string;
  constant(data: Data, shape: readonly number[]): string;
  /** false where fused contributed operators are missing: plain Transpose and MatMul are written instead. */
  readonly fused: boolean;
  /**
   * The model runs on WebGPU, which has no LogSoftmax and OneHot, adds up one value with one group of threads, and
   * whose sines are exact to 2^-11 only.
   */
  readonly webgpu: boolean;
  /** false in the operator set of portable models, which has no Gelu: it is written by its formula instead. */
  readonly hasGelu: boolean;
}

/** ONNX distinguishes float from integer attributes; a JavaScript number does not. */
interface FloatAttribute {
  readonly float: number;
}

export interface Operator<A = Record<string, never>> {
  readonly name: string;
  shapes(inputs: readonly Value[], attributes: A): readonly { shape: Shape; type?: ElementType }[];
  onnx(emit: Emitter, inputs: readonly string[], outputs: readonly string[], attributes: A, node: Node): void;
  /** Missing for operators that are never differentiated (integers, or those that only gradients use). */
  gradient?(node: Node & { attributes: A }, outputGradients: readonly (Value | null)[]): readonly Contribution[];
}
