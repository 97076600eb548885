/**
 * A checkpoint that a client sends becomes a model: an archive whose files are written into the folder of the model
 * while they come, checked in a process of its own, and registered. Only files that a checkpoint may consist of are
 * written, under their own names, whatever paths the archive gives them.
 */
import { createWriteStream } from "node:fs";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { filesOfTar } from "../../datasets/files/tar.js";
import type { ImportLimits } from "../../datasets/limits.js";
import { MaillardError } from "../../errors.js";
import { checkpointFilesOf, isCheckpointFile } from "../../model/checkpoint/files.js";
import { checkQuota } from "../../store/access/usage.js";
import type { Model } from "../../store/generated/client.js";
import type { Store } from "../../store/index.js";
import { makeModel, noCheckpoint } from "./add-model.js";

export interface UploadRequest {
  name: string;
  target: string | null;
  /** A tar, plain or gzip, of the files of a checkpoint, or of one folder with them. */
  archive: Readable;
  /** Aborted when the client leaves: nothing is left of the model. */
  signal: AbortSignal;
}

const ADVICE = "Give a folder, or a .tar.gz of `maillard model export`.";

/** BAD_INPUT, CONFLICT, CHECKPOINT_INVALID, CHECKPOINT_UNSUPPORTED, FILE_TOO_LARGE, QUOTA_EXCEEDED, DISK_FULL. */
export async function uploadModel(
  { store, importLimits }: { store: Store; importLimits: ImportLimits },
  { name, target, archive, signal }: UploadRequest,
): Promise<Model> {
  const fill = async (destination: string): Promise<void> => {
    const sizes = new Map<string, number>();
    let folder: string | null = null;
    const others: string[] = [];
    for await (const { path, bytes, size } of filesOfTar(archive, importLimits, ADVICE)) {
      const steps = path.split("/").filter((step) => step !== "" && step !== ".");
      const file = steps.pop() ?? "";
      others.push(file);
      if (!isCheckpointFile(file)) continue;
      const place = steps.join("/");
      if (folder !== null && place !== folder)
        throw invalid(`its files lie in several folders (${shown(folder)}, ${shown(place)}): send one model at a time`);
      if (sizes.has(file)) throw invalid(`it has ${file} twice`);
      folder = place;
      sizes.set(file, size);
      await pipeline(bytes, createWriteStream(join(destination, file), { flags: "wx" }), { signal }).catch(broken);
    }
    if (!checkpointFilesOf([...sizes.keys()])) throw noCheckpoint(others, "The archive", "file");
    await checkQuota(store.pool, store, { bytes: [...sizes.values()].reduce((sum, size) => sum + size, 0) });
  };
  return makeModel(store, { name, target, signal, fill, param: "file", called: "the archive" });
}

/** What ends the reading of a file: the archive, its limits, or the disk. */
function broken(error: NodeJS.ErrnoException): never {
  if (error instanceof MaillardError) throw error;
  if (error.code === "ENOSPC")
    throw new MaillardError("DISK_FULL", "The disk of the server has no room for this model.", { retryable: true });
  throw new MaillardError("BAD_INPUT", `The archive breaks off or is damaged: ${error.message}.`, { param: "file" });
}

const invalid = (what: string): MaillardError =>
  new MaillardError("CHECKPOINT_INVALID", `The archive holds no single checkpoint: ${what}.`, { param: "file" });
const shown = (text: string): string => JSON.stringify(text.slice(0, 80));
