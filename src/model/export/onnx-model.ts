/**
 * The ONNX model of a checkpoint, of a linear probe on one, or of one on fingerprints or counts: float32, standard
 * operators, the names of inputs and outputs that transformers gives them. Dimensions without a number may have any
 * length in each run.
 *   classes, labels, targets  logits [batch, labels]; what they mean: scores.ts
 *   masked tokens             logits [batch, sequence, vocabulary] and last_hidden_state
 *   encoder                   last_hidden_state [batch, sequence, width]
 */
import { createWriteStream } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { finished } from "node:stream/promises";
import { Graph, linear, type Value, writeOnnx } from "../../autograd/index.js";
import { loadCheckpoint } from "../checkpoint/checkpoint.js";
import { firstPosition } from "../families/index.js";
import { forwardGraph } from "../graphs.js";
import { type Probe, rowsOf } from "../probe.js";
import { type Checkpoint, isSequenceTask, type Weight } from "../types.js";
import { PaddedGraph } from "./padded-graph.js";

export interface ProbeOn {
  probe: Probe;
  pooling: "CLS" | "MEAN";
}

export interface TensorInfo {
  name: string;
  type: "int64" | "float32";
  /** A name: any length. */
  shape: (number | string)[];
}

export interface OnnxModel {
  graph: Graph;
  weights: ReadonlyMap<string, Weight>;
  inputs: TensorInfo[];
  outputs: TensorInfo[];
}

/** Names of the input of a probe on fingerprints, and of one on counts. */
const FINGERPRINT = "fingerprint";
export const LOG_COUNTS = "log_counts";
/** Beside the model, where its weights are too large for one file. Its name is that of transformers.js. */
export const ONNX_DATA = "model.onnx_data";
export const ONNX_FILE = "model.onnx";
/** Above it weights are external data: a protobuf file has at most 2 GiB. */
const LARGEST_FILE = 1_500 * 2 ** 20;

export const loadOnnxModel = async (folder: string, probe: ProbeOn | null): Promise<OnnxModel> =>
  onnxModelOf(await loadCheckpoint(folder), probe);

/** `probe`: instead of the checkpoint's head. */
export function onnxModelOf({ config, task, labels, weights }: Checkpoint, probe: ProbeOn | null): OnnxModel {
  const graph = new PaddedGraph({ ...config, first: firstPosition(config) });
  const flat = forwardGraph(config, probe ? "ENCODER" : task, labels.length, { graph });
  const [hidden, logits] = ["hidden", "logits"].map(
    (name) => flat.outputs.find((output) => output.name === name)?.value,
  );
  graph.outputs.length = 0;
  const last = graph.unflatten(hidden as Value);
  if (probe) {
    graph.output("logits", probeLogits(graph, graph.pool(last, probe.pooling), probe.probe));
    return model(graph, new Map([...weights, ...probeWeights(probe.probe)]));
  }
  if (logits) graph.output("logits", isSequenceTask(task) ? logits : graph.unflatten(logits));
  if (!isSequenceTask(task)) graph.output("last_hidden_state", last);
  return model(graph, weights);
}

/** Input: the bits as numbers 0 and 1; of counts log(1 + n) of each environment. */
export function fingerprintModel(probe: Probe): OnnxModel {
  const graph = new Graph();
  const bits = graph.input(probe.environments ? LOG_COUNTS : FINGERPRINT, ["batch", probe.coefficients[0].length]);
  graph.output("logits", probeLogits(graph, bits, probe));
  return model(graph, probeWeights(probe));
}

function model(graph: Graph, weights: OnnxModel["weights"]): OnnxModel {
  const info = (name: string, { type, shape }: Value): TensorInfo => ({
    name,
    type: type as TensorInfo["type"],
    shape: [...shape],
  });
  return {
    graph,
    weights,
    inputs: graph.inputs.map((value) => info(value.name, value)),
    outputs: graph.outputs.map(({ name, value }) => info(name, value)),
  };
}

const [WEIGHT, BIAS] = ["probe.weight", "probe.bias"];

function probeLogits(graph: Graph, vectors: Value, { labels }: Probe): Value {
  const width = vectors.shape[1] as number;
  return linear(vectors, graph.parameter(WEIGHT, [labels.length, width]), graph.parameter(BIAS, [labels.length]));
}

/** One row for each label: of two classes with one row the first has the logit 0. */
function probeWeights({ task, labels, coefficients, intercepts }: Probe): Map<string, Weight> {
  const width = coefficients[0].length;
  const isShort = rowsOf(task, labels.length) < labels.length;
  const rows = isShort ? [new Array<number>(width).fill(0), ...coefficients] : coefficients;
  return new Map([
    [WEIGHT, { shape: [rows.length, width], data: Float32Array.from(rows.flat()) }],
    [BIAS, { shape: [rows.length], data: Float32Array.from(isShort ? [0, ...intercepts] : intercepts) }],
  ]);
}

/** Writes the model to `path`, and its weights beside it (ONNX_DATA) where they have more than `largest` bytes. */
export async function writeOnnxModel(
  path: string,
  { graph, weights }: OnnxModel,
  { largest = LARGEST_FILE }: { largest?: number } = {},
): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const initializers = new Map([...weights].map(([name, { data }]) => [name, data]));
  const bytes = [...initializers.values()].reduce((sum, data) => sum + data.byteLength, 0);
  if (bytes <= largest) return writeFile(path, writeOnnx(graph, { initializers, portable: true }));
  const stream = createWriteStream(join(dirname(path), ONNX_DATA));
  let offset = 0;
  const append = (data: Float32Array): number => {
    const at = offset;
    stream.write(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    const padding = (4096 - (data.byteLength % 4096)) % 4096; // runtimes map whole pages
    stream.write(new Uint8Array(padding));
    offset += data.byteLength + padding;
    return at;
  };
  const content = writeOnnx(graph, { initializers, portable: true, externalData: { location: ONNX_DATA, append } });
  stream.end();
  await finished(stream);
  await writeFile(path, content);
}
