/**
 * A tar of parts that is written to its end or not at all, and read back part by part. Its name decides whether it is
 * packed with gzip when it is written; its bytes, when it is read. The file is for its user alone, and gets its name
 * when all of it is on the disk.
 */
import { createHash, randomBytes } from "node:crypto";
import { createReadStream, existsSync } from "node:fs";
import { open, rename, rm } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { PassThrough, Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip, createGzip } from "node:zlib";
import { extract, type Pack, pack } from "tar-stream";
import { MaillardError } from "../../errors.js";
import { syncFolder } from "../../model/checkpoint/files.js";

/** A part as it was written or read. */
export interface Part {
  name: string;
  bytes: number;
  /** Hexadecimal. */
  sha256: string;
}

export class ArchiveWriter {
  /** Rejects when the disk is full: raced with every part, or a part would wait for ever. */
  readonly #written: Promise<void>;

  private constructor(
    private readonly path: string,
    private readonly temporary: string,
    private readonly archive: Pack,
    written: Promise<void>,
  ) {
    this.#written = written;
    written.catch(() => undefined);
  }

  /** BAD_INPUT: not the name of a tar. CONFLICT: there is such a file. */
  static async create(file: string): Promise<ArchiveWriter> {
    const path = resolve(file);
    if (!/\.(tar|tar\.gz|tgz)$/.test(path))
      throw new MaillardError("BAD_INPUT", `${file} does not end in .tar, .tar.gz or .tgz: name the backup so.`, {
        param: "file",
      });
    if (existsSync(path)) throw taken(file);
    const temporary = `${path}.${randomBytes(6).toString("hex")}.partial`;
    const handle = await open(temporary, "wx", 0o600).catch((error: NodeJS.ErrnoException) => {
      throw new MaillardError("BAD_INPUT", `${file} cannot be written (${error.code}).`, { param: "file" });
    });
    const archive = pack();
    const out = handle.createWriteStream({ flush: true });
    const written = path.endsWith(".tar") ? pipeline(archive, out) : pipeline(archive, createGzip(), out);
    return new ArchiveWriter(path, temporary, archive, written);
  }

  /** `bytes`: exactly `size` of them. */
  async add(name: string, size: number, bytes: Readable): Promise<Part> {
    const hash = createHash("sha256");
    const hashed = async function* (chunks: AsyncIterable<Buffer>) {
      for await (const chunk of chunks) {
        hash.update(chunk);
        yield chunk;
      }
    };
    const entry = this.archive.entry({ name, size, mode: 0o600, mtime: new Date(0) });
    await Promise.race([pipeline(bytes, hashed, entry), this.#written]);
    return { name, bytes: size, sha256: hash.digest("hex") };
  }

  addBytes(name: string, content: Buffer): Promise<Part> {
    return this.add(name, content.length, Readable.from([content], { objectMode: false }));
  }

  /** The file gets its name. */
  async finish(): Promise<void> {
    this.archive.finalize();
    await this.#written;
    if (existsSync(this.path)) throw taken(this.path);
    await rename(this.temporary, this.path);
    await syncFolder(dirname(this.path));
  }

  async abort(): Promise<void> {
    this.archive.destroy();
    await this.#written.catch(() => undefined);
    await rm(this.temporary, { force: true });
  }
}

const taken = (file: string): MaillardError =>
  new MaillardError("CONFLICT", `${file} exists: choose another name, or remove it.`, { param: "file" });

export interface ReadPart {
  name: string;
  size: number;
  /** To be read to its end before the next part. */
  bytes: AsyncIterable<Buffer>;
}

/** BAD_INPUT when it is not a tar, or is cut off or damaged where that shows. */
export async function* readArchive(file: string): AsyncGenerator<ReadPart> {
  const isPacked = (await firstBytes(file)).equals(Buffer.from([0x1f, 0x8b]));
  const untar = extract();
  const source = createReadStream(file, { highWaterMark: 2 ** 20 });
  const through = isPacked ? createGunzip() : new PassThrough();
  // Errors reach the reader through `untar`.
  const piped = pipeline(source, through, untar).catch((error: Error) => void untar.destroy(error));
  try {
    for await (const entry of untar) {
      yield { name: entry.header.name, size: entry.header.size ?? 0, bytes: whole(entry as AsyncIterable<Buffer>) };
      entry.resume();
    }
  } catch (error) {
    if (error instanceof MaillardError) throw error;
    throw broken(`it breaks off or is damaged (${(error as Error).message})`);
  } finally {
    source.destroy();
    await piped;
  }
}

async function* whole(entry: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  try {
    yield* entry;
  } catch (error) {
    throw broken(`it breaks off or is damaged (${(error as Error).message})`);
  }
}

async function firstBytes(file: string): Promise<Buffer> {
  try {
    const handle = await open(file);
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(2), 0, 2, 0).finally(() => handle.close());
    return buffer.subarray(0, bytesRead);
  } catch (error) {
    throw new MaillardError("BAD_INPUT", `${file} cannot be read (${(error as NodeJS.ErrnoException).code}).`, {
      param: "file",
    });
  }
}

/** Why a file is not taken as a backup. */
export const broken = (reason: string): MaillardError =>
  new MaillardError("BAD_INPUT", `This is not a whole backup: ${reason}. Nothing was changed.`, { param: "file" });
