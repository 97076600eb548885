/**
 * Options of a pretraining with their defaults, and its results. Apart from pretrain.ts so that a command line can show
 * them without loading the trainer. What each option is, its rule and its default stand in options/pretrain-rows.ts.
 *
 * The order of the keys in PRETRAIN_DEFAULTS is part of a run's identity: options are made by spreading it first.
 */
import type { OptionRow, ValueOf } from "../options/domain.js";
import type { ServiceValue } from "../options/options.js";
import { PRETRAIN_ROWS } from "../options/pretrain-rows.js";
import type { PropertyScores } from "./properties/scores.js";

export { PRETRAIN_ROWS } from "../options/pretrain-rows.js";

type Rows = typeof PRETRAIN_ROWS;
export type PretrainRow = keyof Rows;
/** Options that an order of a run may set. */
export type PretrainOrderOption = { [K in PretrainRow]: Rows[K] extends { service: null } ? never : K }[PretrainRow];
/** What an order may set, with nothing left open. */
export type PretrainOrderOptions = { [K in PretrainOrderOption]: ServiceValue<Rows[K]> };
export const PRETRAIN_ORDER_OPTIONS = (Object.keys(PRETRAIN_ROWS) as PretrainRow[]).filter(
  (name): name is PretrainOrderOption => name !== "threads",
);

export const PRETRAIN_ORDER_ROWS = Object.fromEntries(
  PRETRAIN_ORDER_OPTIONS.map((name) => [name, PRETRAIN_ROWS[name]]),
) as { readonly [K in PretrainOrderOption]: OptionRow };

/** Of a model from random weights; a base model brings its own. */
export const SHAPE_OPTIONS = ["layers", "width", "heads", "maxLength"] as const;
type Shape = (typeof SHAPE_OPTIONS)[number];
type Values = { [K in PretrainRow]: Rows[K]["engine"] extends null ? never : ValueOf<NonNullable<Rows[K]["engine"]>> };

export interface PretrainOptions extends Omit<Values, Shape | "warmupRatio" | "evalSteps" | "device"> {
  /** File of SMILES, one a line; gzip or plain. */
  corpus: string;
  /** Folder that receives the model and its vocabulary; of a pretraining on a file, under "state", its state too. */
  output: string;
  shape: { [K in Shape]: number };
  /** The option `warmupRatio`. */
  warmup: number;
  /** Folder of a model to continue, Hugging Face layout; its vocabulary and shape then replace `shape`. null: none. */
  base: string | null;
}

const initial = <K extends PretrainRow>(name: K) => (PRETRAIN_ROWS[name].engine as { default: number }).default;

export const PRETRAIN_DEFAULTS: Omit<PretrainOptions, "corpus" | "output"> = {
  shape: {
    width: initial("width"),
    layers: initial("layers"),
    heads: initial("heads"),
    maxLength: initial("maxLength"),
  },
  tokens: initial("tokens"),
  batchSize: initial("batchSize"),
  learningRate: initial("learningRate"),
  warmup: initial("warmupRatio"),
  weightDecay: initial("weightDecay"),
  maskProbability: initial("maskProbability"),
  dropout: initial("dropout"),
  validationMolecules: initial("validationMolecules"),
  seed: initial("seed"),
  threads: initial("threads"),
  checkpointEvery: initial("checkpointEvery"),
  logEvery: initial("logEvery"),
  properties: initial("properties"),
  propertyShare: initial("propertyShare"),
  randomSmiles: initial("randomSmiles"),
  base: null,
};

/** A shape that cannot be, as a rule that follows "it must be"; null: it can be. */
export const shapeRule = ({ width, heads }: Pick<PretrainOptions["shape"], "width" | "heads">): string | null =>
  width % heads === 0 ? null : `a multiple of \`heads\`, ${heads}: every head has an equal share`;

export interface PretrainProgress {
  step: number;
  tokensSeen: number;
  tokens: number;
  /** Passes over the training molecules done, with the share of the one under way. */
  epoch: number;
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
