/**
 * The records of a table as lists of cells: CSV (RFC 4180, any one character between the cells), or a SMILES file,
 * whose lines are a SMILES, white space, and an optional name that may contain spaces. A header line is a record, too.
 */
import { createInterface } from "node:readline";
import { type CsvError, type Info, type Options, parse } from "csv-parse";
import { parse as parseNow } from "csv-parse/sync";
import { MaillardError } from "../errors.js";
import { openText, type TextFile } from "./files/text-file.js";
import { DEFAULT_IMPORT_LIMITS, type ImportLimits, LONGEST_RECORD, limitExceeded } from "./limits.js";

export interface Layout {
  /** CSV, TSV and the like; or SMILES, white space, name. */
  format: "CSV" | "SMILES";
  /** One character between the cells of a row; of no meaning for SMILES files. */
  delimiter: string;
  /** Whether the first record names the columns. */
  header: boolean;
}

export interface TableRecord {
  cells: string[];
  /** 1-based line on which the record ends; a quoted cell may span lines. */
  line: number;
}

const SMILES_FILE_COLUMNS: readonly string[] = ["smiles", "name"];

export async function* recordsOf(
  file: TextFile,
  layout: Pick<Layout, "format" | "delimiter">,
  limits: ImportLimits = DEFAULT_IMPORT_LIMITS,
): AsyncGenerator<TableRecord> {
  const text = openText(file);
  try {
    if (layout.format === "SMILES") {
      for await (const record of smilesRecords(createInterface({ input: text, crlfDelay: Infinity }))) {
        checkCells(record, limits);
        yield record;
      }
    } else {
      const parser = parse({ ...optionsOf(layout.delimiter), info: true });
      text.on("error", (error) => parser.destroy(error));
      for await (const { record, info } of text.pipe(parser) as AsyncIterable<{ record: string[]; info: Info }>) {
        checkQuotes(record, info.lines, layout.delimiter);
        const found: TableRecord = { cells: record, line: info.lines };
        checkCells(found, limits);
        yield found;
      }
    }
  } catch (error) {
    if (error instanceof MaillardError) throw error;
    throw unreadable(file.path, error as Error);
  } finally {
    text.destroy();
  }
}

function checkCells({ cells, line }: TableRecord, limits: ImportLimits): void {
  for (const { length } of cells)
    if (length > limits.cellCharacters)
      throw limitExceeded("cellCharacters", limits, `A cell of line ${line}`, { actual: length });
}

export const unreadable = (path: string, problem: Error): MaillardError =>
  new MaillardError("BAD_INPUT", `${path} is not a readable CSV file: ${problem.message}`, { param: "file" });

/** The first `most` records of a text; if one cannot be read, those before it, with the problem. */
export function recordsOfText(
  text: string,
  { format, delimiter }: Pick<Layout, "format" | "delimiter">,
  most: number,
  onProblem: (problem: CsvError) => void = () => undefined,
): string[][] {
  const records: string[][] = [];
  if (format === "SMILES") {
    for (const line of text.split(/\r\n|\n|\r/)) {
      const cells = smilesCells(line);
      if (cells && records.push(cells) >= most) break;
    }
    return records;
  }
  try {
    const keep = (record: string[], { lines }: { lines: number }): null => {
      checkQuotes(record, lines, delimiter);
      records.push(record);
      return null;
    };
    parseNow(text, { ...optionsOf(delimiter), to: most, on_record: keep });
  } catch (error) {
    onProblem(error as CsvError);
  }
  return records;
}

/**
 * A name for every column, no two the same: that of the header, "column 3" where it has none, "mass (2)" where it has
 * one twice, or the next number where another column is called so.
 */
export function columnNames({ format, header }: Pick<Layout, "format" | "header">, first: readonly string[]): string[] {
  if (format === "SMILES") return [...SMILES_FILE_COLUMNS];
  const given = first.map((cell, index) => (header && cell.trim()) || `column ${index + 1}`);
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

const optionsOf = (delimiter: string): Options => ({
  // Line ends may differ within one file, which several programs wrote.
  record_delimiter: ["\r\n", "\n", "\r"],
  delimiter,
  bom: true,
  skip_empty_lines: true,
  relax_column_count: true,
  max_record_size: LONGEST_RECORD,
  // Cells between tabs are not quoted as a rule, and names have primes: 2"-deoxy….
  relax_quotes: delimiter === "\t",
});

async function* smilesRecords(lines: AsyncIterable<string>): AsyncGenerator<TableRecord> {
  let line = 0;
  for await (const text of lines) {
    line += 1;
    const cells = smilesCells(text);
    if (cells) yield { cells, line };
  }
}

/** In one pass: a line may have a million characters. */
function smilesCells(line: string): string[] | null {
  const text = line.trim();
  if (text === "") return null;
  const end = text.search(/\s/);
  return end < 0 ? [text, ""] : [text.slice(0, end), text.slice(end).trim()];
}

/**
 * With tabs, a quote that opens a cell and does not close it is text. If a later line closes it, all lines between
 * would be one cell and their rows would be lost silently: then the file cannot be read.
 */
function checkQuotes(cells: readonly string[], line: number, delimiter: string): void {
  if (delimiter !== "\t" || !cells.some((cell) => cell.startsWith('"') && /[\r\n]/.test(cell))) return;
  throw new Error(
    `a quote opens a cell above line ${line} and does not close it there; double the quotes of such a cell, ` +
      "and quote all of it",
  );
}
