/** A table that is written: columns with a kind, rows of cells, and a writer that holds a bounded part of it. */

/**
 * TEXT     any text
 * INTEGER  whole numbers of at most 53 bits
 * NUMBER   64-bit floating point
 * FLAG     true or false
 */
export type CellKind = "TEXT" | "INTEGER" | "NUMBER" | "FLAG";

export interface Column {
  name: string;
  kind: CellKind;
}

/** null: no value. CSV and TSV have an empty cell for it, as they have for the empty text. */
export type Cell = string | number | boolean | null;

export interface TableWriter {
  /**
   * One cell for each column. Wait for the promise, if there is one, before the next row: the target is full.
   * Rejects with the error of the target.
   */
  write(cells: readonly Cell[]): Promise<void> | undefined;
  /** Writes what is left and ends the target; resolves when the target has it all. */
  end(): Promise<void>;
}

/** How rows become text, for formats whose rows do not depend on each other. */
export interface RowText {
  /** What stands before the first row; "": nothing. */
  head: string;
  /** With its line end. */
  row(cells: readonly Cell[]): string;
}
