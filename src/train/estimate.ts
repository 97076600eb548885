/**
 * What a finetune or a pretraining takes, before it starts: bytes of its process at their peak, and the time of one
 * processor. Rough formulas, sums of terms; their factors were fitted to measured runs by bench/estimates.ts, which
 * says how near they come.
 */

export interface TrainingSize {
  /** Numbers of the model; those that are trained, where not all are. */
  parameters: number;
  trained?: number;
  layers: number;
  width: number;
  heads: number;
  /** Tokens of the longest sequence, and of the largest batch together, with the special ones. */
  tokens: number;
  batchTokens: number;
}

export interface PretrainingSize extends Omit<TrainingSize, "trained"> {
  /** Tokens of the vocabulary, and of the largest batch those that are masked. */
  vocabulary: number;
  maskedTokens: number;
  /** Of all molecules of the file together. */
  corpusTokens: number;
}

const FLOAT_BYTES = 4;
/** Node and the runtime with their code, before there is a model. */
const BASE_BYTES = 160e6;

/** Peak bytes of the training process. */
export function finetuneBytes(size: TrainingSize): number {
  const { parameters, trained = parameters } = size;
  const numbers = COPIES * parameters + TRAINED_COPIES * trained + keptOf(size, KEPT_OF_FINETUNE);
  return Math.round(BASE_BYTES + FLOAT_BYTES * numbers);
}

/** Copies of all numbers: the base model as it was read, the constants of the runtime, what is written at the end. */
const COPIES = 3;
/** Of what is trained: weight, gradient, two moments, and a gradient on its way out of the runtime. */
const TRAINED_COPIES = 5;

/** Numbers that a layer keeps for the way back, by token: of its width, and of each head for each other token. */
interface KeptNumbers {
  width: number;
  head: number;
}
const KEPT_OF_FINETUNE: KeptNumbers = { width: 23.2, head: 3.9 };

type Kept = Pick<TrainingSize, "layers" | "width" | "heads" | "tokens" | "batchTokens">;

const keptOf = ({ layers, width, heads, tokens, batchTokens }: Kept, kept: KeptNumbers): number =>
  batchTokens * layers * (kept.width * width + kept.head * heads * tokens);

/** Peak bytes of the training process; molecules are prepared in another one. */
export function pretrainingBytes(size: PretrainingSize): number {
  const { parameters, vocabulary, maskedTokens, corpusTokens } = size;
  const numbers = PRETRAINED_COPIES * parameters + keptOf(size, KEPT_OF_PRETRAINING);
  const logits = KEPT_OF_LOGIT * maskedTokens * vocabulary;
  return Math.round(BASE_BYTES + FLOAT_BYTES * (numbers + logits) + TOKEN_BYTES * corpusTokens);
}

/** Of all numbers, all of which are trained. */
const PRETRAINED_COPIES = 6.4;
/** Without dropout, its default, heads keep less. */
const KEPT_OF_PRETRAINING: KeptNumbers = { width: 27.6, head: 0.8 };
/** Numbers kept of each masked token, for each token of the vocabulary. */
const KEPT_OF_LOGIT = 8;
/** Of the file, with what is kept of each molecule. */
const TOKEN_BYTES = 3.4;

type Speed = Pick<TrainingSize, "layers" | "width" | "tokens">;

/** Of one token of a sequence of so many, forwards and backwards; forwards alone a third. */
export const operationsOfToken = ({ layers, width, tokens }: Speed): number =>
  3 * layers * (24 * width * width + 4 * width * tokens + OF_WIDTH * width);

/** Of one masked token, in the head over the vocabulary. */
export const operationsOfMasked = ({ width, vocabulary }: Pick<PretrainingSize, "width" | "vocabulary">): number =>
  3 * (2 * width * width + 2 * width * vocabulary);

/** Of one step besides its tokens. */
export const operationsOfStep = ({
  layers,
  parameters,
  trained = parameters,
}: Pick<TrainingSize, "layers" | "parameters" | "trained">): number => OF_LAYER * layers + OF_WEIGHT * trained;

/**
 * Multiplications of matrices that a thread does in the time that other work takes: forwards, what is done with each
 * number of a layer; in a step, calls of the runtime for each layer, and the optimizer for each trained number.
 */
const OF_WIDTH = 6_500;
const OF_LAYER = 2.6e8;
const OF_WEIGHT = 975;

/** Operations of one thread in a second of its processor, where no finished run says better. */
export const THREAD_SPEED = 140e9;
/** Seconds of a run before its first step and after its last. */
export const SECONDS_AROUND = 5;
