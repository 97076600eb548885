/** The graphs that are run: a model's forward pass, and a training step (loss and gradients). */
import {
  add,
  addRows,
  binaryCrossEntropy,
  crossEntropy,
  differentiate,
  Graph,
  oneHot,
  type ParameterGradient,
  squaredError,
  type Value,
} from "../autograd/index.js";
import { type DropoutSite, EncoderBuilder } from "./encoder.js";
import { classificationLogits, encode, maskedTokenLogits } from "./heads.js";
import type { LoraPlan } from "./lora.js";
import { type PropertyHead, propertyLosses, propertyOutputs } from "./property-heads.js";
import { type EncoderConfig, isSequenceTask, type Task } from "./types.js";

export interface ForwardGraphOptions {
  lora?: LoraPlan | null;
  /** Dense layers in int8: see quantized.ts. Default: none. */
  quantized?: ReadonlySet<string>;
  /** Default: none. */
  properties?: readonly PropertyHead[];
  /** The last layer computes the rows alone that the run names (batch.ts). Default false: all tokens. */
  reads?: boolean;
  /** Receives the nodes. Default: a new one. */
  graph?: Graph;
}

/**
 * Outputs: hidden [tokens, width], or of the rows that are read; logits [batch, labels] with a sequence head,
 * [masked, vocabulary] with a masked-token head; properties.<i> [batch, width] for each property head.
 */
export function forwardGraph(
  config: EncoderConfig,
  head: Task,
  classes: number,
  { lora = null, quantized, properties = [], reads, graph = new Graph() }: ForwardGraphOptions = {},
): Graph {
  const builder = new EncoderBuilder(graph, config, { lora, quantized, reads });
  const hidden = encode(builder, builder.inputs());
  graph.output("hidden", hidden);
  if (isSequenceTask(head)) graph.output("logits", classificationLogits(builder, hidden, classes));
  if (head === "MASKED_LANGUAGE_MODEL") graph.output("logits", maskedTokenLogits(builder, hidden));
  propertyOutputs(builder, hidden, properties).forEach((value, i) => {
    graph.output(`properties.${i}`, value);
  });
  return graph;
}

export interface TrainingGraph {
  graph: Graph;
  /** Dropout masks to feed: see dropoutInput. */
  sites: DropoutSite[];
  /** Name of the output that holds each parameter's dense gradient. */
  denseOutputs: Map<string, string>;
  /** Row gradients: output [tokens, width], to be added to the rows of `parameter` that the int32 input `ids` names. */
  rowOutputs: { parameter: string; ids: string; output: string }[];
  /** Lookups whose gradients are whole tables of `rows` rows: their int32 inputs `ids` need those of tableInputs. */
  tables: { ids: string; rows: number }[];
  /** Dropout masks are bits. */
  packedMasks: boolean;
}

export interface TrainingGraphOptions {
  /** Share of each target spread evenly over all classes (SINGLE_LABEL, MASKED_LANGUAGE_MODEL). Default 0. */
  labelSmoothing?: number;
  /** Parameters that learn; nodes that only the gradients of others need are left out of the graph. Default: all. */
  trainable?: (parameter: string) => boolean;
  lora?: LoraPlan | null;
  /** Groups of sequences inside attention. Default 1. */
  groups?: number;
  /** A second objective on the whole sequence, beside MASKED_LANGUAGE_MODEL. Default: none. */
  properties?: readonly PropertyHead[];
  /** true: the gradients of tables are whole tables among the dense ones, and there are no rows. Default false. */
  wholeTables?: boolean;
  /** true: dropout masks are fed as bits. Default false. */
  packedMasks?: boolean;
  /** The last layer computes the rows alone that the run names (batch.ts). Default false: all tokens. */
  reads?: boolean;
}

/**
 * Outputs: loss (scalar), logits, and the gradient of every parameter that learns. Besides the encoder's inputs it
 * takes, where rows are sequences, or masked positions (MASKED_LANGUAGE_MODEL):
 *   SINGLE_LABEL, MASKED_LANGUAGE_MODEL   labels (int64 [rows]) and rowWeight (float32 [rows, 1])
 *   MULTI_LABEL, REGRESSION               targets and entryWeight (float32 [rows, labels]); weight 0: not measured
 * With property heads the gradients are those of the sum of `loss` and each head's loss, which is the output loss.<i>.
 */
export function trainingGraph(
  config: EncoderConfig,
  task: Exclude<Task, "ENCODER">,
  classes: number,
  dropout: boolean,
  options: TrainingGraphOptions = {},
): TrainingGraph {
  const { labelSmoothing = 0, trainable = () => true, lora = null, groups = 1, properties = [], reads } = options;
  const { packedMasks = false } = options;
  const graph = new Graph();
  const builder = new EncoderBuilder(graph, config, { dropout, lora, groups, packedMasks, reads });
  const hidden = encode(builder, builder.inputs());
  const masked = task === "MASKED_LANGUAGE_MODEL";
  const logits = masked ? maskedTokenLogits(builder, hidden) : classificationLogits(builder, hidden, classes);
  const loss = lossOf(task, logits, labelSmoothing);
  const others = propertyLosses(builder, hidden, properties);
  const gradients = differentiate(others.reduce(add, loss), [...graph.parameters.keys()].filter(trainable));
  graph.output("loss", loss);
  others.forEach((value, i) => {
    graph.output(`loss.${i}`, value);
  });
  graph.output("logits", logits);
  const whole = options.wholeTables ? asTables(graph, gradients) : { gradients, tables: [] };
  return { graph, sites: builder.sites, packedMasks, tables: whole.tables, ...gradientOutputs(graph, whole.gradients) };
}

function lossOf(task: Exclude<Task, "ENCODER">, logits: Value, smoothing: number): Value {
  const { graph } = logits;
  const [rows, width] = logits.shape as [string, number];
  if (task === "MULTI_LABEL" || task === "REGRESSION") {
    const targets = graph.input("targets", [rows, width]);
    const weight = graph.input("entryWeight", [rows, width]);
    return (task === "REGRESSION" ? squaredError : binaryCrossEntropy)(logits, targets, weight);
  }
  const labels = graph.input("labels", [rows], "int64");
  const weight = graph.input("rowWeight", [rows, 1]);
  const target = oneHot(labels, width, 1 - smoothing + smoothing / width, smoothing / width);
  return crossEntropy(logits, target, weight);
}

/** Names of the int32 inputs that bring the rows of a lookup by `ids` together: see addRows. */
export const tableInputs = (ids: string) => ({ distinct: `distinct.${ids}`, place: `place.${ids}` });

/** The rows of each gradient added to its dense part, and which lookups these were. */
function asTables(graph: Graph, gradients: ReadonlyMap<string, ParameterGradient>) {
  const tables: TrainingGraph["tables"] = [];
  const whole = new Map<string, ParameterGradient>();
  for (const [parameter, { dense, rows }] of gradients) {
    const [count] = graph.parameters.get(parameter)!.shape as number[];
    const sum = rows.reduce((gathered, row) => {
      const names = tableInputs(row.ids.name);
      const distinct = graph.input(names.distinct, [names.distinct], "int32");
      tables.push({ ids: row.ids.name, rows: count });
      return addRows(row, { distinct, place: graph.input(names.place, [count], "int32") }, gathered);
    }, dense);
    whole.set(parameter, { dense: sum, rows: [] });
  }
  return { gradients: whole, tables };
}

function gradientOutputs(graph: Graph, gradients: Map<string, ParameterGradient>) {
  const denseOutputs = new Map<string, string>();
  const rowOutputs: TrainingGraph["rowOutputs"] = [];
  const written = new Map<unknown, string>();
  for (const [parameter, { dense, rows }] of gradients) {
    if (dense) {
      denseOutputs.set(parameter, `gradient.${parameter}`);
      graph.output(`gradient.${parameter}`, dense);
    }
    for (const { ids, values } of rows) {
      // Token, type and position tables share one gradient: the sum of their rows is the input of one normalisation.
      const known = written.get(values) ?? `rows.${written.size}`;
      if (!written.has(values)) graph.output(known, values);
      written.set(values, known);
      rowOutputs.push({ parameter, ids: ids.name, output: known });
    }
  }
  return { denseOutputs, rowOutputs };
}
