/**
 * Prepares a checkpoint from outside in the folder where it stays, and loads it once as an answer does: weights become
 * one safetensors file, header, shapes, types and tokenizer are checked, and a molecule is really run. Whatever makes a
 * model of a folder (an added folder, a download, an upload) does it here, so that nothing is registered that cannot
 * run. It runs in a process of its own (compute/jobs/checkpoints.ts).
 */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { MaillardError } from "../../errors.js";
import { loadTokenizer } from "../../tokenizer/index.js";
import { maxTokens } from "../families/index.js";
import { InferenceModel } from "../inference.js";
import { type EncoderConfig, isSequenceTask } from "../types.js";
import { convertCheckpoint } from "./checkpoint.js";
import { type CheckpointInfo, readCheckpointInfo } from "./info.js";
import { readConfig, readOutline } from "./outline.js";

/** Aspirin: tokenizer and model are tried on it. */
const MOLECULE = "CC(=O)Oc1ccccc1C(=O)O";

/** CHECKPOINT_INVALID, CHECKPOINT_UNSUPPORTED. `param`: the input that named the checkpoint. */
export async function settleCheckpoint(folder: string, param: string): Promise<CheckpointInfo> {
  await convertCheckpoint(folder);
  const { config } = await readOutline(folder);
  const tokenIds = await checkTokenizer(folder, config, param);
  const info = await readCheckpointInfo(folder);
  await runOnce(folder, info, tokenIds, param);
  return info;
}

/**
 * Checks the small files before gigabytes are downloaded: a supported config, and a tokenizer that fits it.
 * CHECKPOINT_INVALID, CHECKPOINT_UNSUPPORTED.
 */
export async function checkWithoutWeights(folder: string, param: string): Promise<void> {
  // A file without model_type is taken for BERT's until the names of the tensors are there.
  await checkTokenizer(folder, (await readConfig(folder, ["bert."])).config, param);
}

/** The molecule's token ids, all of them rows of the model's table. */
async function checkTokenizer(folder: string, config: EncoderConfig, param: string): Promise<Int32Array> {
  const invalid = (reason: string): MaillardError =>
    new MaillardError("CHECKPOINT_INVALID", `The tokenizer cannot be used: ${reason}.`, { param });
  const { ids, vocabularySize: size } = await tokenized(folder, maxTokens(config)).catch((error: Error) => {
    throw error instanceof MaillardError ? error : invalid("its files are not in the form that transformers writes");
  });
  const { vocabularySize } = config;
  if (size > vocabularySize) throw invalid(`it has ${size} tokens, the model's table ${vocabularySize} rows`);
  const outside = ids.find((id) => !(id >= 0 && id < vocabularySize));
  if (outside !== undefined)
    throw invalid(`it gives the id ${outside}, and the model's table has ${vocabularySize} rows`);
  return ids;
}

async function tokenized(folder: string, maxLength: number): Promise<{ vocabularySize: number; ids: Int32Array }> {
  const tokenizer = await loadTokenizer(folder);
  return { vocabularySize: tokenizer.vocabularySize, ids: tokenizer.encode(MOLECULE, Math.max(3, maxLength)) };
}

async function runOnce(
  folder: string,
  { task, maxLength }: CheckpointInfo,
  tokenIds: Int32Array,
  param: string,
): Promise<void> {
  const invalid = (reason: string): MaillardError =>
    new MaillardError("CHECKPOINT_INVALID", `The model was loaded, and ${reason}: its weights are broken.`, { param });
  if (tokenIds.length > maxLength)
    throw new MaillardError(
      "CHECKPOINT_INVALID",
      `config.json: the model takes at most ${maxLength} tokens, and a molecule needs at least 3.`,
      { param },
    );
  // Weights of gigabytes are mapped from here instead of being held twice.
  const cacheFolder = join(folder, ".trial");
  try {
    const model = await InferenceModel.load(folder, { threads: 1, provider: "cpu", cacheFolder });
    const [values] = await model.run([tokenIds], isSequenceTask(task) ? "LOGITS" : "CLS");
    await model.release();
    if (!values.every(Number.isFinite)) throw invalid(`its answer to ${MOLECULE} has values that are no numbers`);
  } catch (error) {
    throw error instanceof MaillardError ? error : invalid(`it cannot answer ${MOLECULE}`);
  } finally {
    await rm(cacheFolder, { recursive: true, force: true });
  }
}
