/** Elementwise operators. Shapes are equal, or the second input is a row that is repeated (bias) or a scalar. */
import { type Shape, sameShape, show, type Value } from "../graph.js";
import type { Operator } from "../operator.js";

type None = Record<string, never>;

const unary = (inputs: readonly Value[]) => [{ shape: inputs[0].shape }];

function sameShapes(name: string, [a, b]: readonly Value[]): { shape: Shape }[] {
  if (!sameShape(a.shape, b.shape)) throw new Error(`${name}: shapes ${show(a.shape)} and ${show(b.shape)} differ`);
  return [{ shape: a.shape }];
}

/** y = a + b, equal shapes. */
export const addOperator: Operator<None> = {
  name: "add",
  shapes: (inputs) => sameShapes("add", inputs),
  onnx: (emit, inputs, outputs) => void emit.node("Add", inputs, { outputs }),
  gradient: (_node, [dy]) => [dy, dy],
};

/** y = a * b, equal shapes. */
export const multiplyOperator: Operator<None> = {
  name: "multiply",
  shapes: (inputs) => sameShapes("multiply", inputs),
  onnx: (emit, inputs, outputs) => void emit.node("Mul", inputs, { outputs }),
  gradient: ({ inputs: [a, b] }, [dy]) => [multiply(dy!, b), multiply(dy!, a)],
};

/** y = factor * x. */
export const scaleOperator: Operator<{ factor: number }> = {
  name: "scale",
  shapes: unary,
  onnx: (emit, [x], outputs, { factor }) =>
    void emit.node("Mul", [x, emit.constant(Float32Array.of(factor), [])], { outputs }),
  gradient: ({ attributes }, [dy]) => [scale(dy!, attributes.factor)],
};

/** y = x * s for a scalar value s that is not differentiated (the gradient arriving at a loss). */
export const multiplyByScalarOperator: Operator<None> = {
  name: "multiplyByScalar",
  shapes: ([x, s]) => {
    if (s.shape.length !== 0) throw new Error(`multiplyByScalar: ${show(s.shape)} is not a scalar`);
    return [{ shape: x.shape }];
  },
  onnx: (emit, inputs, outputs) => void emit.node("Mul", inputs, { outputs }),
  gradient: ({ inputs: [, s] }, [dy]) => [multiplyByScalar(dy!, s), null],
};

/**
 * y[..., j] = x[..., j] + bias, where bias has x's rank and length 1 on the axes along which it repeats. Not
 * differentiated in bias.
 */
export const addMaskOperator: Operator<None> = {
  name: "addMask",
  shapes: ([x, mask]) => {
    const fits =
      x.shape.length === mask.shape.length && mask.shape.every((size, axis) => size === 1 || size === x.shape[axis]);
    if (!fits) throw new Error(`addMask: ${show(mask.shape)} does not repeat to ${show(x.shape)}`);
    return [{ shape: x.shape }];
  },
  onnx: (emit, inputs, outputs) => void emit.node("Add", inputs, { outputs }),
  gradient: (_node, [dy]) => [dy, null],
};

export const tanhOperator: Operator<None> = {
  name: "tanh",
  shapes: unary,
  onnx: (emit, inputs, outputs) => void emit.node("Tanh", inputs, { outputs }),
  gradient: ({ outputs: [y] }, [dy]) => [y.graph.append(tanhGradientOperator, [dy!, y], {})[0]],
};

/** dx = dy (1 - y²) */
export const tanhGradientOperator: Operator<None> = {
  name: "tanhGradient",
  shapes: (inputs) => sameShapes("tanhGradient", inputs),
  onnx: (emit, [dy, y], outputs) => {
    const slope = emit.node("Sub", [emit.constant(Float32Array.of(1), []), emit.node("Mul", [y, y])]);
    emit.node("Mul", [dy, slope], { outputs });
  },
};

export const reluOperator: Operator<None> = {
  name: "relu",
  shapes: unary,
  onnx: (emit, inputs, outputs) => void emit.node("Relu", inputs, { outputs }),
  gradient: ({ inputs: [x] }, [dy]) => [x.graph.append(reluGradientOperator, [dy!, x], {})[0]],
};

/** dx = dy where x > 0, else 0 */
export const reluGradientOperator: Operator<None> = {
  name: "reluGradient",
  shapes: (inputs) => sameShapes("reluGradient", inputs),
  onnx: (emit, [dy, x], outputs) => {
    const zero = emit.constant(Float32Array.of(0), []);
    emit.node("Where", [emit.node("Greater", [x, zero]), dy, zero], { outputs });
  },
};

/** y = x Φ(x), Φ the normal distribution function. Source: Hendrycks and Gimpel 2016, arXiv:1606.08415. */
export const geluOperator: Operator<None> = {
  name: "gelu",
  shapes: unary,
  onnx: (emit, [x], outputs) => {
    if (emit.hasGelu) return void emit.node("Gelu", [x], { outputs, attributes: { approximate: "none" } });
    const number = (value: number) => emit.constant(Float32Array.of(value), []);
    const erf = emit.node("Erf", [emit.node("Div", [x, number(Math.SQRT2)])]);
    const twice = emit.node("Mul", [x, emit.node("Add", [erf, number(1)])]);
    emit.node("Mul", [twice, number(0.5)], { outputs });
  },
  gradient: ({ inputs: [x] }, [dy]) => [x.graph.append(geluGradientOperator, [dy!, x], {})[0]],
};

/** dx = dy (Φ(x) + x φ(x)), φ the normal density. */
export const geluGradientOperator: Operator<None> = {
  name: "geluGradient",
  shapes: (inputs) => sameShapes("geluGradient", inputs),
  onnx: (emit, [dy, x], outputs) => {
    const number = (value: number) => emit.constant(Float32Array.of(value), []);
    const u = emit.node("Mul", [x, number(Math.SQRT1_2)]);
    // 1/2 erf(u) + 1/2, which is within 0 and 1, in one pass over the values.
    const distribution = emit.node("HardSigmoid", [emit.node("Erf", [u])], {
      attributes: { alpha: { float: 0.5 }, beta: { float: 0.5 } },
    });
    // x φ(x) = u / √π / exp(u²); an exponential that overflows gives 0.
    const bell = emit.node("Div", [u, emit.node("Exp", [emit.node("Mul", [u, u])])]);
    const density = emit.node("Mul", [bell, number(1 / Math.sqrt(Math.PI))]);
    emit.node("Mul", [dy, emit.node("Add", [distribution, density])], { outputs });
  },
};

const GELU_C = Math.sqrt(2 / Math.PI);

/** y = x/2 (1 + tanh(√(2/π)(x + 0.044715 x³))): Hugging Face's "gelu_new". */
export const geluTanhOperator: Operator<None> = {
  name: "geluTanh",
  shapes: unary,
  onnx: (emit, [x], outputs) => {
    if (emit.hasGelu) return void emit.node("Gelu", [x], { outputs, attributes: { approximate: "tanh" } });
    const number = (value: number) => emit.constant(Float32Array.of(value), []);
    const cube = emit.node("Mul", [emit.node("Mul", [x, x]), x]);
    const inner = emit.node("Add", [x, emit.node("Mul", [cube, number(0.044715)])]);
    const t = emit.node("Tanh", [emit.node("Mul", [inner, number(GELU_C)])]);
    const half = emit.node("Mul", [x, number(0.5)]);
    emit.node("Mul", [half, emit.node("Add", [t, number(1)])], { outputs });
  },
  gradient: ({ inputs: [x] }, [dy]) => [x.graph.append(geluTanhGradientOperator, [dy!, x], {})[0]],
};

/** With t = tanh(u): dx = dy (1/2 (1 + t) + x/2 (1 - t²) u'), u' = √(2/π)(1 + 3·0.044715 x²). */
export const geluTanhGradientOperator: Operator<None> = {
  name: "geluTanhGradient",
  shapes: (inputs) => sameShapes("geluTanhGradient", inputs),
  onnx: (emit, [dy, x], outputs) => {
    const number = (value: number) => emit.constant(Float32Array.of(value), []);
    const add = (a: string, b: string) => emit.node("Add", [a, b]);
    const times = (a: string, b: string) => emit.node("Mul", [a, b]);
    const square = times(x, x);
    const inner = times(times(x, number(GELU_C)), add(number(1), times(square, number(0.044715))));
    const t = emit.node("Tanh", [inner]);
    const slope = times(number(GELU_C), add(number(1), times(square, number(3 * 0.044715))));
    const half = times(number(0.5), add(number(1), t));
    const rest = times(times(times(number(0.5), x), emit.node("Sub", [number(1), times(t, t)])), slope);
    emit.node("Mul", [dy, add(half, rest)], { outputs });
  },
};

export const add = (a: Value, b: Value): Value => a.graph.append(addOperator, [a, b], {})[0];
export const multiply = (a: Value, b: Value): Value => a.graph.append(multiplyOperator, [a, b], {})[0];
export const scale = (x: Value, factor: number): Value => x.graph.append(scaleOperator, [x], { factor })[0];
export const multiplyByScalar = (x: Value, s: Value): Value => x.graph.append(multiplyByScalarOperator, [x, s], {})[0];
export const addMask = (x: Value, mask: Value): Value => x.graph.append(addMaskOperator, [x, mask], {})[0];
export const tanh = (x: Value): Value => x.graph.append(tanhOperator, [x], {})[0];
export const relu = (x: Value): Value => x.graph.append(reluOperator, [x], {})[0];
export const gelu = (x: Value): Value => x.graph.append(geluOperator, [x], {})[0];
export const geluTanh = (x: Value): Value => x.graph.append(geluTanhOperator, [x], {})[0];
