/** What the parts of bench/gpu.ts have in common: the model, and seeded sequences. */
import { Philox } from "../../src/model/philox-stream.js";
import type { EncoderConfig } from "../../src/model/types.js";
import { MODELS } from "./finetune-cases.js";

/** Molecules of a batch. */
export const BATCHES = [16, 64, 256];
export const TOY_BATCHES = [4];
export const CLASSES = 20;

const TOY = { vocabularySize: 64, width: 32, layers: 2, heads: 2, intermediateWidth: 64, positions: 130 };

export const configOf = (toy: boolean): EncoderConfig => (toy ? { ...MODELS.ChemBERTa, ...TOY } : MODELS.ChemBERTa);

/** Different tokens, as molecules have of a vocabulary of 52,000. */
const TOKENS = 400;
/** Tokens of a sequence, both included. */
const [SHORTEST, LONGEST] = [10, 80];
const STREAM = 0x67707562;

/** `count` sequences of 10 to 80 tokens: the same for the same number. */
export function sequencesOf({ vocabularySize }: EncoderConfig, count: number, number: number): Int32Array[] {
  const random = new Philox(42, STREAM, number);
  const others = Math.min(TOKENS, vocabularySize - 5);
  return Array.from({ length: count }, () => {
    const length = SHORTEST + random.below(LONGEST - SHORTEST + 1);
    const inner = Array.from({ length: length - 2 }, () => 5 + random.below(others));
    return Int32Array.from([0, ...inner, 2]);
  });
}
