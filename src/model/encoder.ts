/**
 * What the encoders of all families are built with: dense layers, normalisation, dropout sites and attention, over flat
 * tokens. The order of the parts is the family's (families/).
 *
 * Matrix products get real tokens only: hidden is [tokens, width] for all sequences of the batch in a row. Inside
 * attention, rows are placed as [batch, heads, padded, width/heads] for each group of sequences of similar length, by
 * one gather each way, and padded keys get a bias of -1e9. Source: Vaswani et al. 2017, arXiv:1706.03762.
 *
 * With the option `reads` the last layer computes only the rows that are read after it (start tokens, masked tokens):
 * keys and values of all tokens, everything else of those rows alone.
 */
import {
  addMask,
  batchMatMul,
  type Graph,
  gelu,
  geluTanh,
  gemm,
  integerLinear,
  joinRows,
  layerNormalization,
  linear,
  maskWords,
  multiply,
  placeRows,
  quantisedKeep,
  quantizeRows,
  relu,
  reshape,
  rotary,
  rotaryTables,
  scale,
  softmax,
  splitRows,
  unpackMask,
  type Value,
  windowBias,
} from "../autograd/index.js";
import { type LoraPlan, loraA, loraB } from "./lora.js";
import { integersOf, scalesOf } from "./quantized.js";
import type { EncoderConfig } from "./types.js";

export interface EncoderInputs {
  /** int32 [tokens] each. */
  tokenIds: Value;
  positionIds: Value;
  /** null: the family has no token types. */
  typeIds: Value | null;
  /** int32 [tokens*heads]: place of each row in all groups one after another. */
  headInverse: Value;
  groups: AttentionGroup[];
  /** Rows that are read after the last layer; null: all. */
  read: ReadInputs | null;
}

/** Of the rows read, as EncoderInputs has them of all tokens. */
interface ReadInputs {
  /** int32 [read], ascending: the token of each row. */
  index: Value;
  /** int32 [tokens]: the row of each token; `read` where it has none. */
  inverse: Value;
  /** int32 [read] */
  positionIds: Value;
  /** int32 [read*heads] */
  headInverse: Value;
  groups: Pick<AttentionGroup, "headIndex" | "shape">[];
}

/** Sequences of similar length: see batch.ts. */
interface AttentionGroup {
  /** int32 [batch*heads*padded]: the row at each place, -1 for padding. */
  headIndex: Value;
  /** float32 [batch, 1, 1, padded]: 0 for real keys, -1e9 for padding. */
  bias: Value;
  /** int64 [4]: batch, heads, padded, width/heads. */
  shape: Value;
}

/** Where dropout acts, in the order of the forward pass. Masks hold 0 or 1/(1-p). */
export interface DropoutSite {
  name: string;
  /** HIDDEN: [tokens, width]; ATTENTION: [batch, heads, padded, padded] for each group; SEQUENCE: [batch, width]. */
  kind: "HIDDEN" | "ATTENTION" | "SEQUENCE";
  width: number;
  probability: number;
  /** true: of the rows that are read after the last layer. Rows or queries are those alone. */
  ofRead: boolean;
}

interface EncoderOptions {
  /** true: multiply by masks, fed as inputs (dropoutInput). Default false. */
  dropout?: boolean;
  /** Dense layers with low-rank matrices beside them. Default: none. */
  lora?: LoraPlan | null;
  /** Dense layers (stems) in int8: see quantized.ts. Default: none. */
  quantized?: ReadonlySet<string>;
  /** Groups of sequences inside attention. Default 1. */
  groups?: number;
  /** Masks are fed as bits (uint32): see unpackMask. Default false: floats. */
  packedMasks?: boolean;
  /** true: `hidden` has only the rows that the run names (batch.ts). Default false: all tokens. */
  reads?: boolean;
}

/** Builds a graph's layers, and collects their dropout sites. */
export class EncoderBuilder {
  readonly sites: DropoutSite[] = [];

  /** Made once for all layers. */
  private readonly angles = new Map<string, readonly Value[]>();
  private readonly windows = new Map<string, Value>();
  /** By activations: several dense layers read the same. */
  private readonly rows = new Map<Value, readonly Value[]>();

  private readonly options: Required<EncoderOptions>;

  constructor(
    readonly graph: Graph,
    readonly config: EncoderConfig,
    {
      dropout = false,
      lora = null,
      quantized = new Set(),
      groups = 1,
      packedMasks = false,
      reads = false,
    }: EncoderOptions = {},
  ) {
    this.options = { dropout, lora, quantized, groups, packedMasks, reads };
  }

  inputs(): EncoderInputs {
    const { graph } = this;
    return {
      tokenIds: graph.input("tokenIds", ["tokens"], "int32"),
      positionIds: graph.input("positionIds", ["tokens"], "int32"),
      typeIds: this.config.typeVocabularySize > 0 ? graph.input("typeIds", ["tokens"], "int32") : null,
      headInverse: graph.input("headInverse", ["tokens*heads"], "int32"),
      groups: Array.from({ length: this.options.groups }, (_, group) => ({
        headIndex: graph.input(`headIndex.${group}`, [`places.${group}`], "int32"),
        bias: graph.input(`attentionBias.${group}`, [`batch.${group}`, 1, 1, `padded.${group}`]),
        shape: graph.input(`attentionShape.${group}`, [4], "int64"),
      })),
      read: this.options.reads ? this.readInputs() : null,
    };
  }

  private readInputs(): ReadInputs {
    const { graph } = this;
    return {
      index: graph.input("readIndex", ["read"], "int32"),
      inverse: graph.input("readInverse", ["tokens"], "int32"),
      positionIds: graph.input("readPositionIds", ["read"], "int32"),
      headInverse: graph.input("queryInverse", ["read*heads"], "int32"),
      groups: Array.from({ length: this.options.groups }, (_, group) => ({
        headIndex: graph.input(`queryIndex.${group}`, [`queryPlaces.${group}`], "int32"),
        shape: graph.input(`queryShape.${group}`, [4], "int64"),
      })),
    };
  }

  /** x [tokens, width] to the rows that are read after the last layer, [read, width]; x itself where all are. */
  read(x: Value, { read }: EncoderInputs): Value {
    return read ? placeRows(x, read.index, read.inverse, true) : x;
  }

  /** x [rows, in] to [rows, out] with the parameters `stem`.weight [out, in] and, unless false, `stem`.bias. */
  dense(x: Value, stem: string, out: number, bias = true): Value {
    const width = x.shape[1] as number;
    if (this.options.quantized.has(stem)) return this.denseOfIntegers(x, stem, out, bias);
    const weight = this.graph.parameter(`${stem}.weight`, [out, width]);
    const y = bias ? linear(x, weight, this.graph.parameter(`${stem}.bias`, [out])) : gemm(x, weight, { transB: true });
    if (!this.options.lora?.stems.has(stem)) return y;
    const a = this.graph.parameter(loraA(stem), [this.options.lora.rank, width]);
    const b = this.graph.parameter(loraB(stem), [out, this.options.lora.rank]);
    return gemm(scale(gemm(x, a, { transB: true }), this.options.lora.scale), b, { transB: true }, y);
  }

  private denseOfIntegers(x: Value, stem: string, out: number, bias: boolean): Value {
    const { graph } = this;
    const rows = this.rows.get(x) ?? quantizeRows(x);
    this.rows.set(x, rows);
    const weight = [
      graph.parameter(integersOf(stem), [x.shape[1] as number, out], "int8"),
      graph.parameter(scalesOf(stem), [out]),
    ];
    return integerLinear(rows, weight, bias ? graph.parameter(`${stem}.bias`, [out]) : null);
  }

  normalize(x: Value, stem: string, hasBias = true): Value {
    const width = x.shape.at(-1) as number;
    const weight = this.graph.parameter(`${stem}.weight`, [width]);
    const bias = hasBias
      ? this.graph.parameter(`${stem}.bias`, [width])
      : this.graph.constant(new Float32Array(width), [width]);
    return layerNormalization(x, weight, bias, this.config.layerNormEpsilon);
  }

  activate(x: Value, activation = this.config.activation): Value {
    switch (activation) {
      case "gelu":
        return gelu(x);
      case "gelu_new":
        return geluTanh(x);
      case "relu":
        return relu(x);
    }
  }

  drop(x: Value, kind: DropoutSite["kind"], probability: number, name: string): Value {
    return this.dropGroups([x], kind, probability, name, x.shape[0] === "read")[0];
  }

  /** One site for all groups of sequences; `lengths` are the shapes of their attention. */
  private dropGroups(
    groups: Value[],
    kind: DropoutSite["kind"],
    probability: number,
    name: string,
    ofRead: boolean,
    lengths: Value[] = [],
  ): Value[] {
    if (!this.options.dropout || probability === 0) return groups;
    const site = this.sites.length;
    const width = kind === "ATTENTION" ? 0 : (groups[0].shape[1] as number);
    this.sites.push({ name, kind, width, probability, ofRead });
    return groups.map((x, group) => {
      const input = dropoutInput(site, group);
      if (!this.options.packedMasks) return multiply(x, this.graph.input(input, x.shape));
      const words = kind === "ATTENTION" ? `words.${group}` : maskWords(x.shape[1] as number);
      const bits = this.graph.input(input, [...x.shape.slice(0, -1), words], "uint32");
      return multiply(x, unpackMask(bits, x.shape, quantisedKeep(probability).scale, lengths[group] ?? null));
    });
  }

  /** x [rows, width], each head's part turned by the angles of the rows' positions. */
  rotate(x: Value, positionIds: Value, theta: number): Value {
    const { heads, width } = this.config;
    const headWidth = width / heads;
    const name = `${positionIds.name} ${theta}`;
    const known = this.angles.get(name) ?? rotaryTables(positionIds, theta, headWidth);
    this.angles.set(name, known);
    const [rows] = x.shape;
    const turned = rotary(reshape(x, [rows, heads, headWidth]), known[0], known[1]);
    return reshape(turned, [rows, width]);
  }

  /**
   * key and value: [tokens, width]; query and the answer: the same, or [read, width].
   * @param window greatest distance in tokens of a key that a query sees, where queries are of all tokens; null: every
   *   key of the sequence
   */
  attend(
    { query, key, value }: { query: Value; key: Value; value: Value },
    inputs: EncoderInputs,
    layer: number,
    { window = null }: { window?: number | null } = {},
  ): Value {
    const { config } = this;
    const { heads, width } = config;
    const headWidth = width / heads;
    const { groups } = inputs;
    const read = query.shape[0] === "read" ? inputs.read : null;
    const asked = read ?? inputs;
    // Padding may hold any value: padded keys have weight 0, and padded queries get gradients of 0.
    const split = (x: Value, places: Pick<ReadInputs, "headInverse" | "groups">, length: string) => {
      const flat = reshape(x, [places.headInverse.shape[0], headWidth]);
      const indices = places.groups.map(({ headIndex }) => headIndex);
      return splitRows(flat, places.headInverse, indices, true).map((rows, group) =>
        reshape(rows, [`batch.${group}`, heads, `${length}.${group}`, headWidth], {
          lengths: places.groups[group].shape,
        }),
      );
    };
    const queries = split(query, asked, read ? "queries" : "padded");
    const [keys, values] = [split(key, inputs, "padded"), split(value, inputs, "padded")];
    const weights = groups.map(({ bias, shape }, group) => {
      const scores = batchMatMul(queries[group], keys[group], { transB: true, alpha: 1 / Math.sqrt(headWidth) });
      const near = window === null ? scores : addMask(scores, this.window(group, shape, window));
      return softmax(addMask(near, bias)); // [batch, heads, padded or queries, padded]
    });
    const site = `layer ${layer} attention weights`;
    const lengths = groups.map(({ shape }) => shape);
    const kept = this.dropGroups(weights, "ATTENTION", config.attentionDropout, site, read !== null, lengths);
    const indices = asked.groups.map(({ headIndex }) => headIndex);
    const contexts = asked.groups.map(({ headIndex, shape }, group) =>
      reshape(batchMatMul(kept[group], values[group]), [headIndex.shape[0], headWidth], { back: shape }),
    );
    return reshape(joinRows(contexts, asked.headInverse, indices), [query.shape[0], width]);
  }

  private window(group: number, shape: Value, window: number): Value {
    const name = `${group} ${window}`;
    if (!this.windows.has(name)) this.windows.set(name, windowBias(shape, window, `padded.${group}`));
    return this.windows.get(name) as Value;
  }
}

/** Name of the input with a site's mask; attention has one for each group of sequences. */
export const dropoutInput = (site: number, group = 0): string => `dropout.${site}${group > 0 ? `.${group}` : ""}`;
