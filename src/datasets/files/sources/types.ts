/** A table whose rows are not lines of text. */
import type { BlockResult } from "../../../chem/types.js";
import { MaillardError } from "../../../errors.js";
import type { TableRecord } from "../../records.js";

export interface TableSource {
  kind: "SDF" | "PARQUET" | "XLSX";
  /** Of its columns, as the file has them: some may be the same. */
  names: string[];
  /** The column that holds the molecules, where the format says which. */
  smiles?: string;
  /** Rows of data, about. */
  rows: number;
  /** The rows of data from the first one on; may be called several times. */
  open(): AsyncGenerator<TableRecord>;
  /** The same without reading molecules, whose cells are empty; absent: `open` reads none. */
  scan?(): AsyncGenerator<TableRecord>;
}

/** Reads mol blocks, in their order. */
export interface BlockReader {
  read(blocks: readonly string[]): Promise<BlockResult[]>;
  /** When the records were read. */
  close(): Promise<void>;
}

export interface SourceOptions {
  /** Of a workbook: name of the sheet; default: the first. */
  sheet?: string;
  /** Called for a file of mol blocks, each time that it is read. */
  blocks(): Promise<BlockReader>;
}

/** Where no mol blocks are read. */
export const noBlocks = (): Promise<never> =>
  Promise.reject(new MaillardError("BAD_INPUT", "Mol blocks are not read here: give SMILES.", { param: "file" }));
