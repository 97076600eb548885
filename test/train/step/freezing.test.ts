/** Which parameters learn, and which dropout the options give. */
import { describe, expect, it } from "vitest";
import { resolveOptions } from "../../../src/train/options/option-rules.js";
import type { TrainingOptions } from "../../../src/train/options/options.js";
import { trainableParameters, withDropout } from "../../../src/train/step/freezing.js";
import { formulaConfig } from "../../support/data/formula.js";

const context = (family: "bert" | "albert" = "bert") =>
  ({ task: "SINGLE_LABEL", config: formulaConfig(family), validation: 10 }) as const;

describe("what learns", () => {
  const names = [
    "embeddings.word_embeddings.weight",
    "encoder.layer.0.output.dense.bias",
    "encoder.layer.1.output.dense.bias",
    "classifier.bias",
  ];
  const learning = (given: Partial<TrainingOptions>) =>
    names.map(trainableParameters(resolveOptions(given, context()), { family: "bert", layers: 2 }));

  it("is everything, all but the embeddings, or the layers above the frozen ones", () => {
    expect(learning({})).toEqual([true, true, true, true]);
    expect(learning({ freezeEmbeddings: true })).toEqual([false, true, true, true]);
    expect(learning({ frozenLayers: 1 })).toEqual([false, false, true, true]);
    expect(learning({ frozenLayers: 2 })).toEqual([false, false, false, true]);
    expect(learning({ lora: { rank: 2, alpha: 2, targets: ["query"] } })).toEqual([false, false, false, true]);
  });

  it("of albert are all layers or none, and the mapping of its embeddings with these", () => {
    const albert = [
      "encoder.embedding_hidden_mapping_in.weight",
      "encoder.albert_layer_groups.0.albert_layers.0.ffn.bias",
      "pooler.bias",
    ];
    const of = (given: Partial<TrainingOptions>) =>
      albert.map(trainableParameters(resolveOptions(given, context("albert")), { family: "albert", layers: 2 }));
    expect(of({ freezeEmbeddings: true })).toEqual([false, true, true]);
    expect(of({ frozenLayers: 2 })).toEqual([false, false, true]);
  });

  it("drops what the options say, each place by itself where it is named", () => {
    const base = { ...formulaConfig("bert"), hiddenDropout: 0.1, attentionDropout: 0.2, classifierDropout: null };
    const dropout = (given: Partial<TrainingOptions>) => {
      const { hiddenDropout, attentionDropout, classifierDropout } = withDropout(
        base,
        resolveOptions(given, context()),
      );
      return [hiddenDropout, attentionDropout, classifierDropout];
    };
    expect(dropout({})).toEqual([0.1, 0.2, null]);
    expect(dropout({ dropout: 0 })).toEqual([0, 0, 0]);
    expect(dropout({ dropout: 0.3, attentionDropout: 0 })).toEqual([0.3, 0, 0.3]);
    expect(dropout({ classifierDropout: 0.5 })).toEqual([0.1, 0.2, 0.5]);
  });
});
