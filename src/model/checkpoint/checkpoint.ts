/**
 * Checkpoints as Hugging Face writes them: a folder with config.json and model.safetensors, or pytorch_model.bin in old
 * ones, or several such files with an index. One safetensors file is written.
 *
 * Loading holds one float32 copy of the parameters that the task needs (outline.ts says what is accepted). Saving
 * writes names, config and architectures such that transformers loads the folder with the right class. For an encoder
 * alone transformers then reports a fresh pooler, which nothing here uses.
 */
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { MaillardError } from "../../errors.js";
import { familyOf, parameterList } from "../families/index.js";
import type { Checkpoint, Weight } from "../types.js";
import { formatConfig } from "./config.js";
import { CONFIG_FILE, hasWeights, replaceFiles, WEIGHTS_ENTRIES, WEIGHTS_FILE, writeSynced } from "./files.js";
import { withCheckpoint } from "./outline.js";
import { type LazyWeight, writeSafetensors } from "./safetensors.js";

export { copyTokenizer } from "./files.js";
export { type CheckpointInfo, readCheckpointInfo } from "./info.js";

export function loadCheckpoint(folder: string): Promise<Checkpoint> {
  return withCheckpoint(folder, async ({ parameters, ...described }, file) => {
    const weights = new Map<string, Weight>();
    for (const { entry, source } of parameters) weights.set(entry.name, await file.read(source));
    return { ...described, weights };
  });
}

export function saveCheckpoint(folder: string, checkpoint: Checkpoint, { float16 = false } = {}): Promise<void> {
  return save(folder, checkpoint, (name) => checkpoint.weights.get(name), float16);
}

/**
 * Replaces a pickle or several files of weights in a model folder by one safetensors file, so that a pickle is read
 * only once. One tensor at a time is in memory.
 */
export async function convertCheckpoint(folder: string): Promise<void> {
  const files = await readdir(folder);
  if (!files.includes(WEIGHTS_FILE))
    await withCheckpoint(folder, (outline, file) => {
      const sources = new Map(outline.parameters.map(({ entry, source }) => [entry.name, { entry, source }]));
      return save(folder, outline, (name) => {
        const found = sources.get(name);
        return found && { shape: found.entry.shape, read: async () => (await file.read(found.source)).data };
      });
    });
  const entries: readonly string[] = WEIGHTS_ENTRIES;
  const others = files.filter((name) => name !== WEIGHTS_FILE && (hasWeights(name) || entries.includes(name)));
  for (const name of others) await rm(join(folder, name), { force: true });
}

async function save(
  folder: string,
  { config, task, labels, precision }: Omit<Checkpoint, "weights">,
  weightOf: (name: string) => Weight | LazyWeight | undefined,
  float16 = false,
): Promise<void> {
  const weights = new Map<string, Weight | LazyWeight>();
  const { prefix, encoderNames } = familyOf(config);
  for (const { name, shape, optional } of parameterList(config, task, labels.length)) {
    const weight = weightOf(name);
    if (!weight && optional) continue;
    if (!weight || weight.shape.join() !== shape.join()) {
      throw new MaillardError(
        "CHECKPOINT_INVALID",
        `To be saved, ${name} must be [${shape}]; it is ${weight ? `[${weight.shape}]` : "missing"}.`,
      );
    }
    weights.set(task === "ENCODER" || !encoderNames.test(name) ? name : `${prefix}.${name}`, weight);
  }
  const json = `${JSON.stringify(formatConfig(config, task, labels, { float16, precision }), null, 2)}\n`;
  await replaceFiles(folder, [
    { name: WEIGHTS_FILE, write: (path) => writeSafetensors(path, weights, { float16 }) },
    { name: CONFIG_FILE, write: (path) => writeSynced(path, json) },
  ]);
}
