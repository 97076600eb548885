/** Twelve steps of each younger family against PyTorch in float64 (bench/reference/family_steps.py). */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { loadCheckpoint } from "../../../src/model/checkpoint/checkpoint.js";
import { decays, Trainer } from "../../../src/train/step/trainer.js";

const ROOT = join(import.meta.dirname, "..", "..", "..");
const read = (name: string) => JSON.parse(readFileSync(join(ROOT, "bench/reference", name), "utf8"));
const { settings, families } = read("family_steps.json");
const { batches } = read("optimizer.json") as { batches: { tokenIds: number[][]; labels: number[] }[] };

it.each(Object.keys(families))("%s: the same weights decay; loss and gradient norm to 1e-4", async (family) => {
  const checkpoint = await loadCheckpoint(join(ROOT, `test/fixtures/tiny-${family}`));
  const { modern, ...rest } = checkpoint.config;
  const config = {
    ...rest,
    ...(modern && { modern: { ...modern, mlpDropout: 0 } }),
    hiddenDropout: 0,
    attentionDropout: 0,
    classifierDropout: 0,
  };
  const trainer = await Trainer.create({ ...checkpoint, config }, { ...settings, seed: 1, threads: 1 });
  const { decaying, steps } = families[family] as { decaying: string[]; steps: [number, number][] };
  expect([...(await trainer.weights()).keys()].filter(decays).sort()).toEqual(decaying);
  let worst = 0;
  for (const [index, [expectedLoss, expectedNorm]] of steps.entries()) {
    const { tokenIds, labels } = batches[index];
    const sequences = tokenIds.map((ids) => Int32Array.from(ids));
    const { loss } = await trainer.computeGradients({ sequences, labels }, index + 1);
    const norm = await trainer.update(index + 1, settings.learningRate);
    const errors = [Math.abs(loss - expectedLoss) / expectedLoss, Math.abs(norm - expectedNorm) / expectedNorm];
    for (const error of errors) expect(error, `step ${index + 1}`).toBeLessThan(1e-4);
    worst = Math.max(worst, ...errors);
  }
  console.log(`${family}, 12 steps: worst relative error of loss and gradient norm ${worst.toExponential(1)}`);
  await trainer.release();
});
