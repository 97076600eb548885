/**
 * RoBERTa: BERT whose positions start behind the padding token's number, and whose head has a dense layer of its own
 * in place of the pooler. Liu et al. 2019, arXiv:1907.11692.
 */
import { tanh } from "../../autograd/operators/elementwise.js";
import { BERT_DEFAULTS, BERT_PLACES } from "./bert.js";
import type { FamilyRow } from "./family.js";
import { denseHead } from "./pooled.js";
import { bertEmbeddings, bertLayer, embed, postNormEntries, postNormLayers } from "./post-norm.js";

export const roberta: FamilyRow = {
  className: "Roberta",
  prefix: "roberta",
  config: { defaults: { ...BERT_DEFAULTS, vocab_size: 50_265, pad_token_id: 1 } },
  encoderNames: /^(embeddings|encoder|pooler)\./,
  tokenTable: "embeddings.word_embeddings",
  firstPosition: ({ padId }) => padId + 1,
  embeddings: (config) => bertEmbeddings(config, config.padId),
  layer: (config, layer) => postNormEntries(config, bertLayer(layer)),
  layerNames: bertLayer,
  placeOf: BERT_PLACES,
  encode: (builder, inputs) => postNormLayers(builder, embed(builder, inputs), inputs, bertLayer),
  pooler: null,
  sequenceHead: denseHead(tanh),
  maskedHead: () => ({
    dense: "lm_head.dense",
    normalization: "lm_head.layer_norm",
    bias: "lm_head.bias",
    decoder: "lm_head.decoder",
  }),
};
