/**
 * DistilBERT: BERT without token types and pooler, with names of its own. Its head has a dense layer and ReLU on the
 * first token. Sanh et al. 2019, arXiv:1910.01108.
 */
import { relu } from "../../autograd/operators/elementwise.js";
import { dense, type FamilyRow, placeBy } from "./family.js";
import { classifierDropout, startRows } from "./pooled.js";
import { bertEmbeddings, embed, type PostNormNames, postNormEntries, postNormLayers } from "./post-norm.js";

const distilbertLayer = (layer: number): PostNormNames => {
  const stem = `transformer.layer.${layer}`;
  return {
    query: `${stem}.attention.q_lin`,
    key: `${stem}.attention.k_lin`,
    value: `${stem}.attention.v_lin`,
    attentionOutput: `${stem}.attention.out_lin`,
    attentionNormalization: `${stem}.sa_layer_norm`,
    intermediate: `${stem}.ffn.lin1`,
    output: `${stem}.ffn.lin2`,
    outputNormalization: `${stem}.output_layer_norm`,
  };
};

export const distilbert: FamilyRow = {
  className: "DistilBert",
  prefix: "distilbert",
  config: {
    defaults: {
      vocab_size: 30_522,
      max_position_embeddings: 512,
      n_layers: 6,
      n_heads: 12,
      dim: 768,
      hidden_dim: 3072,
      dropout: 0.1,
      attention_dropout: 0.1,
      activation: "gelu",
      initializer_range: 0.02,
      seq_classif_dropout: 0.2,
      pad_token_id: 0,
    },
    renamed: {
      hidden_size: "dim",
      num_hidden_layers: "n_layers",
      num_attention_heads: "n_heads",
      intermediate_size: "hidden_dim",
      hidden_act: "activation",
      hidden_dropout_prob: "dropout",
      attention_probs_dropout_prob: "attention_dropout",
      classifier_dropout: "seq_classif_dropout",
    },
    constants: { type_vocab_size: 0, layer_norm_eps: 1e-12, position_embedding_type: "absolute" },
    // transformers takes no null for the dropout of the head. The sines are in the table of positions.
    format: ({ classifierDropout: own, hiddenDropout }) => ({
      seq_classif_dropout: own ?? hiddenDropout,
      sinusoidal_pos_embds: false,
    }),
  },
  encoderNames: /^(embeddings|transformer)\./,
  tokenTable: "embeddings.word_embeddings",
  embeddings: (config) => bertEmbeddings(config),
  layer: (config, layer) => postNormEntries(config, distilbertLayer(layer)),
  layerNames: distilbertLayer,
  placeOf: placeBy(/^embeddings\./, /^transformer\.layer\.(\d+)\./),
  encode: (builder, inputs) =>
    postNormLayers(builder, embed(builder, inputs), inputs, distilbertLayer, { attention: false }),
  pooler: null,
  sequenceHead: {
    parameters: ({ width }, classes) => [
      ...dense("pre_classifier", width, width),
      ...dense("classifier", classes, width),
    ],
    logits: (builder, hidden, classes) => {
      const features = relu(builder.dense(startRows(builder, hidden), "pre_classifier", builder.config.width));
      const kept = builder.drop(features, "SEQUENCE", classifierDropout(builder.config), "classifier");
      return builder.dense(kept, "classifier", classes);
    },
    output: "classifier",
  },
  maskedHead: () => ({
    dense: "vocab_transform",
    normalization: "vocab_layer_norm",
    bias: "vocab_projector.bias",
    decoder: "vocab_projector",
  }),
};
