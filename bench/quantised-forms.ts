/**
 * The ways in which an encoder in int8 may scale its activations, each in turn in one process on one thread, by the
 * processor's time of a forward pass of 768 tokens:
 *   token   a scale for each token (what the product computes): a result does not depend on other tokens
 *   axis    the same, with the scales as an argument of QuantizeLinear instead of a division before it
 *   tensor  one scale and zero point for all tokens, DynamicQuantizeLinear, with the bias inside of the product
 *
 *   node --import tsx bench/quantised-forms.ts [model folder, default models/superclass] [--rounds 9]
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { InferenceSession } from "onnxruntime-node";
import { writeOnnx } from "../src/autograd/index.js";
import { integerLinearOperator, quantizeRowsOperator } from "../src/autograd/operators/quantized.js";
import { layoutBatch } from "../src/model/batch.js";
import { loadCheckpoint } from "../src/model/checkpoint/checkpoint.js";
import { forwardGraph } from "../src/model/graphs.js";
import { quantizedLayers, quantizeWeights } from "../src/model/quantized.js";
import { machine } from "./support/server.js";

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: "string", default: "9" } },
});
const folder = positionals[0] ?? join(import.meta.dirname, "..", "models", "superclass");
type Rows = typeof quantizeRowsOperator.onnx;
type Product = typeof integerLinearOperator.onnx;
const token = { rows: quantizeRowsOperator.onnx, product: integerLinearOperator.onnx };

const axisRows: Rows = (emit, [x], [q, scale]) => {
  const number = (value: number) => emit.constant(Float32Array.of(value), []);
  const axis = emit.constant(BigInt64Array.of(1n), [1]);
  const most = emit.node("ReduceMax", [emit.node("Abs", [x]), axis], { attributes: { keepdims: 0 } });
  const flat = emit.node("Mul", [emit.node("Max", [most, number(1e-30)]), number(1 / 127)]);
  const zero = emit.node("Add", [emit.node("Mul", [flat, number(0)]), number(128)]);
  const zeros = emit.node("Cast", [zero], { attributes: { to: 2 } });
  emit.node("QuantizeLinear", [x, flat, zeros], { outputs: [q], attributes: { axis: 0 } });
  emit.node("Unsqueeze", [flat, axis], { outputs: [scale] });
};
const tensorRows: Rows = (emit, [x], [q, scale]) =>
  void emit.node("DynamicQuantizeLinear", [x], { outputs: [q, scale, `${q}_zero`] });
const tensorProduct: Product = (emit, [q, s, v, t, bias], outputs) =>
  void emit.node("MatMulIntegerToFloat", [q, v, s, t, `${q}_zero`, "", ...(bias ? [bias] : [])], {
    outputs,
    domain: "com.microsoft",
  });
const FORMS: Record<string, { rows: Rows; product: Product } | null> = {
  float32: null,
  token,
  axis: { rows: axisRows, product: token.product },
  tensor: { rows: tensorRows, product: tensorProduct },
};

const { config, weights } = await loadCheckpoint(folder);
const sessions = new Map<string, InferenceSession>();
for (const [name, form] of Object.entries(FORMS)) {
  Object.assign(quantizeRowsOperator, { onnx: (form ?? token).rows });
  Object.assign(integerLinearOperator, { onnx: (form ?? token).product });
  const quantized = form ? quantizedLayers(config) : new Set<string>();
  const model = writeOnnx(forwardGraph(config, "ENCODER", 0, { quantized }), {
    initializers: quantizeWeights(weights, quantized),
  });
  sessions.set(name, await InferenceSession.create(model, { intraOpNumThreads: 1, logSeverityLevel: 3 }));
}

const median = (numbers: readonly number[]): number => [...numbers].sort((a, b) => a - b)[numbers.length >> 1];
console.log(`${machine()}, ${folder}: ${config.layers} x ${config.width}, 768 tokens, ms of the processor`);
for (const length of [24, 48, 96]) {
  const ids = Array.from({ length: 768 / length }, (_, b) =>
    Int32Array.from({ length }, (_, i) => (b * 31 + i * 17) % config.vocabularySize),
  );
  const { feeds } = layoutBatch(config, ids);
  const times = new Map([...sessions.keys()].map((name) => [name, [] as number[]]));
  for (let round = -1; round < Number(flags.rounds); round++)
    for (const [name, session] of sessions) {
      const given = Object.fromEntries(session.inputNames.map((input) => [input, feeds[input]]));
      const before = process.cpuUsage();
      await session.run(given, ["hidden"]);
      const { user, system } = process.cpuUsage(before);
      if (round >= 0) times.get(name)!.push((user + system) / 1_000);
    }
  const float32 = median(times.get("float32")!);
  const parts = [...times].map(
    ([name, each]) => `${name} ${median(each).toFixed(1)} (${(float32 / median(each)).toFixed(2)} times)`,
  );
  console.log(`${768 / length} x ${length}: ${parts.join(", ")}`);
}
for (const session of sessions.values()) await session.release();
