/**
 * The large products of a PCA on the runtime's Gemm, two orders of magnitude faster than loops in JavaScript: float32
 * inside a panel of 4,096 rows, whose sums are added in float64. Rows are shifted by the mean of some of them before
 * they are multiplied, so nothing is lost to a large mean; what the shift lacks is taken off at the end. The scatter
 * matrix is symmetric: of its blocks of up to 192 columns only those on and above the diagonal are computed. Memory
 * beside the vectors: the shifted rows of one panel, whole and in blocks, 25 MB at 768 dimensions (38 MB where rows are
 * chosen), and the matrix. Other panels and blocks that were tried: docs/pca-benchmark.md.
 */
import { InferenceSession, Tensor } from "onnxruntime-node";
import { Graph, gemm, writeOnnx } from "../../autograd/index.js";
import type { Operator } from "../../autograd/operator.js";
import { type CentredRows, centre } from "./covariance.js";

const PANEL = 4096;
const BLOCK = 192;

async function createSession(graph: Graph, threads: number): Promise<InferenceSession> {
  return InferenceSession.create(writeOnnx(graph), {
    intraOpNumThreads: threads,
    enableMemPattern: false,
    logSeverityLevel: 3,
    // Between two products JavaScript fills a panel: spinning threads would take its core.
    extra: { session: { intra_op: { allow_spinning: "0" } } },
  });
}

/**
 * Rows [rows, dimension] less a shift [dimension]: their sums [dimension], and the same rows in blocks of columns,
 * [rows, width] each.
 */
const shiftedBlocks: Operator<number[]> = {
  name: "shiftedBlocks",
  shapes: ([x], widths) => [{ shape: [x.shape[1]] }, ...widths.map((width) => ({ shape: [x.shape[0], width] }))],
  onnx: (emit, [x, shift], [sums, ...blocks], widths) => {
    const shifted = emit.node("Sub", [x, shift]);
    const axes = emit.constant(BigInt64Array.of(0n), [1]);
    emit.node("ReduceSum", [shifted, axes], { outputs: [sums], attributes: { keepdims: 0 } });
    const sizes = emit.constant(BigInt64Array.from(widths, BigInt), [widths.length]);
    emit.node("Split", [shifted, sizes], { outputs: blocks, attributes: { axis: 1 } });
  },
};

/** Rows whose mean is the shift: an estimate of the mean is enough. */
const SHIFT_ROWS = 1024;

/** Mean of rows that lie evenly among the chosen ones: [dimension]. */
function shiftOf({ vectors, dimension, rowNumbers }: Omit<CentredRows, "mean">): Float32Array {
  const step = Math.max(1, Math.floor(rowNumbers.length / SHIFT_ROWS));
  return Float32Array.from(
    centre(
      vectors,
      dimension,
      rowNumbers.filter((_, place) => place % step === 0),
    ).mean,
  );
}

/** Mean [dimension] and X'X of the centred rows, [dimension, dimension], in one pass. */
export async function scatterOnRuntime(
  rowsOf: Omit<CentredRows, "mean">,
  threads: number,
): Promise<{ mean: Float64Array; product: Float64Array }> {
  const { vectors, dimension, rowNumbers } = rowsOf;
  const count = Math.ceil(dimension / BLOCK);
  const widths = Array.from({ length: count }, (_, block) => Math.min(BLOCK, dimension - block * BLOCK));
  const graph = new Graph();
  const inputs = [graph.input("x", ["rows", dimension]), graph.input("shift", [dimension])];
  const [columnSums, ...blocks] = graph.append(shiftedBlocks, inputs, widths);
  graph.output("sums", columnSums);
  for (let i = 0; i < count; i++)
    for (let j = i; j < count; j++) graph.output(`${i} ${j}`, gemm(blocks[i], blocks[j], { transA: true }));
  const session = await createSession(graph, threads);
  try {
    const product = new Float64Array(dimension * dimension);
    const sums = new Float64Array(dimension);
    const shift = shiftOf(rowsOf);
    const shifts = new Tensor("float32", shift, [dimension]);
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
      const result = await session.run({ x, shift: shifts });
      const own = result.sums.data as Float32Array;
      for (let c = 0; c < dimension; c++) sums[c] += own[c];
      for (let i = 0; i < count; i++)
        for (let j = i; j < count; j++)
          addBlock(product, dimension, result[`${i} ${j}`].data as Float32Array, i * BLOCK, j * BLOCK, widths[j]);
    }
    // X'X of shifted rows is larger by n d d', where d is what the shift lacks.
    for (let i = 0; i < dimension; i++)
      for (let j = i; j < dimension; j++) {
        product[i * dimension + j] -= (sums[i] * sums[j]) / rowNumbers.length;
        product[j * dimension + i] = product[i * dimension + j];
      }
    return { mean: sums.map((sum, c) => shift[c] + sum / rowNumbers.length), product };
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

/** (X - mean) axes' for all rows of X: [rows, components] for axes [components, dimension]. X is not copied. */
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
