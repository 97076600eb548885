/**
 * What a model folder is, without loading its weights: config, task, size, and the checksum that identifies the
 * function. Two folders have one checksum exactly when every file that decides an answer (config, weights, tokenizer)
 * is equal.
 */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { LRUCache } from "lru-cache";
import { maxTokens } from "../families/index.js";
import type { EncoderConfig, Precision, Task } from "../types.js";
import { CONFIG_FILE, TOKENIZER_FILES, weightFiles } from "./files.js";
import { readOutline } from "./outline.js";

export interface CheckpointInfo {
  config: EncoderConfig;
  task: Task;
  labels: string[];
  precision: Precision;
  /** Values that are learned; tied tables count once. */
  parameterCount: number;
  /** Longest input in tokens, special tokens included. */
  maxLength: number;
  /** sha256, in hex. */
  checksum: string;
}

export async function readCheckpointInfo(folder: string): Promise<CheckpointInfo> {
  const { parameters, ...described } = await readOutline(folder);
  const parameterCount = parameters.reduce(
    (sum, { entry }) => sum + entry.shape.reduce((product, n) => product * n, 1),
    0,
  );
  return { ...described, parameterCount, maxLength: maxTokens(described.config), checksum: await checksum(folder) };
}

/** sha256 over one line per file, in name order: its name and its own sha256. */
async function checksum(folder: string): Promise<string> {
  const present = new Set(await readdir(folder));
  const files = [CONFIG_FILE, ...weightFiles(present), ...TOKENIZER_FILES].filter((name) => present.has(name)).sort();
  const hash = createHash("sha256");
  for (const name of files) hash.update(`${name} ${await fileHash(resolve(join(folder, name)))}\n`);
  return hash.digest("hex");
}

/** Hashes by path, valid while size and time of change stay the same; those of the files asked last. */
const known = new LRUCache<string, { size: bigint; changed: bigint; hash: string }>({ max: 1_000 });

async function fileHash(path: string): Promise<string> {
  const { size, mtimeNs } = await stat(path, { bigint: true });
  const entry = known.get(path);
  if (entry && entry.size === size && entry.changed === mtimeNs) return entry.hash;
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path, { highWaterMark: 2 ** 20 })) hash.update(chunk as Buffer);
  const digest = hash.digest("hex");
  known.set(path, { size, changed: mtimeNs, hash: digest });
  return digest;
}
