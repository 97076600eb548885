/**
 * One download from its files to its model:
 *   <home>/artifacts/downloads/<owner>--<name>--<commit>   the files, kept until they are a model
 *     …/ready-<id>                                         the checkpoint made of them, tried
 *   <home>/artifacts/models/<id>                           the checkpoint, moved there as a whole
 *   Model row and SUCCEEDED                                one transaction, in which one attempt succeeds
 * After a kill at any point it can start again; a verified file is not downloaded twice.
 */
import { cp, link, mkdir, readdir, rename, rm, stat, statfs } from "node:fs/promises";
import { dirname, join } from "node:path";
import { checkpoints } from "../../compute/jobs/checkpoints.js";
import { MaillardError } from "../../errors.js";
import { hasWeights, isPickle } from "../../model/checkpoint/files.js";
import {
  type DownloadOptions,
  diskFull,
  downloadFile,
  type Hub,
  type HubFile,
  toError,
} from "../../model/hub/index.js";
import type { Model, ModelDownload } from "../../store/generated/client.js";
import { newId, type Store } from "../../store/index.js";
import { modelData } from "../../store/models.js";
import { isUniqueViolation } from "../../store/sql.js";

export interface FetchOptions extends DownloadOptions {
  store: Store;
  hub: Hub;
  signal: AbortSignal;
  /** Called with the number of bytes of all files on disk. */
  onBytes(bytes: number): void;
  freeBytes?(folder: string): Promise<number>;
}

/** Free space that is kept in addition to what is needed. */
const MARGIN_BYTES = 64 * 2 ** 20;

/** A row without its list of files, whose type the database does not know. */
export type Download = Omit<ModelDownload, "files">;
type Source = Pick<ModelDownload, "hub" | "commit">;

/** Where its files come together, relative to the artifact store. */
export const workFolder = ({ hub, commit }: Source): string => `downloads/${hub.replace("/", "--")}--${commit}`;

export async function fetchModel(options: FetchOptions, row: Download, files: readonly HubFile[]): Promise<void> {
  const { store, hub, signal, onBytes, ...rest } = options;
  const folder = store.artifacts.path(workFolder(row));
  try {
    await mkdir(folder, { recursive: true });
    await checkSpace(store, row, files, options.freeBytes);
    let done = 0;
    const firstOfWeights = files.find(({ name }) => hasWeights(name));
    // The weights come last.
    for (const file of files) {
      if (file === firstOfWeights) await inWordsOfHub(folder, row, () => checkpoints.checkSmall(folder, "hub", signal));
      const before = done;
      const addBytes = (bytes: number) => onBytes(before + bytes);
      await downloadFile(hub, { name: row.hub, commit: row.commit }, file, folder, {
        ...rest,
        signal,
        onBytes: addBytes,
      });
      done += file.bytes;
    }
    signal.throwIfAborted();
    await makeModel(store, row, folder, files, signal);
  } catch (error) {
    throw isFull(error) ? toError(error) : error;
  }
  await rm(folder, { recursive: true, force: true });
}

const isFull = (error: unknown): boolean => /^(ENOSPC|EDQUOT)$/.test((error as NodeJS.ErrnoException).code ?? "");

async function makeModel(
  store: Store,
  row: Download,
  folder: string,
  files: readonly HubFile[],
  signal: AbortSignal,
): Promise<void> {
  // Used by this attempt alone: one that lost its lock cannot disturb another.
  const attempt = newId();
  const ready = join(folder, `ready-${attempt}`);
  const artifact = join("models", attempt);
  const destination = store.artifacts.path(artifact);
  await mkdir(ready);
  try {
    // Hard links: weights of gigabytes are not copied.
    for (const { name } of files) {
      const [from, to] = [join(folder, name), join(ready, name)];
      await link(from, to).catch(() => cp(from, to));
    }
    const data = await inWordsOfHub(ready, row, async () => {
      const info = await checkpoints.settle(ready, "hub", signal);
      const { name, target } = row;
      return modelData({ name, folder: ready, artifact, info, ...(target === null ? {} : { target }) });
    });
    await mkdir(dirname(destination), { recursive: true });
    await rename(ready, destination);
    const kept = await commit(store, row, data);
    if (kept.artifact !== artifact) await rm(destination, { recursive: true, force: true });
  } catch (error) {
    await rm(ready, { recursive: true, force: true });
    if (await isNobodys(store, artifact)) await rm(destination, { recursive: true, force: true });
    if (isUniqueViolation(error)) throw taken(row.name);
    throw error;
  }
}

/**
 * True when no model has this folder. Needed because the answer of a COMMIT can be lost although it happened. False
 * when the database does not answer: a folder too many is better than a model without a folder.
 */
async function isNobodys({ prisma }: Store, artifact: string): Promise<boolean> {
  const models = await prisma.model.count({ where: { artifact } }).catch(() => 1);
  return models === 0;
}

function commit(store: Store, row: Download, data: Awaited<ReturnType<typeof modelData>>): Promise<Model> {
  return store.prisma.$transaction(async (transaction) => {
    const { projectId, createdById } = row;
    const where = { projectId_name: { projectId, name: row.name } };
    // Held, or it could be deleted before the row of the download names it.
    await transaction.$executeRaw`SELECT 1 FROM "Model"
      WHERE "projectId" = ${projectId} AND name = ${row.name} FOR KEY SHARE`;
    const existing = await transaction.model.findUnique({ where });
    if (existing && existing.checksum !== data.checksum) throw taken(row.name);
    const model =
      existing ?? (await transaction.model.create({ data: { id: newId(), ...data, projectId, createdById } }));
    const { count } = await transaction.modelDownload.updateMany({
      where: { id: row.id, status: "RUNNING", cancelRequestedAt: null },
      data: { status: "SUCCEEDED", modelId: model.id, bytes: row.totalBytes, finishedAt: new Date() },
    });
    if (count !== 1) throw new MaillardError("CANCELLED", "The download was ended before it was complete.");
    return model;
  });
}

const taken = (name: string): MaillardError =>
  new MaillardError("CONFLICT", `The name ${name} was given to another model meanwhile. Choose another.`, {
    param: "name",
  });

/** Errors name the repository that the client knows, not the folder of the files. */
async function inWordsOfHub<T>(folder: string, { hub }: Source, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof MaillardError)) throw error;
    const { code, message, ...fields } = error;
    throw new MaillardError(code, message.replaceAll(folder, hub), { ...fields, param: fields.param ?? "hub" });
  }
}

/** DISK_FULL unless the missing bytes fit. A pickle or a part counts twice: it becomes safetensors in one piece. */
export async function checkSpace(
  store: Store,
  source: Source,
  files: readonly HubFile[],
  freeBytes: (folder: string) => Promise<number> = freeOn,
): Promise<void> {
  const there = await bytesIn(store.artifacts.path(workFolder(source)));
  const weights = files.filter(({ name }) => hasWeights(name));
  const converted = weights.filter(({ name }) => weights.length > 1 || isPickle(name));
  const twice = converted.reduce((sum, { bytes }) => sum + bytes, 0);
  const all = files.reduce((sum, { bytes }) => sum + bytes, twice + MARGIN_BYTES);
  const needed = Math.max(MARGIN_BYTES, all - there);
  const free = await freeBytes(store.artifacts.root);
  if (free < needed) throw diskFull({ needed, free });
}

async function freeOn(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

async function bytesIn(folder: string): Promise<number> {
  const names = await readdir(folder).catch(() => []);
  // Another download of the same files may rename them meanwhile: those count as missing.
  const sizeOf = (name: string): Promise<number> =>
    stat(join(folder, name)).then(
      ({ size }) => size,
      () => 0,
    );
  const sizes = await Promise.all(names.map(sizeOf));
  return sizes.reduce((sum, size) => sum + size, 0);
}

export const removeFiles = ({ artifacts }: Store, source: Source): Promise<void> =>
  artifacts.remove(workFolder(source));

/** Time that the parts of a failed download are kept for the next request. */
const KEPT_MS = 7 * 24 * 3_600_000;

/** Folders of partial downloads that were not requested again, relative to the artifact store. */
export async function staleDownloads(
  { prisma, artifacts }: Pick<Store, "prisma" | "artifacts">,
  now = Date.now(),
): Promise<string[]> {
  const root = artifacts.path("downloads");
  const names = await readdir(root).catch(() => []);
  if (names.length === 0) return [];
  const rows = await prisma.modelDownload.findMany({
    where: { status: { in: ["QUEUED", "RUNNING"] } },
    select: { hub: true, commit: true },
  });
  const used = new Set(rows.map(workFolder));
  const stale: string[] = [];
  for (const name of names.filter((other) => !used.has(`downloads/${other}`))) {
    const files = await readdir(join(root, name));
    const times = await Promise.all(["", ...files].map(async (file) => (await stat(join(root, name, file))).mtimeMs));
    if (Math.max(...times) < now - KEPT_MS) stale.push(`downloads/${name}`);
  }
  return stale;
}

export async function removeStale(store: Store, now = Date.now()): Promise<void> {
  for (const artifact of await staleDownloads(store, now)) await store.artifacts.remove(artifact);
}
