/**
 * A last layer that computes only the rows that are read gives what one of all tokens gives: loss, logits and every
 * gradient, with the same dropout, in each family.
 */
import { join } from "node:path";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { describe, expect, it } from "vitest";
import { requiredInputs, writeOnnx } from "../../src/autograd/index.js";
import { inverseOf, layoutBatch, type Read, rowsAt } from "../../src/model/batch.js";
import { loadCheckpoint } from "../../src/model/checkpoint/checkpoint.js";
import { trainingGraph } from "../../src/model/graphs.js";
import { initializeWeights } from "../../src/model/initialize.js";
import type { Checkpoint, EncoderConfig } from "../../src/model/types.js";
import { answerFeeds } from "../../src/train/data/batch.js";
import { DropoutMasks } from "../../src/train/step/kernels/index.js";
import { dropoutFeeds } from "../../src/train/step/step-feeds.js";

const FAMILIES = ["bert", "roberta", "albert", "distilbert", "electra", "modernbert"] as const;
const GROUPS = 3;
const sequences = [3, 11, 4, 19, 12, 5].map((length, i) => Int32Array.from({ length }, (_, j) => 5 + ((i + j) % 7)));
/** Of tokens of the batch; none of the third sequence, neighbours and single ones of the others. */
const MASKED = Int32Array.of(1, 4, 5, 6, 20, 21, 30, 46, 52);

async function checkpointOf(family: string, task: "SINGLE_LABEL" | "MASKED_LANGUAGE_MODEL"): Promise<Checkpoint> {
  const { config } = await loadCheckpoint(join(import.meta.dirname, `../fixtures/tiny-${family}`));
  const dropped: EncoderConfig = { ...config, hiddenDropout: 0.2, attentionDropout: 0.3, positions: 64 };
  return initializeWeights(dropped, task, task === "SINGLE_LABEL" ? ["a", "b", "c"] : [], 7);
}

async function step({ config, task, labels: names, weights }: Checkpoint, read: Read | null) {
  const isMasked = task === "MASKED_LANGUAGE_MODEL";
  const options = { groups: GROUPS, reads: read !== null };
  const { graph, sites } = trainingGraph(config, task as "SINGLE_LABEL", names.length, true, options);
  const layout = layoutBatch(config, sequences, GROUPS, read);
  const labels = isMasked ? Array.from(MASKED, (_, i) => 5 + (i % 7)) : sequences.map((_, i) => i % 3);
  const masked = rowsAt(layout.read, MASKED);
  const feeds: Record<string, Tensor> = {
    ...layout.feeds,
    ...answerFeeds({ sequences, labels }, null, labels.length),
    maskedIndex: new Tensor("int32", masked, [masked.length]),
    maskedInverse: inverseOf(masked, layout.read?.index.length ?? layout.tokens),
    ...dropoutFeeds(new DropoutMasks(), sites, layout, {
      seed: 5,
      step: 2,
      firstSequence: 3,
      heads: config.heads,
      packed: false,
    }),
  };
  for (const name of requiredInputs(graph).parameters) {
    const { shape, data } = weights.get(name)!;
    feeds[name] = new Tensor("float32", data, shape);
  }
  const session = await InferenceSession.create(writeOnnx(graph), { intraOpNumThreads: 1, logSeverityLevel: 3 });
  const result = await session.run(Object.fromEntries(session.inputNames.map((name) => [name, feeds[name]])));
  await session.release();
  return new Map(Object.entries(result).map(([name, { data }]) => [name, Float32Array.from(data as Float32Array)]));
}

/** Largest difference of a tensor over its largest value. */
function worstDifference(all: Map<string, Float32Array>, some: Map<string, Float32Array>): number {
  expect([...some.keys()]).toEqual([...all.keys()]);
  let worst = 0;
  for (const [name, values] of all) {
    const others = some.get(name)!;
    expect(others.length, name).toBe(values.length);
    const largest = Math.max(1e-3, ...values.map(Math.abs));
    worst = Math.max(worst, ...values.map((value, i) => Math.abs(value - others[i]) / largest));
  }
  return worst;
}

describe("rows read after the last layer", () => {
  it.each(FAMILIES)("%s: first tokens alone give the loss and gradients of all", async (family) => {
    const checkpoint = await checkpointOf(family, "SINGLE_LABEL");
    const isMean = checkpoint.config.modern?.pooling === "mean";
    const some = await step(checkpoint, isMean ? "ALL" : "STARTS");
    expect(worstDifference(await step(checkpoint, null), some)).toBeLessThan(5e-6);
  });

  it.each(FAMILIES)("%s: masked tokens alone give the loss and gradients of all", async (family) => {
    const checkpoint = await checkpointOf(family, "MASKED_LANGUAGE_MODEL");
    const all = await step(checkpoint, null);
    expect(worstDifference(all, await step(checkpoint, MASKED))).toBeLessThan(5e-6);
    expect(worstDifference(all, await step(checkpoint, "ALL"))).toBeLessThan(5e-6);
  });

  it("are fewer places: one query for each sequence, or as many as a sequence has", () => {
    const config = { ...({ heads: 2, width: 8, family: "bert" } as EncoderConfig) };
    const starts = layoutBatch(config, sequences, GROUPS, "STARTS");
    expect([...starts.read!.index]).toEqual([0, 3, 14, 18, 37, 49]);
    expect(starts.read!.queries).toEqual([1, 1, 1]);
    expect([...(starts.feeds.startIndex.data as Int32Array)]).toEqual([0, 1, 2, 3, 4, 5]);
    const masked = layoutBatch(config, sequences, GROUPS, MASKED);
    expect(masked.read!.positions.map((some) => [...some])).toEqual([[1], [1, 2, 3], [], [2, 3, 12], [9], [3]]);
    expect([...rowsAt(masked.read, MASKED)]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    const places = [0, 1, 2].map((group) => masked.feeds[`queryIndex.${group}`].data.length);
    expect(places).toEqual(
      masked.groups.map(({ sequences: some }, group) => 2 * some.length * masked.read!.queries[group]),
    );
  });
});

describe("masks of some rows", () => {
  const request = { seed: 9, step: 4, site: 1, p: 0.3, lengths: Int32Array.of(9, 5) };
  const positions = [Int32Array.of(0, 1, 2, 3, 4, 8), Int32Array.of(3)];

  it("are those rows of the masks of all", () => {
    const masks = new DropoutMasks();
    const all = masks.hidden({ ...request, width: 13 });
    const some = masks.hidden({ ...request, width: 13, positions });
    const rows = [0, 1, 2, 3, 4, 8, 12];
    expect([...some]).toEqual(rows.flatMap((row) => [...all.subarray(row * 13, row * 13 + 13)]));
  });

  it("are those queries of the masks of attention, and 0 in padding", () => {
    const masks = new DropoutMasks();
    const [heads, paddedLength, queries] = [2, 9, 7];
    const all = masks.attention({ ...request, heads, paddedLength });
    const some = masks.attention({ ...request, heads, paddedLength, queries, positions });
    expect(some.length).toBe(2 * heads * queries * paddedLength);
    let at = 0;
    for (let sequence = 0; sequence < 2; sequence++)
      for (let head = 0; head < heads; head++)
        for (let query = 0; query < queries; query++, at += paddedLength) {
          const position = positions[sequence][query];
          const from = ((sequence * heads + head) * paddedLength + position) * paddedLength;
          const expected = position === undefined ? new Float32Array(9) : all.subarray(from, from + paddedLength);
          expect([...some.subarray(at, at + paddedLength)]).toEqual([...expected]);
        }
  });
});
