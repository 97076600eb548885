/**
 * Prepares a checkpoint from outside in the folder where it stays. Weights in a pickle become safetensors, so that the
 * pickle is read once only, and the tokenizer is tried. It runs in a process of its own (compute/jobs/checkpoints.ts).
 */
import { MaillardError } from "../../errors.js";
import { loadTokenizer } from "../../tokenizer/index.js";
import { maxTokens } from "../families/index.js";
import { convertCheckpoint } from "./checkpoint.js";
import { type CheckpointInfo, readCheckpointInfo } from "./info.js";
import { readConfig } from "./outline.js";

/** Aspirin: the tokenizer is tried on it. */
const MOLECULE = "CC(=O)Oc1ccccc1C(=O)O";

/** CHECKPOINT_INVALID, CHECKPOINT_UNSUPPORTED. `param`: the input that named the checkpoint. */
export async function settleCheckpoint(folder: string, param: string): Promise<CheckpointInfo> {
  await convertCheckpoint(folder);
  await checkWithoutWeights(folder, param);
  return readCheckpointInfo(folder);
}

/**
 * Checks the small files before gigabytes are downloaded: a supported config, and a tokenizer that fits it.
 * CHECKPOINT_INVALID, CHECKPOINT_UNSUPPORTED.
 */
export async function checkWithoutWeights(folder: string, param: string): Promise<void> {
  const { config } = await readConfig(folder);
  const invalid = (reason: string): MaillardError =>
    new MaillardError("CHECKPOINT_INVALID", `The tokenizer cannot be used: ${reason}.`, { param });
  const ids = await tokenized(folder, maxTokens(config)).catch((error: Error) => {
    throw error instanceof MaillardError ? error : invalid("its files are not in the form that transformers writes");
  });
  const { vocabularySize } = config;
  if (ids.vocabularySize > vocabularySize)
    throw invalid(`it has ${ids.vocabularySize} tokens, the model's table ${vocabularySize} rows`);
  const outside = ids.ids.find((id) => !(id >= 0 && id < vocabularySize));
  if (outside !== undefined)
    throw invalid(`it gives the id ${outside}, and the model's table has ${vocabularySize} rows`);
}

async function tokenized(folder: string, maxLength: number): Promise<{ vocabularySize: number; ids: Int32Array }> {
  const tokenizer = await loadTokenizer(folder);
  return { vocabularySize: tokenizer.vocabularySize, ids: tokenizer.encode(MOLECULE, Math.max(3, maxLength)) };
}
