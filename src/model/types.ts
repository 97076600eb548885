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

/**
 * The head on the encoder:
 *   ENCODER                nothing
 *   MASKED_LANGUAGE_MODEL  a token for each masked position
 *   SINGLE_LABEL           one of several classes for a sequence; logits are softmax's
 *   MULTI_LABEL            yes or no for each of several labels; logits are the logistic function's
 *   REGRESSION             one number for each of several targets, in the targets' units
 */
export type Task = "ENCODER" | "MASKED_LANGUAGE_MODEL" | SequenceTask;
/** Hugging Face's "sequence classification": one row of logits for a sequence. */
export type SequenceTask = "SINGLE_LABEL" | "MULTI_LABEL" | "REGRESSION";

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
