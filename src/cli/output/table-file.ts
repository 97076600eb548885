/**
 * A table as the answer of a command: to a file, which appears when it is whole, or line by line to the terminal.
 * The format is the one that is named, else that of the file's name; without both, CSV.
 */
import { randomUUID } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { Writable } from "node:stream";
import { fileFormat, TABLE_FORMATS, type TableFormat } from "../../tables/formats.js";
import type { Cell, Column } from "../../tables/types.js";
import { tableWriter } from "../../tables/write.js";
import { usage } from "../failure.js";
import type { Session } from "../session.js";

export interface TableTarget {
  /** Null: the terminal. */
  out: string | null;
  /** csv, tsv, jsonl or parquet; null: by `out`. */
  format: string | null;
}

export const isTableName = (path: string): boolean =>
  Object.values(TABLE_FORMATS).some(({ endings }) =>
    endings.some((ending) => new RegExp(`\\${ending}(\\.gz)?$`, "i").test(path)),
  );

/** Refuses what cannot be written before anything is asked of the server. */
export function checkTarget({ out, format }: TableTarget): { format: TableFormat; gzip: boolean } {
  const found = fileFormat(out, format ?? (out === null ? "csv" : null), { param: "--format" });
  if (out === null && found.format === "PARQUET") throw usage("Parquet is written to a file: name it with --out.");
  return found;
}

/** Returns the number of rows. */
export async function writeTable(
  { terminal }: Session,
  target: TableTarget,
  columns: readonly Column[],
  rows: AsyncIterable<readonly Cell[]> | Iterable<readonly Cell[]>,
): Promise<number> {
  const { format, gzip } = checkTarget(target);
  let count = 0;
  const writeTo = async (stream: Writable): Promise<void> => {
    const writer = tableWriter(stream, columns, format, { gzip });
    for await (const row of rows) {
      await writer.write(row);
      count++;
    }
    await writer.end();
  };
  if (target.out === null) {
    await writeTo(linesTo((line) => terminal.out(line)));
    return count;
  }
  const path = resolve(target.out);
  await mkdir(dirname(path), { recursive: true });
  const part = `${path}.${randomUUID()}.part`;
  try {
    await writeTo(createWriteStream(part));
    await rename(part, path);
  } finally {
    await rm(part, { force: true });
  }
  return count;
}

/** A stream whose whole lines go to `out`, without their ends. */
function linesTo(out: (line: string) => void): Writable {
  let rest = "";
  return new Writable({
    decodeStrings: false,
    write(piece: string | Buffer, _encoding, done) {
      const lines = (rest + String(piece)).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) out(line);
      done();
    },
    final(done) {
      if (rest !== "") out(rest);
      done();
    },
  });
}
