/**
 * Checkpoints as Hugging Face writes them: a folder with config.json and model.safetensors, or pytorch_model.bin in old
 * ones. Only safetensors is written.
 *
 * Loading holds one float32 copy of the parameters that the task needs (outline.ts says what is accepted). Saving
 * writes names, config and architectures such that transformers loads the folder with the right class. For an encoder
 * alone transformers then reports a fresh pooler, which nothing here uses.
 */
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { MaillardError } from "../../errors.js";
import { parameterList } from "../families/parameters.js";
import type { Checkpoint, Weight } from "../types.js";
import { formatConfig } from "./config.js";
import { CONFIG_FILE, replaceFiles, TORCH_WEIGHTS_FILE, WEIGHTS_FILE, writeSynced } from "./files.js";
import { withCheckpoint } from "./outline.js";
import { writeSafetensors } from "./safetensors.js";

export { copyTokenizer } from "./files.js";
export { type CheckpointInfo, readCheckpointInfo } from "./info.js";

export function loadCheckpoint(folder: string): Promise<Checkpoint> {
  return withCheckpoint(folder, async ({ config, task, labels, parameters }, file) => {
    const weights = new Map<string, Weight>();
    for (const { entry, source } of parameters) weights.set(entry.name, await file.read(source));
    return { config, task, labels, weights };
  });
}

export async function saveCheckpoint(folder: string, checkpoint: Checkpoint, { float16 = false } = {}): Promise<void> {
  const { config, task, labels } = checkpoint;
  const weights = new Map<string, Weight>();
  for (const { name, shape, optional } of parameterList(config, task, labels.length)) {
    const weight = checkpoint.weights.get(name);
    if (!weight && optional) continue;
    if (!weight || weight.shape.join() !== shape.join()) {
      throw new MaillardError(
        "CHECKPOINT_INVALID",
        `To be saved, ${name} must be [${shape}]; it is ${weight ? `[${weight.shape}]` : "missing"}.`,
      );
    }
    weights.set(task === "ENCODER" || isHead(name) ? name : `${config.family}.${name}`, weight);
  }
  const json = `${JSON.stringify(formatConfig(config, task, labels, { float16 }), null, 2)}\n`;
  await replaceFiles(folder, [
    { name: WEIGHTS_FILE, write: (path) => writeSafetensors(path, weights, { float16 }) },
    { name: CONFIG_FILE, write: (path) => writeSynced(path, json) },
  ]);
}

/** Replaces a pickle in a model folder by safetensors, so that the pickle is read only once. */
export async function convertCheckpoint(folder: string): Promise<void> {
  const files = await readdir(folder);
  if (!files.includes(WEIGHTS_FILE)) await saveCheckpoint(folder, await loadCheckpoint(folder));
  await rm(join(folder, TORCH_WEIGHTS_FILE), { force: true });
}

const isHead = (name: string): boolean => !/^(embeddings|encoder|pooler)\./.test(name);
