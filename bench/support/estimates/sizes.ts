/** What is measured, and the model of a size. */
import type { EncoderConfig } from "../../../src/model/types.js";

/** Steps of each measured training; the first one counts for no time. */
export const STEPS = 3;

export interface Size {
  layers: number;
  width: number;
  heads: number;
  /** Molecules of a step, and tokens of each. */
  batchSize: number;
  tokens: number;
  /** Of a pretraining: molecules of the file (default: 11 steps), and tokens of the model to go on from. */
  molecules?: number;
  vocabulary?: number;
}

export interface Outcome {
  /** Numbers of the model. */
  parameters: number;
  /** The peak of its process. */
  bytes: number;
  /** Of the processor, for one step. */
  seconds: number;
}

export const bertOf = (
  { width, layers, heads }: Size,
  { vocabulary, padId }: { vocabulary: number; padId: number },
): EncoderConfig => ({
  family: "bert",
  vocabularySize: vocabulary,
  width,
  layers,
  heads,
  intermediateWidth: 4 * width,
  positions: 256,
  typeVocabularySize: 2,
  padId,
  activation: "gelu",
  layerNormEpsilon: 1e-12,
  hiddenDropout: 0.1,
  attentionDropout: 0.1,
  classifierDropout: null,
  initializerRange: 0.02,
});
