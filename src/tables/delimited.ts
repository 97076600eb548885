/**
 * Rows as CSV (RFC 4180, lines end in LF) or TSV. A cell is quoted when it has the delimiter, a quote or a line end;
 * numbers have as many digits as they need to be read back without a difference.
 *
 * A spreadsheet program computes a cell that starts with = + - @, and may read UTF-8 as another encoding. Cells are
 * written as they are all the same: SMILES and names start so, too, and other programs must read what was there. With
 * `spreadsheet` the file starts with a byte-order mark, and a text that such a program would compute starts with ',
 * which it takes as "this is text".
 */
import type { Cell, Column, RowText } from "./types.js";

export interface DelimitedOptions {
  delimiter: "," | "\t";
  spreadsheet?: boolean;
}

const BYTE_ORDER_MARK = "\uFEFF";
const COMPUTED = /^[=+\-@\t\r]/;
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;

export function delimitedText(
  columns: readonly Column[],
  { delimiter, spreadsheet = false }: DelimitedOptions,
): RowText {
  const needsQuotes = delimiter === "," ? /[",\r\n]/ : /["\t\r\n]/;
  const cellText = (cell: Cell): string => {
    if (cell === null) return "";
    if (typeof cell !== "string") return String(cell);
    const text = spreadsheet && COMPUTED.test(cell) && !NUMBER.test(cell) ? `'${cell}` : cell;
    return needsQuotes.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  const row = (cells: readonly Cell[]): string => {
    const line = cells.map(cellText).join(delimiter);
    // A line without characters is no row to most readers.
    return line === "" ? '""\n' : `${line}\n`;
  };
  return { head: (spreadsheet ? BYTE_ORDER_MARK : "") + row(columns.map(({ name }) => name)), row };
}
