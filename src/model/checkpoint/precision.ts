/**
 * A checkpoint of another precision is the same folder with one field more in config.json: other programs pass over it,
 * and the checksum is another one. The weights stay floats. They become whole numbers when the model is loaded, in one
 * way (../quantized.ts), so both folders have one source.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Precision } from "../types.js";
import { PRECISION_FIELD } from "./config.js";
import { CONFIG_FILE, replaceFiles, writeSynced } from "./files.js";

/** Writes the field into a folder whose config.json is one that parseConfig accepts. */
export async function writePrecision(folder: string, precision: Precision): Promise<void> {
  const json = JSON.parse(await readFile(join(folder, CONFIG_FILE), "utf8"));
  const text = `${JSON.stringify({ ...json, [PRECISION_FIELD]: precision }, null, 2)}\n`;
  await replaceFiles(folder, [{ name: CONFIG_FILE, write: (path) => writeSynced(path, text) }]);
}
