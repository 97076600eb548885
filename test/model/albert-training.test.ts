/**
 * ALBERT under the trainer: the gradients that reach the optimizer are PyTorch's (bench/reference/tiny_models.py),
 * summed over the three passes through the shared layer, with embedding rows narrower than the layers; and a few steps
 * learn.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { loadCheckpoint } from "../../src/model/checkpoint/checkpoint.js";
import { ADAMW_DEFAULTS, Trainer } from "../../src/train/step/trainer.js";

const ROOT = join(import.meta.dirname, "..", "..");
const reference = JSON.parse(readFileSync(join(ROOT, "bench/reference/tiny-albert.json"), "utf8"));
const settings = { ...ADAMW_DEFAULTS, seed: 1, threads: 1, weightDecay: 0, gradientClip: 0 };

/** The fixture without dropout. */
async function checkpointOf(fixture: string) {
  const checkpoint = await loadCheckpoint(join(ROOT, "test/fixtures", fixture));
  Object.assign(checkpoint.config, { hiddenDropout: 0, attentionDropout: 0, classifierDropout: 0 });
  return checkpoint;
}

/** A float64 tensor of the reference. */
function tensorOf(name: string): Float64Array {
  const bytes = readFileSync(join(ROOT, "bench/reference/tiny-albert.safetensors"));
  const length = Number(bytes.readBigUInt64LE());
  const header = JSON.parse(bytes.subarray(8, 8 + length).toString());
  const [begin, end] = header[name].data_offsets.map((at: number) => bytes.byteOffset + 8 + length + at);
  return new Float64Array(bytes.buffer.slice(begin, end));
}

const sequences = (lists: number[][]) => lists.map((ids) => Int32Array.from(ids));

const batches = {
  "tiny-albert": { sequences: sequences(reference.tokenIds), labels: reference.labels as number[] },
  "tiny-albert-masked": {
    sequences: sequences(reference.masked.tokenIds),
    labels: reference.masked.targets as number[],
    maskedPositions: Int32Array.from(reference.masked.places as [number, number][], ([row, column]) =>
      (reference.masked.tokenIds as number[][])
        .slice(0, row)
        .reduce((sum: number, ids: number[]) => sum + ids.length, column),
    ),
  },
};

it.each([
  ["tiny-albert", "gradient.", reference.loss],
  ["tiny-albert-masked", "masked.gradient.", reference.masked.loss],
] as const)("%s: loss and gradients in the arena", async (fixture, prefix, expected) => {
  const trainer = await Trainer.create(await checkpointOf(fixture), settings);
  // Twice: the first step must not change the next one.
  for (const step of [1, 2]) {
    const { loss } = await trainer.computeGradients(batches[fixture], step);
    expect(Math.abs(loss - expected) / expected).toBeLessThan(1e-5);
    let compared = 0;
    for (const name of (await trainer.weights()).keys()) {
      if (name.endsWith("key.bias")) continue; // zero in exact arithmetic
      const [actual, wanted] = [trainer.arena.gradient(name), tensorOf(prefix + name)];
      const largest = wanted.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      const difference = wanted.reduce((most, value, i) => Math.max(most, Math.abs(value - actual[i])), 0);
      expect(difference / largest, `${name}, step ${step}`).toBeLessThan(1e-4);
      compared++;
    }
    expect(compared).toBeGreaterThanOrEqual(25);
  }
  await trainer.release();
});

it.each(["tiny-albert", "tiny-albert-masked"] as const)("%s: twenty steps learn the batch", async (fixture) => {
  const trainer = await Trainer.create(await checkpointOf(fixture), settings);
  const losses: number[] = [];
  for (let step = 1; step <= 20; step++) {
    losses.push((await trainer.computeGradients(batches[fixture], step)).loss);
    await trainer.update(step, 0.01);
  }
  expect(losses[19]).toBeLessThan(losses[0] / 5);
  await trainer.release();
});
