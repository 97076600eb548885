/**
 * Logits of many examples: batches of similar length, so that attention computes little padding; answers in the order
 * of the examples. An example with other forms is predicted once for each, and the answers are averaged.
 */

import type { Example } from "../types.js";
import { averageLogits } from "./averaging.js";
import type { Trainer } from "./trainer.js";

/** Tokens of one batch. */
const BATCH_TOKENS = 1024;

/** [examples, labels]. `beforeBatch` is called before each batch and may throw to stop. */
export async function predictSequences(
  trainer: Trainer,
  examples: readonly Example[],
  beforeBatch: () => void,
): Promise<Float32Array> {
  const { classes, task } = trainer;
  const texts = examples.flatMap(({ tokenIds, forms = [] }) => [tokenIds, ...forms]);
  const logits = await predictTexts(trainer, texts, beforeBatch);
  if (texts.length === examples.length) return logits;
  const averaged = new Float32Array(examples.length * classes);
  let from = 0;
  examples.forEach(({ forms = [] }, example) => {
    const until = from + (1 + forms.length) * classes;
    averaged.set(averageLogits(task, logits.subarray(from, until), classes), example * classes);
    from = until;
  });
  return averaged;
}

/** [texts, labels] */
async function predictTexts(
  trainer: Trainer,
  texts: readonly Int32Array[],
  beforeBatch: () => void,
): Promise<Float32Array> {
  const byLength = texts.map((_, index) => index).sort((a, b) => texts[a].length - texts[b].length || a - b);
  const { classes } = trainer;
  const logits = new Float32Array(texts.length * classes);
  let batch: number[] = [];
  let tokens = 0;
  const flush = async () => {
    if (batch.length === 0) return;
    beforeBatch();
    const answers = await trainer.predict({ sequences: batch.map((i) => texts[i]), labels: [] });
    batch.forEach((text, row) => void logits.set(answers.subarray(row * classes, (row + 1) * classes), text * classes));
    batch = [];
    tokens = 0;
  };
  for (const index of byLength) {
    const { length } = texts[index];
    if (tokens + length > BATCH_TOKENS) await flush();
    batch.push(index);
    tokens += length;
  }
  await flush();
  return logits;
}
