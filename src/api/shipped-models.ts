/**
 * The models that ship: each folder under models/ of the package is registered under its own name, in place.
 * A folder whose bytes changed with an update of the package replaces its model's entry; a model of the user's keeps its name.
 */
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { registerModel, type Store } from "../store/index.js";
import type { Log } from "./log.js";

export async function loadShippedModels(store: Store, packageRoot: string, log: Log): Promise<void> {
  const root = join(packageRoot, "models");
  if (!existsSync(root)) return;
  const entries = await readdir(root, { withFileTypes: true });
  const names = entries
    .filter((entry) => entry.isDirectory() && existsSync(join(root, entry.name, "config.json")))
    .map((entry) => entry.name);
  // The base first, so that what was finetuned from it can name it.
  names.sort((a, b) => Number(b === "base") - Number(a === "base") || (a < b ? -1 : 1));
  const ids = new Map<string, string>();
  for (const name of names) {
    const folder = join(root, name);
    const { target, baseModel } = await readManifest(folder);
    const baseModelId = baseModel === undefined ? undefined : ids.get(baseModel);
    const { id } = await registerModel(store, {
      name,
      folder,
      artifact: `package:models/${name}`,
      target,
      baseModelId,
    });
    ids.set(name, id);
  }
  log.info("Models that ship are registered.", { names });
}

/** maillard.json beside the weights: what a Hugging Face folder has no place for. */
interface Manifest {
  /** Label set that the head predicts. */
  target?: string;
  /** Name of the shipped model that it was finetuned from. */
  baseModel?: string;
}

async function readManifest(folder: string): Promise<Manifest> {
  const path = join(folder, "maillard.json");
  return existsSync(path) ? (JSON.parse(await readFile(path, "utf8")) as Manifest) : {};
}
