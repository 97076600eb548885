/** Walks the operator table: the runtime computes every gradient and the finite differences of its forward pass. */
import { InferenceSession, Tensor } from "onnxruntime-node";
import { describe, expect, it } from "vitest";
import * as ops from "../../src/autograd/index.js";
import { differentiate, dot, Graph, type Value, writeOnnx } from "../../src/autograd/index.js";
import { OPERATORS, type OperatorName } from "../../src/autograd/operators/index.js";

/** A smooth deterministic sequence, away from the kinks of relu. */
const wave = (length: number, phase: number) =>
  Float32Array.from({ length }, (_, i) => Math.sin(1.7 * i + phase) + 0.11 * Math.cos(3.1 * i));

type Example =
  | { inputs: number[][]; build(graph: Graph, inputs: Value[]): Value }
  | "only in gradients"
  | "not differentiable";

const rowIndex = (graph: Graph) => ({
  index: graph.constant(Int32Array.of(3, 0, 4, 2), [4]), // row 4 of 4 does not exist: zeros
  inverse: graph.constant(Int32Array.of(1, 4, 3, 0), [4]),
});

/** Four rows in two groups, one place empty. */
const grouped = (graph: Graph) => ({
  indices: [graph.constant(Int32Array.of(1, -1, 0), [3]), graph.constant(Int32Array.of(3, 2), [2])],
  inverse: graph.constant(Int32Array.of(2, 0, 4, 3), [4]),
});

/** [3, 4] of 0, 1, ... times `unit`: entries of weight 0 are those that were not measured. */
const entries = (graph: Graph, unit: number) =>
  graph.constant(
    Float32Array.from({ length: 12 }, (_, i) => unit * (i % 3)),
    [3, 4],
  );

const EXAMPLES = {
  add: {
    inputs: [
      [3, 4],
      [3, 4],
    ],
    build: (_g, [a, b]) => ops.add(a, b),
  },
  multiply: {
    inputs: [
      [3, 4],
      [3, 4],
    ],
    build: (_g, [a, b]) => ops.multiply(a, b),
  },
  scale: { inputs: [[5]], build: (_g, [x]) => ops.scale(x, -2.5) },
  multiplyByScalar: { inputs: [[3, 4]], build: (g, [x]) => ops.multiplyByScalar(x, g.scalar(1.5)) },
  addMask: { inputs: [[2, 3, 4]], build: (g, [x]) => ops.addMask(x, g.constant(wave(4, 2), [1, 1, 4])) },
  tanh: { inputs: [[3, 4]], build: (_g, [x]) => ops.tanh(x) },
  tanhGradient: "only in gradients",
  relu: { inputs: [[3, 4]], build: (_g, [x]) => ops.relu(x) },
  reluGradient: "only in gradients",
  gelu: { inputs: [[3, 4]], build: (_g, [x]) => ops.gelu(x) },
  geluGradient: "only in gradients",
  geluTanh: { inputs: [[3, 4]], build: (_g, [x]) => ops.geluTanh(x) },
  geluTanhGradient: "only in gradients",
  gemm: {
    inputs: [
      [4, 3],
      [5, 4],
      [3, 5],
    ],
    build: (_g, [a, b, c]) => ops.gemm(a, b, { transA: true, transB: true }, c),
  },
  linear: { inputs: [[3, 4], [5, 4], [5]], build: (_g, [x, w, b]) => ops.linear(x, w, b) },
  sumRows: "only in gradients",
  batchMatMul: {
    inputs: [
      [2, 3, 4],
      [2, 5, 4],
    ],
    build: (_g, [a, b]) => ops.batchMatMul(a, b, { transB: true, alpha: 0.5 }),
  },
  softmax: { inputs: [[3, 5]], build: (_g, [x]) => ops.softmax(x) },
  softmaxGradient: "only in gradients",
  layerNormalization: { inputs: [[3, 6], [6], [6]], build: (_g, [x, w, b]) => ops.layerNormalization(x, w, b, 1e-5) },
  layerNormalizationGradient: "only in gradients",
  lookup: { inputs: [[4, 3]], build: (g, [table]) => ops.lookup(table, g.constant(Int32Array.of(2, 0, 2), [3])) },
  addRows: "only in gradients",
  placeRows: { inputs: [[4, 3]], build: (g, [x]) => ops.placeRows(x, rowIndex(g).index, rowIndex(g).inverse) },
  splitRows: {
    inputs: [[4, 3]],
    build: (g, [x]) => {
      const [three, two] = ops.splitRows(x, grouped(g).inverse, grouped(g).indices);
      return ops.gemm(two, three, { transB: true });
    },
  },
  joinRows: {
    inputs: [
      [3, 3],
      [2, 3],
    ],
    build: (g, groups) => ops.joinRows(groups, grouped(g).inverse, grouped(g).indices),
  },
  reshape: { inputs: [[3, 4]], build: (_g, [x]) => ops.reshape(x, [2, 6]) },
  splitColumns: {
    inputs: [[3, 6]],
    build: (_g, [x]) => {
      const [a, b, c] = ops.splitColumns(x, 3);
      return ops.add(ops.multiply(a, b), ops.tanh(c));
    },
  },
  joinColumns: {
    inputs: [
      [3, 2],
      [3, 2],
    ],
    build: (_g, [a, b]) => ops.joinColumns([a, ops.multiply(a, b)]),
  },
  rotaryTables: "not differentiable",
  rotary: {
    inputs: [[3, 2, 4]],
    build: (g, [x]) => {
      const [cos, sin] = ops.rotaryTables(g.constant(Int32Array.of(0, 5, 2), [3]), 100, 4);
      return ops.rotary(x, cos, sin);
    },
  },
  windowBias: "not differentiable",
  quantizeRows: "not differentiable",
  integerLinear: "not differentiable",
  oneHot: "not differentiable",
  crossEntropy: {
    inputs: [[3, 4]],
    build: (g, [logits]) =>
      ops.crossEntropy(
        logits,
        ops.oneHot(g.constant(BigInt64Array.of(1n, 3n, 0n), [3]), 4, 0.925, 0.025),
        g.constant(Float32Array.of(0.2, 0.5, 0.3), [3, 1]),
      ),
  },
  crossEntropyGradient: "only in gradients",
  binaryCrossEntropy: {
    inputs: [[3, 4]],
    build: (g, [logits]) => ops.binaryCrossEntropy(logits, entries(g, 0.5), entries(g, 1)),
  },
  binaryCrossEntropyGradient: "only in gradients",
  squaredError: { inputs: [[3, 4]], build: (g, [x]) => ops.squaredError(x, entries(g, 0.5), entries(g, 1)) },
  squaredErrorGradient: "only in gradients",
  dot: {
    inputs: [
      [3, 4],
      [3, 4],
    ],
    build: (_g, [x, y]) => dot(x, y),
  },
  unpackMask: "not differentiable",
  sumOfSquares: "not differentiable",
  clipScale: "not differentiable",
  adamw: "not differentiable",
} satisfies Record<OperatorName, Example>;

async function prepare(name: string, example: Exclude<Example, string>, fused: boolean) {
  const graph = new Graph();
  const parameters = example.inputs.map((shape, i) => graph.parameter(`p${i}`, shape));
  const y = example.build(graph, parameters);
  const loss =
    y.shape.length === 0
      ? y
      : dot(
          y,
          graph.constant(
            wave(
              (y.shape as number[]).reduce((a, b) => a * b, 1),
              5,
            ),
            y.shape as number[],
          ),
        );
  const gradients = differentiate(loss);
  graph.output("loss", loss);
  for (const [parameter, { dense, rows }] of gradients) {
    if (dense) graph.output(`dense.${parameter}`, dense);
    rows.forEach((row, i) => {
      graph.output(`rows.${parameter}.${i}`, row.values);
      graph.output(`ids.${parameter}.${i}`, row.ids);
    });
  }
  const session = await InferenceSession.create(writeOnnx(graph, { fused }), {
    logSeverityLevel: 3,
    intraOpNumThreads: 1,
  });
  const values = example.inputs.map((shape, i) =>
    wave(
      shape.reduce((a, b) => a * b, 1),
      i + 1,
    ),
  );
  const run = () =>
    session.run(Object.fromEntries(values.map((data, i) => [`p${i}`, new Tensor("float32", data, example.inputs[i])])));
  expect(gradients.size, `${name}: every input has a gradient`).toBe(example.inputs.length);
  return { run, values };
}

describe("the operator table", () => {
  it("has every row under its own name", () => {
    for (const [name, operator] of Object.entries(OPERATORS)) expect(operator.name).toBe(name);
  });

  for (const [name, example] of Object.entries(EXAMPLES) as [OperatorName, Example][]) {
    if (typeof example === "string") {
      it(`${name} has no gradient rule: ${example}`, () => expect(OPERATORS[name]).not.toHaveProperty("gradient"));
      continue;
    }
    it.each([true, false])(`${name}: gradient equals finite differences (fused %s)`, async (fused) => {
      const { run, values } = await prepare(name, example, fused);
      const base = await run();
      for (let p = 0; p < values.length; p++) {
        const gradient = Float32Array.from(
          (base[`dense.p${p}`]?.data as Float32Array) ?? new Float32Array(values[p].length),
        );
        for (let i = 0; base[`rows.p${p}.${i}`]; i++) {
          const rows = base[`rows.p${p}.${i}`];
          const width = rows.dims[1];
          (base[`ids.p${p}.${i}`].data as Int32Array).forEach((id, row) => {
            for (let j = 0; j < width; j++) gradient[id * width + j] += (rows.data as Float32Array)[row * width + j];
          });
        }
        for (let i = 0; i < values[p].length; i++) {
          const at = values[p][i];
          const h = 1e-2;
          const loss = async (x: number) => {
            values[p][i] = x;
            return ((await run()).loss.data as Float32Array)[0];
          };
          // Fourth-order central difference: truncation error h⁴, so a float32 forward pass suffices.
          const [a, b, c, d] = [await loss(at - 2 * h), await loss(at - h), await loss(at + h), await loss(at + 2 * h)];
          values[p][i] = at;
          const numeric = (a - 8 * b + 8 * c - d) / (12 * h);
          expect(
            Math.abs(gradient[i] - numeric),
            `${name} p${p}[${i}]: ${gradient[i]} against ${numeric}`,
          ).toBeLessThan(2e-3 * (1 + Math.abs(numeric)));
        }
      }
    });
  }
});
