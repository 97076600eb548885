/**
 * Matrix products of 8-bit whole numbers. A row of activations has a scale of its own, found when the model runs, so
 * that a row's result does not depend on the other rows. A column of weights has a scale that is known before.
 *   x[r, k] ≈ s[r] (q[r, k] - 128),   w[k, c] ≈ t[c] v[k, c],   Σ x w ≈ s[r] t[c] Σ (q[r, k] - 128) v[k, c]
 * The sum is one of whole numbers, and exact. Not differentiated: models are trained in float32.
 */
import { show, type Value } from "../graph.js";
import type { Operator } from "../operator.js";

/** A row of zeros has this scale times 127 for its largest magnitude. */
const LEAST = 1e-30;
/** Added to activations, so that they are the unsigned bytes that processors multiply with signed ones. */
const ZERO = 128;

/** x [rows, width] to q, uint8 [rows, width] of 1 to 255, ties to even, and s, float32 [rows, 1]: largest |x| / 127. */
export const quantizeRowsOperator: Operator = {
  name: "quantizeRows",
  shapes: ([x]) => {
    if (x.shape.length !== 2) throw new Error(`quantizeRows: ${show(x.shape)} has not two dimensions`);
    return [{ shape: x.shape, type: "uint8" }, { shape: [x.shape[0], 1] }];
  },
  onnx: (emit, [x], [q, scale]) => {
    const number = (value: number) => emit.constant(Float32Array.of(value), []);
    const axis = emit.constant(BigInt64Array.of(1n), [1]);
    const most = emit.node("ReduceMax", [emit.node("Abs", [x]), axis], { attributes: { keepdims: 1 } });
    emit.node("Mul", [emit.node("Max", [most, number(LEAST)]), number(1 / 127)], { outputs: [scale] });
    const zero = emit.constant(Uint8Array.of(ZERO), []);
    emit.node("QuantizeLinear", [emit.node("Div", [x, scale]), number(1), zero], { outputs: [q] });
  },
};

/**
 * y = s t Σ (q - 128) v + bias: q uint8 [rows, in], s [rows, 1], v int8 [in, out], t [out], and, if there is one, bias
 * [out]; y float32 [rows, out].
 */
export const integerLinearOperator: Operator = {
  name: "integerLinear",
  shapes: ([q, s, v, t, bias]) => {
    const [rows, width] = q.shape;
    const [inner, out] = v.shape;
    const fits =
      q.shape.length === 2 &&
      v.shape.length === 2 &&
      width === inner &&
      s.shape.join() === `${rows},1` &&
      [t, ...(bias ? [bias] : [])].every(({ shape }) => shape.length === 1 && shape[0] === out);
    if (!fits)
      throw new Error(
        `integerLinear: ${[q, s, v, t, ...(bias ? [bias] : [])].map(({ shape }) => show(shape)).join(", ")} do not fit`,
      );
    return [{ shape: [rows, out] }];
  },
  onnx: (emit, [q, s, v, t, bias], outputs) => {
    const one = emit.constant(Float32Array.of(1), []);
    const zero = emit.constant(Uint8Array.of(ZERO), []);
    const sums = emit.node("MatMulIntegerToFloat", [q, v, one, t, zero], { domain: "com.microsoft" });
    if (!bias) return void emit.node("Mul", [sums, s], { outputs });
    emit.node("Add", [emit.node("Mul", [sums, s]), bias], { outputs });
  },
};

/** q and s of x [rows, width]. */
export const quantizeRows = (x: Value): readonly Value[] => x.graph.append(quantizeRowsOperator, [x], {});
export const integerLinear = (rows: readonly Value[], weight: readonly Value[], bias: Value | null): Value =>
  weight[0].graph.append(integerLinearOperator, [...rows, ...weight, ...(bias ? [bias] : [])], {})[0];
