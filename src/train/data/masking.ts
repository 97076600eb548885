/**
 * Masked-token corruption: of the real tokens 15 % are chosen; of those 80 % become the mask token, 10 % a random
 * token, 10 % stay. Source: Devlin et al. 2018, arXiv:1810.04805, section 3.1. Every choice is a function of (seed,
 * step, sequence, position) alone.
 */

import { Philox } from "../../model/philox-stream.js";
import type { Tokenizer } from "../../tokenizer/types.js";

/** Number of the first evaluation batch's step. No training step has it, and each evaluation masks the same tokens. */
export const EVALUATION_STEP = 0x40000000;

export interface MaskingOptions {
  /** Share of the tokens chosen. */
  probability: number;
  seed: number;
  /** Number of the step, or any number that separates one corruption from another. */
  step: number;
  /** Number of the first sequence in the step; above 0 for the later parts of a step's batch. Default 0. */
  firstSequence?: number;
}

export interface MaskedBatch {
  sequences: Int32Array[];
  /** Flat places of the chosen tokens. */
  maskedPositions: Int32Array;
  /** The tokens that were there. */
  labels: number[];
}

export function maskTokens(
  sequences: readonly Int32Array[],
  tokenizer: Tokenizer,
  options: MaskingOptions,
): MaskedBatch {
  const { maskId, specialIds, vocabularySize } = tokenizer;
  if (maskId === null) throw new Error("masked-token training needs a mask token in the vocabulary");
  const positions: number[] = [];
  const labels: number[] = [];
  let offset = 0;
  const corrupted = sequences.map((ids, sequence) => {
    const number = (options.firstSequence ?? 0) + sequence;
    const random = new Philox(options.seed, MASKING_STREAM, options.step, number);
    const copy = Int32Array.from(ids);
    let chosen = 0;
    let fallback = -1;
    for (let i = 0; i < ids.length; i++) {
      const [pick, kind, token] = [random.uniform(), random.uniform(), random.uniform()];
      if (specialIds.has(ids[i])) continue;
      if (fallback < 0) fallback = i;
      if (pick >= options.probability) continue;
      chosen++;
      positions.push(offset + i);
      labels.push(ids[i]);
      if (kind < 0.8) copy[i] = maskId;
      else if (kind < 0.9) copy[i] = Math.floor(token * vocabularySize);
    }
    // A batch needs at least one masked token. In a batch without any, the first real token is masked.
    if (chosen === 0 && sequences.length === 1 && fallback >= 0) {
      positions.push(offset + fallback);
      labels.push(ids[fallback]);
      copy[fallback] = maskId;
    }
    offset += ids.length;
    return copy;
  });
  return { sequences: corrupted, maskedPositions: Int32Array.from(positions), labels };
}

/** Stream number: separates these random numbers from other uses of the same seed. */
const MASKING_STREAM = 0x6d61736b;
