/** Products of 8-bit whole numbers: what the runtime computes is the exact sum of whole numbers, times two scales. */
import { InferenceSession, Tensor } from "onnxruntime-node";
import { describe, expect, it } from "vitest";
import { Graph, integerLinear, quantizeRows, writeOnnx } from "../../src/autograd/index.js";

const wave = (length: number, phase: number) => Float32Array.from({ length }, (_, i) => Math.sin(1.7 * i * i + phase));

/** Of x [rows, width]: q, s, and y = s t Σ (q - 128) v + bias. */
async function run(x: Float32Array, width: number, v: Int8Array, t: Float32Array, bias: Float32Array | null) {
  const [rows, out] = [x.length / width, t.length];
  const graph = new Graph();
  const [q, s] = quantizeRows(graph.input("x", ["rows", width]));
  const weight = [graph.parameter("v", [width, out], "int8"), graph.parameter("t", [out])];
  const y = integerLinear([q, s], weight, bias && graph.parameter("b", [out]));
  for (const [name, value] of Object.entries({ q, s, y })) graph.output(name, value);
  const initializers = new Map<string, Float32Array | Int8Array>([
    ["v", v],
    ["t", t],
    ...(bias ? [["b", bias] as const] : []),
  ]);
  const session = await InferenceSession.create(writeOnnx(graph, { initializers }), { logSeverityLevel: 3 });
  const answer = await session.run({ x: new Tensor("float32", x, [rows, width]) });
  await session.release();
  const dataOf = <T>(name: string) => answer[name].data as T;
  return { q: dataOf<Uint8Array>("q"), s: dataOf<Float32Array>("s"), y: dataOf<Float32Array>("y") };
}

/** To the nearest whole number, of two the even one. */
function nearest(value: number): number {
  const low = Math.floor(value);
  const rest = value - low;
  return rest < 0.5 || (rest === 0.5 && low % 2 === 0) ? low : low + 1;
}

/** The same in plain arithmetic: scales in float32, sums exact. */
function expected(x: Float32Array, width: number, v: Int8Array, t: Float32Array, bias: Float32Array | null) {
  const [rows, out] = [x.length / width, t.length];
  const q = new Uint8Array(x.length);
  const s = new Float32Array(rows);
  const y = new Float64Array(rows * out);
  for (let row = 0; row < rows; row++) {
    const values = x.subarray(row * width, (row + 1) * width);
    const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), Math.fround(1e-30));
    s[row] = Math.fround(largest * Math.fround(1 / 127));
    values.forEach((value, j) => {
      q[row * width + j] = nearest(Math.fround(value / s[row])) + 128;
    });
    for (let column = 0; column < out; column++) {
      let sum = 0;
      for (let j = 0; j < width; j++) sum += (q[row * width + j] - 128) * v[j * out + column];
      y[row * out + column] = s[row] * t[column] * sum + (bias?.[column] ?? 0);
    }
  }
  return { q, s, y };
}

const weights = (length: number) => Int8Array.from({ length }, (_, i) => ((i * 37) % 127) - 63);

describe("a dense layer of whole numbers", () => {
  it.each([true, false])("equals plain integer arithmetic (bias: %s)", async (hasBias) => {
    const [rows, width, out] = [7, 24, 10];
    const x = wave(rows * width, 1).map((value, i) => value * 10 ** ((Math.floor(i / width) % 5) - 2));
    const given = [width, weights(width * out), wave(out, 2).map(Math.abs), hasBias ? wave(out, 3) : null] as const;
    const [actual, wanted] = [await run(x, ...given), expected(x, ...given)];
    expect(actual.q).toEqual(wanted.q);
    expect(actual.s).toEqual(wanted.s);
    const most = Math.max(...wanted.y.map(Math.abs));
    expect(Math.max(...wanted.y.map((value, i) => Math.abs(value - actual.y[i]))) / most).toBeLessThan(1e-6);
  });

  it("sums the largest numbers exactly, as many as a wide layer has", async () => {
    const [width, out] = [3_072, 4];
    const v = Int8Array.from({ length: width * out }, (_, i) => (i % 2 === 0 ? 63 : -63));
    const { y } = await run(new Float32Array(width).fill(1), width, v, Float32Array.of(1, 1, 1, 1), null);
    const sum = Math.fround(Math.fround(1 / 127) * 127 * 63 * width);
    expect([...y].map((value) => value / sum)).toEqual([1, -1, 1, -1].map((sign) => expect.closeTo(sign, 6)));
  });

  it("gives a row of zeros the bias, and each row what it has alone", async () => {
    const [width, out] = [16, 6];
    const given = [width, weights(width * out), wave(out, 2).map(Math.abs), wave(out, 3)] as const;
    const small = wave(width, 4).map((value) => value / 1_000);
    const large = wave(width, 5).map((value) => value * 1_000);
    const { q, y } = await run(Float32Array.of(...new Float32Array(width), ...small, ...large), ...given);
    expect([...q.subarray(0, width)]).toEqual(new Array(width).fill(128));
    expect(y.subarray(0, out)).toEqual(given[3]);
    expect(y.subarray(out, 2 * out)).toEqual((await run(small, ...given)).y);
    // With one scale for the tensor, 1,000,000 times as large a neighbour would leave nothing of it.
    expect(new Set(q.subarray(width, 2 * width)).size).toBeGreaterThan(8);
  });

  it("refuses shapes that do not fit", () => {
    const graph = new Graph();
    const rows = quantizeRows(graph.input("x", ["rows", 4]));
    const weight = (inner: number, out: number) => [
      graph.parameter(`v${inner}`, [inner, 3], "int8"),
      graph.parameter(`t${out}`, [out]),
    ];
    expect(() => integerLinear(rows, weight(5, 3), null)).toThrow("integerLinear");
    expect(() => integerLinear(rows, weight(4, 2), null)).toThrow("integerLinear");
    expect(() => quantizeRows(graph.input("cube", [2, 3, 4]))).toThrow("quantizeRows");
    expect(() => graph.parameter("v5", [5, 3])).toThrow("int8");
  });
});
