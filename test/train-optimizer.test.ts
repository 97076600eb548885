/**
 * The trainer against torch.optim.AdamW as Hugging Face sets it up: 30 steps of a tiny BERT with warm-up, linear schedule,
 * clipping and decay groups (bench/reference/optimizer.py, float64). Key biases are left out: their gradient is zero in
 * exact arithmetic, and Adam makes steps of rounding noise there that no output depends on.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { loadCheckpoint } from "../src/model/checkpoint.js";
import { readSafetensors } from "../src/model/safetensors.js";
import type { Weight } from "../src/model/types.js";
import { linearSchedule } from "../src/train/schedule.js";
import { decays, Trainer } from "../src/train/trainer.js";

interface Step {
  loss: number;
  gradientNorm: number;
  learningRate: number;
}

const ROOT = join(import.meta.dirname, "..");
const reference = JSON.parse(readFileSync(join(ROOT, "bench/reference/optimizer.json"), "utf8")) as {
  settings: Record<
    "steps" | "warmupSteps" | "learningRate" | "weightDecay" | "gradientClip" | "beta1" | "beta2" | "epsilon",
    number
  >;
  decaying: string[];
  batches: { tokenIds: number[][]; labels: number[] }[];
  float64: Step[];
};
const { settings } = reference;
const steps: Step[] = [];
let expected: Map<string, Weight>;
let second: Map<string, Float32Array>;
let final: Map<string, Float32Array>;

beforeAll(async () => {
  expected = await readSafetensors(join(ROOT, "bench/reference/optimizer.safetensors"));
  const base = await loadCheckpoint(join(ROOT, "test/fixtures/tiny-bert"));
  const config = { ...base.config, hiddenDropout: 0, attentionDropout: 0, classifierDropout: 0 };
  const trainer = await Trainer.create({ ...base, config }, { ...settings, seed: 1, threads: 1 });
  const copy = () => new Map([...trainer.weights()].map(([name, { data }]) => [name, data.slice()]));
  for (const [index, { tokenIds, labels }] of reference.batches.entries()) {
    const sequences = tokenIds.map((ids) => Int32Array.from(ids));
    const { loss } = await trainer.computeGradients({ sequences, labels }, index + 1);
    const factor = linearSchedule(index, { warmupSteps: settings.warmupSteps, totalSteps: settings.steps });
    const learningRate = settings.learningRate * factor;
    steps.push({ loss, learningRate, gradientNorm: trainer.update(index + 1, learningRate) });
    if (index === 1) second = copy();
  }
  final = copy();
  await trainer.release();
});

const judged = () => [...final.keys()].filter((name) => !name.endsWith("attention.self.key.bias"));

function worstDifference(actual: Map<string, Float32Array>, prefix: string): number {
  let worst = 0;
  for (const name of judged()) {
    const { data } = expected.get(`${prefix}.${name}`)!;
    const values = actual.get(name)!;
    expect(values.length, name).toBe(data.length);
    for (let i = 0; i < data.length; i++) worst = Math.max(worst, Math.abs(values[i] - data[i]));
  }
  return worst;
}

describe("30 steps of AdamW", () => {
  it("has the parameters of the reference, decayed by the same rule", () => {
    const names = [...expected.keys()].filter((name) => name.startsWith("final.")).map((name) => name.slice(6));
    expect([...final.keys()].sort()).toEqual(names.sort());
    expect([...final.keys()].filter(decays).sort()).toEqual(reference.decaying);
  });

  it("repeats loss, gradient norm and learning rate of every step", () => {
    expect(steps.length).toBe(30);
    let [loss, norm] = [0, 0];
    reference.float64.forEach((step, index) => {
      expect(steps[index].learningRate).toBeCloseTo(step.learningRate, 14);
      loss = Math.max(loss, Math.abs(steps[index].loss - step.loss));
      norm = Math.max(norm, Math.abs(steps[index].gradientNorm / step.gradientNorm - 1));
    });
    console.log(`largest difference: loss ${loss.toExponential(1)}, gradient norm ${norm.toExponential(1)} relative`);
    expect(loss).toBeLessThan(1e-5);
    expect(norm).toBeLessThan(1e-4);
    expect(steps.some(({ gradientNorm }) => gradientNorm > 1)).toBe(true); // clipping was at work
  });

  it("reaches the weights of the reference after the first step that moves them, and after the last", () => {
    const worst = [worstDifference(second, "first"), worstDifference(final, "final")];
    console.log(`largest difference of a weight: ${worst.map((value) => value.toExponential(1)).join(", then ")}`);
    expect(worst[0]).toBeLessThan(1e-6);
    expect(worst[1]).toBeLessThan(1e-5);
  });
});
