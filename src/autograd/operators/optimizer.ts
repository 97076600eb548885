/**
 * The optimizer as operators, for weights that stay on a device: each row is one formula of ParameterArena in float32.
 * Not differentiated.
 */
import { sameShape, show, type Value } from "../graph.js";
import type { Operator } from "../operator.js";

/**
 * Σ x², a scalar, of x of one or two dimensions. A matrix is added up row by row first: one value is one group of
 * threads on a GPU, however much it has to add; and the rounding error of the sum is smaller.
 */
export const sumOfSquaresOperator: Operator = {
  name: "sumOfSquares",
  shapes: ([x]) => {
    if (x.shape.length < 1 || x.shape.length > 2)
      throw new Error(`sumOfSquares: ${show(x.shape)} has not one or two dimensions`);
    return [{ shape: [] }];
  },
  onnx: (emit, [x], outputs, _attributes, node) => {
    const last = emit.constant(BigInt64Array.of(-1n), [1]);
    const squares = emit.node("Mul", [x, x]);
    const rows =
      node.inputs[0].shape.length === 1
        ? squares
        : emit.node("ReduceSum", [squares, last], { attributes: { keepdims: 0 } });
    emit.node("ReduceSum", [rows, last], { outputs, attributes: { keepdims: 0 } });
  },
};

/**
 * √total, and min(1, clip / (√total + epsilon)), of a scalar: the global norm of gradients and the factor that clips
 * them. As torch's clip_grad_norm_.
 */
export const clipScaleOperator: Operator<{ clip: number; epsilon: number }> = {
  name: "clipScale",
  shapes: ([total]) => {
    if (total.shape.length !== 0) throw new Error(`clipScale: ${show(total.shape)} is not a scalar`);
    return [{ shape: [] }, { shape: [] }];
  },
  onnx: (emit, [total], [norm, scale], { clip, epsilon }) => {
    const number = (value: number) => emit.constant(Float32Array.of(value), []);
    emit.node("Sqrt", [total], { outputs: [norm] });
    const ratio = emit.node("Div", [number(clip), emit.node("Add", [norm, number(epsilon)])]);
    emit.node("Clip", [ratio, number(0), number(1)], { outputs: [scale] });
  },
};

/**
 * One update of AdamW (Loshchilov and Hutter 2017, arXiv:1711.05101): with g = gradient · scale,
 *   m' = m + (g - m)(1 - beta1);  v' = v beta2 + g² (1 - beta2);  w' = w keep + m' rate / (√v' / root + epsilon)
 * Inputs: w, gradient, m, v of one shape, and scalars: keep = 1 - lr · decay, rate = -lr / (1 - beta1^step), root =
 * √(1 - beta2^step), and scale (left out: 1). Outputs: w', m', v'.
 */
export const adamwOperator: Operator<{ beta1: number; beta2: number; epsilon: number }> = {
  name: "adamw",
  shapes: ([w, ...rest]) => {
    const [tensors, scalars] = [rest.slice(0, 3), rest.slice(3)];
    if (!tensors.every(({ shape }) => sameShape(shape, w.shape)) || scalars.some(({ shape }) => shape.length > 0))
      throw new Error(`adamw: ${[w, ...rest].map(({ shape }) => show(shape)).join(", ")} do not fit`);
    return [{ shape: w.shape }, { shape: w.shape }, { shape: w.shape }];
  },
  onnx: (emit, [w, gradient, m, v, keep, rate, root, scale], [newW, newM, newV], { beta1, beta2, epsilon }) => {
    const number = (value: number) => emit.constant(Float32Array.of(value), []);
    const times = (a: string, b: string) => emit.node("Mul", [a, b]);
    const g = scale ? times(gradient, scale) : gradient;
    const towards = times(emit.node("Sub", [g, m]), number(1 - beta1));
    emit.node("Add", [m, towards], { outputs: [newM] });
    emit.node("Add", [times(v, number(beta2)), times(times(g, g), number(1 - beta2))], { outputs: [newV] });
    const deviation = emit.node("Div", [emit.node("Sqrt", [newV]), root]);
    const change = emit.node("Div", [times(newM, rate), emit.node("Add", [deviation, number(epsilon)])]);
    emit.node("Add", [times(w, keep), change], { outputs: [newW] });
  },
};

export const sumOfSquares = (x: Value): Value => x.graph.append(sumOfSquaresOperator, [x], {})[0];
export const clipScale = (total: Value, clip: number, epsilon: number): readonly Value[] =>
  total.graph.append(clipScaleOperator, [total], { clip, epsilon });
export const adamw = (
  tensors: { weight: Value; gradient: Value; first: Value; second: Value },
  scalars: { keep: Value; rate: Value; root: Value; scale: Value | null },
  attributes: { beta1: number; beta2: number; epsilon: number },
): readonly Value[] => {
  const { weight, gradient, first, second } = tensors;
  const { keep, rate, root, scale } = scalars;
  const inputs = [weight, gradient, first, second, keep, rate, root, ...(scale ? [scale] : [])];
  return weight.graph.append(adamwOperator, inputs, attributes);
};
