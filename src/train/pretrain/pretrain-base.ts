/**
 * What pretraining starts from: random weights and the corpus's own vocabulary, or a model that was pretrained before.
 */
import { MaillardError } from "../../errors.js";
import { copyTokenizer, loadCheckpoint } from "../../model/checkpoint/checkpoint.js";
import { maxTokens } from "../../model/families/index.js";
import { initializeWeights } from "../../model/initialize.js";
import type { Checkpoint, EncoderConfig } from "../../model/types.js";
import { createAtomwiseTokenizer, loadTokenizer, TokenCounts, writeTokenizer } from "../../tokenizer/index.js";
import type { Tokenizer } from "../../tokenizer/types.js";
import { readLines } from "../data/corpus.js";
import type { PretrainOptions } from "./pretrain-options.js";

export interface PretrainStart {
  tokenizer: Tokenizer;
  /** Config as it is saved. */
  checkpoint: Checkpoint;
  /** Longer molecules are cut. */
  maxLength: number;
}

/** Writes the vocabulary into the output folder. */
export const startOf = (options: PretrainOptions): Promise<PretrainStart> =>
  options.base === null ? fresh(options) : continued(options.base, options.output);

async function fresh({ corpus, output, shape, seed }: PretrainOptions): Promise<PretrainStart> {
  const counts = new TokenCounts();
  for await (const line of readLines(corpus)) counts.add(line);
  const vocabulary = counts.vocabulary();
  await writeTokenizer(output, vocabulary);
  const tokenizer = createAtomwiseTokenizer(vocabulary);
  const config = encoderConfig(shape, vocabulary.length, tokenizer.padId);
  const checkpoint = initializeWeights(config, "MASKED_LANGUAGE_MODEL", [], seed);
  return { tokenizer, checkpoint, maxLength: shape.maxLength };
}

async function continued(base: string, output: string): Promise<PretrainStart> {
  const checkpoint = await loadCheckpoint(base);
  const tokenizer = await loadTokenizer(base);
  const rule = pretrainableRule(checkpoint.task, tokenizer);
  if (rule !== null) throw new MaillardError("INVALID_CONFIG", `${base} must be ${rule}.`, { param: "base" });
  await copyTokenizer(base, output);
  return { tokenizer, checkpoint, maxLength: maxTokens(checkpoint.config) };
}

/** Token ids of a corpus have 16 bits. */
const MOST_TOKENS = 65_536;

/** Why a model cannot be pretrained further, as a rule that follows "it must be"; null: it can. */
export function pretrainableRule(task: string, { maskId, vocabularySize }: Tokenizer): string | null {
  if (task !== "MASKED_LANGUAGE_MODEL")
    return "a model that was pretrained on masked tokens: this one has no such head";
  if (maskId === null) return "a model whose tokenizer has a mask token";
  return vocabularySize > MOST_TOKENS ? `a model of at most ${MOST_TOKENS.toLocaleString("en-US")} tokens` : null;
}

function encoderConfig(shape: PretrainOptions["shape"], vocabularySize: number, padId: number): EncoderConfig {
  return {
    family: "bert",
    vocabularySize,
    width: shape.width,
    layers: shape.layers,
    heads: shape.heads,
    intermediateWidth: 4 * shape.width,
    positions: shape.maxLength,
    typeVocabularySize: 2,
    padId,
    activation: "gelu",
    layerNormEpsilon: 1e-12,
    hiddenDropout: 0.1,
    attentionDropout: 0.1,
    classifierDropout: null,
    initializerRange: 0.02,
  };
}
