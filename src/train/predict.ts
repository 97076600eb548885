/**
 * Logits of many examples: batches of like length, so that little is padded in attention; answers in the examples'
 * order.
 */
import type { Trainer } from "./trainer.js";
import type { Example } from "./types.js";

/** Tokens of one batch. */
const BATCH_TOKENS = 1024;

/** [examples, labels]. `beforeBatch` is called before each batch and may throw to stop. */
export async function predictSequences(
  trainer: Trainer,
  examples: readonly Example[],
  beforeBatch: () => void,
): Promise<Float32Array> {
  const byLength = examples
    .map((_, index) => index)
    .sort((a, b) => examples[a].tokenIds.length - examples[b].tokenIds.length || a - b);
  const { classes } = trainer;
  const logits = new Float32Array(examples.length * classes);
  let batch: number[] = [];
  let tokens = 0;
  const flush = async () => {
    if (batch.length === 0) return;
    beforeBatch();
    const answers = await trainer.predict({ sequences: batch.map((i) => examples[i].tokenIds), labels: [] });
    batch.forEach(
      (example, row) => void logits.set(answers.subarray(row * classes, (row + 1) * classes), example * classes),
    );
    batch = [];
    tokens = 0;
  };
  for (const index of byLength) {
    const { length } = examples[index].tokenIds;
    if (tokens + length > BATCH_TOKENS) await flush();
    batch.push(index);
    tokens += length;
  }
  await flush();
  return logits;
}
