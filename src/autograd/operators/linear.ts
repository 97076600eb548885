/**
 * Matrix products. Two-dimensional ones are Gemm, whose C adds up gradients without a separate pass; batched ones are
 * FusedMatMul (Transpose and MatMul where that is missing; 25 % slower on a CPU).
 */
import { type Dimension, show, type Value } from "../graph.js";
import type { Operator } from "../operator.js";

interface Transposition {
  transA: boolean;
  transB: boolean;
}

const flip = ([rows, columns]: readonly Dimension[], transposed: boolean) =>
  transposed ? [columns, rows] : [rows, columns];

/** y = op(a) op(b) (+ c): a, b, c of two dimensions. */
export const gemmOperator: Operator<Transposition> = {
  name: "gemm",
  shapes: (inputs, { transA, transB }) => {
    const [a, b, c] = inputs;
    const [rows, inner] = flip(a.shape, transA);
    const [innerB, columns] = flip(b.shape, transB);
    const fits = a.shape.length === 2 && b.shape.length === 2 && inner === innerB;
    if (!fits)
      throw new Error(
        `gemm: ${show(a.shape)}${transA ? "ᵀ" : ""} times ${show(b.shape)}${transB ? "ᵀ" : ""} do not fit`,
      );
    if (c && (c.shape[0] !== rows || c.shape[1] !== columns))
      throw new Error(`gemm: c ${show(c.shape)} is not [${rows}, ${columns}]`);
    return [{ shape: [rows, columns] }];
  },
  onnx: (emit, inputs, outputs, { transA, transB }) =>
    void emit.node("Gemm", inputs, { outputs, attributes: { transA: Number(transA), transB: Number(transB) } }),
  gradient: ({ inputs: [a, b, c], attributes: { transA, transB } }, [dy]) => [
    (gathered) =>
      transA
        ? gemm(b, dy!, { transA: transB, transB: true }, gathered)
        : gemm(dy!, b, { transA: false, transB: !transB }, gathered),
    (gathered) =>
      transB
        ? gemm(dy!, a, { transA: true, transB: transA }, gathered)
        : gemm(a, dy!, { transA: !transA, transB: false }, gathered),
    c ? dy : null,
  ],
};

/** y = x weightᵀ + bias: x [rows, in], weight [out, in] as PyTorch keeps it, bias [out]. */
export const linearOperator: Operator = {
  name: "linear",
  shapes: ([x, weight, bias]) => {
    const fits =
      x.shape.length === 2 &&
      weight.shape.length === 2 &&
      x.shape[1] === weight.shape[1] &&
      bias.shape.length === 1 &&
      bias.shape[0] === weight.shape[0];
    if (!fits)
      throw new Error(`linear: x ${show(x.shape)}, weight ${show(weight.shape)}, bias ${show(bias.shape)} do not fit`);
    return [{ shape: [x.shape[0], weight.shape[0]] }];
  },
  onnx: (emit, inputs, outputs) => void emit.node("Gemm", inputs, { outputs, attributes: { transB: 1 } }),
  gradient: ({ inputs: [x, weight] }, [dy]) => [
    (gathered) => gemm(dy!, weight, { transA: false, transB: false }, gathered),
    (gathered) => gemm(dy!, x, { transA: true, transB: false }, gathered),
    sumRows(dy!),
  ],
};

/** y[j] = sum over rows of x[row, j]. */
export const sumRowsOperator: Operator = {
  name: "sumRows",
  shapes: ([x]) => {
    if (x.shape.length !== 2) throw new Error(`sumRows: ${show(x.shape)} has not two dimensions`);
    return [{ shape: [x.shape[1]] }];
  },
  onnx: (emit, [x], outputs) =>
    void emit.node("ReduceSum", [x, emit.constant(BigInt64Array.of(0n), [1])], {
      outputs,
      attributes: { keepdims: 0 },
    }),
};

/** y = alpha op(a) op(b) over the last two of equally many dimensions; the leading ones are equal. */
export const batchMatMulOperator: Operator<Transposition & { alpha: number }> = {
  name: "batchMatMul",
  shapes: ([a, b], { transA, transB }) => {
    const lead = a.shape.slice(0, -2);
    const [rows, inner] = flip(a.shape.slice(-2), transA);
    const [innerB, columns] = flip(b.shape.slice(-2), transB);
    const fits =
      a.shape.length === b.shape.length && inner === innerB && lead.every((size, axis) => size === b.shape[axis]);
    if (!fits) throw new Error(`batchMatMul: ${show(a.shape)} times ${show(b.shape)} do not fit`);
    return [{ shape: [...lead, rows, columns] }];
  },
  onnx: (emit, [a, b], outputs, { transA, transB, alpha }, node) => {
    if (emit.fused) {
      const attributes = { transA: Number(transA), transB: Number(transB), alpha: { float: alpha } };
      emit.node("FusedMatMul", [a, b], { outputs, attributes, domain: "com.microsoft" });
      return;
    }
    const rank = node.inputs[0].shape.length;
    const perm = Array.from({ length: rank }, (_, axis) =>
      axis === rank - 1 ? rank - 2 : axis === rank - 2 ? rank - 1 : axis,
    );
    const turn = (name: string, transposed: boolean) =>
      transposed ? emit.node("Transpose", [name], { attributes: { perm } }) : name;
    if (alpha === 1) emit.node("MatMul", [turn(a, transA), turn(b, transB)], { outputs });
    else
      emit.node(
        "Mul",
        [emit.node("MatMul", [turn(a, transA), turn(b, transB)]), emit.constant(Float32Array.of(alpha), [])],
        { outputs },
      );
  },
  gradient: ({ inputs: [a, b], attributes: { transA, transB, alpha } }, [dy]) => [
    transA
      ? batchMatMul(b, dy!, { transA: transB, transB: true, alpha })
      : batchMatMul(dy!, b, { transA: false, transB: !transB, alpha }),
    transB
      ? batchMatMul(dy!, a, { transA: true, transB: transA, alpha })
      : batchMatMul(a, dy!, { transA: !transA, transB: false, alpha }),
  ],
};

export const gemm = (
  a: Value,
  b: Value,
  { transA = false, transB = false }: Partial<Transposition> = {},
  c: Value | null = null,
): Value => a.graph.append(gemmOperator, c ? [a, b, c] : [a, b], { transA, transB })[0];
export const linear = (x: Value, weight: Value, bias: Value): Value =>
  x.graph.append(linearOperator, [x, weight, bias], {})[0];
const sumRows = (x: Value): Value => x.graph.append(sumRowsOperator, [x], {})[0];
export const batchMatMul = (
  a: Value,
  b: Value,
  { transA = false, transB = false, alpha = 1 }: Partial<Transposition & { alpha: number }> = {},
): Value => a.graph.append(batchMatMulOperator, [a, b], { transA, transB, alpha })[0];
