/**
 * The tables of a FooDB dump that are read, and where they come from: a tar (plain or gzip, told by its bytes, never by
 * its name) or a folder. Each is a stream of bytes; tables that nobody reads (Content.csv has 780 MB) pass by unread.
 * The 2020 archive is a plain tar in spite of its name .tar.gz; re-packed ones may hold ._Compound.csv (macOS):
 * skipped.
 */
import { createReadStream } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { pipeline, Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { extract } from "tar-stream";
import { MaillardError } from "../../errors.js";

/** By their names in the archive, without folder and ending. */
export const FOODB_TABLES = [
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
export function tableOf(path: string): FoodbTable | null {
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
 * Tables of a tar in its own order; each must be read to its end before the next is asked for. BAD_INPUT when it is
 * none.
 */
export async function* tablesOfTar(archive: Readable): AsyncGenerator<TableStream> {
  const [kind, whole] = await sniff(archive);
  const untar = extract();
  // Errors reach the reader through `untar`, which pipeline destroys with them.
  if (kind === "gzip") pipeline(whole, createGunzip(), untar, () => undefined);
  else pipeline(whole, untar, () => undefined);
  try {
    for await (const entry of untar) {
      const table = entry.header.type === "file" ? tableOf(entry.header.name) : null;
      // tar-stream has streams of streamx, which are piped and read like those of Node.
      if (table) yield { table, bytes: entry as unknown as Readable, size: entry.header.size ?? 0 };
      entry.resume();
    }
  } catch (error) {
    throw new MaillardError("BAD_INPUT", `The archive breaks off or is damaged: ${(error as Error).message}.`, {
      param: "file",
    });
  } finally {
    archive.destroy();
  }
}

const TAR_MAGIC = { at: 257, text: "ustar" };

/** What the first bytes say, and a stream that begins with them again. */
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
