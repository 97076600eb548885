/**
 * Hugging Face's config.json to EncoderConfig and back. A field that is absent has the value its class has in
 * transformers. What the graphs cannot compute is refused here (CHECKPOINT_UNSUPPORTED), never approximated. No number
 * that is returned exceeds the table of limits.ts (CHECKPOINT_INVALID).
 */
import { MaillardError } from "../../errors.js";
import { faultOf, isStorable, shown } from "../../text.js";
import type { FieldReader, Json } from "../families/family.js";
import { FAMILIES, familyOf } from "../families/index.js";
import {
  type EncoderConfig,
  type Family,
  isSequenceTask,
  PRECISIONS,
  type Precision,
  type SequenceTask,
  type Task,
} from "../types.js";
import { above, CONFIG_LIMITS, checkConfigLimit, checkParameters } from "./limits.js";
import { modelType } from "./model-type.js";

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
  precision: Precision;
}

/** Our own field of config.json, which other programs pass over: the weights are float32 all the same. */
export const PRECISION_FIELD = "maillard_precision";

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
const FIXED: Json = { position_embedding_type: "absolute", is_decoder: false, add_cross_attention: false };

/** What graphs need that these families are known by, and that is not computed here. */
const OTHER_FAMILIES: Record<string, string> = {
  deberta: "its attention looks at content and relative positions apart",
  "deberta-v2": "its attention looks at content and relative positions apart",
  molformer: "its attention is linear, and its code is not part of transformers",
};

/**
 * @param names of the tensors in the weights, which say the family where the file has no model_type; null: not known
 */
export function parseConfig(json: unknown, names: Iterable<string> | null = null): ModelConfig {
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    throw new MaillardError(
      "CHECKPOINT_INVALID",
      "config.json is not a JSON object; take the one that Hugging Face saved.",
    );
  }
  const given = json as Json;
  const family = familyNamed(given, names);
  const row = FAMILIES[family].config;
  checkQuantization(given);
  for (const [field, value] of Object.entries({ ...FIXED, ...row.fixed })) {
    const actual = given[field] ?? value;
    if (actual !== value) throw unsupported(`${field} is ${shown(actual)}; only ${shown(value)} is known`);
  }
  const present = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null));
  const fields: Json = { ...row.defaults };
  // transformers takes a field by BERT's name, too.
  for (const [bertName, own] of Object.entries(row.renamed ?? {}))
    if (present[bertName] !== undefined) fields[own] = present[bertName];
  Object.assign(fields, present, row.constants);
  const nameOf = (bertName: string): string => row.renamed?.[bertName] ?? bertName;
  const dropoutField = nameOf("classifier_dropout");
  const reader = readerOf(given, fields);
  const config: EncoderConfig = {
    family,
    vocabularySize: count(fields, "vocab_size"),
    width: count(fields, nameOf("hidden_size"), 1, "hidden_size"),
    layers: count(fields, nameOf("num_hidden_layers"), 1, "num_hidden_layers"),
    heads: count(fields, nameOf("num_attention_heads"), 1, "num_attention_heads"),
    intermediateWidth: count(fields, nameOf("intermediate_size"), 1, "intermediate_size"),
    positions: count(fields, "max_position_embeddings"),
    typeVocabularySize: count(fields, "type_vocab_size", row.constants?.type_vocab_size === 0 ? 0 : 1),
    padId: count(fields, "pad_token_id", 0),
    activation: reader.activation(nameOf("hidden_act")),
    layerNormEpsilon: real(fields, nameOf("layer_norm_eps"), "layer_norm_eps"),
    hiddenDropout: probability(fields, nameOf("hidden_dropout_prob")),
    attentionDropout: probability(fields, nameOf("attention_probs_dropout_prob")),
    classifierDropout: fields[dropoutField] === undefined ? null : probability(fields, dropoutField),
    initializerRange: real(fields, "initializer_range"),
    ...row.parse?.(reader),
  };
  if (config.width % config.heads !== 0)
    throw bad(nameOf("hidden_size"), config.width, `a multiple of ${nameOf("num_attention_heads")} (${config.heads})`);
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
    precision: precisionOf(given),
  };
}

function precisionOf({ [PRECISION_FIELD]: said = "FLOAT32" }: Json): Precision {
  if (typeof said === "string" && Object.hasOwn(PRECISIONS, said)) return said as Precision;
  throw unsupported(`${PRECISION_FIELD} is ${shown(said)}; ${Object.keys(PRECISIONS).join(", ")} are known`);
}

function familyNamed(given: Json, names: Iterable<string> | null): Family {
  const said = given.model_type;
  if (said === undefined || said === null || said === "") return modelType(given, names);
  if (typeof said === "string" && Object.hasOwn(FAMILIES, said)) return said as Family;
  const reason = typeof said === "string" && Object.hasOwn(OTHER_FAMILIES, said) ? `: ${OTHER_FAMILIES[said]}` : "";
  throw unsupported(`model_type is ${shown(said)}${reason}; ${Object.keys(FAMILIES).join(", ")} are known`);
}

function checkQuantization({ quantization_config: settings }: Json): void {
  if (settings === undefined || settings === null) return;
  const method = (settings as Json).quant_method;
  throw new MaillardError(
    "CHECKPOINT_UNSUPPORTED",
    `config.json: the weights are quantized (quant_method ${shown(method)}); only floating-point weights are read. ` +
      "Take the checkpoint before it was quantized.",
  );
}

const readerOf = (given: Json, fields: Json): FieldReader => ({
  given,
  count: (name, least = 1) => count(fields, name, least),
  real: (name) => real(fields, name),
  probability: (name) => probability(fields, name),
  flag: (name) => {
    const value = fields[name];
    if (typeof value !== "boolean") throw bad(name, value, "true or false");
    return value;
  },
  activation: (name) => {
    const value = fields[name];
    if (typeof value !== "string" || !Object.hasOwn(ACTIVATIONS, value))
      throw unsupported(`${name} is ${shown(value)}; ${Object.keys(ACTIVATIONS).join(", ")} are known`);
    return ACTIVATIONS[value];
  },
  unsupported,
});

/** Where num_labels says another number than id2label has names, transformers gives new names to all. */
function parseLabels({ id2label, num_labels: said }: Json): string[] | null {
  if (typeof id2label !== "object" || id2label === null) return null;
  const { length } = Object.keys(id2label);
  if (typeof said === "number" && said !== length && Number.isSafeInteger(said) && said > 0) {
    if (said > CONFIG_LIMITS.id2label.most) throw above("num_labels", said, CONFIG_LIMITS.id2label.most, " labels");
    return defaultLabels(said);
  }
  if (length > CONFIG_LIMITS.id2label.most) throw above("id2label", length, CONFIG_LIMITS.id2label.most, " labels");
  return Array.from({ length }, (_, id) => {
    const name = (id2label as Json)[id];
    if (typeof name !== "string") throw bad("id2label", name, `a name for every id from 0 to ${length - 1}`);
    if (!isStorable(name)) throw bad(`id2label.${id}`, name, `without ${faultOf(name)}`);
    return name;
  });
}

export const defaultLabels = (count: number): string[] => Array.from({ length: count }, (_, id) => `LABEL_${id}`);

/** @param limit name of the field in the table of limits, which are BERT's */
function count(fields: Json, name: string, least = 1, limit = name): number {
  const value = fields[name];
  if (!Number.isSafeInteger(value) || (value as number) < least)
    throw bad(name, value, `a whole number, at least ${least}`);
  checkConfigLimit(limit, value as number, name);
  return value as number;
}

function real(fields: Json, name: string, limit = name): number {
  const value = fields[name];
  if (typeof value !== "number" || !(value > 0)) throw bad(name, value, "a number above 0");
  checkConfigLimit(limit, value, name);
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
  { float16 = false, precision = "FLOAT32" as Precision } = {},
): Json {
  const { className, config: row } = familyOf(config);
  const fields: Json = {
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
    classifier_dropout: config.classifierDropout,
    initializer_range: config.initializerRange,
  };
  const own = Object.entries(fields)
    .filter(([name]) => row.constants?.[name] === undefined)
    .map(([name, value]) => [row.renamed?.[name] ?? name, value]);
  return {
    architectures: [className + CLASS_SUFFIX[task]],
    model_type: config.family,
    ...Object.fromEntries(own),
    ...row.format?.(config),
    ...(isSequenceTask(task)
      ? {
          problem_type: PROBLEM_TYPE[task],
          id2label: Object.fromEntries(labels.map((label, id) => [id, label])),
          label2id: Object.fromEntries(labels.map((label, id) => [label, id])),
        }
      : {}),
    torch_dtype: float16 ? "float16" : "float32",
    ...(precision !== "FLOAT32" && { [PRECISION_FIELD]: precision }),
  };
}
