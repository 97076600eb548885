/**
 * The encoder of bert, roberta and albert as a graph over flat tokens.
 *
 * Matrix products get real tokens only: hidden is [tokens, width] for all sequences of the batch in a row. Inside
 * attention, rows are placed as [batch, heads, padded, width/heads] for each group of sequences of similar length, by
 * one gather each way, and padded keys get a bias of -1e9. Source: Vaswani et al. 2017, arXiv:1706.03762; Devlin et al.
 * 2018, arXiv:1810.04805 (post-norm layers).
 */
import {
  add,
  addMask,
  batchMatMul,
  type Graph,
  gelu,
  geluTanh,
  gemm,
  joinRows,
  layerNormalization,
  linear,
  lookup,
  multiply,
  relu,
  reshape,
  scale,
  softmax,
  splitRows,
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
  /** int32 [tokens*heads]: place of each row in all groups one after another. */
  headInverse: Value;
  groups: AttentionGroup[];
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
}

/** Builds a graph's layers, and collects their dropout sites. */
export class EncoderBuilder {
  readonly sites: DropoutSite[] = [];

  constructor(
    readonly graph: Graph,
    readonly config: EncoderConfig,
    /** true: multiply by masks, fed as inputs (dropoutInput). */
    private readonly dropout: boolean,
    /** Dense layers with low-rank matrices beside them. */
    private readonly lora: LoraPlan | null = null,
    /** Groups of sequences inside attention. */
    private readonly groups = 1,
  ) {}

  inputs(): EncoderInputs {
    const { graph } = this;
    return {
      tokenIds: graph.input("tokenIds", ["tokens"], "int32"),
      positionIds: graph.input("positionIds", ["tokens"], "int32"),
      typeIds: graph.input("typeIds", ["tokens"], "int32"),
      headInverse: graph.input("headInverse", ["tokens*heads"], "int32"),
      groups: Array.from({ length: this.groups }, (_, group) => ({
        headIndex: graph.input(`headIndex.${group}`, [`places.${group}`], "int32"),
        bias: graph.input(`attentionBias.${group}`, [`batch.${group}`, 1, 1, `padded.${group}`]),
        shape: graph.input(`attentionShape.${group}`, [4], "int64"),
      })),
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
    return this.dropGroups([x], kind, probability, name)[0];
  }

  /** One site for all groups of sequences. */
  private dropGroups(groups: Value[], kind: DropoutSite["kind"], probability: number, name: string): Value[] {
    if (!this.dropout || probability === 0) return groups;
    const site = this.sites.length;
    this.sites.push({ name, kind, width: kind === "ATTENTION" ? 0 : (groups[0].shape[1] as number), probability });
    return groups.map((x, group) => multiply(x, this.graph.input(dropoutInput(site, group), x.shape)));
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
    // ALBERT has no dropout here.
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
    const { groups, headInverse } = inputs;
    const indices = groups.map(({ headIndex }) => headIndex);
    const shapeOf = (group: number) => [`batch.${group}`, heads, `padded.${group}`, headWidth];
    // Padding may hold any value: padded keys have weight 0, and padded queries get gradients of 0.
    const split = (x: Value) =>
      splitRows(reshape(x, ["tokens*heads", headWidth]), headInverse, indices, true).map((rows, group) =>
        reshape(rows, shapeOf(group), { lengths: groups[group].shape }),
      );
    const queries = split(this.dense(hidden, names.query, width));
    const keys = split(this.dense(hidden, names.key, width));
    const values = split(this.dense(hidden, names.value, width));
    const weights = groups.map(({ bias }, group) => {
      const scores = batchMatMul(queries[group], keys[group], { transB: true, alpha: 1 / Math.sqrt(headWidth) });
      return softmax(addMask(scores, bias)); // [batch, heads, padded, padded]
    });
    const kept = this.dropGroups(weights, "ATTENTION", config.attentionDropout, `layer ${layer} attention weights`);
    const contexts = groups.map(({ shape }, group) =>
      reshape(batchMatMul(kept[group], values[group]), [`places.${group}`, headWidth], { back: shape }),
    );
    return reshape(joinRows(contexts, headInverse, indices), ["tokens", width]);
  }
}

/** Name of the input with a site's mask; attention has one for each group of sequences. */
export const dropoutInput = (site: number, group = 0): string => `dropout.${site}${group > 0 ? `.${group}` : ""}`;

export const embeddingWidth = (config: EncoderConfig): number => config.embeddingWidth ?? config.width;
