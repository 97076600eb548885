/** The records of one table of a FooDB dump within the limits of an import, and what their cells mean. */
import type { Readable } from "node:stream";
import { parse } from "csv-parse";
import { MaillardError } from "../../errors.js";
import { type ImportLimits, LONGEST_RECORD, LONGEST_TEXT, limitExceeded } from "../limits.js";
import { Turns } from "../turns.js";

export const clean = (text: string | undefined): string => {
  const value = (text ?? "").trim();
  return value === "NULL" || value === "\\N" ? "" : value;
};

/** A part of a text keeps all of it in memory: the bytes are copied. */
export function shortened(text: string | undefined): string {
  const value = clean(text);
  return value.length > LONGEST_TEXT ? Buffer.from(value.slice(0, LONGEST_TEXT)).toString() : value;
}

export const bytesOf = (texts: readonly string[]): number =>
  texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);

/** NaN for anything but a whole number: a row without an id has no links. */
export function idOf(text: string | undefined): number {
  const value = clean(text);
  return /^\d+$/.test(value) ? Number(value) : Number.NaN;
}

/** The header first. Rows with too few or too many cells are passed on. */
export async function* records(bytes: Readable, table: string, limits: ImportLimits): AsyncGenerator<string[]> {
  const parser = parse({
    bom: true,
    relax_column_count: true,
    skip_empty_lines: true,
    relax_quotes: true,
    max_record_size: LONGEST_RECORD,
  });
  bytes.on("error", (error) => parser.destroy(error));
  try {
    const turns = new Turns();
    let count = 0;
    for await (const record of bytes.pipe(parser) as AsyncIterable<string[]>) {
      await turns.next();
      count++;
      if (record.length > limits.columns)
        throw limitExceeded("columns", limits, `Record ${count} of ${table}.csv`, { actual: record.length });
      for (const { length } of record)
        if (length > limits.cellCharacters)
          throw limitExceeded("cellCharacters", limits, `A cell of record ${count} of ${table}.csv`, {
            actual: length,
          });
      yield record;
    }
  } catch (error) {
    if (error instanceof MaillardError) throw error;
    throw new MaillardError("BAD_INPUT", `${table}.csv cannot be read: ${(error as Error).message}`, { param: "file" });
  }
}
