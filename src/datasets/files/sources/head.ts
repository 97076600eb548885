/** The first records of a table as text: what is described of it. */
import type { TableSource } from "./types.js";

/** Records that are looked at of a file that is no text. */
const MOST_RECORDS = 1_001;

/** The first `characters` or so as CSV, the header first; and whether that is all. */
export async function headOfTable(table: TableSource, characters: number): Promise<{ text: string; isWhole: boolean }> {
  const lineOf = (cells: readonly string[]): string =>
    `${cells.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(",")}\n`;
  let text = lineOf(table.names);
  let records = 0;
  for await (const { cells } of table.open()) {
    text += lineOf(cells);
    records += 1;
    if (records >= MOST_RECORDS || text.length > characters) return { text, isWhole: false };
  }
  return { text, isWhole: true };
}
