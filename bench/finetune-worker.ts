/**
 * Our arms of bench/finetune.ts: training steps as the training loop makes them, or only their Gemm nodes.
 *
 *   node --import tsx bench/finetune-worker.ts <folder of the case> train|gemm <threads> [wall|cpu]
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { Graph, type Value, writeOnnx } from "../src/autograd/index.js";
import type { Operator } from "../src/autograd/operator.js";
import { loadCheckpoint } from "../src/model/checkpoint/checkpoint.js";
import { trainingGraph } from "../src/model/graphs.js";
import { loraPlan } from "../src/model/lora.js";
import type { Checkpoint, Task } from "../src/model/types.js";
import { linearSchedule } from "../src/train/options/schedule.js";
import { trainableParameters } from "../src/train/step/freezing.js";
import { ADAMW_DEFAULTS, type Batch, Trainer } from "../src/train/step/trainer.js";
import type { Block } from "./support/arm.js";
import type { CaseFile } from "./support/finetune-cases.js";

/** A reader of results that does no work. */
const shapeOperator: Operator = {
  name: "shape",
  shapes: ([x]) => [{ shape: [x.shape.length], type: "int64" }],
  onnx: (emit, inputs, outputs) => void emit.node("Shape", inputs, { outputs }),
};

type Step = (index: number) => Promise<Partial<Record<keyof Block, number>>>;

const [folder, mode, threads, clock = "wall"] = process.argv.slice(2);
/** In seconds. */
const now = () => {
  const { user, system } = process.cpuUsage();
  return clock === "cpu" ? (user + system) / 1e6 : performance.now() / 1e3;
};
const file: CaseFile = JSON.parse(readFileSync(join(folder, "batches.json"), "utf8"));
const batches = file.batches.map(toBatch);
const lora = file.frozenLayers < 0 ? ({ rank: 8, alpha: 16, targets: ["query", "value"] } as const) : null;
const step = await (mode === "gemm" ? gemmSteps : trainingSteps)(await loadCheckpoint(folder));
let next = 0;
console.log("@{}");
for await (const line of createInterface({ input: process.stdin })) {
  const block: Record<string, number[]> = {};
  for (let count = Number(line); count > 0; count--, next++) {
    const began = now();
    const parts = await step(next);
    const seconds = now() - began;
    const tokens = batches[next].sequences.reduce((sum, { length }) => sum + length, 0);
    for (const [key, value] of Object.entries({ seconds, tokens, ...parts })) {
      block[key] ??= [];
      block[key].push(value);
    }
  }
  console.log(`@${JSON.stringify(block)}`);
}

function toBatch({ sequences, labels }: CaseFile["batches"][number]): Batch {
  const tokens = sequences.map((ids) => Int32Array.from(ids));
  if (typeof labels[0] === "number") return { sequences: tokens, labels: labels as number[] };
  const flat = (labels as number[][]).flat();
  const maskedPositions = Int32Array.from(flat.flatMap((label, position) => (label < 0 ? [] : [position])));
  return { sequences: tokens, labels: flat.filter((label) => label >= 0), maskedPositions };
}

async function trainingSteps(base: Checkpoint): Promise<Step> {
  const trainer = await Trainer.create(base, {
    seed: 42,
    threads: Number(threads),
    gradientClip: 1,
    ...ADAMW_DEFAULTS,
    weightDecay: file.weightDecay,
    trainable: trainable(base),
    lora,
  });
  const totalSteps = file.steps + file.warmup;
  return async (index) => {
    const began = now();
    const { loss } = await trainer.computeGradients(batches[index], index + 1);
    const between = now();
    await trainer.update(index + 1, file.learningRate * linearSchedule(index, { warmupSteps: 0, totalSteps }));
    const forwardBackward = between - began;
    return { losses: loss, forwardBackward, update: now() - between };
  };
}

function trainable({ config }: Checkpoint) {
  const frozenLayers = Math.max(0, file.frozenLayers);
  return trainableParameters({ freezeEmbeddings: frozenLayers > 0, frozenLayers, lora }, config);
}

/** The Gemm nodes of the training graph, each on operands of its own shape; nothing else. */
async function gemmSteps(base: Checkpoint): Promise<Step> {
  const { config, labels } = base;
  const task = base.task as Exclude<Task, "ENCODER">;
  const adaptation = lora ? loraPlan(config, lora) : null;
  const options = { trainable: trainable(base), lora: adaptation, reads: true };
  const { graph } = trainingGraph(config, task, labels.length, false, options);
  const bare = new Graph();
  const operands = new Map<string, Value>();
  const operand = ({ shape, name, node }: Value, place: number): Value => {
    if (node === null && graph.parameters.has(name)) return bare.parameter(name, shape as number[]);
    const key = `${place}: ${shape}`;
    if (!operands.has(key)) operands.set(key, bare.input(key, shape));
    return operands.get(key)!;
  };
  const nodes = graph.nodes.filter(({ operator: { name } }) => name === "gemm" || name === "linear");
  nodes.forEach((node, index) => {
    const [y] = bare.append(node.operator, node.inputs.map(operand), node.attributes);
    bare.output(`shape.${index}`, bare.append(shapeOperator, [y], {})[0]);
  });
  const session = await InferenceSession.create(writeOnnx(bare), {
    intraOpNumThreads: Number(threads),
    enableMemPattern: false,
    logSeverityLevel: 3,
    graphOptimizationLevel: "disabled", // equal nodes stay apart
  });
  const fill = (shape: number[]) => {
    const data = new Float32Array(shape.reduce((product, n) => product * n, 1));
    return new Tensor("float32", data.fill(0.01), shape);
  };
  const weights = [...bare.parameters].map(([name, { shape }]) => [name, fill(shape as number[])] as const);
  return async (index) => {
    const { sequences, maskedPositions } = batches[index];
    const sizes: Record<string, number> = {
      tokens: sequences.reduce((sum, { length }) => sum + length, 0),
      batch: sequences.length,
      masked: maskedPositions?.length ?? 0,
      read: maskedPositions?.length ?? sequences.length,
    };
    const lengthsOf = ({ shape }: Value) => shape.map((size) => (typeof size === "number" ? size : sizes[size]));
    const inputs = [...operands].map(([name, value]) => [name, fill(lengthsOf(value))] as const);
    const began = now();
    await session.run(Object.fromEntries([...weights, ...inputs]));
    const forwardBackward = now() - began;
    const operations = nodes.reduce((sum, { inputs: [a], outputs: [y], attributes }) => {
      const inner = lengthsOf(a)[(attributes as { transA?: boolean }).transA ? 0 : 1];
      return sum + 2 * inner * lengthsOf(y).reduce((product, n) => product * n, 1);
    }, 0);
    return { forwardBackward, operations };
  };
}
