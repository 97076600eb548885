/**
 * What a finetune takes, before it starts: bytes of its process at their peak, and floating point operations. Rough
 * formulas; bench/estimates.ts compares them with measured runs.
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

const FLOAT_BYTES = 4;
/** Node and the runtime with their code, before there is a model. */
const BASE_BYTES = 150e6;
/** Copies of all numbers: the base model as it was read, the constants of the runtime, what is written at the end. */
const COPIES = 3;
/** Of what is trained: weight, gradient, two moments, and a gradient on its way out of the runtime. */
const TRAINED_COPIES = 5;
/** Numbers that a layer keeps for the way back, by token: of its width, and of each head for each other token. */
const KEPT_OF_WIDTH = 24;
const KEPT_OF_HEAD = 4;

/** Peak bytes of the training process. */
export function finetuneBytes(size: TrainingSize): number {
  const { parameters, trained = parameters, layers, width, heads, tokens, batchTokens } = size;
  const kept = batchTokens * layers * (KEPT_OF_WIDTH * width + KEPT_OF_HEAD * heads * tokens);
  return Math.round(BASE_BYTES + FLOAT_BYTES * (COPIES * parameters + TRAINED_COPIES * trained + kept));
}

/** Of one token of a sequence of so many, forwards and backwards; forwards alone a third. */
export const operationsOfToken = ({
  layers,
  width,
  tokens,
}: Pick<TrainingSize, "layers" | "width" | "tokens">): number => 3 * layers * (24 * width * width + 4 * width * tokens);

/** Operations that one thread does in the time that a step needs besides: calls of the runtime, for each layer. */
const OF_LAYER = 3e8;
/** The same for the optimizer, for each trained number. */
const OF_WEIGHT = 40;

/** Of one step besides its tokens, in operations of the same time. */
export const operationsOfStep = ({
  layers,
  parameters,
  trained = parameters,
}: Pick<TrainingSize, "layers" | "parameters" | "trained">): number => OF_LAYER * layers + OF_WEIGHT * trained;

/** Operations of one thread in a second, where no finished run says better: a processor that others use, too. */
export const THREAD_SPEED = 30e9;
/** Seconds of a run before its first step and after its last. */
export const SECONDS_AROUND = 5;
