/**
 * What depends on the places of tokens: turns of queries and keys by angles that grow with the position, and a bias
 * that hides what is far away.
 */
import { type Dimension, show, type Value } from "../graph.js";
import type { Emitter, Operator } from "../operator.js";

/**
 * cos and sin, [count, 1, width] each, of position · theta^(-2j / width) for j in 0..width/2 - 1, twice in a row: ids
 * int32 [count]. Source: Su et al. 2021, arXiv:2104.09864.
 */
export const rotaryTablesOperator: Operator<{ theta: number; width: number }> = {
  name: "rotaryTables",
  shapes: ([ids], { width }) => {
    if (ids.shape.length !== 1 || width % 2 !== 0)
      throw new Error(`rotaryTables: ids ${show(ids.shape)} and width ${width} do not fit`);
    const shape = [ids.shape[0], 1, width];
    return [{ shape }, { shape }];
  },
  onnx: (emit, [ids], [cos, sin], { theta, width }) => {
    const frequencies = Float32Array.from({ length: width }, (_, j) => theta ** (-(2 * (j % (width / 2))) / width));
    if (emit.webgpu) return tablesOnProcessor(emit, ids, frequencies, [cos, sin]);
    const positions = emit.node("Cast", [ids], { attributes: { to: 1 } });
    const column = emit.node("Unsqueeze", [positions, emit.constant(BigInt64Array.of(1n, 2n), [2])]);
    const angles = emit.node("Mul", [column, emit.constant(frequencies, [1, 1, width])]);
    emit.node("Cos", [angles], { outputs: [cos] });
    emit.node("Sin", [angles], { outputs: [sin] });
  },
};

/**
 * The same on WebGPU, where Sin and Cos are exact to 2^-11 only. No device takes float64, so the runtime computes this
 * on the processor; the ids come from there.
 */
function tablesOnProcessor(emit: Emitter, ids: string, frequencies: Float32Array, [cos, sin]: readonly string[]): void {
  const [single, double] = [1, 11];
  const cast = (x: string, to: number, outputs?: string[]) => emit.node("Cast", [x], { attributes: { to }, outputs });
  const column = emit.node("Unsqueeze", [cast(ids, double), emit.constant(BigInt64Array.of(1n, 2n), [2])]);
  const rates = cast(emit.constant(frequencies, [1, 1, frequencies.length]), double);
  // Rounded to float32, as the product of float32 is.
  const rounded = cast(emit.node("Mul", [column, rates]), single);
  const angles = cast(rounded, double);
  const number = (value: number) => cast(emit.constant(Float32Array.of(value), []), double);
  cast(emit.node("Sin", [angles]), single, [sin]);
  // cos x = 1 - 2 sin²(x/2): the runtime's Cos may lack float64.
  const half = emit.node("Sin", [emit.node("Mul", [angles, number(0.5)])]);
  const square = emit.node("Mul", [half, half]);
  cast(emit.node("Sub", [number(1), emit.node("Mul", [number(2), square])]), single, [cos]);
}

/**
 * y = x cos + (-x₂, x₁) sin, where x₁ and x₂ are the halves of the last dimension: x [count, heads, width], cos and
 * sin as of rotaryTables. `inverse` turns back: x cos + (x₂, -x₁) sin.
 */
export const rotaryOperator: Operator<{ inverse: boolean }> = {
  name: "rotary",
  shapes: ([x, cos, sin]) => {
    const [count, , width] = x.shape;
    const fits = [cos, sin].every(({ shape }) => shape[0] === count && shape[1] === 1 && shape[2] === width);
    if (x.shape.length !== 3 || !fits)
      throw new Error(`rotary: x ${show(x.shape)}, cos ${show(cos.shape)}, sin ${show(sin.shape)} do not fit`);
    return [{ shape: x.shape }];
  },
  onnx: (emit, [x, cos, sin], outputs, { inverse }, node) => {
    const half = BigInt((node.inputs[0].shape[2] as number) / 2);
    const sizes = emit.constant(BigInt64Array.of(half, half), [2]);
    const second = `${outputs[0]}_second`;
    const first = emit.node("Split", [x, sizes], {
      outputs: [`${outputs[0]}_first`, second],
      attributes: { axis: -1 },
    });
    const parts = inverse ? [second, emit.node("Neg", [first])] : [emit.node("Neg", [second]), first];
    const crossed = emit.node("Concat", parts, { attributes: { axis: -1 } });
    const sum = [emit.node("Mul", [x, cos]), emit.node("Mul", [crossed, sin])];
    emit.node("Add", sum, { outputs });
  },
  gradient: ({ inputs: [x, cos, sin], attributes: { inverse } }, [dy]) => [
    x.graph.append(rotaryOperator, [dy!, cos, sin], { inverse: !inverse })[0],
    null,
    null,
  ],
};

/**
 * float32 [1, 1, padded, padded]: -1e9 where the places of query and key differ by more than `window`, else 0. Input:
 * int64 [4], whose third number is `padded`.
 */
export const windowBiasOperator: Operator<{ window: number; padded: Dimension }> = {
  name: "windowBias",
  shapes: (_inputs, { padded }) => [{ shape: [1, 1, padded, padded] }],
  onnx: (emit, [shape], outputs, { window }) => {
    const number = (value: number) => emit.constant(BigInt64Array.of(BigInt(value)), []);
    const axes = (...list: bigint[]) => emit.constant(BigInt64Array.from(list), [list.length]);
    const length = emit.node("Gather", [shape, number(2)], { attributes: { axis: 0 } });
    const places = emit.node("Range", [number(0), length, number(1)]);
    const column = emit.node("Unsqueeze", [places, axes(0n, 1n, 3n)]);
    const row = emit.node("Unsqueeze", [places, axes(0n, 1n, 2n)]);
    const distance = emit.node("Abs", [emit.node("Sub", [column, row])]);
    const far = emit.node("Greater", [distance, number(window)]);
    const [hidden, seen] = [-1e9, 0].map((value) => emit.constant(Float32Array.of(value), []));
    emit.node("Where", [far, hidden, seen], { outputs });
  },
};

export const rotaryTables = (ids: Value, theta: number, width: number): readonly Value[] =>
  ids.graph.append(rotaryTablesOperator, [ids], { theta, width });
export const rotary = (x: Value, cos: Value, sin: Value): Value =>
  x.graph.append(rotaryOperator, [x, cos, sin], { inverse: false })[0];
export const windowBias = (shape: Value, window: number, padded: Dimension): Value =>
  shape.graph.append(windowBiasOperator, [shape], { window, padded })[0];
