/**
 * Prepares a checkpoint from outside in the folder where it stays. Weights in a pickle become safetensors, so that the
 * pickle is read once only, and the tokenizer is tried. The weights are checked when the model is registered.
 */
import { MaillardError } from "../../errors.js";
import { convertCheckpoint } from "../../model/checkpoint/checkpoint.js";
import { readConfig } from "../../model/checkpoint/outline.js";
import { loadTokenizer } from "../../tokenizer/index.js";

/** CHECKPOINT_INVALID, CHECKPOINT_UNSUPPORTED. `param`: the input that named the checkpoint. */
export async function settleCheckpoint(folder: string, param: string): Promise<void> {
  await convertCheckpoint(folder);
  await checkWithoutWeights(folder, param);
}

/**
 * Checks the small files before gigabytes are downloaded: a supported config, and a tokenizer that fits it.
 * CHECKPOINT_INVALID, CHECKPOINT_UNSUPPORTED.
 */
export async function checkWithoutWeights(folder: string, param: string): Promise<void> {
  const { config } = await readConfig(folder);
  const invalid = (reason: string): MaillardError =>
    new MaillardError("CHECKPOINT_INVALID", `The tokenizer cannot be used: ${reason}.`, { param });
  const tokenizer = await loadTokenizer(folder).catch((error: Error) => {
    throw error instanceof MaillardError ? error : invalid("its files are not in the form that transformers writes");
  });
  if (tokenizer.vocabularySize <= config.vocabularySize) return;
  throw invalid(`it has ${tokenizer.vocabularySize} tokens, the model's table ${config.vocabularySize} rows`);
}
