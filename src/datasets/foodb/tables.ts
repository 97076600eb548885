/**
 * The tables of a FooDB dump that are read, from a tar (plain or gzip, recognised by its bytes, not by its name) or a
 * folder. Each is a stream of bytes; other tables are skipped (Content.csv has 780 MB). The archive of 2020 is a plain
 * tar although its name ends in .tar.gz; a re-packed one may hold ._Compound.csv (macOS), which is skipped.
 */
import { createReadStream } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { filesOfTar } from "../files/tar.js";
import { DEFAULT_IMPORT_LIMITS, type ImportLimits } from "../limits.js";

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

const ADVICE = "Give foodb_2020_4_7_csv.tar.gz as downloaded, or its unpacked folder.";

/**
 * Tables of a tar in its order; each must be read to its end before the next one. BAD_INPUT when it is not a tar,
 * FILE_TOO_LARGE or TOO_MANY_ITEMS above the limits.
 */
export async function* tablesOfTar(
  archive: Readable,
  limits: ImportLimits = DEFAULT_IMPORT_LIMITS,
): AsyncGenerator<TableStream> {
  for await (const { path, bytes, size } of filesOfTar(archive, limits, ADVICE)) {
    const table = tableOf(path);
    if (table) yield { table, bytes, size };
  }
}
