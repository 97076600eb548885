/** The groups of attention: the cut that leaves the least padding, and a step that does not depend on it. */
import { InferenceSession, Tensor } from "onnxruntime-node";
import { describe, expect, it } from "vitest";
import { requiredInputs, writeOnnx } from "../../src/autograd/index.js";
import { layoutBatch } from "../../src/model/batch.js";
import { dropoutInput } from "../../src/model/encoder.js";
import { trainingGraph } from "../../src/model/graphs.js";
import { lengthGroups } from "../../src/model/length-groups.js";
import { answerFeeds } from "../../src/train/data/batch.js";
import { DropoutMasks } from "../../src/train/step/kernels/index.js";
import { formulaCheckpoint } from "../support/data/formula.js";

const squares = (groups: ReturnType<typeof lengthGroups>) =>
  groups.reduce((sum, { sequences, padded }) => sum + sequences.length * padded ** 2, 0);

describe("groups of similar length", () => {
  it("hold every sequence once, in the cut with the least padded squares", () => {
    const lengths = [9, 3, 30, 4, 10, 3, 28, 9];
    const groups = lengthGroups(lengths, 3);
    expect(groups.flatMap(({ sequences }) => sequences).sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    const sorted = lengths.toSorted((a, b) => a - b);
    let least = Number.POSITIVE_INFINITY;
    for (let a = 1; a < 7; a++) {
      for (let b = a + 1; b < 8; b++)
        least = Math.min(least, a * sorted[a - 1] ** 2 + (b - a) * sorted[b - 1] ** 2 + (8 - b) * sorted[7] ** 2);
    }
    expect(squares(groups)).toBe(least);
    expect(groups.map(({ padded }) => padded)).toEqual([4, 10, 30]);
  });

  it("are one in the order of the batch, or as many as requested for any number of sequences", () => {
    expect(lengthGroups([5, 2, 7], 1)).toEqual([{ sequences: [0, 1, 2], padded: 7 }]);
    const few = lengthGroups([6, 6], 4);
    expect(few).toHaveLength(4);
    expect(few.flatMap(({ sequences }) => sequences).sort()).toEqual([0, 1]);
    for (const { sequences, padded } of few) expect(padded).toBe(sequences.length > 0 ? 6 : 1);
  });
});

describe("a training step", () => {
  const sequences = [3, 11, 4, 30, 12, 5].map((length, i) => Int32Array.from({ length }, (_, j) => 5 + ((i + j) % 7)));

  async function step(groups: number, few: readonly Int32Array[]) {
    const { config: plain, weights } = formulaCheckpoint("roberta", "SINGLE_LABEL");
    const config = { ...plain, positions: 64, attentionDropout: 0.4 };
    const positions = new Float32Array(64 * plain.width).map((_, i) => Math.sin(i) / 10);
    const { graph, sites } = trainingGraph(config, "SINGLE_LABEL", 3, true, { groups });
    const layout = layoutBatch(config, few, groups);
    const labels = few.map((_, i) => i % 3);
    const feeds = { ...layout.feeds, ...answerFeeds({ sequences: few, labels }, null, few.length) };
    for (const name of requiredInputs(graph).parameters) {
      const { shape, data } =
        name === "embeddings.position_embeddings.weight"
          ? { shape: [64, plain.width], data: positions }
          : weights.get(name)!;
      feeds[name] = new Tensor("float32", data, shape);
    }
    const masks = new DropoutMasks();
    sites.forEach(({ probability: p }, site) => {
      layout.groups.forEach((group, number) => {
        const numbers = group.sequences.length > 0 ? group.sequences : [0];
        const lengths = Int32Array.from(numbers, (place) => (group.sequences.length > 0 ? few[place].length : 0));
        const request = { seed: 5, step: 2, site, p, lengths, numbers, heads: config.heads };
        const mask = masks.attention({ ...request, paddedLength: group.padded });
        const shape = [numbers.length, config.heads, group.padded, group.padded];
        feeds[dropoutInput(site, number)] = new Tensor("float32", mask, shape);
      });
    });
    const session = await InferenceSession.create(writeOnnx(graph), { intraOpNumThreads: 1, logSeverityLevel: 3 });
    const result = await session.run(Object.fromEntries(session.inputNames.map((name) => [name, feeds[name]])));
    await session.release();
    return new Map(Object.entries(result).map(([name, { data }]) => [name, Float32Array.from(data as Float32Array)]));
  }

  it.each([6, 2])("gives the same loss and gradients in four groups as in one (%s sequences)", async (count) => {
    const [one, four] = [await step(1, sequences.slice(0, count)), await step(4, sequences.slice(0, count))];
    expect([...four.keys()]).toEqual([...one.keys()]);
    for (const [name, values] of one) {
      const largest = Math.max(1e-3, ...values.map(Math.abs));
      const worst = Math.max(...values.map((value, i) => Math.abs(value - four.get(name)![i])));
      expect(worst / largest, name).toBeLessThan(1e-5);
    }
  });
});
