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
import { checkpointFilesOf, isCheckpointFile } from "../../model/checkpoint/files.js";
import { namedIn } from "../../store/access/principal.js";
import { checkQuota } from "../../store/access/usage.js";
import type { Model } from "../../store/generated/client.js";
import { newId, registerModel, type Store } from "../../store/index.js";
import type { RegisterModel } from "../../store/models.js";

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
  await checkFreeName(store, name);
  const source = await allowedFolder(folder, modelRoots);
  const files = await checkpointFiles(source);
  const sizes = await Promise.all(files.map(async (file) => (await stat(join(source, file))).size));
  await checkQuota(store.pool, store, { bytes: sizes.reduce((sum, size) => sum + size, 0) });
  const fill = async (destination: string): Promise<void> => {
    for (const file of files) await cp(join(source, file), join(destination, file));
  };
  return makeModel(store, { name, target, signal, fill, param: "folder", called: folder });
}

type Names = Pick<Store, "prisma" | "principal">;

/** BAD_INPUT, CONFLICT. */
export async function checkFreeName(store: Names, name: string): Promise<void> {
  checkName(name, "name");
  if (await store.prisma.model.findFirst({ where: { name, projectId: { in: namedIn(store.principal) } } }))
    throw new MaillardError("CONFLICT", `There is a model ${name} already. Choose another name.`, { param: "name" });
}

interface MakeModel
  extends Pick<AddModelRequest, "name" | "target" | "signal">,
    Pick<RegisterModel, "baseModelId" | "card"> {
  /** Puts the files of the checkpoint into the model's folder. */
  fill(destination: string): Promise<void>;
  /** The input that brought the checkpoint, and what messages call its folder. */
  param: string;
  called: string;
}

/** Fills the folder of a new model, checks it, and registers it; nothing is left of one that fails. */
export async function makeModel(
  store: Store,
  { name, target, signal, fill, param, called, ...rest }: MakeModel,
): Promise<Model> {
  const artifact = join("models", newId());
  const destination = store.artifacts.path(artifact);
  await mkdir(destination, { recursive: true });
  try {
    await fill(destination);
    const info = await checkpoints.settle(destination, param, signal);
    const described = { ...rest, name, folder: destination, artifact, info, ...(target ? { target } : {}) };
    const model = await registerModel(store, described);
    // Another request was first with the same bytes under the same name: its copy is the model's.
    if (model.artifact !== artifact) await rm(destination, { recursive: true, force: true });
    return model;
  } catch (error) {
    await rm(destination, { recursive: true, force: true });
    if (!(error instanceof MaillardError)) throw error;
    // The checkpoint was read where it was copied to; the message names what the client gave.
    const { code, message, ...fields } = error;
    throw new MaillardError(code, message.replaceAll(destination, called), { ...fields, param: fields.param ?? param });
  }
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
  const files = checkpointFilesOf(names);
  if (files) return files;
  throw noCheckpoint(names, "The folder", "folder");
}

/** CHECKPOINT_INVALID, with the files that were found. */
export const noCheckpoint = (names: readonly string[], what: string, param: string): MaillardError =>
  new MaillardError(
    "CHECKPOINT_INVALID",
    `${what} holds no checkpoint: config.json and model.safetensors (or pytorch_model.bin, or several such files ` +
      "with their index) are needed as plain files; found " +
      `${names.filter(isCheckpointFile).join(", ") || "none of the known files"}.`,
    { param },
  );
