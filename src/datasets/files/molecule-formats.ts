/**
 * Tables that are written with their molecules: the formats of src/tables and, beside them,
 *   SMILES  SMILES, tab, name, tab, the other cells; no header
 *   SDF     a mol block (MDL V2000) and all columns as data items; a row without a molecule has a block of no atoms
 */
import type { Writable } from "node:stream";
import { TABLE_FORMATS, type TableFormat } from "../../tables/formats.js";
import { textWriter } from "../../tables/text-writer.js";
import type { Cell, Column, RowText, TableWriter } from "../../tables/types.js";
import { rowText, tableWriter } from "../../tables/write.js";

export const MOLECULE_FORMATS = {
  ...TABLE_FORMATS,
  SMILES: { endings: [".smi", ".smiles", ".ism"], mediaType: "chemical/x-daylight-smiles; charset=utf-8" },
  SDF: { endings: [".sdf", ".sd"], mediaType: "chemical/x-mdl-sdfile; charset=utf-8" },
} as const;

export type MoleculeFormat = TableFormat | "SMILES" | "SDF";

/** Places of columns. */
export interface MoleculePlaces {
  smiles: number;
  name: number | null;
  /** Of the mol blocks, which SDF needs: a column that is written as the block and not as a data item. */
  block: number | null;
}

export function moleculeText(
  format: Exclude<MoleculeFormat, "PARQUET">,
  columns: readonly Column[],
  places: MoleculePlaces,
  options: { spreadsheet?: boolean } = {},
): RowText {
  if (format === "SMILES") return smilesText(columns, places);
  return format === "SDF" ? sdfText(columns, places) : rowText(format, columns, options);
}

export interface MoleculeWriteOptions extends MoleculePlaces {
  gzip?: boolean;
  spreadsheet?: boolean;
}

/** As tableWriter of src/tables, which `end`s the target. */
export function moleculeWriter(
  target: Writable,
  format: MoleculeFormat,
  columns: readonly Column[],
  options: MoleculeWriteOptions,
): TableWriter {
  if (format === "PARQUET") return tableWriter(target, columns, format);
  return textWriter(target, moleculeText(format, columns, options, options), { gzip: options.gzip });
}

function smilesText(columns: readonly Column[], { smiles, name }: MoleculePlaces): RowText {
  const first = [smiles, ...(name === null ? [] : [name])];
  const order = [...first, ...[...columns.keys()].filter((at) => !first.includes(at))];
  return {
    head: "",
    row: (cells) =>
      `${order
        .map((at) => oneLine(cells[at]))
        .join("\t")
        .trimEnd()}\n`,
  };
}

const oneLine = (cell: Cell): string => (cell === null ? "" : String(cell).replace(/[\t\r\n]+/g, " "));

const EMPTY_BLOCK = "\n  Maillard\n\n  0  0  0  0  0  0  0  0  0  0999 V2000\nM  END\n";

function sdfText(columns: readonly Column[], { name, block }: MoleculePlaces): RowText {
  const items = [...columns.entries()].filter(([at]) => at !== block);
  const row = (cells: readonly Cell[]): string => {
    const given = block === null ? null : cells[block];
    const lines = (typeof given === "string" && given !== "" ? given : EMPTY_BLOCK).split("\n");
    // The first line of a block is the title of the molecule.
    lines[0] = name === null ? "" : oneLine(cells[name]).slice(0, 80);
    const data = items.map(([at, column]) => `> <${column.name.replace(/[<>\r\n]/g, "_")}>\n${dataOf(cells[at])}\n`);
    return `${lines.join("\n").trimEnd()}\n${data.join("\n")}\n$$$$\n`;
  };
  return { head: "", row };
}

/** Data ends at an empty line, and a line of $$$$ ends the molecule: neither may be inside. */
function dataOf(cell: Cell): string {
  if (cell === null) return "";
  return String(cell)
    .split(/\r\n|\r|\n/)
    .map((line) => (line.trim() === "" || line.startsWith("$$$$") ? ` ${line}` : line))
    .join("\n")
    .trimEnd();
}
