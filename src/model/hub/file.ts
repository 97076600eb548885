/**
 * One file of a hub, downloaded into a folder complete and verified, or not at all:
 *
 *   <name>.part grows -> as long as the hub says -> its checksum is right -> renamed to <name>
 *
 * After a broken connection, or after a crash, the download resumes at the last byte (Range, If-Range). Only tries that
 * bring no bytes count as failures. Wrong content is deleted and downloaded once more.
 */
import { createHash } from "node:crypto";
import { createReadStream, existsSync } from "node:fs";
import { type FileHandle, open, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { MaillardError } from "../../errors.js";
import type { Hub } from "./address.js";
import { checksumMismatch, diskFull, protocolError, unreachable } from "./errors.js";
import { filePath, type HubFile, type HubRepository, refused } from "./repository.js";
import { askHub, reasonOf } from "./request.js";
import { pauseAfter } from "./tries.js";

export interface DownloadOptions {
  signal?: AbortSignal;
  /** Called from time to time with the number of bytes of this file that are there. */
  onBytes?(bytes: number): void;
  /** Tries in a row without new bytes before the download fails. Default 8: four minutes. */
  tries?: number;
  /** First pause in ms, doubled after each failed try up to a minute. Default 1,000. */
  pauseMs?: number;
  /** Silence after which a connection counts as broken, in ms. Default 30,000. */
  idleMs?: number;
}

/** A try with fewer bytes than this counts as failed: a server that sends one byte at a time would never end. */
const PROGRESS_BYTES = 65_536;
/** How often content may be wrong before the hub is reported as the cause. */
const MOST_MISMATCHES = 2;

type Repository = Pick<HubRepository, "name" | "commit">;

export async function downloadFile(
  hub: Hub,
  repository: Repository,
  file: HubFile,
  folder: string,
  options: DownloadOptions = {},
): Promise<void> {
  const { signal, onBytes = () => undefined, tries = 8, pauseMs = 1_000 } = options;
  const path = join(folder, file.name);
  const part = `${path}.part`;
  // A file of 0 bytes exists: it differs from a missing file.
  const isThere = existsSync(path) && (await sizeOf(path)) === file.bytes;
  if (isThere && (await hashOf(path, file)) === file.checksum.value) return onBytes(file.bytes);
  for (let failures = 0, losses = 0, mismatches = 0; ; ) {
    signal?.throwIfAborted();
    const before = await sizeOf(part);
    try {
      await fetchRest(hub, repository, file, part, options);
      const actual = await hashOf(part, file);
      if (actual === file.checksum.value) break;
      await removePart(part);
      onBytes(0);
      if (++mismatches >= MOST_MISMATCHES) throw checksumMismatch(file.name, file.checksum.value, actual);
    } catch (error) {
      signal?.throwIfAborted();
      const known = toError(error);
      if (!known.retryable) throw known;
      const moved = (await sizeOf(part)) - before;
      failures = moved > 0 && moved >= Math.min(PROGRESS_BYTES, file.bytes) ? 0 : failures + 1;
      // A server without Range that breaks at varying places would seem to make progress and never end.
      if (moved < 0) losses++;
      if (failures >= tries || losses >= tries) throw known;
      await delay(pauseAfter(known, failures, pauseMs), undefined, { signal });
    }
  }
  await rename(part, path);
  await rm(`${part}.etag`, { force: true });
}

/** Requests the missing bytes of the part and appends them. Resolves when the part is as long as the file. */
async function fetchRest(
  hub: Hub,
  repository: Repository,
  file: HubFile,
  part: string,
  { signal, onBytes = () => undefined, idleMs }: DownloadOptions,
): Promise<void> {
  let have = await sizeOf(part);
  if (have > file.bytes) {
    await removePart(part);
    have = 0;
  }
  onBytes(have);
  if (have === file.bytes && have > 0) return;
  const etag = have > 0 ? await readFile(`${part}.etag`, "utf8").catch(() => null) : null;
  // A commit's file never changes, so its rest may be requested without an ETag too; the checksum decides.
  const headers: Record<string, string> =
    have > 0 ? { range: `bytes=${have}-`, ...(etag ? { "if-range": etag } : {}) } : {};
  const path = filePath(repository.name, repository.commit, file.name);
  const answer = await askHub(hub, path, { signal, idleMs, headers });
  if (answer.status === 416) {
    answer.body.destroy();
    await removePart(part);
    throw unreachable(`it has no byte ${have} of ${file.name}`);
  }
  if (answer.status !== 200 && answer.status !== 206) throw refused(answer, `${file.name} of ${repository.name}`, hub);
  const encoding = answer.headers["content-encoding"] ?? "identity";
  if (encoding !== "identity") {
    answer.body.destroy();
    throw protocolError(`it sends ${file.name} as ${encoding}, and bytes as they are were asked for`, {
      file: file.name,
    });
  }
  const goesOn = answer.status === 206;
  if (goesOn) checkRange(answer.headers["content-range"], have, file);
  const handle = await open(part, goesOn ? "a" : "w");
  try {
    await keepEtag(part, answer.headers.etag);
    await append(handle, answer.body, goesOn ? have : 0, file, onBytes);
    await handle.sync();
  } finally {
    answer.body.destroy();
    await handle.close();
  }
}

async function append(
  handle: FileHandle,
  body: AsyncIterable<Buffer>,
  from: number,
  file: HubFile,
  onBytes: (bytes: number) => void,
): Promise<void> {
  let bytes = from;
  onBytes(bytes);
  for await (const chunk of body) {
    if (bytes + chunk.length > file.bytes)
      throw protocolError(`${file.name} is longer than the ${file.bytes} bytes that it says`, { file: file.name });
    for (let written = 0; written < chunk.length; ) written += (await handle.write(chunk, written)).bytesWritten;
    bytes += chunk.length;
    onBytes(bytes);
  }
  if (bytes < file.bytes) throw unreachable(`${file.name} ended after ${bytes} of ${file.bytes} bytes`);
}

function checkRange(range: string | undefined, from: number, { name, bytes }: HubFile): void {
  const [, start, total] = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(range ?? "") ?? [];
  if (Number(start) === from && (total === "*" || Number(total) === bytes)) return;
  throw protocolError(`of ${name} it sends another part than was asked for`, { file: name });
}

/** A weak one cannot be compared with If-Range (RFC 9110, 13.1.5). */
async function keepEtag(part: string, etag: string | undefined): Promise<void> {
  if (etag && /^"[\x21\x23-\x7e]*"$/.test(etag)) await writeFile(`${part}.etag`, etag);
  else await rm(`${part}.etag`, { force: true });
}

async function removePart(part: string): Promise<void> {
  await rm(part, { force: true });
  await rm(`${part}.etag`, { force: true });
}

async function hashOf(path: string, { checksum, bytes }: HubFile): Promise<string> {
  const hash = createHash(checksum.kind === "sha256" ? "sha256" : "sha1");
  if (checksum.kind === "git-sha1") hash.update(`blob ${bytes}\0`);
  for await (const chunk of createReadStream(path, { highWaterMark: 2 ** 20 })) hash.update(chunk as Buffer);
  return hash.digest("hex");
}

const sizeOf = (path: string): Promise<number> =>
  stat(path).then(
    ({ size }) => size,
    () => 0,
  );

/** A broken connection is tried again, a full disk is not. Other file system errors are not shown to clients. */
export function toError(error: unknown): MaillardError {
  if (error instanceof MaillardError) return error;
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (code === "ENOSPC" || code === "EDQUOT") return diskFull();
  const ofNetwork = syscall === undefined || /^(ECONN|EPIPE|ETIMEDOUT|ENET|EHOST)/.test(code ?? "");
  if (ofNetwork) return unreachable(reasonOf(error));
  return new MaillardError("INTERNAL", `The server's disk refused ${syscall} (${code}).`);
}
