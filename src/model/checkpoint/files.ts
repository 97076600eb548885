/**
 * The files of a model folder in Hugging Face layout, and their replacement such that a crash leaves the old or the new
 * file.
 */
import { mkdir, open, readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";

export const CONFIG_FILE = "config.json";
export const WEIGHTS_FILE = "model.safetensors";
/** Read where there is no WEIGHTS_FILE; never written. */
export const TORCH_WEIGHTS_FILE = "pytorch_model.bin";
const indexOf = (file: string): string => `${file}.index.json`;

/** Where weights may begin: a file of all of them, or the index of several (shards). The first one there is read. */
export const WEIGHTS_ENTRIES = [
  WEIGHTS_FILE,
  indexOf(WEIGHTS_FILE),
  TORCH_WEIGHTS_FILE,
  indexOf(TORCH_WEIGHTS_FILE),
] as const;

/** One of several files with a part of the weights, as transformers names them. */
const SHARD = /^(model|pytorch_model)-\d{5}-of-\d{5}\.(safetensors|bin)$/;

/** The files of weights among `names`, the first to read first; none where a folder has no weights. */
export function weightFiles(names: Iterable<string>): string[] {
  const all = [...names];
  const entry = WEIGHTS_ENTRIES.find((name) => all.includes(name));
  if (entry === undefined) return [];
  if (!entry.endsWith(".json")) return [entry];
  const ending = entry.startsWith(WEIGHTS_FILE) ? ".safetensors" : ".bin";
  return [entry, ...all.filter((name) => SHARD.test(name) && name.endsWith(ending)).sort()];
}

/** Whether a file has weights, or a part of them. Indices have none. */
export const hasWeights = (name: string): boolean =>
  name === WEIGHTS_FILE || name === TORCH_WEIGHTS_FILE || SHARD.test(name);

export const isPickle = (name: string): boolean => hasWeights(name) && name.endsWith(".bin");

/** Every file from which a tokenizer may be built. */
export const TOKENIZER_FILES = [
  "added_tokens.json",
  "merges.txt",
  "special_tokens_map.json",
  "tokenizer.json",
  "tokenizer_config.json",
  "vocab.json",
  "vocab.txt",
];

/** What a checkpoint in Hugging Face layout may consist of besides its weights. */
const OTHER_FILES: ReadonlySet<string> = new Set([CONFIG_FILE, "README.md", "maillard.json", ...TOKENIZER_FILES]);

/** No other file of a folder or an archive is read. */
export const isCheckpointFile = (name: string): boolean =>
  OTHER_FILES.has(name) || hasWeights(name) || (WEIGHTS_ENTRIES as readonly string[]).includes(name);

/** Names among the files of a folder or an archive that make a checkpoint; null: too few for one. */
export function checkpointFilesOf(names: readonly string[]): string[] | null {
  const weights = weightFiles(names);
  if (weights.length === 0 || !names.includes(CONFIG_FILE)) return null;
  return [...names.filter((name) => OTHER_FILES.has(name)), ...weights];
}

/**
 * Writes several files of one folder. `write` makes and syncs the content at the path that it is given. When all are
 * complete they are renamed into place, in the order given. After an error no temporary file remains.
 */
export async function replaceFiles(
  folder: string,
  files: { name: string; write: (path: string) => Promise<void> }[],
): Promise<void> {
  await mkdir(folder, { recursive: true });
  const temporary = (name: string) => join(folder, `.${name}.${process.pid}.part`);
  try {
    for (const { name, write } of files) await write(temporary(name));
    for (const { name } of files) await rename(temporary(name), join(folder, name));
  } catch (error) {
    for (const { name } of files) await rm(temporary(name), { force: true });
    throw error;
  }
  await syncFolder(folder);
}

export async function writeSynced(path: string, content: string | Uint8Array): Promise<void> {
  const file = await open(path, "w");
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Copies the tokenizer's files from one model folder to another; files of another kind of tokenizer there stay. */
export async function copyTokenizer(from: string, to: string): Promise<void> {
  const present = new Set(await readdir(from));
  await replaceFiles(
    to,
    TOKENIZER_FILES.filter((name) => present.has(name)).map((name) => ({
      name,
      write: async (path) => writeSynced(path, await readFile(join(from, name))),
    })),
  );
}

/** Makes the names in a folder durable. Windows cannot open a folder; there the journal of the file system does it. */
export async function syncFolder(folder: string): Promise<void> {
  if (process.platform === "win32") return;
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
