/**
 * `maillard model export`: the server's archive, kept as a file or unpacked into a new folder. Both appear under their
 * name when they are complete.
 */
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { lstat, mkdir, readdir, rename, rm, rmdir } from "node:fs/promises";
import { basename, dirname, extname, join, resolve } from "node:path";
import { Readable } from "node:stream";
import { finished, pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { extract } from "tar-stream";
import { CommandFailure, EXIT, noServer, usage } from "../failure.js";
import { megabytes } from "../follow/follow-download.js";
import type { Session } from "../session.js";
import { isRefusedConnection, refusal } from "./upload.js";

export const FORMATS = ["huggingface", "onnx", "triton"];

const isFile = (path: string): boolean => /\.(tar\.gz|tgz)$/i.test(path);

export async function modelToFile(session: Session, model: string, to: string, format: string): Promise<void> {
  const { terminal, client } = session;
  const target = resolve(to);
  if (!isFile(target)) await requireFolder(to);
  const isRepository = format === "triton" && !isFile(target);
  if (!isRepository) await requireFree(target);
  const part = join(dirname(target), `.${basename(target)}.${process.pid}.part`);
  const stop = new AbortController();
  const over = terminal.onInterrupt(() => stop.abort());
  try {
    const address = new URL(`/models/${encodeURIComponent(model)}/export?format=${format}`, client.url);
    const response = await fetch(address, { headers: client.authorization, signal: stop.signal }).catch((error) => {
      throw isRefusedConnection(error) ? noServer(client.url) : error;
    });
    if (!response.ok || !response.body) throw await refusal(response);
    const body = Readable.fromWeb(response.body as never);
    await mkdir(dirname(target), { recursive: true });
    const bytes = isFile(target) ? await save(body, part) : await unpack(body, part);
    if (isFile(target)) await rename(part, target);
    else if (isRepository) await merge(part, target);
    else await place(part, target);
    terminal.out(`${model}: ${format}, ${megabytes(bytes)} in ${to}`);
  } catch (error) {
    if (stop.signal.aborted) {
      session.exitCode = EXIT.interrupted;
      return terminal.err(`${model} was not exported: nothing was written.`);
    }
    throw isBroken(error) ? new CommandFailure("NO_SERVER", `The archive of ${model} broke off; try again.`) : error;
  } finally {
    over();
    await rm(part, { recursive: true, force: true });
  }
}

/** USAGE for a path that ends as a file of another format, which is hardly meant as a folder. A final / says it is. */
async function requireFolder(path: string): Promise<void> {
  const ending = extname(path);
  if (!/^\.[a-z]\w*$/i.test(ending) || /[/\\]$/.test(path)) return;
  if ((await lstat(path).catch(() => null))?.isDirectory()) return;
  throw usage(
    `A model is written to a file that ends in .tar.gz or .tgz, or to a folder, and ${path} ends in ${ending}. ` +
      `If a folder is meant, end it with a slash: ${path}/`,
  );
}

/** USAGE when there is something at the path already; an empty folder is taken. */
async function requireFree(path: string): Promise<void> {
  const found = await lstat(path).catch(() => null);
  if (!found || (found.isDirectory() && !isFile(path) && (await readdir(path)).length === 0)) return;
  throw usage(`There is something at ${path} already: give another path.`);
}

/** Unpacked beside, so that an archive that breaks off is noticed. Answers the bytes of the files. */
async function save(body: Readable, path: string): Promise<number> {
  let bytes = 0;
  const check = createGunzip();
  check.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
  });
  const checked = finished(check);
  checked.catch(() => undefined);
  const both = async function* (source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of source) {
      if (!check.write(chunk)) await Promise.race([once(check, "drain"), checked]);
      yield chunk;
    }
    check.end();
    await checked;
  };
  await pipeline(body, both, createWriteStream(path));
  return bytes;
}

async function unpack(body: Readable, folder: string): Promise<number> {
  const untar = extract();
  const whole = pipeline(body, createGunzip(), untar as unknown as NodeJS.WritableStream);
  // Its error comes out of `untar` as well.
  whole.catch(() => undefined);
  let bytes = 0;
  for await (const entry of untar) {
    const steps = entry.header.name.split("/").filter((step) => step !== "");
    if (entry.header.type === "file" && steps.length > 0) {
      if (steps.some((step) => step === ".." || step.includes("\\")))
        throw new CommandFailure("BAD_INPUT", `The archive has the path ${JSON.stringify(entry.header.name)}.`);
      const path = join(folder, ...steps);
      await mkdir(dirname(path), { recursive: true });
      await pipeline(entry as unknown as Readable, createWriteStream(path, { flags: "wx" }));
      bytes += entry.header.size ?? 0;
    }
    entry.resume();
  }
  await whole;
  return bytes;
}

/** The one folder of the archive becomes the target. */
async function place(part: string, target: string): Promise<void> {
  const [name] = await readdir(part);
  await rmdir(target).catch(() => undefined);
  await rename(join(part, name), target);
}

/** What the archive has is put into the repository, or nothing of it. USAGE when a name is taken. */
async function merge(part: string, repository: string): Promise<void> {
  await mkdir(repository, { recursive: true });
  const names = await readdir(part);
  const present = new Set(await readdir(repository));
  const taken = names.find((name) => present.has(name));
  if (taken !== undefined)
    throw usage(`The repository ${repository} has ${taken} already: remove it, or give another.`);
  for (const name of names) await rename(join(part, name), join(repository, name));
}

const isBroken = (error: unknown): boolean =>
  ["Z_BUF_ERROR", "ERR_STREAM_PREMATURE_CLOSE", "UND_ERR_SOCKET"].some((code) =>
    [(error as { code?: unknown }).code, (error as { cause?: { code?: unknown } }).cause?.code].includes(code),
  ) ||
  (error instanceof TypeError && error.message === "terminated");
