/**
 * The models that ship: each folder under models/ of the package is registered under its own name, in place.
 * A folder whose bytes changed with an update of the package replaces its model's entry; a model of the user's keeps its name.
 */
import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Log } from "./log.js";
import { registerModel, type Store } from "../store/index.js";

export async function loadShippedModels(store: Store, packageRoot: string, log: Log): Promise<void> {
  const root = join(packageRoot, "models");
  if (!existsSync(root)) return;
  const entries = await readdir(root, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory() && existsSync(join(root, entry.name, "config.json"))).map((entry) => entry.name);
  // The base first, so that what was finetuned from it can name it.
  names.sort((a, b) => Number(b === "base") - Number(a === "base") || (a < b ? -1 : 1));
  for (const name of names) await registerModel(store, { name, folder: join(root, name), artifact: `package:models/${name}` });
  log.info("Models that ship are registered.", { names });
}
