/**
 * Options of a pretraining run with their defaults, and its results. Apart from pretrain.ts so that a command line can
 * show them without loading the trainer.
 *
 * The order of the keys in PRETRAIN_DEFAULTS is part of a run's identity: options are made by spreading it first.
 */
import type { PropertyScores } from "./properties/scores.js";

export interface PretrainOptions {
  /** File of SMILES, one a line; gzip or plain. */
  corpus: string;
  /** Folder that receives the model, its vocabulary and, under "state", the state from which the run resumes. */
  output: string;
  shape: { width: number; layers: number; heads: number; maxLength: number };
  /** Tokens to learn from, special tokens included; the learning rate falls to 0 over them. */
  tokens: number;
  /** Sequences a step. */
  batchSize: number;
  /** At the end of the warm-up. */
  learningRate: number;
  /** Share of the tokens over which the learning rate rises from 0. */
  warmup: number;
  weightDecay: number;
  /** Share of the tokens masked. */
  maskProbability: number;
  /** Dropout during pretraining. The saved config keeps 0.1 for finetuning. */
  dropout: number;
  /** Molecules held out for validation. */
  validationMolecules: number;
  seed: number;
  threads: number;
  /** Steps between two states written. */
  checkpointEvery: number;
  /** Steps between two lines of progress. */
  logEvery: number;
  /**
   * Weight of the second objective (properties/targets.ts) beside the masked tokens' mean cross-entropy: of the mean of
   * three losses, each 1 for the best constant answer. 0: off.
   */
  properties: number;
  /**
   * Share of the molecules that have targets for it, the same ones in every pass. RDKit takes some 3 ms for each in the
   * first pass; for all molecules that is a quarter of a small model's step.
   */
  propertyShare: number;
  /** Share of the molecules that are written in another atom order, drawn in each pass over the corpus. */
  randomSmiles: number;
  /** Folder of a model to continue, Hugging Face layout; its vocabulary and shape then replace `shape`. null: none. */
  base: string | null;
}

export const PRETRAIN_DEFAULTS: Omit<PretrainOptions, "corpus" | "output"> = {
  shape: { width: 256, layers: 4, heads: 4, maxLength: 256 },
  tokens: 16_000_000,
  batchSize: 32,
  learningRate: 1e-3,
  warmup: 0.03,
  weightDecay: 0.01,
  maskProbability: 0.15,
  dropout: 0,
  validationMolecules: 2_000,
  seed: 42,
  threads: 2,
  checkpointEvery: 250,
  logEvery: 25,
  properties: 0,
  propertyShare: 1,
  randomSmiles: 0,
  base: null,
};

export interface PretrainProgress {
  step: number;
  tokensSeen: number;
  tokens: number;
  /** Mean over the steps since the last line. */
  loss: number;
  /** Share of masked tokens recovered, likewise. */
  accuracy: number;
  /** Losses of the property heads, likewise, as shares of what the best constant answer loses; null without them. */
  properties: { descriptors: number; maccs: number; morgan: number } | null;
  learningRate: number;
  tokensPerSecond: number;
  secondsLeft: number;
}

export interface PretrainResult {
  step: number;
  tokensSeen: number;
  /**
   * On the held-out molecules: cross-entropy in nats, share of masked tokens recovered, and the share that the most
   * frequent token would recover.
   */
  validation: { molecules: number; maskedTokens: number; loss: number; accuracy: number; mostFrequentToken: number };
  /** Of the same molecules, whole; null without the second objective. */
  properties: PropertyScores | null;
  /** Numbers in the model written. */
  parameters: number;
}
