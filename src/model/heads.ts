/**
 * The heads on the encoder. Classification reads a vector of each sequence, as in the family's own head; masked-token
 * recovery reads the masked positions only, through the tied embedding table.
 */
import { gemm, linear, placeRows, type Value } from "../autograd/index.js";
import type { EncoderBuilder, EncoderInputs } from "./encoder.js";
import { familyOf } from "./families/index.js";
import { pooled } from "./families/pooled.js";
import { embeddingWidth } from "./types.js";

/** The last hidden layer: [tokens, width], or of the rows that are read (encoder.ts). */
export const encode = (builder: EncoderBuilder, inputs: EncoderInputs): Value =>
  familyOf(builder.config).encode(builder, inputs);

/** hidden [tokens, width] to logits [batch, classes]. */
export const classificationLogits = (builder: EncoderBuilder, hidden: Value, classes: number): Value =>
  familyOf(builder.config).sequenceHead.logits(builder, hidden, classes);

/** hidden [tokens, width] to [batch, width]: tanh of the pooler, or of `dense` in a family that has no pooler. */
export const pooledOutput = (builder: EncoderBuilder, hidden: Value, dense: string): Value =>
  pooled(builder, hidden, familyOf(builder.config).pooler ?? dense);

/** hidden [tokens, width] to logits [masked, vocabulary]. */
export function maskedTokenLogits(builder: EncoderBuilder, hidden: Value): Value {
  const { graph, config } = builder;
  const row = familyOf(config);
  const names = row.maskedHead(config);
  const index = graph.input("maskedIndex", ["masked"], "int32");
  const inverse = graph.input("maskedInverse", [hidden.shape[0]], "int32");
  const rows = placeRows(hidden, index, inverse, true);
  const width = embeddingWidth(config);
  const wide = builder.activate(builder.dense(rows, names.dense, width, names.hasDenseBias), names.activation);
  const transformed = builder.normalize(wide, names.normalization, names.hasNormalizationBias);
  const table = graph.parameter(`${row.tokenTable}.weight`, [config.vocabularySize, width]);
  if (!names.bias) return gemm(transformed, table, { transB: true });
  return linear(transformed, table, graph.parameter(names.bias, [config.vocabularySize]));
}
