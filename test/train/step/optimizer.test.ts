/**
 * The weights that 30 steps leave, against torch.optim.AdamW as Hugging Face sets it up: tiny BERT, warm-up, linear
 * schedule, clipping, decay groups (bench/reference/optimizer.py, float64). Key biases are left out: their gradient is
 * zero in exact arithmetic, and Adam makes steps of rounding noise there that no output depends on.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { loadCheckpoint } from "../../../src/model/checkpoint/checkpoint.js";
import { readSafetensors } from "../../../src/model/checkpoint/safetensors.js";
import { linearSchedule } from "../../../src/train/options/schedule.js";
import { Trainer } from "../../../src/train/step/trainer.js";

const ROOT = join(import.meta.dirname, "..", "..", "..");
const reference = JSON.parse(readFileSync(join(ROOT, "bench/reference/optimizer.json"), "utf8")) as {
  settings: Record<
    "steps" | "warmupSteps" | "learningRate" | "weightDecay" | "gradientClip" | "beta1" | "beta2" | "epsilon",
    number
  >;
  batches: { tokenIds: number[][]; labels: number[] }[];
  float64: { loss: number }[];
};

it("30 steps leave PyTorch's weights", async () => {
  const { settings, batches } = reference;
  const expected = await readSafetensors(join(ROOT, "bench/reference/optimizer.safetensors"));
  const base = await loadCheckpoint(join(ROOT, "test/fixtures/tiny-bert"));
  const config = { ...base.config, hiddenDropout: 0, attentionDropout: 0, classifierDropout: 0 };
  const trainer = await Trainer.create({ ...base, config }, { ...settings, seed: 1, threads: 1 });
  const names = [...(await trainer.weights()).keys()];
  const worstDifference = (stage: "first" | "final"): number => {
    let worst = 0;
    for (const name of names.filter((each) => !each.endsWith("attention.self.key.bias"))) {
      const { data } = expected.get(`${stage}.${name}`)!;
      const actual = trainer.arena.weight(name);
      expect(actual.length, name).toBe(data.length);
      data.forEach((value, index) => {
        worst = Math.max(worst, Math.abs(actual[index] - value));
      });
    }
    return worst;
  };

  let worstFirst = Number.NaN;
  let worstLoss = 0;
  for (const [index, { tokenIds, labels }] of batches.entries()) {
    const sequences = tokenIds.map((ids) => Int32Array.from(ids));
    const { loss } = await trainer.computeGradients({ sequences, labels }, index + 1);
    worstLoss = Math.max(worstLoss, Math.abs(loss - reference.float64[index].loss));
    const factor = linearSchedule(index, { warmupSteps: settings.warmupSteps, totalSteps: settings.steps });
    await trainer.update(index + 1, settings.learningRate * factor);
    if (index === 1) worstFirst = worstDifference("first"); // the first step with a learning rate above 0
  }
  const worstFinal = worstDifference("final");
  await trainer.release();
  const report = [worstLoss, worstFirst, worstFinal].map((value) => value.toExponential(1));
  console.log(`largest difference: loss ${report[0]}, weight ${report[1]} after step 2, ${report[2]} after step 30`);
  expect(names.map((name) => `final.${name}`).sort()).toEqual(
    [...expected.keys()].filter((name) => name.startsWith("final.")).sort(),
  );
  expect(worstLoss).toBeLessThan(1e-5);
  expect(worstFirst).toBeLessThan(1e-6);
  expect(worstFinal).toBeLessThan(1e-5);
});
