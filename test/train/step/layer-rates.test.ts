/** Layer-wise learning-rate decay: factors by layer, and what AdamW makes of them, against closed forms. */
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadCheckpoint } from "../../../src/model/checkpoint/checkpoint.js";
import { prepareRun } from "../../../src/train/finetune/setup.js";
import { resolveOptions } from "../../../src/train/options/option-rules.js";
import { ParameterArena } from "../../../src/train/step/kernels/index.js";
import { layerRates } from "../../../src/train/step/layer-rates.js";
import type { TrainingJob } from "../../../src/train/types.js";

describe("layer-wise learning-rate decay", () => {
  it("is decay^(layers between a parameter and the head): all for the head, least for the embeddings", () => {
    const rate = layerRates(0.5, { family: "bert", layers: 4 });
    const of = (names: string[]) => names.map(rate);
    expect(of(["classifier.weight", "pooler.dense.bias", "classifier.out_proj.weight"])).toEqual([1, 1, 1]);
    expect(of([3, 2, 1, 0].map((layer) => `encoder.layer.${layer}.output.dense.weight`))).toEqual([
      1 / 2,
      1 / 4,
      1 / 8,
      1 / 16,
    ]);
    expect(rate("encoder.layer.0.attention.self.query.lora_A.weight")).toBe(1 / 16);
    expect(of(["embeddings.word_embeddings.weight", "embeddings.LayerNorm.bias"])).toEqual([1 / 32, 1 / 32]);
  });

  it("gives each of AdamW's parameters its own rate, weight decay included", () => {
    const specs = [
      { name: "a", shape: [5], decay: true, rate: 0.25 },
      { name: "b", shape: [20], decay: true },
      { name: "c", shape: [3], decay: false, rate: 0.25 },
      { name: "d", shape: [16], decay: true, rate: 0.5 },
    ];
    const arena = new ParameterArena(specs);
    for (const { name } of specs) {
      arena.weight(name).fill(2);
      arena.gradient(name).fill(-0.3);
    }
    const [learningRate, weightDecay] = [0.01, 0.1];
    arena.adamw({ step: 1, learningRate, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay, gradientScale: 1 });
    // At the first step both corrected moments are the gradient's, so the update is the rate itself, against its sign.
    for (const { name, decay, rate: factor = 1 } of specs) {
      const rate = learningRate * factor;
      const expected = 2 * (1 - (decay ? rate * weightDecay : 0)) + rate;
      for (const value of arena.weight(name)) expect(value).toBeCloseTo(expected, 6);
    }
  });

  it("reaches the trainer of a run: each first update is the parameter's factor of the undecayed one", async () => {
    const folder = join(import.meta.dirname, "../../fixtures/tiny-bert");
    const base = await loadCheckpoint(folder);
    const example = { tokenIds: Int32Array.of(2, 5, 6, 7, 3), label: 1, split: "TRAIN" as const };
    const changeOf = async (layerwiseLearningRateDecay: number) => {
      const options = resolveOptions(
        { layerwiseLearningRateDecay, dropout: 0 },
        { task: "SINGLE_LABEL", config: base.config, validation: 0 },
      );
      const job = { baseFolder: folder, classes: ["x", "y"] } as TrainingJob;
      const { trainer, objective } = await prepareRun(job, options, base, [example]);
      const before = trainer.arena.weights.slice();
      await trainer.computeGradients(objective.batch([example], 1, 0), 1);
      await trainer.update(1, 0.01);
      const change = trainer.arena.weights.map((value, i) => value - before[i]);
      const { places } = trainer.arena;
      await trainer.release();
      return { change, places };
    };
    const whole = await changeOf(1);
    const decayed = await changeOf(0.5);
    const rate = layerRates(0.5, base.config);
    let moved = 0;
    for (const { name, offset, length } of whole.places) {
      for (let i = offset; i < offset + length; i++) {
        expect(Math.abs(decayed.change[i] - rate(name) * whole.change[i]), name).toBeLessThan(1e-6);
        if (Math.abs(whole.change[i]) > 0.005) moved++;
      }
    }
    expect(moved).toBeGreaterThan(5_000);
  });
});
