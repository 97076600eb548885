/**
 * Low-rank adaptation: a frozen dense layer W [out, in] answers x (W + alpha/rank B A)ᵀ + bias, and only A [rank, in]
 * and B [out, rank] are learned. B starts as zeros, so that the adapted model starts as the model it adapts. Merging
 * adds the product to W: the saved model is an ordinary one. Source: Hu et al. 2021, arXiv:2106.09685; initial A as in
 * PEFT.
 */
import { MaillardError } from "../errors.js";
import { familyOf } from "./families/index.js";
import { fillUniform } from "./random.js";
import type { EncoderConfig, Weight } from "./types.js";

/** Dense layers of an encoder layer that can be adapted. */
export const LORA_TARGETS = ["query", "key", "value", "attentionOutput", "intermediate", "output"] as const;
export type LoraTarget = (typeof LORA_TARGETS)[number];

export interface LoraOptions {
  /** Rows of A: at least 1, at most the narrower side of the layers adapted. */
  rank: number;
  /** The product is multiplied by alpha / rank. */
  alpha: number;
  targets: readonly LoraTarget[];
}

/** Which dense layers (stems of parameter names) are adapted, and how. */
export interface LoraPlan {
  stems: ReadonlySet<string>;
  rank: number;
  /** alpha / rank */
  scale: number;
}

export const loraA = (stem: string): string => `${stem}.lora_A.weight`;
export const loraB = (stem: string): string => `${stem}.lora_B.weight`;

export function loraPlan(config: EncoderConfig, { rank, alpha, targets }: LoraOptions): LoraPlan {
  const row = familyOf(config);
  const layers = Array.from({ length: row.sharedLayers ? 1 : config.layers }, (_, layer) => row.layerNames(layer));
  return {
    stems: new Set(layers.flatMap((names) => targets.map((target) => names[target]))),
    rank,
    scale: alpha / rank,
  };
}

/**
 * The weights with fresh A and B beside each adapted layer. A: uniform(-1/√in, 1/√in), a stream of its own for each.
 */
export function addLora(weights: ReadonlyMap<string, Weight>, plan: LoraPlan, seed: number): Map<string, Weight> {
  const adapted = new Map(weights);
  for (const stem of plan.stems) {
    const [out, width] = adaptedWeight(weights, stem).shape;
    const data = new Float32Array(plan.rank * width);
    fillUniform(data, seed, loraA(stem), 1 / Math.sqrt(width));
    adapted.set(loraA(stem), { shape: [plan.rank, width], data });
    adapted.set(loraB(stem), { shape: [out, plan.rank], data: new Float32Array(out * plan.rank) });
  }
  return adapted;
}

/** W + alpha/rank B A in place of each W, without A and B. New arrays; sums in float64. */
export function mergeLora(weights: ReadonlyMap<string, Weight>, plan: LoraPlan): Map<string, Weight> {
  const merged = new Map(weights);
  for (const stem of plan.stems) {
    const { shape, data } = adaptedWeight(weights, stem);
    const [out, width] = shape;
    const [a, b] = [weights.get(loraA(stem))!.data, weights.get(loraB(stem))!.data];
    const sum = new Float32Array(data.length);
    const row = new Float64Array(width);
    for (let i = 0; i < out; i++) {
      row.fill(0);
      for (let k = 0; k < plan.rank; k++) {
        const factor = b[i * plan.rank + k];
        for (let j = 0; j < width; j++) row[j] += factor * a[k * width + j];
      }
      for (let j = 0; j < width; j++) sum[i * width + j] = data[i * width + j] + plan.scale * row[j];
    }
    merged.set(`${stem}.weight`, { shape: [...shape], data: sum });
    merged.delete(loraA(stem));
    merged.delete(loraB(stem));
  }
  return merged;
}

function adaptedWeight(weights: ReadonlyMap<string, Weight>, stem: string): Weight {
  const weight = weights.get(`${stem}.weight`);
  if (!weight) throw new MaillardError("CHECKPOINT_INVALID", `There is no tensor ${stem}.weight to adapt.`);
  return weight;
}
