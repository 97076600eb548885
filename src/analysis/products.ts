/**
 * The large products of a PCA on the runtime's Gemm, two orders of magnitude faster than loops in JavaScript: float32
 * inside a panel of 1,024 rows, whose sums are added in float64. Rows are centred before they are multiplied, so nothing
 * is lost to a large mean. The scatter matrix is symmetric: of its blocks of up to 192 columns only those on and
 * above the diagonal are computed. Memory beside the vectors: one panel, 3 MB at 768 dimensions, and the matrix.
 * Panels of 4,096 rows took twice the processor time, blocks of 384 columns a quarter more.
 */
import { InferenceSession, Tensor } from "onnxruntime-node";
import { Graph, gemm, writeOnnx } from "../autograd/index.js";
import type { Operator } from "../autograd/operator.js";
import type { CentredRows } from "./covariance.js";

const PANEL = 1024;
const BLOCK = 192;

async function createSession(graph: Graph, threads: number): Promise<InferenceSession> {
  return InferenceSession.create(writeOnnx(graph), {
    intraOpNumThreads: threads,
    enableMemPattern: false,
    logSeverityLevel: 3,
    // Between two products JavaScript fills a panel: threads that spin meanwhile take its core.
    extra: { session: { intra_op: { allow_spinning: "0" } } },
  });
}

/** Rows [rows, dimension] less the mean [dimension], cut into blocks of columns: [rows, width] each. */
const centredBlocks: Operator<number[]> = {
  name: "centredBlocks",
  shapes: ([x], widths) => widths.map((width) => ({ shape: [x.shape[0], width] })),
  onnx: (emit, [x, mean], outputs, widths) => {
    const sizes = emit.constant(BigInt64Array.from(widths, BigInt), [widths.length]);
    emit.node("Split", [emit.node("Sub", [x, mean]), sizes], { outputs, attributes: { axis: 1 } });
  },
};

/** X'X of the centred rows: [dimension, dimension]. */
export async function scatterOnRuntime(centred: CentredRows, threads: number): Promise<Float64Array> {
  const { vectors, dimension, rowNumbers, mean } = centred;
  const count = Math.ceil(dimension / BLOCK);
  const widths = Array.from({ length: count }, (_, block) => Math.min(BLOCK, dimension - block * BLOCK));
  const graph = new Graph();
  const inputs = [graph.input("x", ["rows", dimension]), graph.input("mean", [dimension])];
  const blocks = graph.append(centredBlocks, inputs, widths);
  for (let i = 0; i < count; i++)
    for (let j = i; j < count; j++) graph.output(`${i} ${j}`, gemm(blocks[i], blocks[j], { transA: true }));
  const session = await createSession(graph, threads);
  try {
    const product = new Float64Array(dimension * dimension);
    const means = new Tensor("float32", Float32Array.from(mean), [dimension]);
    const inOrder = rowNumbers.every((row, place) => row === place);
    const panel = inOrder ? vectors : new Float32Array(PANEL * dimension);
    for (let start = 0; start < rowNumbers.length; start += PANEL) {
      const rows = Math.min(PANEL, rowNumbers.length - start);
      if (!inOrder)
        for (let r = 0; r < rows; r++) {
          const from = rowNumbers[start + r] * dimension;
          panel.set(vectors.subarray(from, from + dimension), r * dimension);
        }
      const first = inOrder ? start * dimension : 0;
      const x = new Tensor("float32", panel.subarray(first, first + rows * dimension), [rows, dimension]);
      const result = await session.run({ x, mean: means });
      for (let i = 0; i < count; i++)
        for (let j = i; j < count; j++)
          addBlock(product, dimension, result[`${i} ${j}`].data as Float32Array, i * BLOCK, j * BLOCK, widths[j]);
    }
    for (let i = 0; i < dimension; i++)
      for (let j = 0; j < i; j++) product[i * dimension + j] = product[j * dimension + i];
    return product;
  } finally {
    await session.release();
  }
}

/** Adds values [any, width] to the part of `product` that begins at (row, column). */
function addBlock(
  product: Float64Array,
  dimension: number,
  values: Float32Array,
  row: number,
  column: number,
  width: number,
): void {
  for (let from = 0, to = row * dimension + column; from < values.length; from += width, to += dimension)
    for (let b = 0; b < width; b++) product[to + b] += values[from + b];
}

/** (X - mean) axes' for all rows of X: [rows, components] for axes [components, dimension]. X is read where it lies. */
export async function coordinatesOnRuntime(
  { vectors, dimension, mean }: Pick<CentredRows, "vectors" | "dimension" | "mean">,
  axes: Float64Array,
  threads: number,
): Promise<Float64Array> {
  const components = axes.length / dimension;
  const total = vectors.length / dimension;
  const offsets = Array.from({ length: components }, (_, j) => {
    let sum = 0;
    for (let c = 0; c < dimension; c++) sum += mean[c] * axes[j * dimension + c];
    return sum;
  });
  const graph = new Graph();
  const x = graph.input("x", ["rows", dimension]);
  graph.output("y", gemm(x, graph.input("axes", [components, dimension]), { transB: true }));
  const session = await createSession(graph, threads);
  try {
    const weights = new Tensor("float32", Float32Array.from(axes), [components, dimension]);
    const coordinates = new Float64Array(total * components);
    for (let start = 0; start < total; start += PANEL) {
      const rows = Math.min(PANEL, total - start);
      const part = vectors.subarray(start * dimension, (start + rows) * dimension);
      const values = (await session.run({ x: new Tensor("float32", part, [rows, dimension]), axes: weights })).y
        .data as Float32Array;
      for (let i = 0; i < values.length; i++) coordinates[start * components + i] = values[i] - offsets[i % components];
    }
    return coordinates;
  } finally {
    await session.release();
  }
}
