/**
 * Excel workbooks (.xlsx): the first sheet, or the one that is named. Its first row with cells names the columns, rows
 * without cells are skipped. Values become text: dates as ISO 8601, formulas by the value that was saved with them.
 * A workbook is read as a whole, so its archive is checked before: every entry is unpacked within the limit, and cells
 * far outside of a table are refused.
 */
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { inflateRaw } from "node:zlib";
import { readSheet, SheetNotFoundError } from "read-excel-file/node";
import { MaillardError } from "../../../errors.js";
import { type ImportLimits, limitExceeded } from "../../limits.js";
import type { TableRecord } from "../../records.js";
import type { TableSource } from "./types.js";

/** Rows times columns of the part of a sheet that has cells. */
const MOST_CELLS = 5_000_000;
const unpack = promisify(inflateRaw);

/** BAD_INPUT, FILE_TOO_LARGE, TOO_MANY_ITEMS. */
export async function workbookSource(
  path: string,
  limits: ImportLimits,
  { sheet, size }: { sheet?: string; size: number },
): Promise<TableSource> {
  if (size > limits.workbookBytes) throw limitExceeded("workbookBytes", limits, path, { actual: size });
  const bytes = await readFile(path);
  await checkArchive(bytes, path, limits);
  const rows = await read(bytes, path, sheet);
  const first = rows.findIndex((cells) => cells.some((cell) => cell !== ""));
  if (first < 0)
    throw new MaillardError("EMPTY_INPUT", `${path} has no cells in ${sheetText(sheet)}.`, { param: "file" });
  const names = withoutEnd(rows[first]);
  return { kind: "XLSX", names, rows: rows.length - first - 1, open };

  async function* open(): AsyncGenerator<TableRecord> {
    for (let at = first + 1; at < rows.length; at++) {
      const cells = withoutEnd(rows[at]);
      if (cells.length === 0) continue;
      while (cells.length < names.length) cells.push("");
      yield { cells, line: at + 1 };
    }
  }
}

async function read(bytes: Buffer, path: string, sheet: string | undefined): Promise<string[][]> {
  try {
    const rows = await readSheet(bytes, sheet ?? 1, { trim: false });
    return rows.map((row) => Array.from(row, textOf));
  } catch (error) {
    if (error instanceof SheetNotFoundError)
      throw new MaillardError("NOT_FOUND", `${path} has no ${sheetText(sheet)}: ${error.message}`, { param: "sheet" });
    throw unreadable(path, (error as Error).message);
  }
}

const sheetText = (sheet: string | undefined): string =>
  sheet === undefined ? "its first sheet" : `sheet ${JSON.stringify(sheet.slice(0, 80))}`;

function textOf(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (!(value instanceof Date)) return String(value);
  const text = value.toISOString();
  return text.endsWith("T00:00:00.000Z") ? text.slice(0, 10) : text;
}

function withoutEnd(cells: readonly string[]): string[] {
  const last = cells.findLastIndex((cell) => cell !== "");
  return cells.slice(0, last + 1);
}

interface Entry {
  name: string;
  method: number;
  packed: Buffer;
}

async function checkArchive(bytes: Buffer, path: string, limits: ImportLimits): Promise<void> {
  let left = limits.workbookBytes;
  for (const { name, method, packed } of entriesOf(bytes, path)) {
    let content = packed;
    if (method === 8) {
      try {
        content = await unpack(packed, { maxOutputLength: Math.max(1, left) });
      } catch (error) {
        if ((error as { code?: string }).code === "ERR_BUFFER_TOO_LARGE")
          throw limitExceeded("workbookBytes", limits, path);
        throw unreadable(path, (error as Error).message);
      }
    }
    left -= content.length;
    if (left < 0) throw limitExceeded("workbookBytes", limits, path);
    if (/^xl\/worksheets\/.*\.xml$/i.test(name)) checkCells(content.toString("latin1"), path, limits);
  }
}

function checkCells(xml: string, path: string, limits: ImportLimits): void {
  let [columns, rows] = [0, 0];
  for (const [, letters, row] of xml.matchAll(/\br="([A-Z]{0,3})(\d{1,7})"/g)) {
    const column = [...letters].reduce((sum, letter) => sum * 26 + letter.charCodeAt(0) - 64, 0);
    columns = Math.max(columns, column);
    rows = Math.max(rows, Number(row));
  }
  if (columns > limits.columns) throw limitExceeded("columns", limits, path, { actual: columns });
  if (rows > limits.rows) throw limitExceeded("rows", limits, path, { actual: rows });
  if (rows * columns <= MOST_CELLS) return;
  throw new MaillardError(
    "TOO_MANY_ITEMS",
    `A sheet of ${path} reaches to row ${rows} and column ${columns}; at most ${MOST_CELLS} cells are read: ` +
      "save it as CSV, or clear what stands outside of the table.",
    { param: "file", details: { maximum: MOST_CELLS, actual: rows * columns } },
  );
}

const [END_OF_DIRECTORY, ENTRY, ENTRY_LENGTH, HEADER_LENGTH] = [0x06054b50, 0x02014b50, 46, 30];

/** By the directory at the end of a ZIP archive (PKWARE APPNOTE 6.3, sections 4.3.12 and 4.3.16). */
function* entriesOf(bytes: Buffer, path: string): Generator<Entry> {
  let end = bytes.length - 22;
  while (end >= 0 && end >= bytes.length - 65_557 && bytes.readUInt32LE(end) !== END_OF_DIRECTORY) end--;
  if (end < 0 || bytes.readUInt32LE(end) !== END_OF_DIRECTORY) throw unreadable(path, "its archive has no directory");
  let at = bytes.readUInt32LE(end + 16);
  let isWorkbook = false;
  try {
    for (let entry = 0; entry < bytes.readUInt16LE(end + 10); entry++) {
      if (bytes.readUInt32LE(at) !== ENTRY) throw new RangeError("entry");
      const lengths = bytes.readUInt16LE(at + 28);
      const name = bytes.toString("utf8", at + ENTRY_LENGTH, at + ENTRY_LENGTH + lengths);
      isWorkbook ||= name === "xl/workbook.xml";
      const header = bytes.readUInt32LE(at + 42);
      const from = header + HEADER_LENGTH + bytes.readUInt16LE(header + 26) + bytes.readUInt16LE(header + 28);
      const packed = bytes.subarray(from, from + bytes.readUInt32LE(at + 20));
      yield { name, method: bytes.readUInt16LE(at + 10), packed };
      at += ENTRY_LENGTH + lengths + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32);
    }
  } catch (error) {
    if (error instanceof RangeError) throw unreadable(path, "its archive is broken");
    throw error;
  }
  if (!isWorkbook)
    throw new MaillardError(
      "BAD_INPUT",
      `${path} is a ZIP archive and no Excel workbook (.xlsx): unpack it, or save the sheet as CSV.`,
      { param: "file" },
    );
}

const unreadable = (path: string, why: string): MaillardError =>
  new MaillardError(
    "BAD_INPUT",
    `${path} cannot be read as an Excel workbook (${why.slice(0, 200)}): save the sheet as CSV.`,
    { param: "file" },
  );
