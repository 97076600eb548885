/**
 * The records of a table as lists of cells: CSV (RFC 4180, any one character between the cells), or a SMILES file,
 * whose lines are a SMILES, white space, features of a CXSMILES between bars, which are left out, and an optional name
 * that may contain spaces. A header line is a record, too.
 */
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { type CsvError, type Info, type Options, parse } from "csv-parse";
import { parse as parseNow } from "csv-parse/sync";
import { withoutLines } from "./files/preamble.js";
import { checkQuotes, RecordLines, swallowsRows, unreadable } from "./files/quotes.js";
import { openText, type TextFile } from "./files/text-file.js";
import { DEFAULT_IMPORT_LIMITS, type ImportLimits, LONGEST_RECORD, limitExceeded } from "./limits.js";

export interface Layout {
  /** CSV, TSV and the like; or SMILES, white space, name. */
  format: "CSV" | "SMILES";
  /** One character between the cells of a row; of no meaning for SMILES files. */
  delimiter: string;
  /** Whether the first record names the columns. */
  header: boolean;
  /** Lines above the first record that are none: remarks, `sep=;` (files/preamble.ts). */
  skippedLines: number;
}

/** How records are found; without `skippedLines`, from the first line. */
export type RecordLayout = Pick<Layout, "format" | "delimiter"> & Partial<Pick<Layout, "skippedLines">>;

export interface TableRecord {
  cells: string[];
  /** 1-based line on which the record ends; a quoted cell may span lines. */
  line: number;
  /** Why its cells are not those of one row; absent: they are. */
  problem?: string;
}

/** Names of a column of molecules. */
export const STRUCTURE = /smiles|structure|^mol(ecule)?s?$/i;
const SMILES_FILE_COLUMNS: readonly string[] = ["smiles", "name"];

/**
 * All records of a file, in order. `line` counts the lines of the whole file. BAD_INPUT for a file that is no table,
 * naming the line where it ceases to be one.
 */
export async function* recordsOf(
  file: TextFile,
  layout: RecordLayout,
  limits: ImportLimits = DEFAULT_IMPORT_LIMITS,
): AsyncGenerator<TableRecord> {
  if (file.table) {
    yield { cells: file.table.names, line: 1 };
    for await (const record of file.table.open()) {
      checkCells(record, limits);
      yield record;
    }
    return;
  }
  const text = openText(file);
  const { skippedLines = 0 } = layout;
  try {
    const below = skippedLines > 0 ? Readable.from(withoutLines(text, skippedLines), { objectMode: true }) : text;
    const records =
      layout.format === "SMILES" ? smilesRecords(file, below, skippedLines) : csvRecords(file, below, layout);
    for await (const record of records) {
      checkCells(record, limits);
      yield record;
    }
  } finally {
    text.destroy();
  }
}

async function* csvRecords(
  { path }: Pick<TextFile, "path">,
  text: Readable,
  { delimiter, skippedLines = 0 }: RecordLayout,
): AsyncGenerator<TableRecord> {
  const lines = new RecordLines(skippedLines);
  const parser = parse({ ...optionsOf(delimiter), info: true });
  text.on("error", (error) => parser.destroy(error));
  let width = 0;
  try {
    for await (const { record, info, raw } of text.pipe(parser) as AsyncIterable<Parsed>) {
      const place = lines.read(info);
      checkQuotes(record, raw, delimiter, place);
      width ||= record.length;
      const swallows = place.to > place.from && swallowsRows(raw, delimiter, width);
      yield { cells: record, line: place.to, ...(swallows ? { problem: swallowed(place) } : {}) };
    }
  } catch (error) {
    throw unreadable(path, error as Error, lines.broken(error));
  }
}

interface Parsed {
  record: string[];
  info: Info;
  /** As it stands in the file. */
  raw: string;
}

const swallowed = ({ from, to }: { from: number; to: number }): string =>
  `A quote opens a cell on line ${from} and closes on line ${to}; the lines between look like rows. ` +
  "Double the quotes of such a cell and quote all of it.";

function checkCells({ cells, line }: TableRecord, limits: ImportLimits): void {
  for (const { length } of cells)
    if (length > limits.cellCharacters)
      throw limitExceeded("cellCharacters", limits, `A cell of line ${line}`, { actual: length });
}

/** The first `most` records of a text; if one cannot be read, those before it, with the problem and its line. */
export function recordsOfText(
  text: string,
  { format, delimiter, skippedLines = 0 }: RecordLayout,
  most: number,
  onProblem: (problem: CsvError, line: number) => void = () => undefined,
): string[][] {
  const records: string[][] = [];
  if (format === "SMILES") {
    for (const line of text.split(/\r\n|\n|\r/).slice(skippedLines)) {
      const cells = smilesCells(line);
      if (cells && records.push(cells) >= most) break;
    }
    return records;
  }
  const lines = new RecordLines(skippedLines);
  try {
    const keep = ({ record, raw }: Parsed, info: Info): null => {
      checkQuotes(record, raw, delimiter, lines.read(info));
      records.push(record);
      return null;
    };
    parseNow(below(text, skippedLines), {
      ...optionsOf(delimiter),
      to: most,
      on_record: keep as unknown as NonNullable<Options["on_record"]>,
    });
  } catch (error) {
    onProblem(error as CsvError, lines.broken(error));
  }
  return records;
}

/** The text without its first lines. */
function below(text: string, lines: number): string {
  const ends = /\r\n|\n|\r/g;
  for (let line = 0; line < lines; line++) if (!ends.exec(text)) return "";
  return text.slice(ends.lastIndex);
}

/**
 * A name for every column, no two the same: that of the header, "column 3" where it has none, "mass (2)" where it has
 * one twice, or the next number where another column is called so.
 */
export function columnNames({ format, header }: Pick<Layout, "format" | "header">, first: readonly string[]): string[] {
  if (format === "SMILES") return [...SMILES_FILE_COLUMNS];
  const given = first.map((cell, index) => (header && nameOf(cell, index)) || `column ${index + 1}`);
  const taken = new Set(given);
  const times = new Map<string, number>();
  return given.map((name) => {
    let time = (times.get(name) ?? 0) + 1;
    const numbered = (): string => `${name} (${time})`;
    while (time > 1 && taken.has(numbered())) time++;
    times.set(name, time);
    if (time === 1) return name;
    taken.add(numbered());
    return numbered();
  });
}

/** `#smiles` heads the column smiles: the # only says that the line is no molecule. */
const nameOf = (cell: string, index: number): string => {
  const name = cell.trim().normalize("NFC");
  const bare = name.replace(/^#\s*/, "");
  return index === 0 && STRUCTURE.test(bare) ? bare : name;
};

const optionsOf = (delimiter: string): Options => ({
  // Line ends may differ within one file, which several programs wrote.
  record_delimiter: ["\r\n", "\n", "\r"],
  delimiter,
  bom: true,
  skip_empty_lines: true,
  relax_column_count: true,
  max_record_size: LONGEST_RECORD,
  // Names have primes: 2"-deoxy…. What is no quote of CSV is text (files/quotes.ts).
  relax_quotes: true,
  raw: true,
});

async function* smilesRecords(
  { path }: Pick<TextFile, "path">,
  text: Readable,
  skippedLines: number,
): AsyncGenerator<TableRecord> {
  let line = skippedLines;
  try {
    for await (const read of createInterface({ input: text, crlfDelay: Infinity })) {
      line += 1;
      const cells = smilesCells(read);
      if (cells) yield { cells, line };
    }
  } catch (error) {
    throw unreadable(path, error as Error, line + 1);
  }
}

/** In one pass: a line may have a million characters. */
function smilesCells(line: string): string[] | null {
  const text = line.trim();
  if (text === "") return null;
  const end = text.search(/\s/);
  if (end < 0) return [text, ""];
  const rest = text.slice(end).trim();
  // The features of a CXSMILES stand between the SMILES and the name.
  const bar = rest.startsWith("|") ? rest.indexOf("|", 1) : -1;
  return [text.slice(0, end), bar < 0 ? rest : rest.slice(bar + 1).trim()];
}
