/**
 * One part of bench/gpu.ts in a process of its own; prints "@" and a line of JSON.
 *
 *   node --import tsx bench/gpu-worker.ts <folder> model|keeps|equal|finetune|embed <device> toy|full [<batch>]
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { InferenceSession } from "onnxruntime-node";
import { type Graph, writeOnnx } from "../src/autograd/index.js";
import { parseDevices } from "../src/compute/devices.js";
import { checkProvider } from "../src/compute/inference/provider-check.js";
import { defaultThreads } from "../src/compute/threads.js";
import { loadCheckpoint, saveCheckpoint } from "../src/model/checkpoint/checkpoint.js";
import { InferenceModel } from "../src/model/inference.js";
import { initializeWeights } from "../src/model/initialize.js";
import { DeviceCopies } from "../src/train/step/device/device-copies.js";
import { sessionOptions } from "../src/train/step/session-options.js";
import { ADAMW_DEFAULTS, type Batch, Trainer } from "../src/train/step/trainer.js";
import { BATCHES, CLASSES, configOf, sequencesOf, TOY_BATCHES } from "./support/gpu-case.js";

const [folder, part, device, size, batchSize] = process.argv.slice(2);
const toy = size === "toy";
const config = configOf(toy);
/** Measured for this long, after a warm-up that compiles kernels. */
const MEASURED_MS = toy ? 100 : 8000;
const WARM_UP = 2;
const threads = defaultThreads();
const round = (value: number): number => Number(value.toPrecision(4));
const answer = (line: Record<string, unknown>) => console.log(`@${JSON.stringify(line)}`);
const median = (values: number[]) => values.sort((a, b) => a - b)[values.length >> 1];

const batchOf = (count: number, number: number): Batch => ({
  sequences: sequencesOf(config, count, number),
  labels: Array.from({ length: count }, (_, n) => (n + number) % CLASSES),
});

const PARTS: Record<string, () => Promise<void>> = { model, keeps, equal, finetune, embed };
await PARTS[part]();
process.exit(0); // a provider's threads do not hold it

async function model(): Promise<void> {
  const began = performance.now();
  const labels = Array.from({ length: CLASSES }, (_, i) => `class ${i}`);
  const checkpoint = initializeWeights(config, "SINGLE_LABEL", labels, 42);
  await saveCheckpoint(folder, checkpoint);
  const parameters = [...checkpoint.weights.values()].reduce((sum, { data }) => sum + data.length, 0);
  const cases = (toy ? TOY_BATCHES : BATCHES).map((count) => {
    const batches = Array.from({ length: 8 }, (_, number) => batchOf(count, number));
    return {
      size: count,
      batches: batches.map(({ sequences, labels: classes }) => ({
        sequences: sequences.map((ids) => [...ids]),
        labels: classes,
      })),
    };
  });
  writeFileSync(join(folder, "gpu.json"), JSON.stringify({ cases, padId: config.padId, measuredMs: MEASURED_MS }));
  answer({ parameters, seconds: round((performance.now() - began) / 1000) });
}

async function trainerOn(name: string, dropout: number): Promise<Trainer> {
  const base = await loadCheckpoint(folder);
  const own = { ...base.config, hiddenDropout: dropout, attentionDropout: dropout };
  const settings = { seed: 42, threads, gradientClip: 1, ...ADAMW_DEFAULTS, weightDecay: 0.01, device: name };
  return Trainer.create({ ...base, config: own }, settings);
}

/** Why the device cannot be opened; null: it can. */
function missing(): Promise<string | null> {
  const [{ provider, deviceId }] = parseDevices(device);
  return checkProvider(provider, deviceId).then(
    () => null,
    (error: Error) => error.message.trim(),
  );
}

/** Up, on the device from one run to the next, and down again. */
async function keeps(): Promise<void> {
  const reason = await missing();
  if (reason !== null) return answer({ skipped: reason });
  const open = (graph: Graph, more = {}) =>
    InferenceSession.create(writeOnnx(graph, { fused: false }), { ...sessionOptions(device, 1), ...more });
  const data = Float32Array.from({ length: 1000 }, (_, i) => Math.sin(i));
  const back = new Float32Array(1000);
  try {
    const copies = await DeviceCopies.create([1], open);
    const tensor = await copies.up(data, [1000]);
    await copies.down(tensor, back);
    answer({ location: tensor.location, same: back.every((value, i) => value === data[i]) });
  } catch (error) {
    answer({ location: null, reason: (error as Error).message.trim() });
  }
}

/** Three steps at batch 8 and a prediction, beside the CPU's; skipped where there is no such device. */
async function equal(): Promise<void> {
  const began = performance.now();
  const reason = await missing();
  if (reason !== null) return answer({ skipped: reason });
  const results = [];
  for (const name of ["cpu", device]) {
    const trainer = await trainerOn(name, 0.1);
    const losses: number[] = [];
    const norms: number[] = [];
    for (let step = 1; step <= 3; step++) {
      losses.push((await trainer.computeGradients(batchOf(toy ? 4 : 8, step), step)).loss);
      norms.push(await trainer.update(step, 5e-5));
    }
    const logits = await trainer.predict(batchOf(toy ? 4 : 8, 9));
    results.push({ losses, norms, logits: [...logits] });
    await trainer.release();
  }
  const [cpu, other] = results;
  const gap = (a: number[], b: number[]) => Math.max(...a.map((value, i) => Math.abs(value - b[i])));
  const gaps = {
    loss: gap(cpu.losses, other.losses),
    gradientNorm: Math.max(...cpu.norms.map((norm, i) => Math.abs(norm - other.norms[i]) / norm)),
    logits: gap(cpu.logits, other.logits),
  };
  const same = Object.values(gaps).every((value) => value < 1e-2);
  answer({ steps: 3, ...gaps, same, seconds: round((performance.now() - began) / 1000) });
  if (!same) throw new Error(`other numbers than the CPU's: ${JSON.stringify(gaps)}`);
}

async function finetune(): Promise<void> {
  const count = Number(batchSize);
  const batches = Array.from({ length: 8 }, (_, number) => batchOf(count, number));
  const trainer = await trainerOn(device, 0.1);
  const times: Record<"step" | "gradients" | "update", number[]> = { step: [], gradients: [], update: [] };
  let measured = 0;
  let first = 0;
  for (let step = 1; measured < MEASURED_MS; step++) {
    const began = performance.now();
    await trainer.computeGradients(batches[step % batches.length], step);
    const between = performance.now();
    await trainer.update(step, 5e-5);
    const ended = performance.now();
    if (step === 1) first = ended - began;
    if (step <= WARM_UP) continue;
    measured += ended - began;
    times.step.push(ended - began);
    times.gradients.push(between - began);
    times.update.push(ended - between);
  }
  const steps = times.step.length;
  answer({
    steps,
    stepsPerSecond: round((1000 * steps) / measured),
    moleculesPerSecond: round((1000 * steps * count) / measured),
    medianMs: round(median(times.step)),
    gradientsMs: round(median(times.gradients)),
    updateMs: round(median(times.update)),
    firstStepMs: round(first),
    residentMB: round(process.memoryUsage().rss / 2 ** 20),
  });
}

async function embed(): Promise<void> {
  const [{ provider, deviceId }] = parseDevices(device);
  const encoder = await InferenceModel.load(folder, { threads, provider, deviceId });
  const all = sequencesOf(config, toy ? 64 : 4096, 1).sort((a, b) => a.length - b.length);
  // Sorted by length; the tokens of a batch are those that suit a GPU.
  const budget = device === "cpu" ? 1024 : 8192;
  const batches: Int32Array[][] = [[]];
  for (const ids of all) {
    if ((batches.at(-1)!.length + 1) * ids.length > budget) batches.push([]);
    batches.at(-1)!.push(ids);
  }
  for (const batch of [batches[0], batches.at(-1)!]) await encoder.run(batch, "MEAN");
  let molecules = 0;
  const began = performance.now();
  for (let i = 0; performance.now() - began < MEASURED_MS; i++) {
    const batch = batches[(i * 7) % batches.length];
    molecules += (await encoder.run(batch, "MEAN")).length;
  }
  const seconds = (performance.now() - began) / 1000;
  answer({ precision: "float32", molecules, moleculesPerSecond: round(molecules / seconds), tokensOfBatch: budget });
}
