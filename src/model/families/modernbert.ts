/**
 * ModernBERT: each part of a layer is normalised before it and added to what entered it; positions are turns of
 * queries and keys; two layers of three see a window of near tokens only; the wide part is a gated unit (GeGLU).
 * Warner et al. 2024, arXiv:2412.13663; rotary positions: Su et al. 2021, arXiv:2104.09864; gated units: Shazeer 2020,
 * arXiv:2002.05202.
 */
import type { Value } from "../../autograd/graph.js";
import { splitColumns } from "../../autograd/operators/columns.js";
import { add, multiply } from "../../autograd/operators/elementwise.js";
import { lookup } from "../../autograd/operators/rows.js";
import type { EncoderBuilder, EncoderInputs } from "../encoder.js";
import type { EncoderConfig, ModernBertConfig } from "../types.js";
import { dense, type FamilyRow, type LayerNames, normalization, type ParameterEntry, table } from "./family.js";
import { formatModernBert, MODERNBERT_DEFAULTS, parseModernBert } from "./modernbert-config.js";
import { classifierDropout, meanRows, startRows } from "./pooled.js";

const modernOf = ({ modern }: EncoderConfig): ModernBertConfig => modern as ModernBertConfig;

/** Queries, keys and values are rows of one matrix: an adaptation of one of them is one of all. */
const modernbertLayer = (
  layer: number,
): LayerNames & { attentionNormalization: string; outputNormalization: string } => {
  const stem = `layers.${layer}`;
  return {
    attentionNormalization: `${stem}.attn_norm`,
    query: `${stem}.attn.Wqkv`,
    key: `${stem}.attn.Wqkv`,
    value: `${stem}.attn.Wqkv`,
    attentionOutput: `${stem}.attn.Wo`,
    outputNormalization: `${stem}.mlp_norm`,
    intermediate: `${stem}.mlp.Wi`,
    output: `${stem}.mlp.Wo`,
  };
};

/** As transformers draws them: normal(0, deviation), without what is far out. */
function drawnOf({ initializerRange, modern, layers }: EncoderConfig) {
  const cutoff = modern?.initializerCutoff;
  const narrow = initializerRange / Math.sqrt(2 * layers);
  return { inner: { deviation: initializerRange, cutoff }, outer: { deviation: narrow, cutoff }, cutoff };
}

function layerEntries(config: EncoderConfig, layer: number): ParameterEntry[] {
  const { width, intermediateWidth } = config;
  const { normBias, attentionBias, mlpBias } = modernOf(config);
  const names = modernbertLayer(layer);
  const { inner, outer } = drawnOf(config);
  return [
    // What enters the first layer is normalised already.
    ...(layer > 0 ? normalization(names.attentionNormalization, width, normBias) : []),
    ...dense(names.query, 3 * width, width, { bias: attentionBias, ...inner }),
    ...dense(names.attentionOutput, width, width, { bias: attentionBias, ...outer }),
    ...normalization(names.outputNormalization, width, normBias),
    ...dense(names.intermediate, 2 * intermediateWidth, width, { bias: mlpBias, ...inner }),
    ...dense(names.output, width, intermediateWidth, { bias: mlpBias, ...outer }),
  ];
}

function encode(builder: EncoderBuilder, inputs: EncoderInputs): Value {
  const { graph, config } = builder;
  const { vocabularySize, width, layers, hiddenDropout } = config;
  const { normBias, isWhole } = modernOf(config);
  const tokens = lookup(graph.parameter("embeddings.tok_embeddings.weight", [vocabularySize, width]), inputs.tokenIds);
  let hidden = builder.normalize(tokens, "embeddings.norm", normBias);
  hidden = builder.drop(hidden, "HIDDEN", hiddenDropout, "embeddings");
  for (let layer = 0; layer < layers; layer++) hidden = oneLayer(builder, inputs, hidden, layer);
  if (hidden.shape[0] === "tokens") hidden = builder.read(hidden, inputs);
  return isWhole ? builder.normalize(hidden, "final_norm", normBias) : hidden;
}

function oneLayer(builder: EncoderBuilder, inputs: EncoderInputs, hidden: Value, layer: number): Value {
  const { width, intermediateWidth, attentionDropout, hiddenDropout, layers } = builder.config;
  const { normBias, attentionBias, mlpBias, mlpDropout, globalLayers, globalTheta, localTheta, window } = modernOf(
    builder.config,
  );
  const names = modernbertLayer(layer);
  const isGlobal = globalLayers[layer];
  const before = layer > 0 ? builder.normalize(hidden, names.attentionNormalization, normBias) : hidden;
  const [query, key, value] = splitColumns(builder.dense(before, names.query, 3 * width, attentionBias), 3);
  const theta = isGlobal ? globalTheta : localTheta;
  // Windows are of all tokens.
  const read = isGlobal && layer === layers - 1 ? inputs.read : null;
  const rows = (x: Value) => (read ? builder.read(x, inputs) : x);
  const turned = {
    query: builder.rotate(rows(query), (read ?? inputs).positionIds, theta),
    key: builder.rotate(key, inputs.positionIds, theta),
    value,
  };
  const context = builder.attend(turned, inputs, layer, { window: isGlobal ? null : Math.floor(window / 2) });
  const attended = builder.drop(
    builder.dense(context, names.attentionOutput, width, attentionBias),
    "HIDDEN",
    attentionDropout,
    `layer ${layer} attention output`,
  );
  const middle = add(rows(hidden), attended);
  const normal = builder.normalize(middle, names.outputNormalization, normBias);
  const [wide, gate] = splitColumns(builder.dense(normal, names.intermediate, 2 * intermediateWidth, mlpBias), 2);
  const gated = multiply(builder.activate(wide), gate);
  const kept = builder.drop(gated, "HIDDEN", mlpDropout ?? hiddenDropout, `layer ${layer} gated`);
  return add(middle, builder.dense(kept, names.output, width, mlpBias));
}

/** Between the encoder and both heads. */
const headEntries = (config: EncoderConfig): ParameterEntry[] => [
  ...dense("head.dense", config.width, config.width, {
    bias: modernOf(config).classifierBias,
    ...drawnOf(config).outer,
  }),
  ...normalization("head.norm", config.width, modernOf(config).normBias),
];

export const modernbert: FamilyRow = {
  className: "ModernBert",
  prefix: "model",
  config: {
    defaults: MODERNBERT_DEFAULTS,
    renamed: {
      hidden_act: "hidden_activation",
      layer_norm_eps: "norm_eps",
      hidden_dropout_prob: "embedding_dropout",
      attention_probs_dropout_prob: "attention_dropout",
    },
    constants: { type_vocab_size: 0, position_embedding_type: "absolute" },
    parse: parseModernBert,
    format: formatModernBert,
  },
  encoderNames: /^(embeddings|layers|final_norm)\./,
  tokenTable: "embeddings.tok_embeddings",
  embeddings: (config) => [
    {
      ...table("embeddings.tok_embeddings", config.vocabularySize, config.width, config.padId),
      cutoff: drawnOf(config).cutoff,
    },
    ...normalization("embeddings.norm", config.width, modernOf(config).normBias),
  ],
  between: (config) =>
    modernOf(config).isWhole ? normalization("final_norm", config.width, modernOf(config).normBias) : [],
  layer: layerEntries,
  layerNames: modernbertLayer,
  placeOf: (name, { layers }) => {
    if (name.startsWith("embeddings.")) return "EMBEDDINGS";
    if (name.startsWith("final_norm.")) return layers - 1;
    const found = /^layers\.(\d+)\./.exec(name);
    return found && Number(found[1]);
  },
  encode,
  pooler: null,
  sequenceHead: {
    parameters: (config, classes) => [
      ...headEntries(config),
      ...dense("classifier", classes, config.width, {
        deviation: config.width ** -0.5,
        cutoff: drawnOf(config).cutoff,
      }),
    ],
    logits: (builder, hidden, classes) => {
      const { config } = builder;
      const { pooling, classifierBias, classifierActivation, normBias } = modernOf(config);
      const rows = (pooling === "mean" ? meanRows : startRows)(builder, hidden);
      const middle = builder.activate(
        builder.dense(rows, "head.dense", config.width, classifierBias),
        classifierActivation,
      );
      const features = builder.normalize(middle, "head.norm", normBias);
      const kept = builder.drop(features, "SEQUENCE", classifierDropout(config), "classifier");
      return builder.dense(kept, "classifier", classes);
    },
    output: "classifier",
  },
  maskedHead: (config) => {
    const { decoderBias, classifierBias, classifierActivation, normBias } = modernOf(config);
    return {
      dense: "head.dense",
      normalization: "head.norm",
      bias: decoderBias ? "decoder.bias" : null,
      decoder: "decoder",
      activation: classifierActivation,
      hasDenseBias: classifierBias,
      hasNormalizationBias: normBias,
      initial: drawnOf(config).outer,
    };
  },
};
