/**
 * The fields of config.json that only ModernBERT has. transformers 5 writes a kind and an angle for each layer
 * (`layer_types`, `rope_parameters`), transformers 4 a period (`global_attn_every_n_layers`) and two angles: both are
 * read, and both are written.
 */
import type { EncoderConfig, ModernBertConfig } from "../types.js";
import type { FieldReader, Json } from "./family.js";

export const MODERNBERT_DEFAULTS: Json = {
  vocab_size: 50_368,
  hidden_size: 768,
  intermediate_size: 1152,
  num_hidden_layers: 22,
  num_attention_heads: 12,
  hidden_activation: "gelu",
  max_position_embeddings: 8192,
  initializer_range: 0.02,
  initializer_cutoff_factor: 2,
  norm_eps: 1e-5,
  norm_bias: false,
  pad_token_id: 50_283,
  attention_bias: false,
  attention_dropout: 0,
  global_attn_every_n_layers: 3,
  local_attention: 128,
  embedding_dropout: 0,
  mlp_bias: false,
  mlp_dropout: 0,
  decoder_bias: true,
  classifier_pooling: "cls",
  classifier_dropout: 0,
  classifier_bias: false,
  classifier_activation: "gelu",
};

const [GLOBAL, LOCAL] = ["full_attention", "sliding_attention"];
const GLOBAL_THETA = 160_000;
const LOCAL_THETA = 10_000;

export function parseModernBert(read: FieldReader): Partial<EncoderConfig> {
  const { given } = read;
  const layers = read.count("num_hidden_layers");
  const pooling = given.classifier_pooling ?? MODERNBERT_DEFAULTS.classifier_pooling;
  if (pooling !== "cls" && pooling !== "mean")
    throw read.unsupported(`classifier_pooling is ${JSON.stringify(pooling)}; cls and mean are known`);
  const globalTheta = thetaOf(read, GLOBAL, "global_rope_theta") ?? GLOBAL_THETA;
  // A null here means the global one in transformers 4.
  const localTheta =
    thetaOf(read, LOCAL, "local_rope_theta") ?? (given.local_rope_theta === null ? globalTheta : LOCAL_THETA);
  const modern: ModernBertConfig = {
    isWhole: true,
    globalLayers: globalLayers(read, layers),
    globalTheta,
    localTheta,
    window: read.count("local_attention", 0),
    normBias: read.flag("norm_bias"),
    attentionBias: read.flag("attention_bias"),
    mlpBias: read.flag("mlp_bias"),
    decoderBias: read.flag("decoder_bias"),
    classifierBias: read.flag("classifier_bias"),
    classifierActivation: read.activation("classifier_activation"),
    pooling,
    mlpDropout: read.probability("mlp_dropout"),
    initializerCutoff: read.real("initializer_cutoff_factor"),
  };
  return { modern };
}

function globalLayers(read: FieldReader, layers: number): boolean[] {
  const kinds = read.given.layer_types;
  if (kinds === undefined || kinds === null) {
    const period = read.count("global_attn_every_n_layers");
    return Array.from({ length: layers }, (_, layer) => layer % period === 0);
  }
  if (!Array.isArray(kinds) || kinds.length !== layers || kinds.some((kind) => kind !== GLOBAL && kind !== LOCAL))
    throw read.unsupported(`layer_types is not a list of ${layers} times ${GLOBAL} or ${LOCAL}`);
  return kinds.map((kind) => kind === GLOBAL);
}

/** The base of a kind of layer's angles; undefined where the file has none. */
function thetaOf(read: FieldReader, kind: string, field: string): number | undefined {
  if (read.given.rope_scaling) throw read.unsupported("rope_scaling is given; only angles without scaling are known");
  const all = read.given.rope_parameters as Json | null | undefined;
  const own = all?.[kind] as Json | null | undefined;
  if (own && (own.rope_type ?? "default") !== "default")
    throw read.unsupported(`rope_type is ${JSON.stringify(own.rope_type)}; only "default" is known`);
  const theta = own?.rope_theta ?? read.given[field];
  if (theta === undefined || theta === null) return undefined;
  if (typeof theta === "number" && theta > 0) return theta;
  throw read.unsupported(`${field} is ${JSON.stringify(theta)}; only numbers above 0 are known`);
}

export function formatModernBert({ modern, classifierDropout, hiddenDropout }: EncoderConfig): Json {
  const { globalLayers: global, ...own } = modern as ModernBertConfig;
  const second = global.indexOf(true, 1);
  const period = second < 0 ? Math.max(1, global.length) : second;
  const isPeriodic = global.every((isGlobal, layer) => isGlobal === (layer % period === 0));
  const angles = (theta: number) => ({ rope_type: "default", rope_theta: theta });
  return {
    layer_types: global.map((isGlobal) => (isGlobal ? GLOBAL : LOCAL)),
    rope_parameters: { [GLOBAL]: angles(own.globalTheta), [LOCAL]: angles(own.localTheta) },
    ...(isPeriodic ? { global_attn_every_n_layers: period } : {}),
    global_rope_theta: own.globalTheta,
    local_rope_theta: own.localTheta,
    local_attention: own.window,
    norm_bias: own.normBias,
    attention_bias: own.attentionBias,
    mlp_bias: own.mlpBias,
    decoder_bias: own.decoderBias,
    classifier_bias: own.classifierBias,
    classifier_activation: own.classifierActivation,
    classifier_pooling: own.pooling,
    mlp_dropout: own.mlpDropout ?? hiddenDropout,
    classifier_dropout: classifierDropout ?? hiddenDropout,
    // JSON has no 2.0, and transformers 5 refuses a whole number here; its own default is 2.0.
    ...(Number.isInteger(own.initializerCutoff) ? {} : { initializer_cutoff_factor: own.initializerCutoff }),
  };
}
