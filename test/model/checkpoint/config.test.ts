/**
 * config.json: read with transformers' defaults, refused when it asks for another function, written so that it reads
 * back.
 */
import { describe, expect, test } from "vitest";
import { MaillardError } from "../../../src/errors.js";
import { formatConfig, parseConfig } from "../../../src/model/checkpoint/config.js";
import { maxTokens } from "../../../src/model/families/index.js";

const refusal = (json: unknown): MaillardError => {
  try {
    parseConfig(json);
  } catch (error) {
    if (error instanceof MaillardError) return error;
  }
  throw new Error("it was accepted");
};

test("the config of seyonec/PubChem10M_SMILES_BPE_450k", () => {
  const { config, architecture, labels, problemType } = parseConfig({
    architectures: ["RobertaForMaskedLM"],
    attention_probs_dropout_prob: 0.1,
    bos_token_id: 0,
    eos_token_id: 2,
    gradient_checkpointing: false,
    hidden_act: "gelu",
    hidden_dropout_prob: 0.1,
    hidden_size: 768,
    initializer_range: 0.02,
    intermediate_size: 3072,
    layer_norm_eps: 1e-12,
    max_position_embeddings: 514,
    model_type: "roberta",
    num_attention_heads: 12,
    num_hidden_layers: 6,
    pad_token_id: 1,
    type_vocab_size: 1,
    vocab_size: 52000,
  });
  expect(config).toEqual({
    family: "roberta",
    vocabularySize: 52000,
    width: 768,
    layers: 6,
    heads: 12,
    intermediateWidth: 3072,
    positions: 514,
    typeVocabularySize: 1,
    padId: 1,
    activation: "gelu",
    layerNormEpsilon: 1e-12,
    hiddenDropout: 0.1,
    attentionDropout: 0.1,
    classifierDropout: null,
    initializerRange: 0.02,
  });
  expect([architecture, labels, problemType, maxTokens(config)]).toEqual(["RobertaForMaskedLM", null, null, 512]);
});

test("absent and null fields have the values of transformers' classes", () => {
  expect(parseConfig({ model_type: "bert" }).config).toMatchObject({
    vocabularySize: 30522,
    width: 768,
    layers: 12,
    padId: 0,
    layerNormEpsilon: 1e-12,
  });
  expect(parseConfig({ model_type: "roberta", pad_token_id: null }).config).toMatchObject({
    vocabularySize: 50265,
    padId: 1,
    typeVocabularySize: 2,
  });
  const albert = parseConfig({ model_type: "albert" }).config;
  expect(albert).toMatchObject({
    embeddingWidth: 128,
    width: 4096,
    heads: 64,
    activation: "gelu_new",
    hiddenDropout: 0,
    classifierDropout: 0.1,
  });
});

test.each(["bert", "roberta", "albert"] as const)("%s: what is written reads back", (family) => {
  const { config } = parseConfig({
    model_type: family,
    vocab_size: 40,
    hidden_size: 32,
    num_attention_heads: 4,
    num_hidden_layers: 2,
    intermediate_size: 48,
    max_position_embeddings: 66,
    type_vocab_size: 1,
    pad_token_id: 3,
    layer_norm_eps: 1e-5,
    hidden_dropout_prob: 0.25,
    hidden_act: "relu",
    attention_probs_dropout_prob: 0,
    initializer_range: 0.5,
    embedding_size: 16,
    classifier_dropout: 0.125,
    classifier_dropout_prob: 0.125,
  });
  expect(config.classifierDropout).toBe(0.125);
  const json = formatConfig(config, "SINGLE_LABEL", ["b", "a"]);
  const back = parseConfig(JSON.parse(JSON.stringify(json)));
  expect(back.config).toEqual(config);
  expect(back.labels).toEqual(["b", "a"]);
  expect(back.problemType).toBe("single_label_classification");
  expect(formatConfig(config, "MULTI_LABEL", ["b", "a"])).toEqual({
    ...json,
    problem_type: "multi_label_classification",
  });
  expect(formatConfig(config, "REGRESSION", ["b", "a"])).toEqual({ ...json, problem_type: "regression" });
  expect(json.label2id).toEqual({ b: 0, a: 1 });
  expect(back.architecture).toBe(
    `${{ bert: "Bert", roberta: "Roberta", albert: "Albert" }[family]}ForSequenceClassification`,
  );
});

test("eleven labels come in the order of their numbers", () => {
  const id2label = Object.fromEntries(Array.from({ length: 11 }, (_, id) => [10 - id, `class ${10 - id}`]));
  expect(parseConfig({ model_type: "bert", id2label }).labels).toEqual(
    Array.from({ length: 11 }, (_, id) => `class ${id}`),
  );
});

/** As deep as JSON may be, and no stack is. */
function nested(depth: number): unknown {
  let value: unknown = 1;
  for (let left = depth; left > 0; left--) value = [value];
  return value;
}

describe("another function is refused, not approximated", () => {
  test.each([
    [{ model_type: "gpt2" }, 'model_type is "gpt2"'],
    [{}, "model_type is missing"],
    [{ model_type: "constructor" }, 'model_type is "constructor"'],
    [{ model_type: "bert", position_embedding_type: "relative_key" }, 'position_embedding_type is "relative_key"'],
    [{ model_type: { toString: "bert" } }, "model_type is an object"],
    [{ model_type: nested(200_000) }, "model_type is a list of 1"],
    [{ model_type: "bert", hidden_act: { toString: 1 } }, "hidden_act is an object"],
    [{ model_type: "bert", is_decoder: nested(200_000) }, "is_decoder is a list of 1"],
    [{ model_type: "bert", hidden_act: "silu" }, 'hidden_act is "silu"'],
    [{ model_type: "bert", is_decoder: true }, "is_decoder is true"],
    [{ model_type: "albert", num_hidden_groups: 2 }, "num_hidden_groups is 2"],
  ] as const)("%#", (json, message) => {
    const error = refusal(json);
    expect(error.code).toBe("CHECKPOINT_UNSUPPORTED");
    expect(error.message).toContain(message);
    expect(error.message.length).toBeLessThan(400);
  });

  test.each([
    [{ hidden_size: 770 }, "hidden_size is 770; it must be a multiple of num_attention_heads (12)"],
    [{ num_hidden_layers: 0 }, "num_hidden_layers is 0"],
    [{ vocab_size: "many" }, 'vocab_size is "many"'],
    [{ vocab_size: 2.5 }, "vocab_size is 2.5"],
    [{ pad_token_id: 30522 }, "pad_token_id is 30522; it must be below vocab_size"],
    [{ hidden_dropout_prob: 1 }, "hidden_dropout_prob is 1"],
    [{ layer_norm_eps: 0 }, "layer_norm_eps is 0"],
    [{ vocab_size: { toString: "x" } }, "vocab_size is an object"],
    [{ layer_norm_eps: { toString: { valueOf: 1 } } }, "layer_norm_eps is an object"],
    [{ hidden_size: nested(200_000) }, "hidden_size is a list of 1"],
    [{ vocab_size: "9".repeat(1e6) }, 'vocab_size is "999'],
    [{ id2label: { 0: "a", 2: "b" } }, "id2label is undefined; it must be a name for every id from 0 to 1"],
    [{ id2label: { 0: "a", 1: "b\0" } }, 'id2label.1 is "b\\u0000"; it must be without the character NUL (U+0000)'],
    [{ id2label: { 0: "\ud83e" } }, 'id2label.0 is "\\ud83e"; it must be without half of a surrogate pair'],
  ] as const)("%#", (fields, message) => {
    const error = refusal({ model_type: "bert", ...fields });
    expect(error.code).toBe("CHECKPOINT_INVALID");
    expect(error.message).toContain(message);
    expect(error.message.length).toBeLessThan(400);
  });

  test("a list is not a config", () => expect(refusal([]).code).toBe("CHECKPOINT_INVALID"));
});
