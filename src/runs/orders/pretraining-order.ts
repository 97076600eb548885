/**
 * The order of a pretraining, with every default filled in. Options, rules and defaults are those of the table
 * (train/options/pretrain-rows.ts); without a base model the shape of the new one is written out.
 */
import { checkName } from "../../datasets/request.js";
import { viewOfRow } from "../../train/options/domain.js";
import {
  PRETRAIN_DEFAULTS,
  PRETRAIN_ORDER_OPTIONS,
  PRETRAIN_ROWS,
  type PretrainOptions,
  type PretrainOrderOptions,
  SHAPE_OPTIONS,
  shapeRule,
} from "../../train/pretrain/pretrain-options.js";
import { invalid } from "./input.js";
import { valuesOf } from "./training-settings.js";

export interface PretrainingInput extends Partial<PretrainOrderOptions> {
  /** Name of the run and of its model. */
  name: string;
  /** Name of a dataset. */
  dataset: string;
  /** Name of a model that was pretrained on masked tokens; null (default): random weights. */
  baseModel?: string | null;
  idempotencyKey?: string | null;
}

/** What is hashed. */
export type PretrainingOrder = { name: string; dataset: string; baseModel: string | null } & PretrainOrderOptions;

/** What Run.input holds: with what was there when it was given. */
export type PlannedPretraining = PretrainingOrder & {
  /** Of the dataset: molecules that came later are not read. */
  positions: number;
  molecules: number;
  /** Weights of the model, of a new one roughly: its vocabulary is made from the molecules. */
  parameterCount: number;
};

/** Folder of what a pretraining needs while it goes on, relative to the artifact store. */
export const pretrainingArtifact = (runId: string): string => `runs/${runId}/pretraining`;

/** What `Run.input` holds of a pretraining. */
export const plannedPretraining = (input: unknown): PlannedPretraining => input as PlannedPretraining;

/** Weights, gradients and two moments of each have to fit into the 4 GB that a training process can address. */
const MOST_PARAMETERS = 250_000_000;
/** Tokens of a vocabulary that is made from molecules, roughly. */
export const ROUGH_VOCABULARY = 300;

/** INVALID_CONFIG. */
export function orderPretraining(input: PretrainingInput): PretrainingOrder {
  const { name, dataset, baseModel = null } = input;
  checkName(name, "name");
  const viewOf = (option: keyof PretrainOrderOptions) => viewOfRow(PRETRAIN_ROWS[option]);
  const options = valuesOf(PRETRAIN_ORDER_OPTIONS, viewOf, input, invalid) as PretrainOrderOptions;
  if (baseModel !== null) {
    const given = SHAPE_OPTIONS.find((option) => options[option] !== null);
    if (given !== undefined) throw invalid(given, options[given], "left out, because `baseModel` brings its own shape");
    return { name, dataset, baseModel, ...options };
  }
  const shape = shapeOf(options);
  const rule = shapeRule(shape);
  if (rule !== null) throw invalid("width", shape.width, rule);
  const parameters = roughParameters(shape);
  if (parameters > MOST_PARAMETERS)
    throw invalid(
      "width",
      shape.width,
      `so small that the model has at most ${MOST_PARAMETERS.toLocaleString("en-US")} weights: with these layers it ` +
        `would have ${parameters.toLocaleString("en-US")}`,
    );
  return { name, dataset, baseModel, ...options, ...shape };
}

/** Of a model from random weights. */
export const shapeOf = (
  options: Pick<PretrainOrderOptions, (typeof SHAPE_OPTIONS)[number]>,
): PretrainOptions["shape"] => {
  const { shape } = PRETRAIN_DEFAULTS;
  return {
    width: options.width ?? shape.width,
    layers: options.layers ?? shape.layers,
    heads: options.heads ?? shape.heads,
    maxLength: options.maxLength ?? shape.maxLength,
  };
};

/** Matrices of attention and feed-forward of each layer, embeddings, and the head's layer. */
export const roughParameters = ({ width, layers, maxLength }: PretrainOptions["shape"]): number =>
  12 * layers * width * width + (ROUGH_VOCABULARY + maxLength) * width + width * width;
