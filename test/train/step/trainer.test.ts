/** One step after another against PyTorch with Hugging Face's Trainer settings (bench/reference/optimizer.py). */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadCheckpoint } from "../../../src/model/checkpoint/checkpoint.js";
import { linearSchedule } from "../../../src/train/options/schedule.js";
import { decays, Trainer } from "../../../src/train/step/trainer.js";

const ROOT = join(import.meta.dirname, "..", "..", "..");
const reference = JSON.parse(readFileSync(join(ROOT, "bench/reference/optimizer.json"), "utf8"));
const { settings } = reference;

async function tinyTrainer(dropout: boolean, seed = 42) {
  const checkpoint = await loadCheckpoint(join(ROOT, "test/fixtures/tiny-bert"));
  const probability = dropout ? 0.1 : 0;
  const config = {
    ...checkpoint.config,
    hiddenDropout: probability,
    attentionDropout: probability,
    classifierDropout: probability,
  };
  return Trainer.create({ ...checkpoint, config }, { ...settings, seed, threads: 1 });
}

const batchOf = ({ tokenIds, labels }: { tokenIds: number[][]; labels: number[] }) => ({
  sequences: tokenIds.map((ids) => Int32Array.from(ids)),
  labels,
});

describe("the trainer", () => {
  it("lets the same parameters decay as Hugging Face", async () => {
    const trainer = await tinyTrainer(false);
    const names = [...(await trainer.weights()).keys()].filter(decays).sort();
    expect(names).toEqual(reference.decaying);
    await trainer.release();
  });

  it("repeats PyTorch's 30 steps: loss, gradient norm, learning rate", async () => {
    const trainer = await tinyTrainer(false);
    let worst = 0;
    for (const [index, batch] of reference.batches.entries()) {
      const expected = reference.float64[index];
      const { loss } = await trainer.computeGradients(batchOf(batch), index + 1);
      const rate =
        settings.learningRate *
        linearSchedule(index, { warmupSteps: settings.warmupSteps, totalSteps: settings.steps });
      const norm = await trainer.update(index + 1, rate);
      expect(rate).toBeCloseTo(expected.learningRate, 12);
      const errors = [
        Math.abs(loss - expected.loss) / expected.loss,
        Math.abs(norm - expected.gradientNorm) / expected.gradientNorm,
      ];
      for (const error of errors) expect(error, `step ${index + 1}`).toBeLessThan(1e-3);
      worst = Math.max(worst, ...errors);
    }
    console.log(`30 steps: worst relative error of loss and gradient norm ${worst.toExponential(1)}`);
    await trainer.release();
  });

  it("gives the same bits twice with dropout, and others with another seed", async () => {
    const losses = async (seed: number) => {
      const trainer = await tinyTrainer(true, seed);
      const result: number[] = [];
      for (let step = 1; step <= 5; step++) {
        result.push((await trainer.computeGradients(batchOf(reference.batches[step]), step)).loss);
        await trainer.update(step, 1e-3);
      }
      await trainer.release();
      return result;
    };
    const first = await losses(1);
    expect(await losses(1)).toEqual(first);
    expect(await losses(2)).not.toEqual(first);
  });

  it("does not depend on the order of the sequences in a batch, but for rounding", async () => {
    const trainer = await tinyTrainer(false);
    const batch = batchOf(reference.batches[3]);
    const { loss } = await trainer.computeGradients(batch, 1);
    const gradient = Float32Array.from(trainer.arena.gradients);
    const turned = { sequences: [...batch.sequences].reverse(), labels: [...batch.labels].reverse() };
    const again = await trainer.computeGradients(turned, 1);
    expect(again.loss).toBeCloseTo(loss, 5);
    const difference = trainer.arena.gradients.reduce(
      (largest, value, i) => Math.max(largest, Math.abs(value - gradient[i])),
      0,
    );
    expect(difference).toBeLessThan(1e-5);
    await trainer.release();
  });
});
