/**
 * Low-rank adaptation, frozen layers and idle rows against explicit steps in torch (bench/reference/adaptation.py,
 * float64), and the effect of freezing: no gradient, no moments and no backward graph of what is frozen.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import onnxProto from "onnx-proto";
import { describe, expect, it } from "vitest";
import { writeOnnx } from "../../../src/autograd/index.js";
import { trainingGraph } from "../../../src/model/graphs.js";
import { LORA_TARGETS, loraA, loraB, loraPlan } from "../../../src/model/lora.js";
import { trainableParameters } from "../../../src/train/step/freezing.js";
import { ADAMW_DEFAULTS, type Batch, Trainer, type TrainerSettings } from "../../../src/train/step/trainer.js";
import { readTrainingState, writeTrainingState } from "../../../src/train/step/training-state.js";
import {
  type FormulaFamily,
  formulaCheckpoint,
  formulaClass,
  formulaConfig,
  formulaSequence,
  formulaWeight,
} from "../../support/data/formula.js";

const { onnx } = onnxProto as unknown as { onnx: typeof import("onnx-proto").onnx };

interface Reference {
  rank: number;
  alpha: number;
  learningRate: number;
  weightDecay: number;
  lora: { family: FormulaFamily; losses: number[]; predictions: number[][]; value: { name: string; data: number[] } }[];
  frozen: { family: FormulaFamily; losses: number[] }[];
  rows: { losses: number[]; tables: Record<string, number[]> };
}
const file = join(import.meta.dirname, "../../../bench/reference/adaptation.json");
const reference = JSON.parse(readFileSync(file, "utf8")) as Reference;
const { rank, alpha, learningRate, weightDecay } = reference;
const LORA = { rank, alpha, targets: ["query", "value"] as const };
const settings: TrainerSettings = { seed: 1, threads: 1, weightDecay, gradientClip: 1, ...ADAMW_DEFAULTS };

function batchOf(family: FormulaFamily, first: number, count = 4): Batch {
  const sequences = Array.from({ length: count }, (_, i) => formulaSequence(family, first + i));
  return { sequences, labels: sequences.map(formulaClass) };
}
const largestGap = (actual: ArrayLike<number>, expected: readonly number[]) => {
  expect(actual.length).toBe(expected.length);
  return expected.reduce((most, value, i) => Math.max(most, Math.abs(actual[i] - value)), 0);
};
async function worstLoss(trainer: Trainer, family: FormulaFamily, losses: readonly number[]): Promise<number> {
  let worst = 0;
  for (const [index, expected] of losses.entries()) {
    const { loss } = await trainer.computeGradients(batchOf(family, index * 4), index + 1);
    await trainer.update(index + 1, learningRate);
    worst = Math.max(worst, Math.abs(loss - expected) / expected);
  }
  return worst;
}

describe("low-rank adaptation", () => {
  it.each(reference.lora)("of $family learns as torch does, and merges into W + alpha/r B A", async (expected) => {
    const { family } = expected;
    const checkpoint = formulaCheckpoint(family, "SINGLE_LABEL");
    const before = new Map([...checkpoint.weights].map(([name, { data }]) => [name, data.slice()]));
    const trainable = trainableParameters({ freezeEmbeddings: false, frozenLayers: 0, lora: LORA }, checkpoint.config);
    const trainer = await Trainer.create(checkpoint, { ...settings, lora: LORA, trainable });
    const initial = await trainer.predict(batchOf(family, 7));
    const plain = await Trainer.create(checkpoint, settings);
    // B starts as zeros: the adapted model starts as the model it adapts.
    expect([...initial]).toEqual([...(await plain.predict(batchOf(family, 7)))]);
    await plain.release();
    for (const { name, shape } of trainer.arena.places)
      if (/lora_[AB]/.test(name)) trainer.arena.weight(name).set(formulaWeight(name, shape));
    const worst = await worstLoss(trainer, family, expected.losses);
    const adapted = await trainer.predict(batchOf(family, 1_000_000, 16));
    const weights = await trainer.weights();
    await trainer.release();
    expect([...weights.keys()].filter((name) => name.includes("lora"))).toEqual([]);
    for (const [name, data] of before) expect(checkpoint.weights.get(name)!.data, name).toEqual(data);
    const merged = await Trainer.create({ ...checkpoint, weights }, settings);
    const logits = await merged.predict(batchOf(family, 1_000_000, 16));
    await merged.release();
    const gaps = {
      loss: worst,
      "merged weight": largestGap(weights.get(expected.value.name)!.data, expected.value.data),
      predictions: largestGap(logits, expected.predictions.flat()),
      "merged against adapted": largestGap(logits, [...adapted]),
    };
    const report = Object.entries(gaps).map(([name, gap]) => `${name} ${gap.toExponential(1)}`);
    console.log(`LoRA, ${family}, 60 steps: ${report.join(", ")}`);
    for (const [name, gap] of Object.entries(gaps)) expect(gap, name).toBeLessThan(2e-5);
  });

  it("draws A within its bound, the same for the same seed, and B as zeros", async () => {
    const checkpoint = formulaCheckpoint("bert", "SINGLE_LABEL");
    const trainable = trainableParameters({ freezeEmbeddings: false, frozenLayers: 0, lora: LORA }, checkpoint.config);
    const drawn = async (seed: number) => {
      const trainer = await Trainer.create(checkpoint, { ...settings, seed, lora: LORA, trainable });
      const stem = "encoder.layer.1.attention.self.value";
      const result = [trainer.arena.weight(loraA(stem)).slice(), trainer.arena.weight(loraB(stem)).slice()];
      await trainer.release();
      return result;
    };
    const [a, b] = await drawn(1);
    expect([a.length, b.length]).toEqual([rank * 32, 32 * rank]);
    expect(b.every((value) => value === 0)).toBe(true);
    const bound = 1 / Math.sqrt(32);
    expect(a.every((value) => Math.abs(value) < bound)).toBe(true);
    expect(Math.sqrt(a.reduce((sum, value) => sum + value ** 2, 0) / a.length)).toBeCloseTo(bound / Math.sqrt(3), 1);
    expect((await drawn(1))[0]).toEqual(a);
    expect((await drawn(2))[0]).not.toEqual(a);
  });

  it("finds every dense layer of an encoder layer by its target's name", () => {
    const all = loraPlan(formulaConfig("roberta"), { rank: 2, alpha: 1, targets: LORA_TARGETS });
    expect(all.scale).toBe(0.5);
    expect(all.stems.size).toBe(12);
    expect([...all.stems]).toContain("encoder.layer.1.attention.output.dense");
    expect(loraPlan(formulaConfig("albert"), { rank: 2, alpha: 1, targets: ["intermediate"] }).stems).toEqual(
      new Set(["encoder.albert_layer_groups.0.albert_layers.0.ffn"]),
    );
  });
});

describe("frozen parameters", () => {
  it.each(reference.frozen)("of $family stay, and the rest learns as in torch", async ({ family, losses }) => {
    const checkpoint = formulaCheckpoint(family, "SINGLE_LABEL");
    const trainable = trainableParameters({ freezeEmbeddings: false, frozenLayers: 1, lora: null }, checkpoint.config);
    const trainer = await Trainer.create(checkpoint, { ...settings, trainable });
    const worst = await worstLoss(trainer, family, losses);
    console.log(`frozen embeddings and first layer, ${family}: worst loss ${worst.toExponential(1)}`);
    expect(worst).toBeLessThan(1e-5);
    for (const [name, { shape, data }] of await trainer.weights()) {
      const initial = formulaWeight(name, shape);
      const same = data.every((value, i) => value === initial[i]);
      expect(same, name).toBe(/^embeddings\.|^encoder\.layer\.0\./.test(name));
    }
    const held = trainer.arena.places.map(({ name }) => name);
    expect(held.filter((name) => /^embeddings\.|^encoder\.layer\.0\./.test(name))).toEqual([]);
    await trainer.release();
  });

  it("cost no backward graph: with all but the head frozen, only the head's gradient is computed", () => {
    const config = formulaConfig("bert");
    const size = (trainable?: (name: string) => boolean) => {
      const plan = trainingGraph(config, "SINGLE_LABEL", 3, false, { trainable });
      return { bytes: writeOnnx(plan.graph).length, outputs: plan.denseOutputs.size, rows: plan.rowOutputs.length };
    };
    const forward = { ...size((name) => name === "classifier.bias") };
    const head = size((name) => name.startsWith("classifier."));
    const full = size();
    expect(head).toMatchObject({ outputs: 2, rows: 0 });
    expect(full).toMatchObject({ outputs: 38, rows: 3 });
    expect(head.bytes - forward.bytes).toBeLessThan(0.02 * full.bytes); // one product more than the bias alone
    expect(head.bytes).toBeLessThan(0.45 * full.bytes);
  });

  it("leave no node whose result is unused: sums for frozen normalisation weights", () => {
    const sums = (trainable: (name: string) => boolean) => {
      const { graph } = trainingGraph(formulaConfig("bert"), "SINGLE_LABEL", 3, false, { trainable });
      return onnx.ModelProto.decode(writeOnnx(graph)).graph!.node!.filter(({ opType }) => opType === "ReduceSum")
        .length;
    };
    const query = (name: string) => name === "encoder.layer.0.attention.self.query.weight";
    // Both walk the same layers back: one sum for the loss, one for each softmax. Only the second sums up the gradients
    // of the weight and bias of two normalisations.
    expect(sums(query)).toBe(3);
    expect(sums((name) => query(name) || /^encoder\.layer\.1\..*LayerNorm/.test(name))).toBe(3 + 4);
  });

  it("must leave something to learn", async () => {
    const trainer = Trainer.create(formulaCheckpoint("bert", "SINGLE_LABEL"), { ...settings, trainable: () => false });
    await expect(trainer).rejects.toMatchObject({ code: "INVALID_CONFIG" });
  });
});

describe("rows of a table that batches leave alone", () => {
  it("move as in dense torch: touched at step 3, idle until 25, the run resumed at 12, clipping on", async () => {
    const folder = mkdtempSync(join(tmpdir(), "maillard-rows-"));
    try {
      const checkpoint = formulaCheckpoint("bert", "SINGLE_LABEL");
      let trainer = await Trainer.create(checkpoint, settings);
      let worst = 0;
      let idle = 0;
      for (let step = 1; step <= 30; step++) {
        const { sequences } = batchOf("bert", step * 4);
        const labels = sequences.map(formulaClass);
        sequences.forEach((ids) => void ids.set(ids.map((token) => (token === 22 || token === 39 ? 23 : token))));
        if (step === 3 || step === 25) sequences[1][2] = 22;
        await trainer.computeGradients({ sequences, labels }, step);
        await trainer.update(step, 5e-4);
        const table = trainer.arena.weight("embeddings.word_embeddings.weight");
        const expected = reference.rows.tables[step];
        if (expected) worst = Math.max(worst, largestGap(table, expected));
        if (step === 12) {
          const state = join(folder, "step-12");
          await writeTrainingState(state, trainer.arena, { identity: "rows", position: {} });
          await trainer.release();
          trainer = await Trainer.create(checkpoint, settings);
          await readTrainingState(state, trainer.arena);
          idle = table[22 * 32];
        }
        if (step === 24) expect(Math.abs(table[22 * 32] - idle)).toBeGreaterThan(1e-5); // momentum still moves it
      }
      await trainer.release();
      console.log(`rows: largest difference from dense torch ${worst.toExponential(1)}`);
      expect(worst).toBeLessThan(1e-6);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
