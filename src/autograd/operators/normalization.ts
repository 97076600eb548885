/** Softmax and layer normalisation over the last dimension. */
import { show, type Value } from "../graph.js";
import type { Operator } from "../operator.js";

/** y = exp(x) / sum exp(x) over the last dimension. */
export const softmaxOperator: Operator = {
  name: "softmax",
  shapes: ([x]) => [{ shape: x.shape }],
  onnx: (emit, inputs, outputs) => void emit.node("Softmax", inputs, { outputs, attributes: { axis: -1 } }),
  gradient: ({ outputs: [y] }, [dy]) => [y.graph.append(softmaxGradientOperator, [dy!, y], {})[0]],
};

/** t = dy y;  dx = t - y sum(t) */
export const softmaxGradientOperator: Operator = {
  name: "softmaxGradient",
  shapes: ([, y]) => [{ shape: y.shape }],
  onnx: (emit, [dy, y], outputs) => {
    const t = emit.node("Mul", [dy, y]);
    const sum = emit.node("ReduceSum", [t, emit.constant(BigInt64Array.of(-1n), [1])], { attributes: { keepdims: 1 } });
    emit.node("Sub", [t, emit.node("Mul", [y, sum])], { outputs });
  },
};

/**
 * y = (x - mean) / sqrt(variance + epsilon) * scale + bias over the last dimension. Outputs: y, mean, 1/deviation.
 * Source: Ba, Kiros, Hinton 2016, arXiv:1607.06450.
 */
export const layerNormalizationOperator: Operator<{ epsilon: number }> = {
  name: "layerNormalization",
  shapes: ([x, weight, bias]) => {
    const width = x.shape.at(-1);
    const fits =
      weight.shape.length === 1 && bias.shape.length === 1 && weight.shape[0] === width && bias.shape[0] === width;
    if (!fits)
      throw new Error(
        `layerNormalization: x ${show(x.shape)}, weight ${show(weight.shape)}, bias ${show(bias.shape)} do not fit`,
      );
    const statistics = [...x.shape.slice(0, -1), 1];
    return [{ shape: x.shape }, { shape: statistics }, { shape: statistics }];
  },
  onnx: (emit, inputs, outputs, { epsilon }) =>
    void emit.node("LayerNormalization", inputs, { outputs, attributes: { axis: -1, epsilon: { float: epsilon } } }),
  gradient: ({ inputs: [x, weight], outputs: [, mean, inverse] }, [dy]) => {
    const [dx, dWeight, dBias] = x.graph.append(
      layerNormalizationGradientOperator,
      [dy!, x, weight, mean, inverse],
      {},
    );
    return [dx, dWeight, dBias];
  },
};

/**
 * With n = (x - mean)/deviation and g = dy weight:
 * dx = (g - mean(g) - n mean(g n)) / deviation, dweight = Σ dy n, dbias = Σ dy. x: [rows, width].
 */
export const layerNormalizationGradientOperator: Operator = {
  name: "layerNormalizationGradient",
  shapes: ([dy, x, weight]) => {
    if (dy.shape.length !== 2) throw new Error(`layerNormalizationGradient: ${show(dy.shape)} has not two dimensions`);
    return [{ shape: x.shape }, { shape: weight.shape }, { shape: weight.shape }];
  },
  onnx: (emit, [dy, x, weight, mean, inverse], [dx, dWeight, dBias]) => {
    const rows = emit.constant(BigInt64Array.of(0n), [1]);
    const last = emit.constant(BigInt64Array.of(-1n), [1]);
    const average = (value: string) => emit.node("ReduceMean", [value, last], { attributes: { keepdims: 1 } });
    const sum = (value: string, output: string) =>
      emit.node("ReduceSum", [value, rows], { outputs: [output], attributes: { keepdims: 0 } });
    const normal = emit.node("Mul", [emit.node("Sub", [x, mean]), inverse]);
    sum(emit.node("Mul", [dy, normal]), dWeight);
    sum(dy, dBias);
    const g = emit.node("Mul", [dy, weight]);
    const along = emit.node("Mul", [normal, average(emit.node("Mul", [g, normal]))]);
    const rest = emit.node("Sub", [emit.node("Sub", [g, average(g)]), along]);
    emit.node("Mul", [rest, inverse], { outputs: [dx] });
  },
};

export const softmax = (x: Value): Value => x.graph.append(softmaxOperator, [x], {})[0];
export const layerNormalization = (x: Value, weight: Value, bias: Value, epsilon: number): Value =>
  x.graph.append(layerNormalizationOperator, [x, weight, bias], { epsilon })[0];
