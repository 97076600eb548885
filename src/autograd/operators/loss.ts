/**
 * Losses over a matrix of logits: scalars. Row and entry weights carry the mean (1 / rows, 1 / measured entries), class
 * weights and accumulation; a weight of 0 is a value that was not measured. Only logits are differentiated.
 */
import { sameShape, show, type Value } from "../graph.js";
import type { Emitter, Operator } from "../operator.js";
import { multiplyByScalar } from "./elementwise.js";

/** Rows of a `classes`-wide matrix with `on` at the label and `off` elsewhere. labels: int64 [rows]. */
export const oneHotOperator: Operator<{ classes: number; on: number; off: number }> = {
  name: "oneHot",
  shapes: ([labels], { classes }) => [{ shape: [labels.shape[0], classes] }],
  onnx: (emit, [labels], outputs, { classes, on, off }) => {
    if (emit.webgpu) {
      const ids = emit.node("Cast", [labels], { attributes: { to: 6 } });
      const column = emit.node("Unsqueeze", [ids, emit.constant(BigInt64Array.of(1n), [1])]);
      const wanted = Int32Array.from({ length: classes }, (_, i) => i);
      const equal = emit.node("Equal", [column, emit.constant(wanted, [1, classes])]);
      const [hit, miss] = [on, off].map((value) => emit.constant(Float32Array.of(value), []));
      return void emit.node("Where", [equal, hit, miss], { outputs });
    }
    const depth = emit.constant(BigInt64Array.of(BigInt(classes)), [1]);
    emit.node("OneHot", [labels, depth, emit.constant(Float32Array.of(off, on), [2])], {
      outputs,
      attributes: { axis: -1 },
    });
  },
};

/** [rows, n] to [rows, 1]. */
const alongRows = (emit: Emitter, type: "ReduceSum" | "ReduceMax", x: string) =>
  emit.node(type, [x, emit.constant(BigInt64Array.of(-1n), [1])], { attributes: { keepdims: 1 } });

/** x - max - log Σ exp(x - max), for runtimes without LogSoftmax. */
function logSoftmax(emit: Emitter, x: string): string {
  const lowered = emit.node("Sub", [x, alongRows(emit, "ReduceMax", x)]);
  const sum = alongRows(emit, "ReduceSum", emit.node("Exp", [lowered]));
  return emit.node("Sub", [lowered, emit.node("Log", [sum])]);
}

/**
 * loss = - Σ_i weight_i Σ_c target_ic log softmax(logits_i)_c. logits, target: [rows, classes]; each target row sums to
 * 1; weight: [rows, 1].
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
        `crossEntropy: logits ${show(logits.shape)}, target ${show(target.shape)}, ` +
          `weight ${show(weight.shape)} do not fit`,
      );
    return [{ shape: [] }];
  },
  onnx: (emit, [logits, target, weight], outputs) => {
    if (emit.webgpu) {
      // In two sums: one value is one group of threads on a GPU, however much it has to add.
      const each = emit.node("Mul", [logSoftmax(emit, logits), target]);
      const rows = alongRows(emit, "ReduceSum", each);
      const sum = emit.node("ReduceSum", [emit.node("Mul", [rows, weight])], { attributes: { keepdims: 0 } });
      return void emit.node("Neg", [sum], { outputs });
    }
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

const equalShapes = (name: string, [logits, target, weight]: readonly Value[]): { shape: [] }[] => {
  if (!sameShape(logits.shape, target.shape) || !sameShape(logits.shape, weight.shape))
    throw new Error(
      `${name}: logits ${show(logits.shape)}, target ${show(target.shape)}, weight ${show(weight.shape)} differ`,
    );
  return [{ shape: [] }];
};

/** loss = Σ weight (max(x, 0) - x target + log(1 + e^-|x|)), x the logits: torch's binary_cross_entropy_with_logits. */
export const binaryCrossEntropyOperator: Operator = {
  name: "binaryCrossEntropy",
  shapes: (inputs) => equalShapes("binaryCrossEntropy", inputs),
  onnx: (emit, [logits, target, weight], outputs) => {
    const linear = emit.node("Sub", [emit.node("Relu", [logits]), emit.node("Mul", [logits, target])]);
    const rest = emit.node("Softplus", [emit.node("Neg", [emit.node("Abs", [logits])])]);
    const each = emit.node("Mul", [emit.node("Add", [linear, rest]), weight]);
    emit.node("ReduceSum", [each], { outputs, attributes: { keepdims: 0 } });
  },
  gradient: ({ inputs: [logits, target, weight] }, [dy]) => {
    const [gradient] = logits.graph.append(binaryCrossEntropyGradientOperator, [logits, target, weight], {});
    return [multiplyByScalar(gradient, dy!), null, null];
  },
};

/** weight (1 / (1 + e^-x) - target) */
export const binaryCrossEntropyGradientOperator: Operator = {
  name: "binaryCrossEntropyGradient",
  shapes: ([logits]) => [{ shape: logits.shape }],
  onnx: (emit, [logits, target, weight], outputs) =>
    void emit.node("Mul", [emit.node("Sub", [emit.node("Sigmoid", [logits]), target]), weight], { outputs }),
};

/** loss = Σ weight (x - target)² */
export const squaredErrorOperator: Operator = {
  name: "squaredError",
  shapes: (inputs) => equalShapes("squaredError", inputs),
  onnx: (emit, [x, target, weight], outputs) => {
    const difference = emit.node("Sub", [x, target]);
    const each = emit.node("Mul", [emit.node("Mul", [difference, difference]), weight]);
    emit.node("ReduceSum", [each], { outputs, attributes: { keepdims: 0 } });
  },
  gradient: ({ inputs: [x, target, weight] }, [dy]) => {
    const [gradient] = x.graph.append(squaredErrorGradientOperator, [x, target, weight], {});
    return [multiplyByScalar(gradient, dy!), null, null];
  },
};

/** 2 weight (x - target) */
export const squaredErrorGradientOperator: Operator = {
  name: "squaredErrorGradient",
  shapes: ([x]) => [{ shape: x.shape }],
  onnx: (emit, [x, target, weight], outputs) => {
    const twice = emit.node("Mul", [emit.node("Sub", [x, target]), emit.constant(Float32Array.of(2), [])]);
    emit.node("Mul", [twice, weight], { outputs });
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
export const binaryCrossEntropy = (logits: Value, target: Value, weight: Value): Value =>
  logits.graph.append(binaryCrossEntropyOperator, [logits, target, weight], {})[0];
export const squaredError = (x: Value, target: Value, weight: Value): Value =>
  x.graph.append(squaredErrorOperator, [x, target, weight], {})[0];
export const dot = (x: Value, y: Value): Value => x.graph.append(dotOperator, [x, y], {})[0];
