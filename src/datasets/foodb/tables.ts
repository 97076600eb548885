/**
 * The tables of a FooDB dump that are read, from a tar (plain or gzip, recognised by its bytes, not by its name) or a
 * folder. Each is a stream of bytes; other tables are skipped (Content.csv has 780 MB). The archive of 2020 is a plain
 * tar although its name ends in .tar.gz; a re-packed one may hold ._Compound.csv (macOS), which is skipped.
 */
import { createReadStream } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { pipeline, Readable, Transform } from "node:stream";
import { createGunzip } from "node:zlib";
import { extract } from "tar-stream";
import { MaillardError } from "../../errors.js";
import { DEFAULT_IMPORT_LIMITS, type ImportLimits, limitExceeded, UnpackedBytes } from "../limits.js";

/** By their names in the archive, without folder and ending. */
const FOODB_TABLES = [
  "Compound",
  "Flavor",
  "CompoundsFlavor",
  "HealthEffect",
  "CompoundsHealthEffect",
  "OntologyTerm",
  "CompoundOntologyTerm",
] as const;
export type FoodbTable = (typeof FOODB_TABLES)[number];

export interface TableStream {
  table: FoodbTable;
  bytes: Readable;
  /** Of the file, in bytes. */
  size: number;
}

/** The table of a path inside an archive or folder; null for everything else. */
function tableOf(path: string): FoodbTable | null {
  const name = path.split("/").at(-1) ?? "";
  return FOODB_TABLES.find((table) => name === `${table}.csv`) ?? null;
}

/** Tables of a folder in the order of FOODB_TABLES. */
export async function* tablesOfFolder(folder: string): AsyncGenerator<TableStream> {
  const names = new Set(await readdir(folder));
  for (const table of FOODB_TABLES)
    if (names.has(`${table}.csv`)) {
      const path = join(folder, `${table}.csv`);
      yield { table, bytes: createReadStream(path), size: (await stat(path)).size };
    }
}

/**
 * Tables of a tar in its order; each must be read to its end before the next one. BAD_INPUT when it is not a tar,
 * FILE_TOO_LARGE or TOO_MANY_ITEMS above the limits.
 */
export async function* tablesOfTar(
  archive: Readable,
  limits: ImportLimits = DEFAULT_IMPORT_LIMITS,
): AsyncGenerator<TableStream> {
  const [kind, whole] = await sniff(archive);
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
      const table = entry.header.type === "file" ? tableOf(entry.header.name) : null;
      // tar-stream uses streams of streamx, which are piped and read like those of Node.
      if (table) yield { table, bytes: entry as unknown as Readable, size: entry.header.size ?? 0 };
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
async function sniff(archive: Readable): Promise<["gzip" | "tar", Readable]> {
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
    "This is no tar archive: neither its first bytes nor those at 257 say so. Give foodb_2020_4_7_csv.tar.gz as " +
      "downloaded, or its unpacked folder.",
    { param: "file" },
  );
}
