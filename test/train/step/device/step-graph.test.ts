/**
 * The graph of a step as devices run it (plain operators, gradients of tables as whole tables) answers as the one of
 * the CPU: on the CPU, for each family and for masked tokens.
 */
import { join } from "node:path";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { expect, it } from "vitest";
import { writeOnnx } from "../../../../src/autograd/index.js";
import { layoutBatch } from "../../../../src/model/batch.js";
import { loadCheckpoint } from "../../../../src/model/checkpoint/checkpoint.js";
import { FAMILIES } from "../../../../src/model/families/index.js";
import { trainingGraph } from "../../../../src/model/graphs.js";
import { TRAINING_GROUPS } from "../../../../src/model/length-groups.js";
import type { Batch } from "../../../../src/train/data/batch.js";
import { batchFeeds, tableFeeds } from "../../../../src/train/step/step-feeds.js";
import { ADAMW_DEFAULTS, Trainer } from "../../../../src/train/step/trainer.js";

const sequences = Array.from({ length: 5 }, (_, n) =>
  Int32Array.from([2, ...Array.from({ length: 1 + 2 * n }, (_, j) => 5 + ((n + j * j) % 9)), 3]),
);
const starts = sequences.map((_, n) => sequences.slice(0, n).reduce((sum, { length }) => sum + length, 0));
const families = Object.keys(FAMILIES);

it.each(families.flatMap((family) => [`tiny-${family}`, `tiny-${family}-masked`]))(
  "%s: loss and every gradient to 1e-5 of their norm, and no rows are left to the host",
  async (name) => {
    const base = await loadCheckpoint(join(import.meta.dirname, "../../../fixtures", name));
    const { task, labels } = base;
    if (task === "ENCODER") throw new Error(`${name} has no head`);
    const { modern } = base.config;
    const config = {
      ...base.config,
      ...(modern && { modern: { ...modern, mlpDropout: 0 } }),
      hiddenDropout: 0,
      attentionDropout: 0,
      classifierDropout: 0,
    };
    const batch: Batch =
      task === "MASKED_LANGUAGE_MODEL"
        ? { sequences, labels: sequences.map((ids) => ids[1]), maskedPositions: Int32Array.from(starts, (s) => s + 1) }
        : { sequences, labels: sequences.map((_, n) => n % labels.length) };
    const settings = { seed: 1, threads: 1, weightDecay: 0, gradientClip: 0, ...ADAMW_DEFAULTS };
    const trainer = await Trainer.create({ ...base, config }, settings);
    const { loss } = await trainer.computeGradients(batch, 1);
    const expected = await trainer.gradients();
    const norm = trainer.arena.gradientNorm();
    await trainer.release();

    const groups = TRAINING_GROUPS;
    const plan = trainingGraph(config, task, labels.length, false, { groups, wholeTables: true });
    expect(plan.rowOutputs).toEqual([]);
    expect([...plan.denseOutputs.keys()].sort()).toEqual([...expected.keys()].sort());
    const options = { intraOpNumThreads: 1, logSeverityLevel: 3 } as const;
    const session = await InferenceSession.create(writeOnnx(plan.graph, { fused: false }), options);
    const feeds = batchFeeds(batch, layoutBatch(config, sequences, groups), { total: 5, classWeights: null });
    Object.assign(feeds, tableFeeds(plan.tables, feeds));
    for (const [parameter, { data, shape }] of base.weights) feeds[parameter] = new Tensor("float32", data, shape);
    const results = await session.run(Object.fromEntries(session.inputNames.map((input) => [input, feeds[input]])));
    expect(Math.abs((results.loss.data as Float32Array)[0] - loss)).toBeLessThan(1e-5);
    for (const [parameter, output] of plan.denseOutputs) {
      const found = results[output].data as Float32Array;
      const gap = expected.get(parameter)!.reduce((most, value, i) => Math.max(most, Math.abs(value - found[i])), 0);
      expect(gap / norm, parameter).toBeLessThan(1e-5);
    }
    await session.release();
  },
);
