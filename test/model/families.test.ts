/** What follows from a family's row: where parameters belong, which decay, and what low-rank matrices adapt. */
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadCheckpoint } from "../../src/model/checkpoint/checkpoint.js";
import { FAMILIES, maxTokens, parameterList } from "../../src/model/families/index.js";
import { initializeWeights } from "../../src/model/initialize.js";
import { addLora, LORA_TARGETS, loraPlan, mergeLora } from "../../src/model/lora.js";
import type { Family } from "../../src/model/types.js";
import { trainableParameters } from "../../src/train/step/freezing.js";
import { layerRates } from "../../src/train/step/layer-rates.js";
import { decays } from "../../src/train/step/trainer.js";

const load = (family: Family) => loadCheckpoint(join(import.meta.dirname, "../fixtures", `tiny-${family}`));
const FEW = { freezeEmbeddings: false, frozenLayers: 0, lora: null };

describe.each(Object.keys(FAMILIES) as Family[])("%s", (family) => {
  it("has each parameter of the encoder in the embeddings or in a layer, and the head behind them", async () => {
    const { config, labels } = await load(family);
    const { placeOf, pooler } = FAMILIES[family];
    const encoder = parameterList({ ...config }, "ENCODER", 0).map(({ name }) => name);
    const places = encoder.filter((name) => !name.startsWith("pooler")).map((name) => placeOf(name, config));
    const layers = family === "albert" ? 1 : config.layers;
    expect(new Set(places)).toEqual(new Set(["EMBEDDINGS", ...Array.from({ length: layers }, (_, layer) => layer)]));
    const all = parameterList(config, "SINGLE_LABEL", labels.length).map(({ name }) => name);
    const head = all.filter((name) => !encoder.includes(name));
    expect(head.length).toBeGreaterThan(1);
    for (const name of [...head, ...(pooler ? [`${pooler}.weight`] : [])]) expect(placeOf(name, config)).toBeNull();

    const frozen = trainableParameters({ ...FEW, frozenLayers: config.layers }, config);
    expect(all.filter(frozen)).toEqual(all.filter((name) => placeOf(name, config) === null));
    const rate = layerRates(0.5, config);
    const input = all.find((name) => placeOf(name, config) === "EMBEDDINGS") as string;
    expect([rate(input), rate(head[0])]).toEqual([0.5 ** (config.layers + 1), 1]);
  });

  it("decays weights of two dimensions, and no bias and no normalisation", async () => {
    for (const task of ["SINGLE_LABEL", "MASKED_LANGUAGE_MODEL"] as const)
      for (const { name, shape } of parameterList((await load(family)).config, task, 3))
        expect(decays(name), name).toBe(shape.length > 1);
  });

  it("is adapted by low-rank matrices that change nothing at first", async () => {
    const { config, weights } = await load(family);
    const plan = loraPlan(config, { rank: 2, alpha: 4, targets: LORA_TARGETS });
    const adapted = addLora(weights, plan, 1);
    expect(adapted.size - weights.size).toBe(2 * plan.stems.size);
    expect(mergeLora(adapted, plan)).toEqual(weights);
    const learns = trainableParameters({ ...FEW, lora: { rank: 2, alpha: 4, targets: LORA_TARGETS } }, config);
    expect([...adapted.keys()].filter((name) => name.includes(".lora_")).every(learns)).toBe(true);
    expect(learns([...plan.stems].map((stem) => `${stem}.weight`)[0])).toBe(false);
  });
});

it("positions start behind the padding token in roberta alone", async () => {
  const lengths = await Promise.all(
    (Object.keys(FAMILIES) as Family[]).map(async (name) => maxTokens((await load(name)).config)),
  );
  expect(lengths).toEqual(lengths.map(() => 64));
});

it("modernbert starts as transformers draws it: cut at two deviations, narrower where sums go out", async () => {
  const { config } = await load("modernbert");
  const { weights } = initializeWeights({ ...config, initializerRange: 0.02 }, "SINGLE_LABEL", ["a", "b", "c"], 1);
  const deviation = (name: string, expected: number) => {
    const { data } = weights.get(name)!;
    const square = data.reduce((sum, value) => sum + value * value, 0) / data.length;
    expect(Math.max(...data.map(Math.abs))).toBeLessThanOrEqual(2 * expected * (1 + 1e-6));
    // A normal distribution cut at two deviations has 0.880 of its deviation.
    expect(Math.sqrt(square) / expected).toBeGreaterThan(0.8);
    expect(Math.sqrt(square) / expected).toBeLessThan(0.96);
  };
  deviation("layers.1.attn.Wqkv.weight", 0.02);
  deviation("layers.1.mlp.Wo.weight", 0.02 / Math.sqrt(2 * 3));
  deviation("head.dense.weight", 0.02 / Math.sqrt(2 * 3));
  deviation("classifier.weight", 32 ** -0.5);
});
