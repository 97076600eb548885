/**
 * Linear outputs on the pooled output of the encoder, for properties of the whole molecule that chemistry computes: a
 * second objective beside masked tokens (the multi-task regression of ChemBERTa-2, Ahmad et al. 2022,
 * arXiv:2209.01712).
 *   bert, albert   tanh of the pooler, which a finetune continues to use
 *   the others     tanh of a dense layer of its own, which is never saved: the heads of these families have theirs
 */
import { binaryCrossEntropy, squaredError, type Value } from "../autograd/index.js";
import type { EncoderBuilder } from "./encoder.js";
import { dense } from "./families/family.js";
import { familyOf, type ParameterEntry } from "./families/index.js";
import { pooledOutput } from "./heads.js";
import { draw } from "./initialize.js";
import type { Checkpoint, EncoderConfig, Weight } from "./types.js";

export interface PropertyHead {
  name: string;
  /** Numbers that it predicts. */
  width: number;
  loss: "squaredError" | "binaryCrossEntropy";
}

const LOSSES = { squaredError, binaryCrossEntropy };
const stemOf = (name: string): string => `properties.${name}`;

/** Names of a head's inputs, float32 [batch, width] each. Weights carry the mean; 0: no target. */
export const targetInput = (name: string): string => `target.${name}`;
export const weightInput = (name: string): string => `targetWeight.${name}`;

/** hidden [tokens, width] to [batch, width] for each head. */
export function propertyOutputs(builder: EncoderBuilder, hidden: Value, heads: readonly PropertyHead[]): Value[] {
  if (heads.length === 0) return [];
  const pooled = pooledOutput(builder, hidden, stemOf("dense"));
  return heads.map(({ name, width }) => builder.dense(pooled, stemOf(name), width));
}

/** Scalars: Σ weight · loss over a head's outputs. */
export function propertyLosses(builder: EncoderBuilder, hidden: Value, heads: readonly PropertyHead[]): Value[] {
  return propertyOutputs(builder, hidden, heads).map((outputs, i) => {
    const { name, loss } = heads[i];
    const target = builder.graph.input(targetInput(name), outputs.shape);
    return LOSSES[loss](outputs, target, builder.graph.input(weightInput(name), outputs.shape));
  });
}

/** The checkpoint with the heads and, where it has none, the layer below them, drawn as a fresh model's. */
export function withPropertyHeads(
  checkpoint: Checkpoint,
  heads: readonly PropertyHead[],
  biases: readonly Float32Array[],
  seed: number,
): Checkpoint {
  const { config } = checkpoint;
  const weights = new Map<string, Weight>(checkpoint.weights);
  for (const entry of belowHeads(config))
    if (!weights.has(entry.name)) weights.set(entry.name, draw(entry, config.initializerRange, seed));
  heads.forEach(({ name, width }, i) => {
    const entry: ParameterEntry = { name: `${stemOf(name)}.weight`, shape: [width, config.width], initial: "WEIGHT" };
    weights.set(entry.name, draw(entry, config.initializerRange, seed));
    weights.set(`${stemOf(name)}.bias`, { shape: [width], data: Float32Array.from(biases[i]) });
  });
  return { ...checkpoint, weights };
}

/** The parameters of the heads, which a saved model does not have. */
export const isPropertyParameter = (name: string): boolean => name.startsWith(stemOf(""));

const belowHeads = (config: EncoderConfig): ParameterEntry[] =>
  dense(familyOf(config).pooler ?? stemOf("dense"), config.width, config.width);
