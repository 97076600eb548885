/** MASKED_LANGUAGE_MODEL: recover masked tokens. Every evaluation masks the same ones. */
import { MaillardError } from "../../../errors.js";
import { MaskedTokenScores } from "../../../scores/reports.js";
import type { Tokenizer } from "../../../tokenizer/types.js";
import { EVALUATION_STEP, maskTokens } from "../../data/masking.js";
import type { Objective } from "./objective.js";

const EVALUATION_BATCH = 32;

export function maskedTokens(tokenizer: Tokenizer, probability: number, seed: number): Objective {
  if (tokenizer.maskId === null)
    throw new MaillardError(
      "INVALID_CONFIG",
      "The base model's tokenizer has no mask token; masked-token training needs one. Choose another base model.",
      { param: "task" },
    );
  return {
    task: "MASKED_LANGUAGE_MODEL",
    batch: (examples, step, firstSequence) =>
      maskTokens(
        examples.map(({ tokenIds }) => tokenIds),
        tokenizer,
        { probability, seed, step, firstSequence },
      ),
    async evaluate(trainer, split, examples, beforeBatch) {
      const scores = new MaskedTokenScores();
      for (let first = 0; first < examples.length; first += EVALUATION_BATCH) {
        beforeBatch();
        const chosen = examples.slice(first, first + EVALUATION_BATCH).map(({ tokenIds }) => tokenIds);
        const batch = maskTokens(chosen, tokenizer, { probability, seed, step: EVALUATION_STEP + first });
        if (batch.labels.length > 0) scores.add(await trainer.predict(batch), batch.labels);
      }
      return scores.report(split, examples.length);
    },
    finish: (weights) => weights,
  };
}
