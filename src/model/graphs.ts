/** The graphs that are run: a model's forward pass, and a training step (loss and gradients). */
import { crossEntropy, differentiate, Graph, oneHot, type ParameterGradient } from "../autograd/index.js";
import { type DropoutSite, EncoderBuilder } from "./encoder.js";
import { classificationLogits, maskedTokenLogits } from "./heads.js";
import type { EncoderConfig, Task } from "./types.js";

/** Outputs: hidden [tokens, width]; logits [batch, classes] with a classification head, [masked, vocabulary] with a masked-token head. */
export function forwardGraph(config: EncoderConfig, head: Task, classes: number): Graph {
  const graph = new Graph();
  const builder = new EncoderBuilder(graph, config, false);
  const hidden = builder.encode(builder.inputs());
  graph.output("hidden", hidden);
  if (head === "SINGLE_LABEL") graph.output("logits", classificationLogits(builder, hidden, classes));
  if (head === "MASKED_LANGUAGE_MODEL") graph.output("logits", maskedTokenLogits(builder, hidden));
  return graph;
}

export interface TrainingGraph {
  graph: Graph;
  /** Dropout masks to feed as "dropout.<n>". */
  sites: DropoutSite[];
  /** Name of the output that holds each parameter's dense gradient. */
  denseOutputs: Map<string, string>;
  /** Row gradients: output [tokens, width], to be added to the rows of `parameter` that the int32 input `ids` names. */
  rowOutputs: { parameter: string; ids: string; output: string }[];
}

/**
 * Outputs: loss (scalar), logits, and the gradient of every parameter.
 * Besides the encoder's inputs it takes labels (int64 [rows]) and rowWeight (float32 [rows, 1]), where rows are
 * sequences (SINGLE_LABEL) or masked positions (MASKED_LANGUAGE_MODEL).
 */
export function trainingGraph(
  config: EncoderConfig,
  task: Exclude<Task, "ENCODER">,
  classes: number,
  dropout: boolean,
): TrainingGraph {
  const graph = new Graph();
  const builder = new EncoderBuilder(graph, config, dropout);
  const hidden = builder.encode(builder.inputs());
  const masked = task === "MASKED_LANGUAGE_MODEL";
  const logits = masked ? maskedTokenLogits(builder, hidden) : classificationLogits(builder, hidden, classes);
  const rows = masked ? "masked" : "batch";
  const labels = graph.input("labels", [rows], "int64");
  const weight = graph.input("rowWeight", [rows, 1]);
  const loss = crossEntropy(logits, oneHot(labels, masked ? config.vocabularySize : classes), weight);
  const gradients = differentiate(loss);
  graph.output("loss", loss);
  graph.output("logits", logits);
  return { graph, sites: builder.sites, ...gradientOutputs(graph, gradients) };
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
      // Token, type and position tables share one gradient: the sum of their rows went into one normalisation.
      const known = written.get(values) ?? `rows.${written.size}`;
      if (!written.has(values)) graph.output(known, values);
      written.set(values, known);
      rowOutputs.push({ parameter, ids: ids.name, output: known });
    }
  }
  return { denseOutputs, rowOutputs };
}
