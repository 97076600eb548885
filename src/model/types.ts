/**
 * A checkpoint in memory. Parameter names are Hugging Face's without the family prefix ("bert.", "roberta."):
 *   embeddings.word_embeddings.weight [vocabulary, width], encoder.layer.0.attention.self.query.weight [out, in], …
 * Heads keep their own prefix:
 *   bert      for classes classifier.weight [classes, width] behind pooler.dense.{weight,bias};
 *             for masked tokens cls.predictions.*
 *   roberta   for classes classifier.dense.*, classifier.out_proj.*; for masked tokens lm_head.*
 */
export type Family = "bert" | "roberta" | "albert";

export interface EncoderConfig {
  family: Family;
  vocabularySize: number;
  width: number;
  layers: number;
  heads: number;
  intermediateWidth: number;
  /** Rows of the position table (RoBERTa: tokens + padId + 1). */
  positions: number;
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
  /** albert only: width of the factorised embeddings. */
  embeddingWidth?: number;
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

export interface Weight {
  shape: number[];
  data: Float32Array;
}

export interface Checkpoint {
  config: EncoderConfig;
  task: Task;
  /** Names of classes, labels or targets in logit order; empty without a sequence head. */
  labels: string[];
  weights: Map<string, Weight>;
}

/** Longest input in tokens, special tokens included. RoBERTa positions start at padId + 1. */
export const maxTokens = (config: EncoderConfig): number =>
  config.family === "roberta" ? config.positions - config.padId - 1 : config.positions;
