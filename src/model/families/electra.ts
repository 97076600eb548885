/**
 * ELECTRA: BERT whose embeddings may be narrower than its layers, without a pooler. What pretraining's discriminator
 * has for single tokens is left in the file; a generator's masked-token head is read. Clark et al. 2020,
 * arXiv:2003.10555.
 */
import { gelu } from "../../autograd/operators/elementwise.js";
import { BERT_DEFAULTS } from "./bert.js";
import { dense, type FamilyRow, placeBy } from "./family.js";
import { denseHead } from "./pooled.js";
import { bertEmbeddings, bertLayer, embed, postNormEntries, postNormLayers } from "./post-norm.js";

const PROJECTION = "embeddings_project";

export const electra: FamilyRow = {
  className: "Electra",
  prefix: "electra",
  config: {
    defaults: {
      ...BERT_DEFAULTS,
      vocab_size: 30_522,
      embedding_size: 128,
      hidden_size: 256,
      num_attention_heads: 4,
      intermediate_size: 1024,
      pad_token_id: 0,
    },
    parse: (read) => ({ embeddingWidth: read.count("embedding_size") }),
    format: ({ embeddingWidth, width }) => ({ embedding_size: embeddingWidth ?? width }),
  },
  encoderNames: /^(embeddings|embeddings_project|encoder)\./,
  tokenTable: "embeddings.word_embeddings",
  embeddings: (config) => bertEmbeddings(config),
  between: ({ width, embeddingWidth = width }) =>
    embeddingWidth === width ? [] : dense(PROJECTION, width, embeddingWidth),
  layer: (config, layer) => postNormEntries(config, bertLayer(layer)),
  layerNames: bertLayer,
  placeOf: placeBy(/^(embeddings|embeddings_project)\./, /^encoder\.layer\.(\d+)\./),
  encode: (builder, inputs) => {
    const { width, embeddingWidth = width } = builder.config;
    const embedded = embed(builder, inputs);
    const hidden = embeddingWidth === width ? embedded : builder.dense(embedded, PROJECTION, width);
    return postNormLayers(builder, hidden, inputs, bertLayer);
  },
  pooler: null,
  sequenceHead: denseHead(gelu),
  maskedHead: () => ({
    dense: "generator_predictions.dense",
    normalization: "generator_predictions.LayerNorm",
    bias: "generator_lm_head.bias",
    decoder: "generator_lm_head",
    activation: "gelu",
  }),
};
