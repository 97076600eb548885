/**
 * A checkpoint that came from outside, made ready in the folder where it stays: weights that are a pickle become
 * safetensors, so that no pickle is read again, and its tokenizer is tried. Its weights are checked when it is
 * registered.
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
 * What the small files tell, before gigabytes are fetched as well: a config that we know, and a tokenizer that fits it.
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
