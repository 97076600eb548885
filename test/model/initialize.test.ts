/** Fresh weights: transformers' distribution, one seed one result, one stream per parameter. */
import { describe, expect, test } from "vitest";
import { initializeWeights, withHead } from "../../src/model/initialize.js";
import { fillNormal, philox } from "../../src/model/random.js";
import type { EncoderConfig } from "../../src/model/types.js";

const config: EncoderConfig = {
  family: "roberta",
  vocabularySize: 500,
  width: 64,
  layers: 2,
  heads: 4,
  intermediateWidth: 128,
  positions: 66,
  typeVocabularySize: 1,
  padId: 1,
  activation: "gelu",
  layerNormEpsilon: 1e-5,
  hiddenDropout: 0.1,
  attentionDropout: 0.1,
  classifierDropout: null,
  initializerRange: 0.02,
};

describe("Philox4x32-10", () => {
  // Known answers of Random123 (kat_vectors).
  test.each([
    [
      [0, 0, 0, 0],
      [0, 0],
      [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
    ],
    [
      [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
      [0xffffffff, 0xffffffff],
      [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
    ],
    [
      [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
      [0xa4093822, 0x299f31d0],
      [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
    ],
  ])("counter %j key %j", (counter, key, expected) => {
    const result = new Uint32Array(4);
    philox(counter, key, result);
    expect([...result]).toEqual(expected);
  });

  test("normal numbers have the moments and tails of a normal distribution", () => {
    const count = 200_000;
    const values = new Float32Array(count);
    fillNormal(values, 1, "moments", 1);
    const moment = (power: number) => values.reduce((sum, value) => sum + value ** power, 0) / count;
    // Five standard errors each.
    expect(Math.abs(moment(1))).toBeLessThan(5 * Math.sqrt(1 / count));
    expect(Math.abs(moment(2) - 1)).toBeLessThan(5 * Math.sqrt(2 / count));
    expect(Math.abs(moment(3))).toBeLessThan(5 * Math.sqrt(15 / count));
    expect(Math.abs(moment(4) - 3)).toBeLessThan(5 * Math.sqrt(96 / count));
    const beyond = values.filter((value) => Math.abs(value) > 1.96).length / count;
    expect(Math.abs(beyond - 0.05)).toBeLessThan(5 * Math.sqrt((0.05 * 0.95) / count));
    let lag = 0;
    for (let i = 1; i < count; i++) lag += values[i] * values[i - 1];
    expect(Math.abs(lag / count)).toBeLessThan(5 / Math.sqrt(count));
  });

  test("a longer tensor begins with the numbers of a shorter one; seeds above 2^32 differ", () => {
    const draw = (length: number, seed: number, stream: string) => {
      const values = new Float32Array(length);
      fillNormal(values, seed, stream, 1);
      return [...values];
    };
    expect(draw(11, 5, "a").slice(0, 7)).toEqual(draw(7, 5, "a"));
    expect(draw(4, 5, "a")).not.toEqual(draw(4, 5, "b"));
    expect(draw(4, 5, "a")).not.toEqual(draw(4, 5 + 2 ** 32, "a"));
  });
});

describe("initializeWeights", () => {
  const fresh = initializeWeights(config, "SINGLE_LABEL", ["a", "b", "c"], 42);
  const data = (name: string) => fresh.weights.get(name)!.data;

  test("linear layers and tables are normal(0, 0.02); biases 0; normalisation 1 and 0", () => {
    for (const [name, weight] of fresh.weights) {
      if (weight.shape.length === 1) {
        expect(new Set(weight.data)).toEqual(new Set([/LayerNorm\.weight$/.test(name) ? 1 : 0]));
      } else {
        const live = weight.data.filter((value) => value !== 0);
        const deviation = Math.sqrt(live.reduce((sum, value) => sum + value * value, 0) / live.length);
        expect(Math.abs(deviation / 0.02 - 1), name).toBeLessThan(5 / Math.sqrt(2 * live.length));
      }
    }
  });

  test("the padding rows are zero: tokens, and roberta's positions; bert's positions have none", () => {
    const row = (name: string, index: number) => new Set(data(name).subarray(index * 64, (index + 1) * 64));
    for (const table of ["embeddings.word_embeddings.weight", "embeddings.position_embeddings.weight"]) {
      expect(row(table, 1)).toEqual(new Set([0]));
      expect(row(table, 0).size).toBeGreaterThan(60);
      expect(row(table, 2).size).toBeGreaterThan(60);
    }
    const bert = initializeWeights({ ...config, family: "bert", padId: 0 }, "ENCODER", [], 42).weights.get(
      "embeddings.position_embeddings.weight",
    )!;
    expect(new Set(bert.data.subarray(0, 64)).size).toBeGreaterThan(60);
  });

  test("the seed decides; the encoder does not depend on the head", () => {
    const again = initializeWeights(config, "SINGLE_LABEL", ["a", "b", "c"], 42);
    expect(again).toEqual(fresh);
    const other = initializeWeights(config, "SINGLE_LABEL", ["a", "b", "c"], 43);
    expect(other.weights.get("classifier.out_proj.weight")!.data).not.toEqual(data("classifier.out_proj.weight"));
    const masked = initializeWeights(config, "MASKED_LANGUAGE_MODEL", [], 42);
    for (const [name, weight] of masked.weights)
      if (/^(embeddings|encoder)\./.test(name)) expect(weight.data).toEqual(data(name));
    expect([...masked.weights.keys()].filter((name) => name.startsWith("lm_head."))).toHaveLength(5);
  });
});

describe("withHead", () => {
  test("the encoder stays, the head is new, for every head before", () => {
    const masked = initializeWeights(config, "MASKED_LANGUAGE_MODEL", [], 1);
    const classifier = withHead(masked, "SINGLE_LABEL", ["x", "y"], 2);
    expect(classifier.labels).toEqual(["x", "y"]);
    expect([...classifier.weights.keys()].filter((name) => name.startsWith("lm_head."))).toEqual([]);
    expect(classifier.weights.get("classifier.out_proj.weight")!.shape).toEqual([2, 64]);
    for (const [name, weight] of classifier.weights) {
      if (!name.startsWith("classifier.")) expect(weight).toBe(masked.weights.get(name));
    }
    const again = withHead(classifier, "SINGLE_LABEL", ["x", "y"], 3);
    expect(again.weights.get("classifier.dense.weight")!.data).not.toEqual(
      classifier.weights.get("classifier.dense.weight")!.data,
    );
  });

  test("bert keeps a pooler it has and draws one it lacks, as transformers does", () => {
    const bert: EncoderConfig = { ...config, family: "bert", padId: 0 };
    const masked = initializeWeights(bert, "MASKED_LANGUAGE_MODEL", [], 1);
    expect(masked.weights.has("pooler.dense.weight")).toBe(false);
    const first = withHead(masked, "SINGLE_LABEL", ["x", "y"], 2);
    expect(first.weights.get("pooler.dense.weight")!.shape).toEqual([64, 64]);
    const second = withHead(first, "SINGLE_LABEL", ["u", "v", "w"], 3);
    expect(second.weights.get("pooler.dense.weight")).toBe(first.weights.get("pooler.dense.weight"));
    expect(second.weights.get("classifier.weight")!.shape).toEqual([3, 64]);
  });
});
