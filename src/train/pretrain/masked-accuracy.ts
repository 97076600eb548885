/** How many masked tokens a model recovers, on molecules that it was not trained on. */
import { greatest } from "../../scores/logits.js";
import { MaskedTokenScores } from "../../scores/reports.js";
import type { Tokenizer } from "../../tokenizer/types.js";
import { EVALUATION_STEP, maskTokens } from "../data/masking.js";
import type { Trainer } from "../step/trainer.js";
import type { PretrainOptions, PretrainResult } from "./pretrain-options.js";

/** Rows whose largest logit is the label's. `logits` is [labels, vocabulary]; of equal ones the first counts. */
export function countCorrect(logits: Float32Array, labels: readonly number[]): number {
  const width = logits.length / labels.length;
  return labels.filter((label, row) => greatest(logits.subarray(row * width, (row + 1) * width)) === label).length;
}

/** Scores of the masked tokens of molecules not trained on. Each evaluation of them draws the same masks. */
export async function maskedAccuracy(
  trainer: Trainer,
  tokenizer: Tokenizer,
  molecules: Int32Array[],
  { seed, maskProbability, batchSize }: Pick<PretrainOptions, "seed" | "maskProbability" | "batchSize">,
): Promise<PretrainResult["validation"]> {
  const scores = new MaskedTokenScores();
  for (let first = 0; first < molecules.length; first += batchSize) {
    const batch = maskTokens(molecules.slice(first, first + batchSize), tokenizer, {
      probability: maskProbability,
      seed,
      step: EVALUATION_STEP + first,
    });
    scores.add(await trainer.predict(batch), batch.labels);
  }
  const { mostFrequent: mostFrequentToken, ...rest } = scores.summary();
  return { molecules: molecules.length, ...rest, mostFrequentToken };
}
