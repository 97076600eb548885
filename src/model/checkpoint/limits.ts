/**
 * The largest checkpoint that is read. Its files come from whoever made it, so every number in them is compared with
 * this table before anything is allocated or repeated by it. Above a limit: CHECKPOINT_INVALID, with the field, its
 * value and the limit in `details`.
 */
import { MaillardError } from "../../errors.js";
import { familyOf } from "../families/index.js";
import type { EncoderConfig } from "../types.js";

interface Limit {
  most: number;
  why: string;
}

/** By the names of config.json. */
export const CONFIG_LIMITS = {
  num_hidden_layers: { most: 256, why: "48 in the largest encoders (DeBERTa-XXL, XLM-R XXL)" },
  hidden_size: { most: 16_384, why: "4,096 in ALBERT-XXL and XLM-R XXL" },
  embedding_size: { most: 16_384, why: "as hidden_size" },
  intermediate_size: { most: 65_536, why: "16,384 in ALBERT-XXL and XLM-R XXL" },
  num_attention_heads: { most: 256, why: "64 in ALBERT-XXL" },
  vocab_size: { most: 1_000_000, why: "901,629 in XLM-V" },
  max_position_embeddings: { most: 16_384, why: "attention is quadratic in the length; 4,098 in Longformer" },
  type_vocab_size: { most: 1_024, why: "2 in every model known" },
  pad_token_id: { most: 1_000_000, why: "as vocab_size" },
  layer_norm_eps: { most: 1, why: "1e-5 or less in every model known" },
  initializer_range: { most: 10, why: "0.02 in every model known" },
  id2label: { most: 100_000, why: "21,841 classes in the largest classifiers known" },
} as const satisfies Record<string, Limit>;

export const CHECKPOINT_LIMITS = {
  configBytes: { most: 10_000_000, why: "100,000 labels of 30 characters, twice" },
  /** A layer that is used several times (ALBERT) counts each time: time and memory grow with it. */
  parameters: { most: 6_000_000_000, why: "2.4 billion in ALBERT-XXL, counted so; 10 GB in float16" },
  headerBytes: { most: 8 * 2 ** 20, why: "about 120 bytes a tensor; the pickle's limit is the same" },
  tensors: { most: 20_000, why: "16 for each of 256 layers are 4,096" },
  cardBytes: { most: 2 ** 20, why: "the card is part of the model's row, and of its answers" },
} as const satisfies Record<string, Limit>;

export const above = (field: string, value: number, limit: number, rest = ""): MaillardError =>
  new MaillardError(
    "CHECKPOINT_INVALID",
    `config.json: ${field} is ${value}; the limit is ${limit}${rest}. Use the file that belongs to the weights.`,
    { details: { field, value, limit } },
  );

/** @param name of the field in the file, where the family has one of its own */
export function checkConfigLimit(field: string, value: number, name = field): void {
  if (!Object.hasOwn(CONFIG_LIMITS, field)) return;
  const { most } = CONFIG_LIMITS[field as keyof typeof CONFIG_LIMITS];
  if (value > most) throw above(name, value, most);
}

/** Parameters of tables and matrices that a model of this config has, without biases. */
function parameters(config: EncoderConfig, layers: number): number {
  const row = familyOf(config);
  const matrices = (entries: ReturnType<typeof row.embeddings>) =>
    entries.reduce((sum, { shape: [rows, width] }) => sum + (width === undefined ? 0 : rows * width), 0);
  return matrices(row.embeddings(config)) + layers * matrices(row.layer(config, 0));
}

/** The size of the whole model, by arithmetic alone. CHECKPOINT_INVALID. */
export function checkParameters(config: EncoderConfig): void {
  const count = parameters(config, config.layers);
  const { most } = CHECKPOINT_LIMITS.parameters;
  if (count > most) throw above("the number of parameters", count, most);
}

/** A parameter needs at least one byte of the file of weights. CHECKPOINT_INVALID. */
export function checkAgainstFile(config: EncoderConfig, fileBytes: number): void {
  const stored = parameters(config, familyOf(config).sharedLayers ? 1 : config.layers);
  if (stored > fileBytes) throw above("the number of parameters", stored, fileBytes, ", the bytes of the weights");
}
