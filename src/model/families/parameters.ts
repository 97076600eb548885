/**
 * Every parameter of a family for a task: its name without the family prefix, its shape, and its initial values.
 * Loading, saving and initialising all use this list, so they cannot disagree.
 */
import { type EncoderConfig, isSequenceTask, type Task } from "../types.js";
import { albertLayer, bertLayer, type LayerNames } from "./layer.js";

export interface ParameterEntry {
  name: string;
  shape: number[];
  /** WEIGHT: normal(0, initializerRange); ZERO; ONE. */
  initial: "WEIGHT" | "ZERO" | "ONE";
  /** Row of an embedding table that starts as zeros. */
  zeroRow?: number;
  /** A file may lack it: no computation for this task uses it. */
  optional?: boolean;
}

const dense = (stem: string, out: number, width: number, optional?: boolean): ParameterEntry[] => [
  { name: `${stem}.weight`, shape: [out, width], initial: "WEIGHT", ...(optional && { optional }) },
  { name: `${stem}.bias`, shape: [out], initial: "ZERO", ...(optional && { optional }) },
];

const normalization = (stem: string, width: number): ParameterEntry[] => [
  { name: `${stem}.weight`, shape: [width], initial: "ONE" },
  { name: `${stem}.bias`, shape: [width], initial: "ZERO" },
];

export function parameterList(config: EncoderConfig, task: Task, classes: number): ParameterEntry[] {
  return [...embeddings(config), ...layers(config), ...pooler(config, task), ...head(config, task, classes)];
}

function embeddings(config: EncoderConfig): ParameterEntry[] {
  const width = config.embeddingWidth ?? config.width;
  const table = (name: string, rows: number, zeroRow?: number): ParameterEntry => ({
    name: `embeddings.${name}.weight`,
    shape: [rows, width],
    initial: "WEIGHT",
    ...(zeroRow !== undefined && { zeroRow }),
  });
  return [
    table("word_embeddings", config.vocabularySize, config.padId),
    table("position_embeddings", config.positions, config.family === "roberta" ? config.padId : undefined),
    table("token_type_embeddings", config.typeVocabularySize),
    ...normalization("embeddings.LayerNorm", width),
  ];
}

function layers(config: EncoderConfig): ParameterEntry[] {
  const { family, width, embeddingWidth } = config;
  if (family === "albert") {
    return [
      ...dense("encoder.embedding_hidden_mapping_in", width, embeddingWidth ?? width),
      ...layer(config, albertLayer()),
    ];
  }
  return Array.from({ length: config.layers }, (_, index) => layer(config, bertLayer(index))).flat();
}

function layer({ width, intermediateWidth }: EncoderConfig, names: LayerNames): ParameterEntry[] {
  return [
    ...dense(names.query, width, width),
    ...dense(names.key, width, width),
    ...dense(names.value, width, width),
    ...dense(names.attentionOutput, width, width),
    ...normalization(names.attentionNormalization, width),
    ...dense(names.intermediate, intermediateWidth, width),
    ...dense(names.output, width, intermediateWidth),
    ...normalization(names.outputNormalization, width),
  ];
}

/** The classifiers of bert and albert use the pooler. For other tasks it is kept if a file has it. */
function pooler({ family, width }: EncoderConfig, task: Task): ParameterEntry[] {
  if (family === "roberta" && task !== "ENCODER") return [];
  return dense(family === "albert" ? "pooler" : "pooler.dense", width, width, !isSequenceTask(task));
}

function head(config: EncoderConfig, task: Task, classes: number): ParameterEntry[] {
  const { family, width } = config;
  if (task === "ENCODER") return [];
  if (isSequenceTask(task)) {
    if (family !== "roberta") return dense("classifier", classes, width);
    return [...dense("classifier.dense", width, width), ...dense("classifier.out_proj", classes, width)];
  }
  const { dense: transform, normalization: norm, bias } = maskedTokenHead(family);
  const embeddingWidth = config.embeddingWidth ?? width;
  return [
    ...dense(transform, embeddingWidth, width),
    ...normalization(norm, embeddingWidth),
    { name: bias, shape: [config.vocabularySize], initial: "ZERO" },
  ];
}

/**
 * Parameter names of the masked-token head: transformation, normalisation, bias of the vocabulary. Its output table is
 * the embedding table.
 */
export const maskedTokenHead = (family: EncoderConfig["family"]) =>
  ({
    bert: {
      dense: "cls.predictions.transform.dense",
      normalization: "cls.predictions.transform.LayerNorm",
      bias: "cls.predictions.bias",
      decoder: "cls.predictions.decoder",
    },
    roberta: {
      dense: "lm_head.dense",
      normalization: "lm_head.layer_norm",
      bias: "lm_head.bias",
      decoder: "lm_head.decoder",
    },
    albert: {
      dense: "predictions.dense",
      normalization: "predictions.LayerNorm",
      bias: "predictions.bias",
      decoder: "predictions.decoder",
    },
  })[family];
