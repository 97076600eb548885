/**
 * Records of a table whose quotes are not those of CSV. A quote inside a cell is text (5"-deoxy). A quote that opens a
 * cell and is closed lines below would make one cell of all lines between, and their rows would be lost silently:
 *   - never closed, or closed before more text: the file cannot be read, and the error names the line where it opens
 *   - closed by a quote of another row: a problem of the row that swallowed the others
 */
import type { CsvError } from "csv-parse";
import { MaillardError } from "../../errors.js";

/** What csv-parse counts. */
interface Counted {
  lines: number;
  empty_lines: number;
}

/** Where the records of a text begin and end, by the counts that csv-parse gives with each. */
export class RecordLines {
  private end = 0;
  private blank = 0;

  /** `skipped`: lines above the text. */
  constructor(private readonly skipped: number) {}

  /** Lines of the file, from 1, of the record that has just been read. */
  read({ lines, empty_lines: blank }: Counted): { from: number; to: number } {
    const from = this.skipped + this.end + (blank - this.blank) + 1;
    [this.end, this.blank] = [lines, blank];
    return { from, to: this.skipped + lines };
  }

  /** The line on which the record begins that could not be read. */
  broken(problem: unknown): number {
    const { empty_lines: blank = this.blank } = problem as Partial<Counted>;
    return this.skipped + this.end + Math.max(0, blank - this.blank) + 1;
  }
}

/** BAD_INPUT for a problem of the parser, with the line on which the record begins. */
export function unreadable(path: string, problem: Error, line: number): MaillardError {
  if (problem instanceof MaillardError) return problem;
  const { code } = problem as Partial<CsvError>;
  const what =
    code === "CSV_QUOTE_NOT_CLOSED"
      ? `a quote opens a cell on line ${line} and is never closed. ${ADVICE}`
      : code === "CSV_MAX_RECORD_SIZE"
        ? `the row that begins on line ${line} has no end within 4 MiB: a quote may not be closed. ${ADVICE}`
        : problem.message;
  return new MaillardError("BAD_INPUT", `${path} is not a readable table: ${what}`, {
    param: "file",
    details: { line },
  });
}

const ADVICE = "Close it, or double the quotes of such a cell and quote all of it.";

/** Throws when a quote opens a cell and more text follows where it closes, lines below. `raw`: as in the file. */
export function checkQuotes(
  cells: readonly string[],
  raw: string,
  delimiter: string,
  { from, to }: { from: number; to: number },
): void {
  const isSuspect = cells.some((cell) => cell.startsWith('"') && /[\r\n]/.test(cell));
  if (!isSuspect || !closesInText(raw, delimiter)) return;
  throw new MaillardError(
    "BAD_INPUT",
    `The file is not a readable table: a quote opens a cell on line ${from} and does not close it before line ${to}. ` +
      ADVICE,
    { param: "file", details: { line: from } },
  );
}

/** Whether a quoted cell of several lines goes on after the quote that closes it. */
function closesInText(raw: string, delimiter: string): boolean {
  for (let at = 0; at < raw.length; ) {
    let end = at;
    if (raw[at] === '"') {
      end = raw.indexOf('"', at + 1);
      while (end >= 0 && raw[end + 1] === '"') end = raw.indexOf('"', end + 2);
      if (end < 0) return true;
      const next = raw[end + 1] ?? "\n";
      if (next !== delimiter && !/[\r\n]/.test(next) && /[\r\n]/.test(raw.slice(at, end))) return true;
    }
    const after = raw.indexOf(delimiter, end);
    if (after < 0) return false;
    at = after + delimiter.length;
  }
  return false;
}

/** Lines of one record from which they are looked at as rows. */
const SWALLOWED = 3;

/**
 * Whether each line of a record of several lines has as many cells as a row of the table: it swallowed rows. One cell
 * holds them all, so no line between the first and the last has a quote.
 */
export function swallowsRows(raw: string, delimiter: string, width: number): boolean {
  if (width < 2 || !/[\r\n]/.test(raw.trim())) return false;
  const lines = raw.trim().split(/\r\n|\n|\r/);
  if (lines.length < SWALLOWED || lines.slice(1, -1).some((line) => line.includes('"'))) return false;
  return lines.every((line) => line.split(delimiter).length === width);
}
