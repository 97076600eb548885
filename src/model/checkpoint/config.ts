/**
 * Hugging Face's config.json to EncoderConfig and back. A field that is absent has the value its class has in
 * transformers. What the graphs cannot compute is refused here (CHECKPOINT_UNSUPPORTED), never approximated. No number
 * that is returned exceeds the table of limits.ts (CHECKPOINT_INVALID).
 */
import { MaillardError } from "../../errors.js";
import { faultOf, isStorable, shown } from "../../text.js";
import { type EncoderConfig, type Family, isSequenceTask, type SequenceTask, type Task } from "../types.js";
import { above, CONFIG_LIMITS, checkConfigLimit, checkParameters } from "./limits.js";

export interface ModelConfig {
  config: EncoderConfig;
  /** Class name of `architectures`, e.g. "RobertaForMaskedLM"; null when the file names none. */
  architecture: string | null;
  /** Names by logit; null when the file has no id2label (transformers leaves out LABEL_0, LABEL_1). */
  labels: string[] | null;
  /** "single_label_classification", "multi_label_classification", "regression", or null. */
  problemType: string | null;
  /** false: the masked-token head has an output table of its own. */
  tied: boolean;
}

type Json = Record<string, unknown>;

const shared = {
  hidden_dropout_prob: 0.1,
  attention_probs_dropout_prob: 0.1,
  layer_norm_eps: 1e-12,
  initializer_range: 0.02,
  type_vocab_size: 2,
};
const bert = {
  ...shared,
  hidden_size: 768,
  num_hidden_layers: 12,
  num_attention_heads: 12,
  intermediate_size: 3072,
  max_position_embeddings: 512,
};
const DEFAULTS: Record<Family, Json> = {
  bert: { ...bert, vocab_size: 30_522, hidden_act: "gelu", pad_token_id: 0 },
  roberta: { ...bert, vocab_size: 50_265, hidden_act: "gelu", pad_token_id: 1 },
  albert: {
    ...shared,
    vocab_size: 30_000,
    embedding_size: 128,
    hidden_size: 4096,
    num_hidden_layers: 12,
    num_attention_heads: 64,
    intermediate_size: 16_384,
    max_position_embeddings: 512,
    hidden_act: "gelu_new",
    hidden_dropout_prob: 0,
    attention_probs_dropout_prob: 0,
    pad_token_id: 0,
    classifier_dropout_prob: 0.1,
  },
};

/** Different names that Hugging Face uses for the same function. */
const ACTIVATIONS: Record<string, EncoderConfig["activation"]> = {
  gelu: "gelu",
  gelu_python: "gelu",
  gelu_new: "gelu_new",
  gelu_fast: "gelu_new",
  gelu_pytorch_tanh: "gelu_new",
  relu: "relu",
};

/** Values that a field must have if the file has it: any other value is another function. */
const FIXED: Record<string, unknown> = {
  position_embedding_type: "absolute",
  is_decoder: false,
  add_cross_attention: false,
  num_hidden_groups: 1,
  inner_group_num: 1,
};

export function parseConfig(json: unknown): ModelConfig {
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    throw new MaillardError(
      "CHECKPOINT_INVALID",
      "config.json is not a JSON object; take the one that Hugging Face saved.",
    );
  }
  const given = json as Json;
  const family = given.model_type as Family;
  if (typeof family !== "string" || !Object.hasOwn(DEFAULTS, family)) {
    throw unsupported(`model_type is ${shown(given.model_type)}; ${Object.keys(DEFAULTS).join(", ")} are known`);
  }
  for (const [field, value] of Object.entries(FIXED)) {
    const actual = given[field] ?? value;
    if (actual !== value) throw unsupported(`${field} is ${shown(actual)}; only ${shown(value)} is known`);
  }
  const fields: Json = {
    ...DEFAULTS[family],
    ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null)),
  };
  const activation = fields.hidden_act;
  if (typeof activation !== "string" || !Object.hasOwn(ACTIVATIONS, activation)) {
    throw unsupported(`hidden_act is ${shown(activation)}; ${Object.keys(ACTIVATIONS).join(", ")} are known`);
  }
  const dropoutField = family === "albert" ? "classifier_dropout_prob" : "classifier_dropout";
  const config: EncoderConfig = {
    family,
    vocabularySize: count(fields, "vocab_size"),
    width: count(fields, "hidden_size"),
    layers: count(fields, "num_hidden_layers"),
    heads: count(fields, "num_attention_heads"),
    intermediateWidth: count(fields, "intermediate_size"),
    positions: count(fields, "max_position_embeddings"),
    typeVocabularySize: count(fields, "type_vocab_size"),
    padId: count(fields, "pad_token_id", 0),
    activation: ACTIVATIONS[activation],
    layerNormEpsilon: real(fields, "layer_norm_eps"),
    hiddenDropout: probability(fields, "hidden_dropout_prob"),
    attentionDropout: probability(fields, "attention_probs_dropout_prob"),
    classifierDropout: fields[dropoutField] === undefined ? null : probability(fields, dropoutField),
    initializerRange: real(fields, "initializer_range"),
    ...(family === "albert" ? { embeddingWidth: count(fields, "embedding_size") } : {}),
  };
  if (config.width % config.heads !== 0)
    throw bad("hidden_size", config.width, `a multiple of num_attention_heads (${config.heads})`);
  if (config.padId >= config.vocabularySize)
    throw bad("pad_token_id", config.padId, `below vocab_size (${config.vocabularySize})`);
  checkParameters(config);
  const architectures = Array.isArray(given.architectures) ? given.architectures : [];
  return {
    config,
    architecture: typeof architectures[0] === "string" ? architectures[0] : null,
    labels: parseLabels(given),
    problemType: typeof given.problem_type === "string" ? given.problem_type : null,
    tied: given.tie_word_embeddings !== false,
  };
}

function parseLabels({ id2label }: Json): string[] | null {
  if (typeof id2label !== "object" || id2label === null) return null;
  const { length } = Object.keys(id2label);
  if (length > CONFIG_LIMITS.id2label.most) throw above("id2label", length, CONFIG_LIMITS.id2label.most, " labels");
  return Array.from({ length }, (_, id) => {
    const name = (id2label as Json)[id];
    if (typeof name !== "string") throw bad("id2label", name, `a name for every id from 0 to ${length - 1}`);
    if (!isStorable(name)) throw bad(`id2label.${id}`, name, `without ${faultOf(name)}`);
    return name;
  });
}

function count(fields: Json, name: string, least = 1): number {
  const value = fields[name];
  if (!Number.isSafeInteger(value) || (value as number) < least)
    throw bad(name, value, `a whole number, at least ${least}`);
  checkConfigLimit(name, value as number);
  return value as number;
}

function real(fields: Json, name: string): number {
  const value = fields[name];
  if (typeof value !== "number" || !(value > 0)) throw bad(name, value, "a number above 0");
  checkConfigLimit(name, value);
  return value;
}

function probability(fields: Json, name: string): number {
  const value = fields[name];
  if (typeof value !== "number" || !(value >= 0 && value < 1))
    throw bad(name, value, "a probability, at least 0 and below 1");
  return value;
}

const bad = (name: string, value: unknown, rule: string) =>
  new MaillardError("CHECKPOINT_INVALID", `config.json: ${name} is ${shown(value)}; it must be ${rule}.`, {
    details: { field: name },
  });
const unsupported = (what: string) =>
  new MaillardError("CHECKPOINT_UNSUPPORTED", `config.json: ${what}. Choose a checkpoint of that kind.`);

const CLASS_PREFIX: Record<Family, string> = { bert: "Bert", roberta: "Roberta", albert: "Albert" };
const CLASS_SUFFIX: Record<Task, string> = {
  ENCODER: "Model",
  MASKED_LANGUAGE_MODEL: "ForMaskedLM",
  SINGLE_LABEL: "ForSequenceClassification",
  MULTI_LABEL: "ForSequenceClassification",
  REGRESSION: "ForSequenceClassification",
};

/** Hugging Face's problem_type: which loss trains the head, and what its logits mean. */
export const PROBLEM_TYPE: Record<SequenceTask, string> = {
  SINGLE_LABEL: "single_label_classification",
  MULTI_LABEL: "multi_label_classification",
  REGRESSION: "regression",
};

/** config.json as transformers reads it. */
export function formatConfig(
  config: EncoderConfig,
  task: Task,
  labels: readonly string[],
  { float16 = false } = {},
): Json {
  return {
    architectures: [CLASS_PREFIX[config.family] + CLASS_SUFFIX[task]],
    model_type: config.family,
    vocab_size: config.vocabularySize,
    hidden_size: config.width,
    num_hidden_layers: config.layers,
    num_attention_heads: config.heads,
    intermediate_size: config.intermediateWidth,
    hidden_act: config.activation,
    max_position_embeddings: config.positions,
    position_embedding_type: "absolute",
    type_vocab_size: config.typeVocabularySize,
    pad_token_id: config.padId,
    layer_norm_eps: config.layerNormEpsilon,
    hidden_dropout_prob: config.hiddenDropout,
    attention_probs_dropout_prob: config.attentionDropout,
    ...(config.family === "albert"
      ? { classifier_dropout_prob: config.classifierDropout ?? config.hiddenDropout } // transformers takes no null here
      : { classifier_dropout: config.classifierDropout }),
    initializer_range: config.initializerRange,
    ...(config.family === "albert"
      ? { embedding_size: config.embeddingWidth, num_hidden_groups: 1, inner_group_num: 1 }
      : {}),
    ...(isSequenceTask(task)
      ? {
          problem_type: PROBLEM_TYPE[task],
          id2label: Object.fromEntries(labels.map((label, id) => [id, label])),
          label2id: Object.fromEntries(labels.map((label, id) => [label, id])),
        }
      : {}),
    torch_dtype: float16 ? "float16" : "float32",
  };
}
