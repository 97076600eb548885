/**
 * Vectors of whole sequences, and the sequence head that bert and albert have on them: tanh of the pooler, and a
 * linear layer.
 */
import type { Value } from "../../autograd/graph.js";
import { tanh } from "../../autograd/operators/elementwise.js";
import { gemm } from "../../autograd/operators/linear.js";
import { placeRows } from "../../autograd/operators/rows.js";
import type { EncoderBuilder } from "../encoder.js";
import { dense, type SequenceHead } from "./family.js";

/** The first token of each sequence: [batch, width]. hidden: [tokens, width], or the rows that are read. */
export function startRows({ graph }: EncoderBuilder, hidden: Value): Value {
  const index = graph.input("startIndex", ["batch"], "int32");
  return placeRows(hidden, index, graph.input("startInverse", [hidden.shape[0]], "int32"), true);
}

/** The mean of the tokens of each sequence: [batch, width]. All of them have to be read. */
export const meanRows = ({ graph }: EncoderBuilder, hidden: Value): Value =>
  gemm(graph.input("meanWeights", ["batch", hidden.shape[0]]), hidden);

/** hidden [tokens, width] to [batch, width]: tanh of a dense layer on the first token. */
export const pooled = (builder: EncoderBuilder, hidden: Value, stem: string): Value =>
  tanh(builder.dense(startRows(builder, hidden), stem, builder.config.width));

export const classifierDropout = ({ classifierDropout: own, hiddenDropout }: EncoderBuilder["config"]): number =>
  own ?? hiddenDropout;

export const pooledHead = (pooler: string): SequenceHead => ({
  parameters: ({ width }, classes) => dense("classifier", classes, width),
  logits: (builder, hidden, classes) => {
    const features = pooled(builder, hidden, pooler);
    const kept = builder.drop(features, "SEQUENCE", classifierDropout(builder.config), "classifier");
    return builder.dense(kept, "classifier", classes);
  },
  output: "classifier",
});

/** roberta and electra: dropout, dense, activation, dropout, linear; on the first token. */
export const denseHead = (activate: (x: Value) => Value): SequenceHead => ({
  parameters: ({ width }, classes) => [
    ...dense("classifier.dense", width, width),
    ...dense("classifier.out_proj", classes, width),
  ],
  logits: (builder, hidden, classes) => {
    const { config } = builder;
    const probability = classifierDropout(config);
    const features = builder.drop(startRows(builder, hidden), "SEQUENCE", probability, "classifier input");
    const middle = activate(builder.dense(features, "classifier.dense", config.width));
    const kept = builder.drop(middle, "SEQUENCE", probability, "classifier");
    return builder.dense(kept, "classifier.out_proj", classes);
  },
  output: "classifier.out_proj",
});
