/** The inside of a trial: the operators of an encoder on a device and on the processor, and a product of matrices. */
import { InferenceSession, Tensor } from "onnxruntime-node";
import { Graph, gelu, layerNormalization, linear, softmax, writeOnnx } from "../../autograd/index.js";
import type { TrialJob, TrialResult } from "./trial.js";

const PROCESSOR = { name: "cpu" };
const [ROWS, WIDTH] = [8, 32];
const SIDE = 1024;
/** After the first, which compiles; a device that is that slow is known after one. */
const [ROUNDS, ENOUGH_MS] = [3, 2_000];

export async function tryDevice({ provider, deviceId, threads }: TrialJob): Promise<TrialResult> {
  const device = { name: provider, ...(deviceId !== undefined && { deviceId }) };
  const numbers = layerGraph();
  const [expected, got] = [await once(numbers, PROCESSOR, threads), await once(numbers, device, threads)];
  const product = productGraph();
  return {
    difference: difference(expected, got),
    deviceMs: await bestOf(product, device, threads),
    processorMs: await bestOf(product, PROCESSOR, threads),
  };
}

/** What an encoder computes: linear, GELU, linear, layer normalization, softmax. */
function layerGraph(): Model {
  const graph = new Graph();
  const x = graph.input("x", [ROWS, WIDTH]);
  const weight = (phase: number) => graph.constant(wave(WIDTH * WIDTH, phase), [WIDTH, WIDTH]);
  const vector = (phase: number) => graph.constant(wave(WIDTH, phase), [WIDTH]);
  const hidden = linear(gelu(linear(x, weight(1), vector(2))), weight(3), vector(4));
  graph.output("y", softmax(layerNormalization(hidden, vector(5), vector(6), 1e-5)));
  return { bytes: writeOnnx(graph, { fused: false }), x: wave(ROWS * WIDTH, 0), shape: [ROWS, WIDTH] };
}

function productGraph(): Model {
  const graph = new Graph();
  const x = graph.input("x", [SIDE, SIDE]);
  const [weight, bias] = [graph.constant(wave(SIDE * SIDE, 1), [SIDE, SIDE]), graph.constant(wave(SIDE, 2), [SIDE])];
  graph.output("y", linear(x, weight, bias));
  return { bytes: writeOnnx(graph), x: wave(SIDE * SIDE, 0), shape: [SIDE, SIDE] };
}

interface Model {
  bytes: Uint8Array;
  x: Float32Array;
  shape: number[];
}
type Provider = { name: string; deviceId?: number };

const open = ({ bytes }: Model, provider: Provider, threads: number): Promise<InferenceSession> =>
  InferenceSession.create(bytes, { executionProviders: [provider], intraOpNumThreads: threads, logSeverityLevel: 4 });

async function run(session: InferenceSession, { x, shape }: Model): Promise<Float32Array> {
  const { y } = await session.run({ x: new Tensor("float32", x, shape) });
  return y.data as Float32Array;
}

async function once(model: Model, provider: Provider, threads: number): Promise<Float32Array> {
  const session = await open(model, provider, threads);
  const numbers = await run(session, model);
  await session.release();
  return numbers;
}

async function bestOf(model: Model, provider: Provider, threads: number): Promise<number> {
  const session = await open(model, provider, threads);
  await run(session, model);
  const first = performance.now();
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS && performance.now() - first < ENOUGH_MS; round++) {
    const begin = performance.now();
    await run(session, model);
    best = Math.min(best, performance.now() - begin);
  }
  await session.release();
  return best;
}

/** Infinity where a number is not finite. */
function difference(expected: Float32Array, got: Float32Array): number {
  const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const most = expected.reduce((most, value, i) => {
    const apart = Math.abs(value - got[i]);
    return Number.isFinite(apart) ? Math.max(most, apart) : Number.POSITIVE_INFINITY;
  }, 0);
  return most / largest;
}

/** Smooth numbers between -1 and 1, the same each time. */
const wave = (length: number, phase: number): Float32Array =>
  Float32Array.from({ length }, (_, i) => Math.sin(1.7 * i + phase));
