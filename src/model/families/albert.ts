/**
 * ALBERT: embeddings narrower than the layers, and layers that share one set of parameters. Lan et al. 2019,
 * arXiv:1909.11942.
 */
import { dense, type FamilyRow, placeBy } from "./family.js";
import { pooledHead } from "./pooled.js";
import { bertEmbeddings, embed, type PostNormNames, postNormEntries, postNormLayers } from "./post-norm.js";

const MAPPING = "encoder.embedding_hidden_mapping_in";

const albertLayer = (): PostNormNames => {
  const stem = "encoder.albert_layer_groups.0.albert_layers.0";
  return {
    query: `${stem}.attention.query`,
    key: `${stem}.attention.key`,
    value: `${stem}.attention.value`,
    attentionOutput: `${stem}.attention.dense`,
    attentionNormalization: `${stem}.attention.LayerNorm`,
    intermediate: `${stem}.ffn`,
    output: `${stem}.ffn_output`,
    outputNormalization: `${stem}.full_layer_layer_norm`,
  };
};

export const albert: FamilyRow = {
  className: "Albert",
  prefix: "albert",
  config: {
    defaults: {
      hidden_dropout_prob: 0,
      attention_probs_dropout_prob: 0,
      layer_norm_eps: 1e-12,
      initializer_range: 0.02,
      type_vocab_size: 2,
      vocab_size: 30_000,
      embedding_size: 128,
      hidden_size: 4096,
      num_hidden_layers: 12,
      num_attention_heads: 64,
      intermediate_size: 16_384,
      max_position_embeddings: 512,
      hidden_act: "gelu_new",
      pad_token_id: 0,
      classifier_dropout_prob: 0.1,
    },
    renamed: { classifier_dropout: "classifier_dropout_prob" },
    fixed: { num_hidden_groups: 1, inner_group_num: 1 },
    parse: (read) => ({ embeddingWidth: read.count("embedding_size") }),
    format: ({ embeddingWidth, classifierDropout, hiddenDropout }) => ({
      embedding_size: embeddingWidth,
      num_hidden_groups: 1,
      inner_group_num: 1,
      classifier_dropout_prob: classifierDropout ?? hiddenDropout, // transformers takes no null here
    }),
  },
  encoderNames: /^(embeddings|encoder|pooler)\./,
  sharedLayers: true,
  tokenTable: "embeddings.word_embeddings",
  embeddings: (config) => bertEmbeddings(config),
  between: ({ width, embeddingWidth }) => dense(MAPPING, width, embeddingWidth ?? width),
  layer: (config) => postNormEntries(config, albertLayer()),
  layerNames: albertLayer,
  placeOf: placeBy(/^(embeddings|encoder\.embedding_hidden_mapping_in)\./, /^encoder\.albert_layer_groups\.(\d+)\./),
  encode: (builder, inputs) => {
    const hidden = builder.dense(embed(builder, inputs), MAPPING, builder.config.width);
    return postNormLayers(builder, hidden, inputs, albertLayer, { output: false });
  },
  pooler: "pooler",
  sequenceHead: pooledHead("pooler"),
  maskedHead: () => ({
    dense: "predictions.dense",
    normalization: "predictions.LayerNorm",
    bias: "predictions.bias",
    decoder: "predictions.decoder",
  }),
};
