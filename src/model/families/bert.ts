/** BERT. Devlin et al. 2018, arXiv:1810.04805. */
import { type FamilyRow, placeBy } from "./family.js";
import { pooledHead } from "./pooled.js";
import { bertEmbeddings, bertLayer, embed, postNormEntries, postNormLayers } from "./post-norm.js";

/** Of config.json: what bert, roberta and most of the others share. */
export const BERT_DEFAULTS = {
  hidden_dropout_prob: 0.1,
  attention_probs_dropout_prob: 0.1,
  layer_norm_eps: 1e-12,
  initializer_range: 0.02,
  type_vocab_size: 2,
  hidden_size: 768,
  num_hidden_layers: 12,
  num_attention_heads: 12,
  intermediate_size: 3072,
  max_position_embeddings: 512,
  hidden_act: "gelu",
};

export const BERT_PLACES = placeBy(/^embeddings\./, /^encoder\.layer\.(\d+)\./);

export const bert: FamilyRow = {
  className: "Bert",
  prefix: "bert",
  config: { defaults: { ...BERT_DEFAULTS, vocab_size: 30_522, pad_token_id: 0 } },
  encoderNames: /^(embeddings|encoder|pooler)\./,
  tokenTable: "embeddings.word_embeddings",
  embeddings: (config) => bertEmbeddings(config),
  layer: (config, layer) => postNormEntries(config, bertLayer(layer)),
  layerNames: bertLayer,
  placeOf: BERT_PLACES,
  encode: (builder, inputs) => postNormLayers(builder, embed(builder, inputs), inputs, bertLayer),
  pooler: "pooler.dense",
  sequenceHead: pooledHead("pooler.dense"),
  maskedHead: () => ({
    dense: "cls.predictions.transform.dense",
    normalization: "cls.predictions.transform.LayerNorm",
    bias: "cls.predictions.bias",
    decoder: "cls.predictions.decoder",
  }),
};
