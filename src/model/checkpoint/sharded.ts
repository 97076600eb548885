/**
 * Weights in several files (shards), as transformers writes large models: <file>.index.json names the file of each
 * tensor. All files are opened and checked when the index is read; a tensor is read from the file that the index names.
 * CHECKPOINT_INVALID: an index that is broken, or names what is not there.
 */
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { MaillardError } from "../../errors.js";
import { shown, utf8 } from "../../text.js";
import { TorchFile } from "../torch/file.js";
import type { Weight } from "../types.js";
import type { WeightsFile } from "../weights/weights-file.js";
import { isPickle } from "./files.js";
import { CHECKPOINT_LIMITS } from "./limits.js";
import { SafetensorsFile } from "./safetensors.js";

/** `parts`: the plain files of the folder that may be named. */
export async function openSharded(folder: string, index: string, parts: readonly string[]): Promise<WeightsFile> {
  const path = join(folder, index);
  const fileOf = await readIndex(path, parts);
  const files = new Map<string, WeightsFile>();
  const close = async () => {
    for (const file of files.values()) await file.close();
  };
  try {
    for (const name of new Set(fileOf.values())) files.set(name, await openOne(join(folder, name)));
    const tensors = new Map(
      [...fileOf].map(([tensor, name]) => {
        const found = files.get(name)!.tensors.get(tensor);
        if (!found) throw invalid(path, `it says that ${name} has the tensor ${tensor}, and it has not`);
        return [tensor, found];
      }),
    );
    const read = (tensor: string): Promise<Weight> => {
      const name = fileOf.get(tensor);
      if (name === undefined) throw invalid(path, `it names no file of the tensor ${tensor}`);
      return files.get(name)!.read(tensor);
    };
    const bytes = [...files.values()].reduce((sum, file) => sum + file.bytes, 0);
    return { path, bytes, tensors, read, close };
  } catch (error) {
    await close();
    throw error;
  }
}

export const openOne = (path: string): Promise<WeightsFile> =>
  isPickle(path.slice(path.lastIndexOf("/") + 1)) ? TorchFile.open(path) : SafetensorsFile.open(path);

/** The file of each tensor. */
async function readIndex(path: string, parts: readonly string[]): Promise<Map<string, string>> {
  const { size } = await stat(path);
  const { most } = CHECKPOINT_LIMITS.headerBytes;
  if (size > most) throw invalid(path, `it has ${size} bytes, above the limit of ${most}`);
  const map = weightMap(utf8(await readFile(path)));
  if (!map) throw invalid(path, "it is no JSON object with a weight_map");
  const tensors = Object.entries(map);
  if (tensors.length > CHECKPOINT_LIMITS.tensors.most)
    throw invalid(path, `it lists ${tensors.length} tensors, above the limit of ${CHECKPOINT_LIMITS.tensors.most}`);
  const known = new Set(parts);
  for (const [tensor, name] of tensors)
    if (typeof name !== "string" || !known.has(name))
      throw invalid(path, `it says that ${tensor} is in ${shown(name)}, and there is no such file of weights`);
  return new Map(tensors as [string, string][]);
}

function weightMap(text: string | null): Record<string, unknown> | null {
  try {
    const { weight_map: map } = JSON.parse(text ?? "") as { weight_map?: unknown };
    return map && typeof map === "object" && !Array.isArray(map) ? (map as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

const invalid = (path: string, rule: string) =>
  new MaillardError("CHECKPOINT_INVALID", `${path}: ${rule}. Fetch or save the model again.`);
