/**
 * A checkpoint in memory. Parameter names are Hugging Face's without the prefix of the family ("bert.", "roberta."):
 *   embeddings.word_embeddings.weight [vocabulary, width], encoder.layer.0.attention.self.query.weight [out, in], …
 * The files of families/ have the names of each family, and of its heads.
 */
export type Family = "bert" | "roberta" | "albert" | "distilbert" | "electra" | "modernbert";

export interface EncoderConfig {
  family: Family;
  vocabularySize: number;
  width: number;
  layers: number;
  heads: number;
  intermediateWidth: number;
  /** Rows of the position table (RoBERTa: tokens + padId + 1); where there is none, the longest input in tokens. */
  positions: number;
  /** 0: the family has no token types. */
  typeVocabularySize: number;
  padId: number;
  /** "gelu" is the erf form; "gelu_new" the tanh form. */
  activation: "gelu" | "gelu_new" | "relu";
  layerNormEpsilon: number;
  hiddenDropout: number;
  attentionDropout: number;
  /** Hugging Face's classifier_dropout: null means hiddenDropout. */
  classifierDropout: number | null;
  initializerRange: number;
  /** albert and electra only: width of the factorised embeddings. */
  embeddingWidth?: number;
  /** modernbert only. */
  modern?: ModernBertConfig;
}

export const embeddingWidth = (config: EncoderConfig): number => config.embeddingWidth ?? config.width;

export interface ModernBertConfig {
  /** false: the first layers alone, without the normalisation behind the last one. */
  isWhole: boolean;
  /** By layer: every token sees every other; false: only those at most window / 2 places away. */
  globalLayers: boolean[];
  window: number;
  /** Bases of the rotary angles. */
  globalTheta: number;
  localTheta: number;
  normBias: boolean;
  attentionBias: boolean;
  mlpBias: boolean;
  decoderBias: boolean;
  classifierBias: boolean;
  classifierActivation: EncoderConfig["activation"];
  /** What the sequence head reads: the first token, or the mean of all. */
  pooling: "cls" | "mean";
  /** null: hiddenDropout. */
  mlpDropout: number | null;
  /** Deviations beyond which initial weights are drawn again. */
  initializerCutoff: number;
}

/** Heads that answer a row of logits for a sequence: Hugging Face's "sequence classification". */
const SEQUENCE_TASKS = {
  SINGLE_LABEL: "One of several classes; probabilities are the softmax of the logits.",
  MULTI_LABEL: "Yes or no for each of several labels; probabilities are the logistic function of the logits.",
  REGRESSION: "A number for each of several targets, in the targets' units.",
} as const;
/** The head on the encoder. The API's enum is made from it. */
export const TASKS = {
  ENCODER: "No head: it embeds.",
  MASKED_LANGUAGE_MODEL: "A token for each masked position: what pretraining learns.",
  ...SEQUENCE_TASKS,
} as const;
export type Task = keyof typeof TASKS;
export type SequenceTask = keyof typeof SEQUENCE_TASKS;

export const isSequenceTask = (task: Task): task is SequenceTask =>
  task !== "ENCODER" && task !== "MASKED_LANGUAGE_MODEL";

/** How a model computes the matrix products of its layers when it answers; training always uses float32. */
export const PRECISIONS = {
  FLOAT32: "32-bit floats: what a model is trained with.",
  INT8: "8-bit whole numbers, with a scale for each token and for each row of a weight: faster on CPUs.",
} as const;
export type Precision = keyof typeof PRECISIONS;

export interface Weight {
  shape: number[];
  data: Float32Array;
}

export interface Checkpoint {
  config: EncoderConfig;
  task: Task;
  /** Names of classes, labels or targets in logit order; empty without a sequence head. */
  labels: string[];
  /** float32 whatever the precision. */
  weights: Map<string, Weight>;
  /** Default FLOAT32. */
  precision?: Precision;
}
