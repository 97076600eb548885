/**
 * Rows as JSON lines: an object for each row, its fields in the order of the columns. No value is null; numbers that
 * JSON does not have are the texts "NaN", "Infinity" and "-Infinity".
 */
import type { Cell, Column, RowText } from "./types.js";

export function jsonLines(columns: readonly Column[]): RowText {
  const keys = columns.map(({ name }) => `${JSON.stringify(name)}:`);
  const valueText = (cell: Cell): string =>
    JSON.stringify(typeof cell === "number" && !Number.isFinite(cell) ? String(cell) : cell);
  return { head: "", row: (cells) => `{${cells.map((cell, index) => keys[index] + valueText(cell)).join(",")}}\n` };
}
