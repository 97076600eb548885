/**
 * The encoder of bert, roberta and albert as a graph over flat tokens.
 *
 * Matrix products see real tokens only: hidden is [tokens, width] for all sequences of the batch in a row. Inside
 * attention, rows are placed as [batch, heads, padded, width/heads] by one gather each way, and padded keys get a bias
 * of -1e9. Source: Vaswani et al. 2017, arXiv:1706.03762; Devlin et al. 2018, arXiv:1810.04805 (post-norm layers).
 */
import {
  add,
  addMask,
  batchMatMul,
  type Graph,
  gelu,
  geluTanh,
  gemm,
  layerNormalization,
  linear,
  lookup,
  multiply,
  placeRows,
  relu,
  reshape,
  scale,
  softmax,
  type Value,
} from "../autograd/index.js";
import { albertLayer, bertLayer } from "./families/layer.js";
import { type LoraPlan, loraA, loraB } from "./lora.js";
import type { EncoderConfig } from "./types.js";

export interface EncoderInputs {
  /** int32 [tokens] each. */
  tokenIds: Value;
  positionIds: Value;
  typeIds: Value;
  /** int32 [batch*heads*padded] and its inverse [tokens*heads]: see batch.ts. */
  headIndex: Value;
  headInverse: Value;
  /** float32 [batch, 1, 1, padded]: 0 for real keys, -1e9 for padding. */
  attentionBias: Value;
  /** int64 [4]: batch, heads, padded, width/heads. */
  attentionShape: Value;
}

/** Where dropout acts, in the order of the forward pass. Masks hold 0 or 1/(1-p). */
export interface DropoutSite {
  name: string;
  /** HIDDEN: [tokens, width]; ATTENTION: [batch, heads, padded, padded]; SEQUENCE: [batch, width]. */
  kind: "HIDDEN" | "ATTENTION" | "SEQUENCE";
  width: number;
  probability: number;
}

/** Builds a graph's layers; gathers the dropout sites they meet. */
export class EncoderBuilder {
  readonly sites: DropoutSite[] = [];

  constructor(
    readonly graph: Graph,
    readonly config: EncoderConfig,
    /** true: multiply by masks, fed as inputs "dropout.<n>". */
    private readonly dropout: boolean,
    /** Dense layers with low-rank matrices beside them. */
    private readonly lora: LoraPlan | null = null,
  ) {}

  inputs(): EncoderInputs {
    const { graph } = this;
    return {
      tokenIds: graph.input("tokenIds", ["tokens"], "int32"),
      positionIds: graph.input("positionIds", ["tokens"], "int32"),
      typeIds: graph.input("typeIds", ["tokens"], "int32"),
      headIndex: graph.input("headIndex", ["batch*heads*padded"], "int32"),
      headInverse: graph.input("headInverse", ["tokens*heads"], "int32"),
      attentionBias: graph.input("attentionBias", ["batch", 1, 1, "padded"]),
      attentionShape: graph.input("attentionShape", [4], "int64"),
    };
  }

  /** x [rows, in] to [rows, out] with the parameters `stem`.weight [out, in] and `stem`.bias. */
  dense(x: Value, stem: string, out: number): Value {
    const width = x.shape[1] as number;
    const weight = this.graph.parameter(`${stem}.weight`, [out, width]);
    const y = linear(x, weight, this.graph.parameter(`${stem}.bias`, [out]));
    if (!this.lora?.stems.has(stem)) return y;
    const a = this.graph.parameter(loraA(stem), [this.lora.rank, width]);
    const b = this.graph.parameter(loraB(stem), [out, this.lora.rank]);
    return gemm(scale(gemm(x, a, { transB: true }), this.lora.scale), b, { transB: true }, y);
  }

  normalize(x: Value, stem: string): Value {
    const width = x.shape.at(-1) as number;
    const weight = this.graph.parameter(`${stem}.weight`, [width]);
    return layerNormalization(x, weight, this.graph.parameter(`${stem}.bias`, [width]), this.config.layerNormEpsilon);
  }

  activate(x: Value): Value {
    switch (this.config.activation) {
      case "gelu":
        return gelu(x);
      case "gelu_new":
        return geluTanh(x);
      case "relu":
        return relu(x);
    }
  }

  drop(x: Value, kind: DropoutSite["kind"], probability: number, name: string): Value {
    if (!this.dropout || probability === 0) return x;
    const width = kind === "ATTENTION" ? 0 : (x.shape[1] as number);
    const mask = this.graph.input(`dropout.${this.sites.length}`, x.shape);
    this.sites.push({ name, kind, width, probability });
    return multiply(x, mask);
  }

  /** The last hidden layer: [tokens, width]. */
  encode(inputs: EncoderInputs): Value {
    const { config, graph } = this;
    const table = (name: string, rows: number) =>
      graph.parameter(`embeddings.${name}.weight`, [rows, embeddingWidth(config)]);
    const tokens = lookup(table("word_embeddings", config.vocabularySize), inputs.tokenIds);
    const types = lookup(table("token_type_embeddings", config.typeVocabularySize), inputs.typeIds);
    const positions = lookup(table("position_embeddings", config.positions), inputs.positionIds);
    let hidden = this.normalize(add(add(tokens, types), positions), "embeddings.LayerNorm");
    hidden = this.drop(hidden, "HIDDEN", config.hiddenDropout, "embeddings");
    if (config.family === "albert") hidden = this.dense(hidden, "encoder.embedding_hidden_mapping_in", config.width);
    for (let layer = 0; layer < config.layers; layer++) hidden = this.layer(hidden, layer, inputs);
    return hidden;
  }

  private layer(hidden: Value, layer: number, inputs: EncoderInputs): Value {
    const { config } = this;
    const names = config.family === "albert" ? albertLayer() : bertLayer(layer);
    const context = this.attend(hidden, names, inputs, layer);
    const attended = this.drop(
      this.dense(context, names.attentionOutput, config.width),
      "HIDDEN",
      config.hiddenDropout,
      `layer ${layer} attention output`,
    );
    const middle = this.normalize(add(attended, hidden), names.attentionNormalization);
    const wide = this.activate(this.dense(middle, names.intermediate, config.intermediateWidth));
    let narrow = this.dense(wide, names.output, config.width);
    // ALBERT drops nothing here.
    if (config.family !== "albert") narrow = this.drop(narrow, "HIDDEN", config.hiddenDropout, `layer ${layer} output`);
    return this.normalize(add(narrow, middle), names.outputNormalization);
  }

  private attend(
    hidden: Value,
    names: { query: string; key: string; value: string },
    inputs: EncoderInputs,
    layer: number,
  ): Value {
    const { config } = this;
    const { heads, width } = config;
    const headWidth = width / heads;
    const { headIndex, headInverse, attentionShape } = inputs;
    const split = (x: Value) => {
      const rows = reshape(x, ["tokens*heads", headWidth]);
      const placed = placeRows(rows, headIndex, headInverse); // [batch*heads*padded, headWidth]
      return reshape(placed, ["batch", heads, "padded", headWidth], { lengths: attentionShape });
    };
    const query = split(this.dense(hidden, names.query, width));
    const key = split(this.dense(hidden, names.key, width));
    const value = split(this.dense(hidden, names.value, width));
    const scores = batchMatMul(query, key, { transB: true, alpha: 1 / Math.sqrt(headWidth) });
    let weights = softmax(addMask(scores, inputs.attentionBias)); // [batch, heads, padded, padded]
    weights = this.drop(weights, "ATTENTION", config.attentionDropout, `layer ${layer} attention weights`);
    const context = reshape(batchMatMul(weights, value), ["batch*heads*padded", headWidth], { back: attentionShape });
    return reshape(placeRows(context, headInverse, headIndex), ["tokens", width]);
  }
}

export const embeddingWidth = (config: EncoderConfig): number => config.embeddingWidth ?? config.width;
