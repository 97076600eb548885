/** How well a masked-token model recovers what was masked, on molecules that it was not trained on. */
import type { Tokenizer } from "../../tokenizer/types.js";
import { maskTokens } from "../data/masking.js";
import type { Trainer } from "../step/trainer.js";
import type { PretrainOptions, PretrainResult } from "./pretrain-options.js";

/** Rows whose largest logit is the label's. `logits` is [labels, vocabulary]; of equal ones the first counts. */
export function countCorrect(logits: Float32Array, labels: readonly number[]): number {
  const width = logits.length / labels.length;
  let correct = 0;
  for (let row = 0; row < labels.length; row++) {
    let best = 0;
    for (let j = 1; j < width; j++) if (logits[row * width + j] > logits[row * width + best]) best = j;
    if (best === labels[row]) correct++;
  }
  return correct;
}

/** Masked-token accuracy on molecules not trained on; masks are drawn with a step number that training never uses. */
export async function maskedAccuracy(
  trainer: Trainer,
  tokenizer: Tokenizer,
  molecules: Int32Array[],
  { seed, maskProbability, batchSize }: Pick<PretrainOptions, "seed" | "maskProbability" | "batchSize">,
): Promise<PretrainResult["validation"]> {
  let [loss, correct, masked] = [0, 0, 0];
  const frequency = new Map<number, number>();
  for (let first = 0; first < molecules.length; first += batchSize) {
    const step = 0x40000000 + first;
    const batch = maskTokens(molecules.slice(first, first + batchSize), tokenizer, {
      probability: maskProbability,
      seed,
      step,
    });
    const logits = await trainer.predict(batch);
    const width = logits.length / batch.labels.length;
    batch.labels.forEach((label, row) => {
      const values = logits.subarray(row * width, (row + 1) * width);
      const top = values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
      loss += top + Math.log(values.reduce((sum, value) => sum + Math.exp(value - top), 0)) - values[label];
      frequency.set(label, (frequency.get(label) ?? 0) + 1);
    });
    correct += countCorrect(logits, batch.labels);
    masked += batch.labels.length;
  }
  return {
    molecules: molecules.length,
    maskedTokens: masked,
    loss: loss / masked,
    accuracy: correct / masked,
    mostFrequentToken: Math.max(...frequency.values()) / masked,
  };
}
