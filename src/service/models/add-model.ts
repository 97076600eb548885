/**
 * A checkpoint folder of the server's machine becomes a model: checked, copied into the artifact store, registered.
 * A process of its own checks it and runs it once. Weights that are a pickle or several files are written anew as one
 * safetensors file there, so that no pickle is read again.
 * Only folders under the allowed roots are read, links resolved first, so that no link leads out of them;
 * of a folder only plain files of known names are copied.
 */
import { cp, lstat, mkdir, readdir, realpath, rm, stat } from "node:fs/promises";
import { isAbsolute, join, relative, resolve, sep } from "node:path";
import { checkpoints } from "../../compute/jobs/checkpoints.js";
import { checkName } from "../../datasets/request.js";
import { MaillardError } from "../../errors.js";
import { CARD_FILE } from "../../model/checkpoint/card.js";
import { CONFIG_FILE, TOKENIZER_FILES, WEIGHTS_FILE, weightFiles } from "../../model/checkpoint/files.js";
import { namedIn } from "../../store/access/principal.js";
import { checkQuota } from "../../store/access/usage.js";
import type { Model } from "../../store/generated/client.js";
import { newId, registerModel, type Store } from "../../store/index.js";

/** What a checkpoint in Hugging Face layout may consist of besides its weights. */
const FILES = new Set([CONFIG_FILE, CARD_FILE, ...TOKENIZER_FILES, "maillard.json"]);

export interface AddModelRequest {
  name: string;
  folder: string;
  target: string | null;
  /** Ends the check; nothing is left of a model whose client has left. */
  signal?: AbortSignal;
}

export interface AddModelParts {
  store: Store;
  /** Absolute folders; only files under them are read. */
  modelRoots: readonly string[];
}

export async function addModel(
  { store, modelRoots }: AddModelParts,
  { name, folder, target, signal }: AddModelRequest,
): Promise<Model> {
  checkName(name, "name");
  if (await store.prisma.model.findFirst({ where: { name, projectId: { in: namedIn(store.principal) } } })) {
    throw new MaillardError("CONFLICT", `There is a model ${name} already. Choose another name.`, { param: "name" });
  }
  const source = await allowedFolder(folder, modelRoots);
  const files = await checkpointFiles(source);
  const sizes = await Promise.all(files.map(async (file) => (await stat(join(source, file))).size));
  await checkQuota(store.pool, store, { bytes: sizes.reduce((sum, size) => sum + size, 0) });
  const artifact = join("models", newId());
  const destination = store.artifacts.path(artifact);
  await mkdir(destination, { recursive: true });
  try {
    for (const file of files) await cp(join(source, file), join(destination, file));
    const info = await checkpoints.settle(destination, "folder", signal);
    const described = { name, folder: destination, artifact, info, ...(target ? { target } : {}) };
    const model = await registerModel(store, described);
    // Another request was first with the same bytes under the same name: its copy is the model's.
    if (model.artifact !== artifact) await rm(destination, { recursive: true, force: true });
    return model;
  } catch (error) {
    await rm(destination, { recursive: true, force: true });
    throw error instanceof MaillardError ? inWordsOf(error, destination, folder) : error;
  }
}

/** The checkpoint was read where it was copied to; the message names the folder that the client gave. */
function inWordsOf({ code, message, ...fields }: MaillardError, copy: string, folder: string): MaillardError {
  return new MaillardError(code, message.replaceAll(copy, folder), { ...fields, param: fields.param ?? "folder" });
}

/** The real path of `folder`, which must lie under one of `roots`. */
async function allowedFolder(folder: string, roots: readonly string[]): Promise<string> {
  const refused = new MaillardError(
    "BAD_INPUT",
    `The folder ${JSON.stringify(folder.slice(0, 200))} is not a folder under the roots ` +
      "that this server reads models from. " +
      "Move it there, or start the server with MAILLARD_MODEL_ROOTS=<folder>[:<folder>…].",
    { param: "folder" },
  );
  // One answer for "missing" and "not allowed": the existence of files outside the roots is not revealed.
  if (folder.includes("\0") || !isAbsolute(folder)) throw refused;
  const real = await realpath(resolve(folder)).catch(() => null);
  if (real === null || !(await lstat(real)).isDirectory()) throw refused;
  for (const root of roots) {
    const realRoot = await realpath(root).catch(() => null);
    if (realRoot !== null && isInside(real, realRoot)) return real;
  }
  throw refused;
}

function isInside(path: string, root: string): boolean {
  const way = relative(root, path);
  return way === "" || (way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way));
}

/** Names of the checkpoint's plain files: a link among them could lead anywhere, so links are not followed. */
async function checkpointFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isFile()).map((entry) => entry.name);
  const weights = weightFiles(names);
  const files = [...names.filter((name) => FILES.has(name)), ...weights];
  if (files.includes(CONFIG_FILE) && weights.length > 0) return files;
  throw new MaillardError(
    "CHECKPOINT_INVALID",
    `The folder holds no checkpoint: ${CONFIG_FILE} and ${WEIGHTS_FILE} (or pytorch_model.bin, or several such files ` +
      `with their index) are needed as plain files; found ${files.join(", ") || "none of the known files"}.`,
    { param: "folder" },
  );
}
