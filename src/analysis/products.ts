/**
 * The large products of a PCA on the runtime's Gemm, two orders of magnitude faster than loops in JavaScript: float32
 * inside a panel of 1,024 rows, whose sums are added in float64. Rows are centred in float64 before they are rounded, so
 * nothing is lost to a large mean. The scatter matrix is symmetric: of its blocks of up to 192 columns only those on and
 * above the diagonal are computed. Memory beside the vectors: one panel, 3 MB at 768 dimensions, and the matrix.
 * Panels of 4,096 rows took twice the processor time, blocks of 384 columns a quarter more.
 */
import { InferenceSession, Tensor } from "onnxruntime-node";
import { Graph, gemm, writeOnnx } from "../autograd/index.js";
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

/** X'X of the centred rows: [dimension, dimension]. */
export async function scatterOnRuntime(centred: CentredRows, threads: number): Promise<Float64Array> {
  const { dimension, rowNumbers } = centred;
  const blocks = Math.ceil(dimension / BLOCK);
  const width = (block: number): number => Math.min(BLOCK, dimension - block * BLOCK);
  const graph = new Graph();
  const inputs = Array.from({ length: blocks }, (_, block) => graph.input(`x${block}`, ["rows", width(block)]));
  for (let i = 0; i < blocks; i++)
    for (let j = i; j < blocks; j++) graph.output(`${i} ${j}`, gemm(inputs[i], inputs[j], { transA: true }));
  const session = await createSession(graph, threads);
  try {
    const product = new Float64Array(dimension * dimension);
    const panels = inputs.map((_, block) => new Float32Array(PANEL * width(block)));
    for (let start = 0; start < rowNumbers.length; start += PANEL) {
      const rows = Math.min(PANEL, rowNumbers.length - start);
      const feeds = Object.fromEntries(
        panels.map((panel, block) => {
          fill(panel, centred, start, rows, block * BLOCK, width(block));
          return [`x${block}`, new Tensor("float32", panel.subarray(0, rows * width(block)), [rows, width(block)])];
        }),
      );
      const result = await session.run(feeds);
      for (let i = 0; i < blocks; i++)
        for (let j = i; j < blocks; j++) {
          const values = result[`${i} ${j}`].data as Float32Array;
          const columns = width(j);
          for (let a = 0; a < width(i); a++) {
            const at = (i * BLOCK + a) * dimension + j * BLOCK;
            for (let b = 0; b < columns; b++) product[at + b] += values[a * columns + b];
          }
        }
    }
    for (let i = 0; i < dimension; i++)
      for (let j = 0; j < i; j++) product[i * dimension + j] = product[j * dimension + i];
    return product;
  } finally {
    await session.release();
  }
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

/** Writes rows start .. start + rows, columns first .. first + width, minus their means, as [rows, width]. */
function fill(
  panel: Float32Array,
  { vectors, dimension, rowNumbers, mean }: CentredRows,
  start: number,
  rows: number,
  first: number,
  width: number,
): void {
  for (let r = 0; r < rows; r++) {
    const from = rowNumbers[start + r] * dimension + first;
    const to = r * width;
    for (let c = 0; c < width; c++) panel[to + c] = vectors[from + c] - mean[first + c];
  }
}
