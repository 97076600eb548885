/** The files of a tar, plain or gzip (recognised by its bytes, not by its name), one after another, within limits. */
import { pipeline, Readable, Transform } from "node:stream";
import { createGunzip } from "node:zlib";
import { extract } from "tar-stream";
import { MaillardError } from "../../errors.js";
import { type ImportLimits, limitExceeded, UnpackedBytes } from "../limits.js";

interface TarFile {
  /** As in the archive: it may lead anywhere. */
  path: string;
  bytes: Readable;
  /** In bytes. */
  size: number;
}

/**
 * The plain files in the order of the archive; each is read to its end, or not at all, before the next one. BAD_INPUT
 * when it is not a tar, FILE_TOO_LARGE or TOO_MANY_ITEMS above the limits. `advice`: what to give instead.
 */
export async function* filesOfTar(archive: Readable, limits: ImportLimits, advice: string): AsyncGenerator<TarFile> {
  const [kind, whole] = await sniff(archive, advice);
  const untar = extract();
  // Errors reach the reader through `untar`, which pipeline destroys with them.
  let read = 0;
  const counted = watched((bytes) => {
    read += bytes;
  });
  const unpacked = new UnpackedBytes(limits, "The archive", kind === "gzip" ? () => read : null);
  const checked = watched((bytes) => unpacked.add(bytes));
  if (kind === "gzip") pipeline(whole, counted, createGunzip(), checked, untar, () => undefined);
  else pipeline(whole, checked, untar, () => undefined);
  let files = 0;
  try {
    for await (const entry of untar) {
      if (++files > limits.files) throw limitExceeded("files", limits, "The archive");
      const { type, name, size = 0 } = entry.header;
      // tar-stream uses streams of streamx, which are piped and read like those of Node.
      if (type === "file") yield { path: name, bytes: entry as unknown as Readable, size };
      entry.resume();
    }
  } catch (error) {
    if (error instanceof MaillardError) throw error;
    throw new MaillardError("BAD_INPUT", `The archive breaks off or is damaged: ${(error as Error).message}.`, {
      param: "file",
    });
  } finally {
    archive.destroy();
  }
}

/** The same bytes. An error of `take` is an error of the stream. */
const watched = (take: (bytes: number) => void): Transform =>
  new Transform({
    transform(chunk: Buffer, _encoding, done) {
      try {
        take(chunk.length);
        done(null, chunk);
      } catch (error) {
        done(error as Error);
      }
    },
  });

const TAR_MAGIC = { at: 257, text: "ustar" };

/** The kind of archive by its first bytes, and a stream that starts with them again. */
async function sniff(archive: Readable, advice: string): Promise<["gzip" | "tar", Readable]> {
  const first: Buffer[] = [];
  let size = 0;
  const iterator = archive.iterator({ destroyOnReturn: false });
  for (let next = await iterator.next(); !next.done; next = await iterator.next()) {
    first.push(next.value);
    size += next.value.length;
    if (size >= 512) break;
  }
  const head = Buffer.concat(first);
  async function* again(): AsyncGenerator<Buffer> {
    yield head;
    for await (const chunk of archive) yield chunk as Buffer;
  }
  if (head[0] === 0x1f && head[1] === 0x8b) return ["gzip", Readable.from(again(), { objectMode: false })];
  const magic = head.subarray(TAR_MAGIC.at, TAR_MAGIC.at + TAR_MAGIC.text.length).toString("latin1");
  if (magic === TAR_MAGIC.text) return ["tar", Readable.from(again(), { objectMode: false })];
  throw new MaillardError(
    "BAD_INPUT",
    `This is no tar archive: neither its first bytes nor those at 257 say so. ${advice}`,
    { param: "file" },
  );
}
