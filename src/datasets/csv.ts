/**
 * Reads a CSV file of molecules, plain or gzip (told by its first two bytes), as a stream of rows ready to import.
 * A header line is required; a column that was asked for and is missing is COLUMN_NOT_FOUND naming those that exist.
 * Says nothing about chemistry: a row is handed on as it stands, with its line number in the file.
 */
import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import type { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { parse } from "csv-parse";
import { MaillardError } from "../errors.js";
import type { ImportRow, LabelKind } from "./types.js";

export interface CsvColumns {
  /** Column holding the SMILES. */
  smiles: string;
  /** Column holding a name; none by default. */
  name?: string;
  /** Columns with one class per molecule. */
  labels?: readonly string[];
  /** Columns with several values per molecule, separated by `separator`. */
  multiLabels?: readonly string[];
  /** Columns with a number per molecule. */
  numbers?: readonly string[];
  /** Between the values of a multi-label cell. Default "|". */
  separator?: string;
  /** Between the cells of a row. Default ",". */
  delimiter?: string;
}

/** The kinds that these columns give to their label sets. */
export function labelKindsOf(columns: CsvColumns): Record<string, LabelKind> {
  return Object.fromEntries<LabelKind>([
    ...(columns.labels ?? []).map((name): [string, LabelKind] => [name, "SINGLE_LABEL"]),
    ...(columns.multiLabels ?? []).map((name): [string, LabelKind] => [name, "MULTI_LABEL"]),
    ...(columns.numbers ?? []).map((name): [string, LabelKind] => [name, "NUMBER"]),
  ]);
}

/** Rows in file order. `line` is the 1-based line on which the record ends (a quoted cell may span lines). */
export async function* readCsv(path: string, columns: CsvColumns): AsyncGenerator<ImportRow> {
  const labelColumns = Object.keys(labelKindsOf(columns));
  const wanted = [columns.smiles, ...(columns.name ? [columns.name] : []), ...labelColumns];
  const several = new Set(columns.multiLabels ?? []);
  const separator = columns.separator ?? "|";
  let checked = false;
  let malformed = 0;
  for await (const { record, info } of records(await openText(path), path, columns.delimiter)) {
    if (!checked) {
      checkHeader(Object.keys(record), wanted, path);
      checked = true;
    }
    const short = info.invalid_field_length > malformed;
    malformed = info.invalid_field_length;
    if (short) {
      const problem = "The row does not have as many cells as the header: quote cells that hold a comma.";
      yield { line: info.lines, smiles: (record[columns.smiles] ?? "").trim(), labels: {}, problem };
      continue;
    }
    const labels: Record<string, string[]> = {};
    for (const column of labelColumns) {
      const cell = record[column] ?? "";
      const values = (several.has(column) ? cell.split(separator) : [cell]).map((value) => value.trim());
      labels[column] = values.filter((value) => value !== "");
    }
    const name = columns.name ? record[columns.name]?.trim() : undefined;
    yield { line: info.lines, smiles: (record[columns.smiles] ?? "").trim(), ...(name ? { name } : {}), labels };
  }
  if (!checked) checkHeader(await headerOf(path, columns.delimiter), wanted, path);
}

/** Groups rows into batches that stay under a row count and a size in bytes (of their JSON). */
export async function* batches(
  rows: AsyncIterable<ImportRow>,
  limits: { rows: number; bytes: number } = { rows: 1_000, bytes: 700_000 },
): AsyncGenerator<ImportRow[]> {
  let batch: ImportRow[] = [];
  let bytes = 0;
  for await (const row of rows) {
    const size = Buffer.byteLength(JSON.stringify(row)) + 64;
    if (batch.length > 0 && (batch.length >= limits.rows || bytes + size > limits.bytes)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(row);
    bytes += size;
  }
  if (batch.length > 0) yield batch;
}

type Parsed = { record: Record<string, string>; info: { lines: number; invalid_field_length: number } };

async function* records(text: Readable, path: string, delimiter = ","): AsyncGenerator<Parsed> {
  const parser = parse({
    delimiter,
    columns: true,
    info: true,
    bom: true,
    skip_empty_lines: true,
    relax_column_count: true,
  });
  text.on("error", (error) => parser.destroy(error));
  try {
    for await (const parsed of text.pipe(parser)) yield parsed as Parsed;
  } catch (error) {
    if (error instanceof MaillardError) throw error;
    throw new MaillardError("BAD_INPUT", `${path} is not a readable CSV file: ${(error as Error).message}`, {
      param: "file",
    });
  } finally {
    text.destroy();
  }
}

async function headerOf(path: string, delimiter = ","): Promise<string[]> {
  const parser = (await openText(path)).pipe(parse({ delimiter, bom: true, to_line: 1 }));
  for await (const header of parser) return header as string[];
  throw new MaillardError("EMPTY_INPUT", `${path} is empty: a header line and at least one row are needed.`, {
    param: "file",
  });
}

function checkHeader(existing: string[], wanted: string[], path: string): void {
  for (const column of wanted) {
    if (existing.includes(column)) continue;
    const names = existing.map((name) => JSON.stringify(name)).join(", ");
    throw new MaillardError(
      "COLUMN_NOT_FOUND",
      `${path} has no column ${JSON.stringify(column)}. Its columns: ${names}.`,
      {
        param: column,
        details: { columns: existing },
      },
    );
  }
}

/** Lines of a file, plain or gzip, to tell how far a reader is; of a file that breaks off, those before the break. */
export async function countLines(path: string): Promise<number> {
  const text = (await openText(path)) as AsyncIterable<Buffer>;
  let lines = 0;
  let last = 0x0a;
  try {
    for await (const chunk of text) {
      for (let at = chunk.indexOf(0x0a); at >= 0; at = chunk.indexOf(0x0a, at + 1)) lines++;
      last = chunk[chunk.length - 1];
    }
  } catch {
    // readCsv says what is wrong.
  }
  return last === 0x0a ? lines : lines + 1;
}

async function openText(path: string): Promise<Readable> {
  const magic = Buffer.alloc(2);
  try {
    const file = await open(path, "r");
    try {
      await file.read(magic, 0, 2, 0);
    } finally {
      await file.close();
    }
  } catch (error) {
    throw new MaillardError("BAD_INPUT", `The file ${path} cannot be read: ${(error as Error).message}`, {
      param: "file",
    });
  }
  const bytes = createReadStream(path);
  if (magic[0] !== 0x1f || magic[1] !== 0x8b) return bytes;
  const text = createGunzip();
  bytes.on("error", (error) => text.destroy(error));
  return bytes.pipe(text);
}
