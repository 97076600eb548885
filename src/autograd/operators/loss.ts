/** Losses over the rows of a matrix of logits: scalars. Row weights carry the mean (1/rows), class weights and accumulation. */
import { show, type Value } from "../graph.js";
import type { Operator } from "../operator.js";
import { multiplyByScalar } from "./elementwise.js";

/** Rows of a `classes`-wide matrix with `on` at the label and `off` elsewhere. labels: int64 [rows]. */
export const oneHotOperator: Operator<{ classes: number; on: number; off: number }> = {
  name: "oneHot",
  shapes: ([labels], { classes }) => [{ shape: [labels.shape[0], classes] }],
  onnx: (emit, [labels], outputs, { classes, on, off }) => {
    const depth = emit.constant(BigInt64Array.of(BigInt(classes)), [1]);
    emit.node("OneHot", [labels, depth, emit.constant(Float32Array.of(off, on), [2])], {
      outputs,
      attributes: { axis: -1 },
    });
  },
};

/**
 * loss = - Σ_i weight_i Σ_c target_ic log softmax(logits_i)_c. logits, target: [rows, classes]; each target row sums to 1;
 * weight: [rows, 1]. Only logits are differentiated.
 */
export const crossEntropyOperator: Operator = {
  name: "crossEntropy",
  shapes: ([logits, target, weight]) => {
    const fits =
      logits.shape.length === 2 &&
      target.shape[0] === logits.shape[0] &&
      target.shape[1] === logits.shape[1] &&
      weight.shape[0] === logits.shape[0] &&
      weight.shape[1] === 1;
    if (!fits)
      throw new Error(
        `crossEntropy: logits ${show(logits.shape)}, target ${show(target.shape)}, weight ${show(weight.shape)} do not fit`,
      );
    return [{ shape: [] }];
  },
  onnx: (emit, [logits, target, weight], outputs) => {
    const each = emit.node("Mul", [emit.node("LogSoftmax", [logits], { attributes: { axis: -1 } }), target]);
    emit.node("Neg", [emit.node("ReduceSum", [emit.node("Mul", [each, weight])], { attributes: { keepdims: 0 } })], {
      outputs,
    });
  },
  gradient: ({ inputs: [logits, target, weight] }, [dy]) => {
    const [gradient] = logits.graph.append(crossEntropyGradientOperator, [logits, target, weight], {});
    return [multiplyByScalar(gradient, dy!), null, null];
  },
};

/** weight (softmax(logits) - target) */
export const crossEntropyGradientOperator: Operator = {
  name: "crossEntropyGradient",
  shapes: ([logits]) => [{ shape: logits.shape }],
  onnx: (emit, [logits, target, weight], outputs) => {
    const probabilities = emit.node("Softmax", [logits], { attributes: { axis: -1 } });
    emit.node("Mul", [emit.node("Sub", [probabilities, target]), weight], { outputs });
  },
};

/** Σ x y, a scalar. */
export const dotOperator: Operator = {
  name: "dot",
  shapes: () => [{ shape: [] }],
  onnx: (emit, inputs, outputs) =>
    void emit.node("ReduceSum", [emit.node("Mul", inputs)], { outputs, attributes: { keepdims: 0 } }),
  gradient: ({ inputs: [x, y] }, [dy]) => [multiplyByScalar(y, dy!), multiplyByScalar(x, dy!)],
};

export const oneHot = (labels: Value, classes: number, on = 1, off = 0): Value =>
  labels.graph.append(oneHotOperator, [labels], { classes, on, off })[0];
export const crossEntropy = (logits: Value, target: Value, weight: Value): Value =>
  logits.graph.append(crossEntropyOperator, [logits, target, weight], {})[0];
export const dot = (x: Value, y: Value): Value => x.graph.append(dotOperator, [x, y], {})[0];
