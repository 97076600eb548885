/**
 * The heads on the encoder. Classification reads the first token of each sequence, as in the family's own head;
 * masked-token recovery reads the masked positions only, through the tied embedding table.
 */
import { linear, placeRows, tanh, type Value } from "../autograd/index.js";
import { type EncoderBuilder, embeddingWidth } from "./encoder.js";
import { maskedTokenHead } from "./families/parameters.js";

/** hidden [tokens, width] to logits [batch, classes]. */
export function classificationLogits(builder: EncoderBuilder, hidden: Value, classes: number): Value {
  const { config } = builder;
  const probability = config.classifierDropout ?? config.hiddenDropout;
  if (config.family === "roberta") {
    const features = builder.drop(startRows(builder, hidden), "SEQUENCE", probability, "classifier input");
    const dense = builder.drop(
      tanh(builder.dense(features, "classifier.dense", config.width)),
      "SEQUENCE",
      probability,
      "classifier",
    );
    return builder.dense(dense, "classifier.out_proj", classes);
  }
  const pooled = pooledOutput(builder, hidden);
  return builder.dense(builder.drop(pooled, "SEQUENCE", probability, "classifier"), "classifier", classes);
}

/** hidden [tokens, width] to [batch, width]: tanh of the pooler, or of `dense` in roberta, which has no pooler. */
export function pooledOutput(builder: EncoderBuilder, hidden: Value, dense = "classifier.dense"): Value {
  const { family, width } = builder.config;
  const stem = { bert: "pooler.dense", albert: "pooler", roberta: dense }[family];
  return tanh(builder.dense(startRows(builder, hidden), stem, width));
}

/** The first token of each sequence: [batch, width]. */
function startRows({ graph }: EncoderBuilder, hidden: Value): Value {
  const index = graph.input("startIndex", ["batch"], "int32");
  return placeRows(hidden, index, graph.input("startInverse", ["tokens"], "int32"));
}

/** hidden [tokens, width] to logits [masked, vocabulary]. */
export function maskedTokenLogits(builder: EncoderBuilder, hidden: Value): Value {
  const { graph, config } = builder;
  const names = maskedTokenHead(config.family);
  const index = graph.input("maskedIndex", ["masked"], "int32");
  const inverse = graph.input("maskedInverse", ["tokens"], "int32");
  const rows = placeRows(hidden, index, inverse);
  const width = embeddingWidth(config);
  const transformed = builder.normalize(builder.activate(builder.dense(rows, names.dense, width)), names.normalization);
  const table = graph.parameter("embeddings.word_embeddings.weight", [config.vocabularySize, width]);
  return linear(transformed, table, graph.parameter(names.bias, [config.vocabularySize]));
}
