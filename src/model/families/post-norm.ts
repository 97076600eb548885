/**
 * The layer of BERT, in which each part is added to what entered it and the sum is normalised (Devlin et al. 2018,
 * arXiv:1810.04805), and the embeddings before it. Families differ in names, and in where dropout acts.
 */
import type { Value } from "../../autograd/graph.js";
import { add } from "../../autograd/operators/elementwise.js";
import { lookup } from "../../autograd/operators/rows.js";
import type { EncoderBuilder, EncoderInputs } from "../encoder.js";
import { type EncoderConfig, embeddingWidth } from "../types.js";
import { dense, type LayerNames, normalization, type ParameterEntry, table } from "./family.js";

export interface PostNormNames extends LayerNames {
  attentionNormalization: string;
  outputNormalization: string;
}

/** bert, roberta and electra. */
export const bertLayer = (layer: number): PostNormNames => {
  const stem = `encoder.layer.${layer}`;
  return {
    query: `${stem}.attention.self.query`,
    key: `${stem}.attention.self.key`,
    value: `${stem}.attention.self.value`,
    attentionOutput: `${stem}.attention.output.dense`,
    attentionNormalization: `${stem}.attention.output.LayerNorm`,
    intermediate: `${stem}.intermediate.dense`,
    output: `${stem}.output.dense`,
    outputNormalization: `${stem}.output.LayerNorm`,
  };
};

export function postNormEntries({ width, intermediateWidth }: EncoderConfig, names: PostNormNames): ParameterEntry[] {
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

/** Tokens, positions and, where the family has them, types. */
export function bertEmbeddings(config: EncoderConfig, zeroPosition?: number): ParameterEntry[] {
  const width = embeddingWidth(config);
  return [
    table("embeddings.word_embeddings", config.vocabularySize, width, config.padId),
    table("embeddings.position_embeddings", config.positions, width, zeroPosition),
    ...(config.typeVocabularySize > 0
      ? [table("embeddings.token_type_embeddings", config.typeVocabularySize, width)]
      : []),
    ...normalization("embeddings.LayerNorm", width),
  ];
}

/** [tokens, embedding width] */
export function embed(builder: EncoderBuilder, inputs: EncoderInputs): Value {
  const { config, graph } = builder;
  const rowsOf = (name: string, rows: number, ids: Value) =>
    lookup(graph.parameter(`embeddings.${name}.weight`, [rows, embeddingWidth(config)]), ids);
  const tokens = rowsOf("word_embeddings", config.vocabularySize, inputs.tokenIds);
  const typed = inputs.typeIds
    ? add(tokens, rowsOf("token_type_embeddings", config.typeVocabularySize, inputs.typeIds))
    : tokens;
  const sum = add(typed, rowsOf("position_embeddings", config.positions, inputs.positionIds));
  return builder.drop(builder.normalize(sum, "embeddings.LayerNorm"), "HIDDEN", config.hiddenDropout, "embeddings");
}

/** Behind which dense layer of a layer there is dropout. Default: behind both. */
interface DropoutPlaces {
  attention?: boolean;
  output?: boolean;
}

/** hidden [tokens, width] through every layer; the last one only where a row is read. */
export function postNormLayers(
  builder: EncoderBuilder,
  hidden: Value,
  inputs: EncoderInputs,
  namesOf: (layer: number) => PostNormNames,
  { attention = true, output = true }: DropoutPlaces = {},
): Value {
  const { layers, width, intermediateWidth, hiddenDropout } = builder.config;
  const dropped = (x: Value, isHere: boolean, name: string) =>
    isHere ? builder.drop(x, "HIDDEN", hiddenDropout, name) : x;
  if (layers === 0) return builder.read(hidden, inputs);
  for (let layer = 0; layer < layers; layer++) {
    const names = namesOf(layer);
    const rows = layer === layers - 1 ? builder.read(hidden, inputs) : hidden;
    const query = builder.dense(rows, names.query, width);
    const key = builder.dense(hidden, names.key, width);
    const value = builder.dense(hidden, names.value, width);
    const context = builder.attend({ query, key, value }, inputs, layer);
    const attended = builder.dense(context, names.attentionOutput, width);
    const middle = builder.normalize(
      add(dropped(attended, attention, `layer ${layer} attention output`), rows),
      names.attentionNormalization,
    );
    const wide = builder.activate(builder.dense(middle, names.intermediate, intermediateWidth));
    const narrow = builder.dense(wide, names.output, width);
    hidden = builder.normalize(
      add(dropped(narrow, output, `layer ${layer} output`), middle),
      names.outputNormalization,
    );
  }
  return hidden;
}
