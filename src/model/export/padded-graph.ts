/**
 * A graph of flat tokens that other programs feed with padded ones. Where the builder of an encoder asks for an input
 * (tokenIds, positionIds, headIndex.0, …: batch.ts), it gets a value that is computed inside the graph from
 *   input_ids       int64 [batch, sequence]
 *   attention_mask  int64 [batch, sequence], 1 for tokens and 0 for padding
 * Padding counts as tokens of the flat graph, and attention does not see it. So every family of encoders and every head
 * is exported without code of its own.
 */
import { Graph, type Operator, type Value } from "../../autograd/index.js";
import type { EncoderConfig } from "../types.js";

const [INPUT_IDS, ATTENTION_MASK] = ["input_ids", "attention_mask"];

/** `first`: position of the first token, families/index.ts. */
type Layout = Pick<EncoderConfig, "heads" | "width" | "padId"> & { first: number };

/** The values of a flat batch, in the order of the operator's outputs, with their shapes and types. */
const FLAT = {
  tokenIds: { shape: ["tokens"], type: "int64" },
  positionIds: { shape: ["tokens"], type: "int64" },
  typeIds: { shape: ["tokens"], type: "int64" },
  headInverse: { shape: ["tokens*heads"], type: "int64" },
  "headIndex.0": { shape: ["places.0"], type: "int64" },
  "attentionBias.0": { shape: ["batch.0", 1, 1, "padded.0"], type: "float32" },
  "attentionShape.0": { shape: [4], type: "int64" },
  startIndex: { shape: ["batch"], type: "int64" },
  startInverse: { shape: ["tokens"], type: "int64" },
  meanWeights: { shape: ["batch", "tokens"], type: "float32" },
  maskedIndex: { shape: ["masked"], type: "int64" },
  maskedInverse: { shape: ["tokens"], type: "int64" },
} as const;
type FlatName = keyof typeof FLAT;
const NAMES = Object.keys(FLAT) as FlatName[];

/** [input_ids, attention_mask] to all values of FLAT. What nobody reads is not written. */
const flatBatchOperator: Operator<Layout> = {
  name: "flatBatch",
  shapes: () => NAMES.map((name) => FLAT[name]),
  onnx: (emit, [ids, mask], outputs, { heads, width, first, padId }) => {
    const output = (name: FlatName) => ({ outputs: [outputs[NAMES.indexOf(name)]] });
    const whole = (...values: number[]) => emit.constant(BigInt64Array.from(values, BigInt), [values.length]);
    const one = (value: number) => emit.constant(BigInt64Array.of(BigInt(value)), []);
    const real = (value: number) => emit.constant(Float32Array.of(value), []);
    const flat = whole(-1);
    const upTo = (end: string) => emit.node("Range", [one(0), end, one(1)]);
    const lengths = emit.node("Shape", [ids]);
    const [batch, sequence] = [0, 1].map((axis) =>
      emit.node("Gather", [lengths, one(axis)], { attributes: { axis: 0 } }),
    );
    const tokens = emit.node("Mul", [batch, sequence]);
    const [batch1, sequence1] = [batch, sequence].map((length) => emit.node("Unsqueeze", [length, whole(0)]));
    const join = (parts: string[]) => emit.node("Concat", parts, { attributes: { axis: 0 } });

    emit.node("Reshape", [ids, flat], output("tokenIds"));
    emit.node("Mul", [emit.node("Reshape", [ids, flat]), one(0)], output("typeIds"));
    // RoBERTa counts the tokens from padId + 1, and padding has the position padId.
    const positions =
      first > 0
        ? emit.node("Add", [emit.node("Mul", [emit.node("CumSum", [mask, one(1)]), mask]), one(padId)])
        : emit.node("Expand", [upTo(sequence), lengths]);
    emit.node("Reshape", [positions, flat], output("positionIds"));

    // Rows of tokens and heads are [batch, sequence, heads] outside of attention and [batch, heads, sequence] inside.
    const rows = upTo(emit.node("Mul", [tokens, one(heads)]));
    const turned = (shape: string[]) =>
      emit.node("Transpose", [emit.node("Reshape", [rows, join(shape)])], { attributes: { perm: [0, 2, 1] } });
    emit.node("Reshape", [turned([batch1, sequence1, whole(heads)]), flat], output("headIndex.0"));
    emit.node("Reshape", [turned([batch1, whole(heads), sequence1]), flat], output("headInverse"));
    const kept = emit.node("Cast", [mask], { attributes: { to: 1 } });
    const bias = emit.node("Mul", [emit.node("Sub", [real(1), kept]), real(-1e9)]);
    emit.node("Unsqueeze", [bias, whole(1, 2)], output("attentionBias.0"));
    emit.node("Concat", [batch1, whole(heads), sequence1, whole(width / heads)], {
      ...output("attentionShape.0"),
      attributes: { axis: 0 },
    });

    emit.node("Mul", [upTo(batch), sequence], output("startIndex"));
    // [batch, 1, sequence] on the diagonal of [batch, batch, 1], flat.
    const share = emit.node("Div", [kept, emit.node("ReduceSum", [kept, whole(1)], { attributes: { keepdims: 1 } })]);
    const [column, line] = [whole(1, 2), whole(0, 2)].map((axes) => emit.node("Unsqueeze", [upTo(batch), axes]));
    const diagonal = emit.node("Cast", [emit.node("Equal", [column, line])], { attributes: { to: 1 } });
    const blocks = emit.node("Mul", [diagonal, emit.node("Unsqueeze", [share, whole(0)])]);
    emit.node(
      "Reshape",
      [blocks, emit.node("Concat", [batch1, flat], { attributes: { axis: 0 } })],
      output("meanWeights"),
    );
    emit.node("Identity", [upTo(tokens)], output("maskedIndex"));
    // Read by gradients alone.
    for (const name of ["startInverse", "maskedInverse"] as const) emit.node("Identity", [ids], output(name));
  },
};

export class PaddedGraph extends Graph {
  readonly ids: Value;
  readonly mask: Value;
  readonly #flat: readonly Value[];

  constructor(layout: Layout) {
    super();
    const declare = (name: string) => super.input(name, ["batch", "sequence"], "int64");
    [this.ids, this.mask] = [declare(INPUT_IDS), declare(ATTENTION_MASK)];
    this.#flat = this.append(flatBatchOperator, [this.ids, this.mask], layout);
  }

  override input(name: string): Value {
    const place = NAMES.indexOf(name as FlatName);
    if (place < 0) throw new Error(`the input ${name} is not computed from padded tokens: add it to FLAT`);
    return this.#flat[place];
  }

  /** [tokens, width] to [batch, sequence, width]. */
  unflatten(rows: Value): Value {
    return this.append(unflattenOperator, [rows, this.ids], {})[0];
  }

  /** hidden [batch, sequence, width] to [batch, width]: the first token, or the mean of all tokens but padding. */
  pool(hidden: Value, pooling: "CLS" | "MEAN"): Value {
    return this.append(poolOperator, [hidden, this.mask], { pooling })[0];
  }
}

const unflattenOperator: Operator = {
  name: "unflatten",
  shapes: ([{ shape }]) => [{ shape: ["batch", "sequence", shape[1]] }],
  onnx: (emit, [rows, ids], outputs, _attributes, node) => {
    const width = emit.constant(BigInt64Array.of(BigInt(node.inputs[0].shape[1])), [1]);
    const shape = emit.node("Concat", [emit.node("Shape", [ids]), width], { attributes: { axis: 0 } });
    emit.node("Reshape", [rows, shape], { outputs });
  },
};

const poolOperator: Operator<{ pooling: "CLS" | "MEAN" }> = {
  name: "pool",
  shapes: ([{ shape }]) => [{ shape: ["batch", shape[2]] }],
  onnx: (emit, [hidden, mask], outputs, { pooling }) => {
    const axis = (value: number) => emit.constant(BigInt64Array.of(BigInt(value)), [1]);
    if (pooling === "CLS") {
      const first = emit.constant(BigInt64Array.of(0n), []);
      return void emit.node("Gather", [hidden, first], { outputs, attributes: { axis: 1 } });
    }
    const weight = emit.node("Unsqueeze", [emit.node("Cast", [mask], { attributes: { to: 1 } }), axis(2)]);
    const sum = (value: string) => emit.node("ReduceSum", [value, axis(1)], { attributes: { keepdims: 0 } });
    emit.node("Div", [sum(emit.node("Mul", [hidden, weight])), sum(weight)], { outputs });
  },
};
