/**
 * Training on WebGPU, where weights, gradients and moments stay on the device, beside the CPU: the same losses,
 * gradients and weights for each head; every rule of the optimizer; and a checkpoint of one that continues on the
 * other. Tiny models: the first use of each kernel compiles it, which takes a software adapter longer than the step.
 */
import { join } from "node:path";
import { InferenceSession } from "onnxruntime-node";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Graph, writeOnnx } from "../../../../src/autograd/index.js";
import { loadCheckpoint } from "../../../../src/model/checkpoint/checkpoint.js";
import { withHead } from "../../../../src/model/initialize.js";
import { type PropertyHead, withPropertyHeads } from "../../../../src/model/property-heads.js";
import type { Checkpoint, SequenceTask } from "../../../../src/model/types.js";
import { trainableParameters } from "../../../../src/train/step/freezing.js";
import { layerRates } from "../../../../src/train/step/layer-rates.js";
import { sessionOptions } from "../../../../src/train/step/session-options.js";
import { ADAMW_DEFAULTS, type Batch, Trainer, type TrainerSettings } from "../../../../src/train/step/trainer.js";
import { readTrainingState, writeTrainingState } from "../../../../src/train/step/training-state.js";
import { scratchFolder } from "../../../support/compute.js";
import { onWebGpu } from "../../../support/machine/webgpu.js";

const LABELS = ["a", "b", "c"];
const STEPS = 20;
const settings: TrainerSettings = { seed: 1, threads: 1, weightDecay: 0.01, gradientClip: 1, ...ADAMW_DEFAULTS };
const fixture = (name: string) => loadCheckpoint(join(import.meta.dirname, "../../../fixtures", name));

/** Six sequences of 3 to 12 tokens, others at each step. */
const sequencesOf = (step: number) =>
  Array.from({ length: 6 }, (_, n) => {
    const inner = Array.from({ length: 1 + ((3 * n + step) % 10) }, (_, j) => 5 + ((step + 7 * n + j * j) % 20));
    return Int32Array.from([2, ...inner, 3]);
  });

const BATCHES = {
  SINGLE_LABEL: (step: number): Batch => ({
    sequences: sequencesOf(step),
    labels: Array.from({ length: 6 }, (_, n) => (n + step) % 3),
  }),
  MULTI_LABEL: (step: number): Batch => ({
    sequences: sequencesOf(step),
    labels: [],
    targets: Float32Array.from({ length: 18 }, (_, i) => (i % 7 === 3 ? Number.NaN : (i + step) % 2)),
  }),
  REGRESSION: (step: number): Batch => ({
    sequences: sequencesOf(step),
    labels: [],
    targets: Float32Array.from({ length: 18 }, (_, i) => (i % 5 === 4 ? Number.NaN : Math.sin(i + step))),
  }),
  MASKED_LANGUAGE_MODEL: (step: number): Batch => {
    const sequences = sequencesOf(step);
    const starts = sequences.map((_, n) => sequences.slice(0, n).reduce((sum, { length }) => sum + length, 0));
    const labels = sequences.map((ids) => ids[1]);
    for (const ids of sequences) ids[1] = 4;
    return { sequences, labels, maskedPositions: Int32Array.from(starts, (start) => start + 1) };
  },
};
type Head = keyof typeof BATCHES;

async function baseOf(head: Head, dropout = 0): Promise<Checkpoint> {
  const base = await fixture(head === "MASKED_LANGUAGE_MODEL" ? "tiny-bert-masked" : "tiny-bert");
  const config = { ...base.config, hiddenDropout: dropout, attentionDropout: dropout, classifierDropout: dropout };
  if (head === "MASKED_LANGUAGE_MODEL") return { ...base, config };
  return withHead({ ...base, config }, head as SequenceTask, LABELS, 3);
}

const distance = (a: ArrayLike<number>, b: ArrayLike<number>) => {
  expect(a.length).toBe(b.length);
  let most = 0;
  for (let i = 0; i < a.length; i++) most = Math.max(most, Math.abs(a[i] - b[i]));
  return most;
};

/**
 * A bias of keys moves every score of a query alike, which changes nothing: its gradient is rounding noise, and AdamW
 * divides noise by its own size.
 */
const IDLE = /\.key\.bias$/;

/** Largest differences of two trainers over the steps; gradients relative to the step's norm. */
async function compare(one: Trainer, other: Trainer, batchesOf: (step: number) => Batch[], steps = STEPS) {
  const worst = { loss: 0, norm: 0, gradient: 0, weight: 0, logits: 0 };
  const keep = (name: keyof typeof worst, value: number) => {
    worst[name] = Math.max(worst[name], value);
  };
  for (let step = 1; step <= steps; step++) {
    const batches = batchesOf(step);
    const [a, b] = [await one.accumulateGradients(batches, step), await other.accumulateGradients(batches, step)];
    keep("loss", Math.abs(a.loss - b.loss));
    const checked = step === 1 || step === steps;
    const gradients = checked ? [await one.gradients(), await other.gradients()] : [];
    const rate = 1e-3 * (1 - step / (2 * steps));
    const [norm, otherNorm] = [await one.update(step, rate), await other.update(step, rate)];
    keep("norm", Math.abs(norm - otherNorm) / norm);
    if (!checked) continue;
    expect([...gradients[1].keys()].sort()).toEqual([...gradients[0].keys()].sort());
    for (const [name, gradient] of gradients[0]) keep("gradient", distance(gradient, gradients[1].get(name)!) / norm);
  }
  const [weights, others] = [await one.weights(), await other.weights()];
  expect([...others.keys()]).toEqual([...weights.keys()]);
  for (const [name, { data }] of weights) if (!IDLE.test(name)) keep("weight", distance(data, others.get(name)!.data));
  const [batch] = batchesOf(1);
  keep("logits", distance(await one.predict(batch), await other.predict(batch)));
  return worst;
}

async function pair(base: Checkpoint, changes: Partial<TrainerSettings> = {}) {
  const cpu = await Trainer.create(base, { ...settings, ...changes });
  const gpu = await Trainer.create(base, { ...settings, ...changes, device: "webgpu" });
  return { cpu, gpu, release: async () => void (await Promise.all([cpu.release(), gpu.release()])) };
}

const shown = (worst: Record<string, number>) =>
  Object.entries(worst)
    .map(([name, value]) => `${name} ${value.toExponential(1)}`)
    .join(", ");

onWebGpu("training on WebGPU", () => {
  // Compiled kernels are kept as long as a session is open.
  let held: InferenceSession;
  beforeAll(async () => {
    const graph = new Graph();
    graph.output("y", graph.input("x", [1]));
    held = await InferenceSession.create(writeOnnx(graph), sessionOptions("webgpu", 1));
  });
  afterAll(() => held.release());

  it.each(Object.keys(BATCHES) as Head[])(
    "%s: 20 steps have the losses and weights of the CPU to 1e-3, the gradients to 1e-5 of their norm",
    async (head) => {
      const { cpu, gpu, release } = await pair(await baseOf(head));
      const worst = await compare(cpu, gpu, (step) => [BATCHES[head](step)]);
      await release();
      console.log(`WebGPU, ${head}, ${STEPS} steps: ${shown(worst)}`);
      expect(worst.loss).toBeLessThan(1e-3);
      expect(worst.norm).toBeLessThan(1e-3);
      expect(worst.weight).toBeLessThan(1e-3);
      expect(worst.logits).toBeLessThan(1e-3);
      expect(worst.gradient).toBeLessThan(1e-5);
    },
  );

  it("dropout, parts of a batch, clipping and layer-wise rates: as on the CPU", async () => {
    const base = await baseOf("SINGLE_LABEL", 0.1);
    const changes = { accumulates: true, gradientClip: 0.1, rateOf: layerRates(0.8, base.config), weightDecay: 0.1 };
    const { cpu, gpu, release } = await pair(base, changes);
    const parts = (step: number) => [0, 1, 2].map((part) => BATCHES.SINGLE_LABEL(3 * step + part));
    const worst = await compare(cpu, gpu, parts, 5);
    await release();
    console.log(`WebGPU, three parts with dropout, 5 steps: ${shown(worst)}`);
    for (const [name, value] of Object.entries(worst)) expect(value, name).toBeLessThan(1e-4);
  });

  it("property heads beside masked tokens: as on the CPU", async () => {
    const heads: PropertyHead[] = [
      { name: "numbers", width: 2, loss: "squaredError" },
      { name: "yes", width: 3, loss: "binaryCrossEntropy" },
    ];
    const biases = heads.map(({ width }) => new Float32Array(width).fill(0.1));
    const base = withPropertyHeads(await baseOf("MASKED_LANGUAGE_MODEL"), heads, biases, 5);
    const { cpu, gpu, release } = await pair(base, { properties: heads });
    const properties = heads.map(({ width }) => ({
      targets: Float32Array.from({ length: 6 * width }, (_, i) => i % 2),
      weights: new Float32Array(6 * width).fill(0.05),
    }));
    const batch = { ...BATCHES.MASKED_LANGUAGE_MODEL(1), properties };
    const [a, b] = [await cpu.computeGradients(batch, 1), await gpu.computeGradients(batch, 1)];
    expect(b.properties.length).toBe(2);
    a.properties.forEach((loss, i) => void expect(b.properties[i]).toBeCloseTo(loss, 5));
    const worst = await compare(cpu, gpu, (step) => [{ ...BATCHES.MASKED_LANGUAGE_MODEL(step), properties }], 2);
    const answers = [await cpu.predictProperties(batch), await gpu.predictProperties(batch)];
    answers[0].forEach((values, i) => void expect(distance(values, answers[1][i])).toBeLessThan(1e-4));
    await release();
    for (const [name, value] of Object.entries(worst)) expect(value, name).toBeLessThan(1e-4);
  });

  it("low-rank matrices beside frozen layers: as on the CPU, and the frozen weights stay", async () => {
    const base = await baseOf("SINGLE_LABEL");
    const lora = { rank: 2, alpha: 4, targets: ["query", "value"] as const };
    const trainable = trainableParameters({ freezeEmbeddings: false, frozenLayers: 0, lora }, base.config);
    const { cpu, gpu, release } = await pair(base, { lora, trainable });
    const worst = await compare(cpu, gpu, (step) => [BATCHES.SINGLE_LABEL(step)], 5);
    const weights = await gpu.weights();
    await release();
    for (const [name, value] of Object.entries(worst)) expect(value, name).toBeLessThan(1e-4);
    const key = "encoder.layer.0.attention.self.key.weight";
    expect([...weights.get(key)!.data]).toEqual([...base.weights.get(key)!.data]);
  });

  it("a gradient that is not finite changes nothing: DIVERGED", async () => {
    const base = await baseOf("REGRESSION");
    const gpu = await Trainer.create(base, { ...settings, device: "webgpu" });
    const batch = BATCHES.REGRESSION(1);
    batch.targets!.fill(3e38);
    await gpu.computeGradients(batch, 1);
    await expect(gpu.update(1, 1e-3)).rejects.toMatchObject({ code: "DIVERGED", details: { step: 1 } });
    const weights = await gpu.weights();
    for (const [name, { data }] of weights) expect(data, name).toEqual(base.weights.get(name)!.data);
    await gpu.release();
  });

  it.each([
    ["webgpu", "cpu"],
    ["cpu", "webgpu"],
  ])("a checkpoint of %s continues on %s as the run that stayed on the CPU", async (first, second) => {
    const base = await baseOf("SINGLE_LABEL");
    const folder = join(scratchFolder(), "step-3");
    const one = await Trainer.create(base, { ...settings, device: first });
    const whole = await Trainer.create(base, settings);
    const make = async (trainer: Trainer, step: number) => {
      const { loss } = await trainer.computeGradients(BATCHES.SINGLE_LABEL(step), step);
      await trainer.update(step, 1e-3);
      return loss;
    };
    for (let step = 1; step <= 3; step++) {
      await make(one, step);
      await make(whole, step);
    }
    const written = await one.numbers();
    await writeTrainingState(folder, written, { identity: "i", position: { step: 3 } });
    const other = await Trainer.create(base, { ...settings, device: second });
    const state = await other.restore((arena) => readTrainingState(folder, arena));
    expect(state.position).toEqual({ step: 3 });
    const sections = ["weights", "firstMoments", "secondMoments"] as const;
    // What is on the device comes down again, bit for bit.
    if (second === "webgpu") for (const section of sections) other.arena[section].fill(0);
    const read = await other.numbers();
    for (const section of sections) expect(distance(written[section], read[section]), section).toBe(0);
    await one.release();
    for (let step = 4; step <= 6; step++)
      expect(await make(other, step), `step ${step}`).toBeCloseTo(await make(whole, step), 4);
    await Promise.all([other.release(), whole.release()]);
  });
});
