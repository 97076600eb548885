/**
 * What an encoder family says of itself: one row of the table in index.ts. Names of parameters are Hugging Face's
 * without the prefix of the family. The rows of a family's parameters and its graph stand in one file, so that they
 * cannot disagree: loading, saving and initialising use the rows, training and inference the graph.
 */
import type { Value } from "../../autograd/graph.js";
import type { EncoderBuilder, EncoderInputs } from "../encoder.js";
import type { EncoderConfig, Family } from "../types.js";

export type Json = Record<string, unknown>;

export interface FamilyRow {
  /** Of Hugging Face's classes: "Bert" of BertForMaskedLM. */
  className: string;
  /** Before the encoder's names in a file with a head: "bert" of bert.embeddings.…; "model" in modernbert. */
  prefix: string;
  config: FamilyConfig;
  /** Names that have the prefix: the encoder's, and its pooler's. */
  encoderNames: RegExp;
  /** Every layer has the same parameters. */
  sharedLayers?: true;
  /** The token table [vocabulary, embedding width]: the masked-token head's output table too. */
  tokenTable: string;
  /** Number of the first position that a token can have. Default 0. */
  firstPosition?(config: EncoderConfig): number;
  /** Tables that tokens are looked up in, and what normalises their sum. */
  embeddings(config: EncoderConfig): ParameterEntry[];
  /** Of the encoder, and of no layer: between embeddings and layers, or behind the last layer. */
  between?(config: EncoderConfig): ParameterEntry[];
  layer(config: EncoderConfig, layer: number): ParameterEntry[];
  /** Dense layers of an encoder layer; low-rank adaptation names them so. */
  layerNames(layer: number): LayerNames;
  /** Where a parameter of the encoder belongs, for freezing and for rates by layer; null: behind the encoder. */
  placeOf(name: string, config: Pick<EncoderConfig, "layers">): "EMBEDDINGS" | number | null;
  /** The last hidden layer: [tokens, width]. */
  encode(builder: EncoderBuilder, inputs: EncoderInputs): Value;
  /** Dense layer on the first token that belongs to the encoder, with tanh; null: the family has none that is used. */
  pooler: string | null;
  sequenceHead: SequenceHead;
  maskedHead(config: EncoderConfig): MaskedHead;
}

/** How config.json differs from BERT's. */
interface FamilyConfig {
  /** What transformers' class has where the file has nothing; by the family's own names. */
  defaults: Json;
  /** The family's names of BERT's fields. */
  renamed?: Record<string, string>;
  /** Fields of BERT that the family has not, with the value that its graph has. */
  constants?: Json;
  /** Values that a field must have if the file has it: any other value is another function. */
  fixed?: Json;
  /** Further fields. `read` checks and answers a field by the family's name. */
  parse?(read: FieldReader): Partial<EncoderConfig>;
  format?(config: EncoderConfig): Json;
}

/** Reads one field of config.json, or refuses its value (CHECKPOINT_INVALID, CHECKPOINT_UNSUPPORTED). */
export interface FieldReader {
  given: Readonly<Json>;
  count(name: string, least?: number): number;
  real(name: string): number;
  probability(name: string): number;
  flag(name: string): boolean;
  activation(name: string): EncoderConfig["activation"];
  unsupported(what: string): Error;
}

/** Stems, to which ".weight" and ".bias" are added. */
export interface LayerNames {
  query: string;
  key: string;
  value: string;
  attentionOutput: string;
  intermediate: string;
  output: string;
}

export interface SequenceHead {
  parameters(config: EncoderConfig, classes: number): ParameterEntry[];
  /** hidden [tokens, width] to logits [batch, classes]. */
  logits(builder: EncoderBuilder, hidden: Value, classes: number): Value;
  /** Stem of the layer whose outputs are the logits. */
  output: string;
}

/** transformation, activation, normalisation, and the output table, which is the token table. */
interface MaskedHead {
  dense: string;
  normalization: string;
  /** Bias of the vocabulary; null: there is none. */
  bias: string | null;
  /** The names that a file may have of the output table and of its bias. */
  decoder: string;
  /** Default: that of the encoder. */
  activation?: EncoderConfig["activation"];
  /** Default: both true. */
  hasDenseBias?: boolean;
  hasNormalizationBias?: boolean;
  /** Of the transformation. Default: initializerRange. */
  initial?: Pick<ParameterEntry, "deviation" | "cutoff">;
}

export interface ParameterEntry {
  name: string;
  shape: number[];
  /** WEIGHT: normal(0, deviation); ZERO; ONE. */
  initial: "WEIGHT" | "ZERO" | "ONE";
  /** Of WEIGHT. Default: initializerRange. */
  deviation?: number;
  /** WEIGHT is drawn again where it is further from 0 than this many deviations. Default: no limit. */
  cutoff?: number;
  /** Row of an embedding table that starts as zeros. */
  zeroRow?: number;
  /** A file may lack it: no computation for this task uses it. */
  optional?: boolean;
}

export const dense = (
  stem: string,
  out: number,
  width: number,
  {
    optional,
    bias = true,
    ...initial
  }: Pick<ParameterEntry, "optional" | "deviation" | "cutoff"> & {
    bias?: boolean;
  } = {},
): ParameterEntry[] => [
  { name: `${stem}.weight`, shape: [out, width], initial: "WEIGHT", ...initial, ...(optional && { optional }) },
  ...(bias ? [{ name: `${stem}.bias`, shape: [out], initial: "ZERO" as const, ...(optional && { optional }) }] : []),
];

export const normalization = (stem: string, width: number, bias = true): ParameterEntry[] => [
  { name: `${stem}.weight`, shape: [width], initial: "ONE" },
  ...(bias ? [{ name: `${stem}.bias`, shape: [width], initial: "ZERO" as const }] : []),
];

export const table = (name: string, rows: number, width: number, zeroRow?: number): ParameterEntry => ({
  name: `${name}.weight`,
  shape: [rows, width],
  initial: "WEIGHT",
  ...(zeroRow !== undefined && { zeroRow }),
});

/** Parameters of `encoder.layer.<n>` and the like belong to layer n. */
export const placeBy =
  (embeddings: RegExp, layer: RegExp): FamilyRow["placeOf"] =>
  (name) => {
    if (embeddings.test(name)) return "EMBEDDINGS";
    const found = layer.exec(name);
    return found && Number(found[1]);
  };

export type FamilyTable = Readonly<Record<Family, FamilyRow>>;
