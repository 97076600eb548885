/** Equal parts of the columns of a matrix, and back: each is the other's gradient. */
import { show, type Value } from "../graph.js";
import type { Operator } from "../operator.js";

/** x [rows, parts · width] to `parts` times [rows, width]. */
export const splitColumnsOperator: Operator<{ parts: number }> = {
  name: "splitColumns",
  shapes: ([x], { parts }) => {
    const [rows, width] = x.shape;
    if (x.shape.length !== 2 || typeof width !== "number" || width % parts !== 0)
      throw new Error(`splitColumns: ${show(x.shape)} has no ${parts} equal parts`);
    return Array.from({ length: parts }, () => ({ shape: [rows, width / parts] }));
  },
  onnx: (emit, [x], outputs, { parts }, node) => {
    const width = BigInt(node.inputs[0].shape[1] as number) / BigInt(parts);
    const sizes = emit.constant(new BigInt64Array(parts).fill(width), [parts]);
    emit.node("Split", [x, sizes], { outputs, attributes: { axis: 1 } });
  },
  gradient: (_node, dys) => [joinColumns(dys.map((dy) => dy!))],
};

/** Matrices of as many rows beside each other. */
export const joinColumnsOperator: Operator = {
  name: "joinColumns",
  shapes: (inputs) => {
    const [rows] = inputs[0].shape;
    const width = inputs.reduce((sum, { shape }) => sum + (shape[1] as number), 0);
    if (inputs.some(({ shape }) => shape.length !== 2 || shape[0] !== rows))
      throw new Error(`joinColumns: ${inputs.map(({ shape }) => show(shape)).join(", ")} do not fit`);
    return [{ shape: [rows, width] }];
  },
  onnx: (emit, inputs, outputs) => void emit.node("Concat", inputs, { outputs, attributes: { axis: 1 } }),
  gradient: ({ inputs }, [dy]) => [...splitColumns(dy!, inputs.length)],
};

export const splitColumns = (x: Value, parts: number): readonly Value[] =>
  x.graph.append(splitColumnsOperator, [x], { parts });
export const joinColumns = (parts: readonly Value[]): Value => parts[0].graph.append(joinColumnsOperator, parts, {})[0];
