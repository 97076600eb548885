/**
 * A checkpoint ready for inference: token ids in; logits, start-token vectors or means out.
 *
 * Tokens of a batch lie flat, so a sequence's result does not depend on its neighbours beyond float32 rounding.
 * Weights of models above 64 MB go to the runtime as ONNX external data, which it maps instead of copying.
 */
import { createWriteStream } from "node:fs";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { finished } from "node:stream/promises";
import { InferenceSession } from "onnxruntime-node";
import { writeOnnx } from "../autograd/index.js";
import { MaillardError } from "../errors.js";
import { layoutBatch, rowsAt } from "./batch.js";
import { loadCheckpoint } from "./checkpoint/checkpoint.js";
import { parameterList } from "./families/index.js";
import { forwardGraph } from "./graphs.js";
import { quantizedLayers, quantizeWeights } from "./quantized.js";
import { type Checkpoint, type EncoderConfig, isSequenceTask, type Task } from "./types.js";

export type ModelOutput = "LOGITS" | "CLS" | "MEAN";

export interface InferenceOptions {
  /** intraOpNumThreads of the runtime. */
  threads: number;
  /** Execution provider: cpu, webgpu or cuda. */
  provider: string;
  deviceId?: number;
  /** Folder for the runtime's files of large models, by checksum of the content; null keeps the weights in memory. */
  cacheFolder?: string | null;
  /**
   * Only up to this hidden layer, without a head; 0: the embeddings that enter the first. Default null: the whole
   * model.
   */
  layer?: number | null;
}

const EXTERNAL_BYTES = 64 * 2 ** 20;

export class InferenceModel {
  private constructor(
    readonly config: EncoderConfig,
    /** The meaning of the logits: see scores.ts. */
    readonly task: Task,
    readonly labels: string[],
    private readonly session: InferenceSession,
    private readonly hasHead: boolean,
  ) {}

  static async load(folder: string, options: InferenceOptions): Promise<InferenceModel> {
    const checkpoint = upTo(await loadCheckpoint(folder), options.layer ?? null);
    const head = isSequenceTask(checkpoint.task);
    const isInteger = checkpoint.precision === "INT8";
    const quantized = isInteger ? quantizedLayers(checkpoint.config) : new Set<string>();
    const task = head ? checkpoint.task : "ENCODER";
    const graph = forwardGraph(checkpoint.config, task, checkpoint.labels.length, { quantized, reads: true });
    // Products of int8 are made for processors, and one model must answer the same on each device.
    const name = isInteger ? "cpu" : options.provider;
    const provider = isInteger || options.deviceId === undefined ? name : { name, deviceId: options.deviceId };
    const settings: InferenceSession.SessionOptions = {
      executionProviders: [provider] as InferenceSession.SessionOptions["executionProviders"],
      intraOpNumThreads: options.threads,
      enableMemPattern: false,
      logSeverityLevel: 3,
      // Threads that wait for the next sequence by turning take the processor from RDKit, the API and the database.
      extra: { session: { intra_op: { allow_spinning: "0" } } },
    };
    const written = { initializers: quantizeWeights(checkpoint.weights, quantized), fused: name !== "webgpu" };
    const session = await createSession(graph, written, settings, options);
    return new InferenceModel(checkpoint.config, checkpoint.task, checkpoint.labels, session, head);
  }

  /** One vector per sequence: [classes] for LOGITS, [width] for CLS and MEAN. */
  async run(tokenIds: readonly Int32Array[], output: ModelOutput): Promise<Float32Array[]> {
    if (output === "LOGITS" && !this.hasHead) {
      throw new MaillardError("MODEL_HAS_NO_HEAD", "This model has no head for labels; finetune it on a label first.");
    }
    if (tokenIds.length === 0) return [];
    const isMean = output === "MEAN" || (output === "LOGITS" && this.config.modern?.pooling === "mean");
    const layout = layoutBatch(this.config, tokenIds, 1, isMean ? "ALL" : firstTwo(tokenIds));
    const feeds = Object.fromEntries(this.session.inputNames.map((name) => [name, layout.feeds[name]]));
    const fetched = output === "LOGITS" ? "logits" : "hidden";
    const result = await this.session.run(feeds, [fetched]);
    const values = result[fetched].data as Float32Array;
    const starts = rowsAt(layout.read, layout.offsets);
    const width = values.length / (output === "LOGITS" ? layout.size : (layout.read?.index.length ?? layout.tokens));
    return Array.from({ length: layout.size }, (_, b) => {
      if (output === "MEAN") return meanOfRows(values, starts[b] * width, layout.lengths[b], width);
      const row = output === "LOGITS" ? b : starts[b];
      return values.slice(row * width, (row + 1) * width);
    });
  }

  async release(): Promise<void> {
    await this.session.release();
  }
}

/**
 * Places of the first two tokens of each sequence: of one row alone the runtime sums products in an order that depends
 * on the longest sequence of the batch, of two it does not.
 */
function firstTwo(tokenIds: readonly Int32Array[]): Int32Array {
  const places: number[] = [];
  let start = 0;
  for (const { length } of tokenIds) {
    places.push(start);
    if (length > 1) places.push(start + 1);
    start += length;
  }
  return Int32Array.from(places);
}

/** The encoder's first layers alone. */
function upTo(checkpoint: Checkpoint, layer: number | null): Checkpoint {
  if (layer === null) return checkpoint;
  const { config } = checkpoint;
  if (!(Number.isInteger(layer) && layer >= 0 && layer <= config.layers))
    throw new MaillardError(
      "BAD_INPUT",
      `\`layer\` is ${layer}: it must be 0 to ${config.layers}, or null for the last.`,
      {
        param: "layer",
      },
    );
  const { modern, layers } = config;
  const part = { ...config, layers: layer, ...(modern && { modern: { ...modern, isWhole: layer === layers } }) };
  const needed = new Set(parameterList(part, "ENCODER", 0).map(({ name }) => name));
  const weights = new Map([...checkpoint.weights].filter(([name]) => needed.has(name)));
  return { ...checkpoint, config: part, task: "ENCODER", labels: [], weights };
}

/** Mean of `rows` rows of `width` values from `first` on, summed in float64. */
function meanOfRows(values: Float32Array, first: number, rows: number, width: number): Float32Array {
  const sum = new Float64Array(width);
  for (let row = 0; row < rows; row++) for (let j = 0; j < width; j++) sum[j] += values[first + row * width + j];
  return Float32Array.from(sum, (value) => value / rows);
}

async function createSession(
  graph: ReturnType<typeof forwardGraph>,
  written: { initializers: ReadonlyMap<string, Float32Array | Int8Array>; fused: boolean },
  settings: InferenceSession.SessionOptions,
  { cacheFolder }: InferenceOptions,
): Promise<InferenceSession> {
  const bytes = [...written.initializers.values()].reduce((sum, data) => sum + data.byteLength, 0);
  if (!cacheFolder || bytes < EXTERNAL_BYTES) return InferenceSession.create(writeOnnx(graph, written), settings);

  await mkdir(cacheFolder, { recursive: true });
  const location = `weights-${process.pid}.bin`;
  const stream = createWriteStream(join(cacheFolder, location));
  let offset = 0;
  const append = (data: Float32Array | Int8Array): number => {
    const at = offset;
    stream.write(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    const padding = (4096 - (data.byteLength % 4096)) % 4096; // the runtime maps whole pages
    stream.write(new Uint8Array(padding));
    offset += data.byteLength + padding;
    return at;
  };
  const model = writeOnnx(graph, { ...written, externalData: { location, append } });
  stream.end();
  await finished(stream);
  const file = join(cacheFolder, `model-${process.pid}.onnx`);
  await writeFile(`${file}.part`, model);
  await rename(`${file}.part`, file);
  try {
    return await InferenceSession.create(file, settings);
  } finally {
    // The runtime keeps its mapping; without a name the space is free again when the process ends.
    await Promise.all([file, join(cacheFolder, location)].map((path) => rm(path, { force: true })));
  }
}
