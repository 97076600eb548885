/** `maillard model upload`: the files of a checkpoint, sent as one stream. */
import { createReadStream } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { PassThrough, Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { pack } from "tar-stream";
import { MaillardError } from "../../errors.js";
import { checkpointFilesOf } from "../../model/checkpoint/files.js";
import { CommandFailure, EXIT } from "../failure.js";
import { megabytes } from "../follow/follow-download.js";
import { startProgress } from "../output/progress.js";
import type { Session } from "../session.js";
import { sendTo, wentAway } from "./upload.js";

export interface SentModel {
  id: string;
  name: string;
  family: string;
  task: string;
  labels: string[] | null;
  layers: number;
  width: number;
  heads: number;
  parameterCount: number;
  checksum: string;
}

interface Line {
  progress?: { bytes: number };
  model?: SentModel;
  error?: { code: string; message: string };
}

const ARCHIVE = /\.(tar\.gz|tgz|tar)$/i;

/** Null when Ctrl-C ended it: then nothing is left on the server. */
export async function sendModel(
  session: Session,
  path: string,
  { name, target }: { name?: string; target?: string },
): Promise<SentModel | null> {
  const { terminal } = session;
  const { body, bytes } = await bodyOf(resolve(path));
  const given = name ?? basename(resolve(path)).replace(ARCHIVE, "");
  const fields = new URLSearchParams({ name: given, ...(target ? { target } : {}) });
  const stop = new AbortController();
  const over = terminal.onInterrupt(() => stop.abort());
  const progress = await startProgress(terminal, given);
  try {
    for await (const line of sendTo<Line>(session.client, `/models?${fields}`, body, stop.signal)) {
      if (line.progress) {
        const came = Math.min(line.progress.bytes, bytes);
        progress.update(came, bytes, came < bytes ? `${megabytes(came)} of ${megabytes(bytes)}` : "being checked");
      }
      if (line.model) return line.model;
    }
    throw wentAway();
  } catch (error) {
    if (!stop.signal.aborted) throw error;
    session.exitCode = EXIT.interrupted;
    terminal.err(`${given} was not sent: nothing of it is left on the server.`);
    return null;
  } finally {
    over();
    progress.stop();
    body.destroy();
  }
}

/** An archive as it is, or a tar of the files of a folder that make a checkpoint. */
async function bodyOf(path: string): Promise<{ body: Readable; bytes: number }> {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    throw new MaillardError("BAD_INPUT", `${path} cannot be read (${error.code}).`, { param: "path" });
  });
  if (!found.isDirectory()) return { body: createReadStream(path), bytes: found.size };
  const entries = await readdir(path, { withFileTypes: true });
  const files = checkpointFilesOf(entries.filter((entry) => entry.isFile()).map((entry) => entry.name));
  if (!files)
    throw new CommandFailure(
      "CHECKPOINT_INVALID",
      `${path} holds no checkpoint: config.json and model.safetensors (or pytorch_model.bin) are needed.`,
    );
  const sizes = await Promise.all(files.map(async (name) => ({ name, size: (await stat(join(path, name))).size })));
  return { body: packed(path, sizes), bytes: sizes.reduce((sum, { size }) => sum + size, 0) };
}

function packed(folder: string, files: { name: string; size: number }[]): Readable {
  const archive = pack();
  const out = new PassThrough();
  archive.on("error", (error: Error) => out.destroy(error));
  out.once("close", () => archive.destroy());
  const fill = async (): Promise<void> => {
    for (const { name, size } of files)
      await pipeline(createReadStream(join(folder, name), { highWaterMark: 2 ** 18 }), archive.entry({ name, size }));
    archive.finalize();
  };
  void fill().catch((error: Error) => out.destroy(error));
  return Readable.from(archive.pipe(out), { objectMode: false });
}
