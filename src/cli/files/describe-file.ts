/**
 * What a table holds, found before it is imported: the file is read here (its encoding must hold for all of it), its
 * first part is described by the server, which has RDKit, and what the user named is applied to that.
 */
import { basename } from "node:path";
import { startChemistry } from "../../chem/index.js";
import {
  chooseColumns,
  foundLabels,
  MOST_LABELS,
  structureOf,
  type TableOptions,
} from "../../datasets/files/choose-columns.js";
import type { ImportLimits } from "../../datasets/files/csv.js";
import { AS_CSV, type ColumnDescription, type CsvDescription, readSample } from "../../datasets/files/describe-csv.js";
import { describeLate } from "../../datasets/files/late-columns.js";
import type { BlockReader } from "../../datasets/files/sources/types.js";
import { examineText, type TextFile } from "../../datasets/files/text-file.js";
import { amount } from "../../words.js";
import { type Column, percent, plain, renderTable } from "../output/table.js";
import type { Session } from "../session.js";
import { painter, type Terminal } from "../terminal.js";
import { fileLimits } from "./file-limits.js";
import { describe } from "./upload.js";

const SMILES_FILE = /\.(smi|smiles|ism)(\.gz)?$/i;

/**
 * BAD_INPUT, EMPTY_INPUT, COLUMN_NOT_FOUND. Nothing is written on the server. `late`: columns without two values in the
 * first rows are looked at in all of them.
 */
export async function describeFile(
  session: Session,
  path: string,
  options: TableOptions,
  { limits = fileLimits(session), late = false }: { limits?: ImportLimits; late?: boolean } = {},
): Promise<{ file: TextFile; description: CsvDescription }> {
  const file = await examineText(path, options.encoding, { limits, sheet: options.sheet, blocks: localBlocks });
  const { text, isWhole } = await readSample(file);
  const format = options.format ?? (SMILES_FILE.test(path) && options.delimiter === undefined ? "SMILES" : undefined);
  const layout = file.table ? AS_CSV : { ...options, format };
  const query = [
    ...named("delimiter", layout.delimiter === "\t" ? "tab" : layout.delimiter),
    ...named("header", layout.header?.toString()),
    ...named("format", layout.format?.toLowerCase()),
    ...named("separator", options.separator),
    ...named("decimal", options.decimal),
    ...(options.missing?.length === 0 ? [["missing", ""] as const] : []),
    ...(options.missing ?? []).map((mark) => ["missing", mark] as const),
    ...(isWhole ? [] : ([["part", "true"]] as const)),
  ];
  const found = await describe(session, text, query);
  const { encoding, byteOrderMark, compression, lines } = file;
  const source = file.table ? { source: file.table.kind } : {};
  const first = { ...found, ...source, encoding, byteOrderMark, compression, lines };
  const description = late ? await describeLate(file, first, { ...options, limits }) : first;
  return { file, description: chooseColumns(description, structureOf(file, options), path) };
}

/** RDKit of this process: a server takes the molecules of an SDF as SMILES. */
async function localBlocks(): Promise<BlockReader> {
  const chemistry = await startChemistry({ processes: 1 });
  return { read: (blocks) => chemistry.readBlocks(blocks), close: () => chemistry.close() };
}

const named = (field: string, value: string | undefined): (readonly [string, string])[] =>
  value === undefined ? [] : [[field, value]];

const COLUMNS: readonly Column<ColumnDescription>[] = [
  { title: "column", value: ({ name }) => name, maxWidth: 32 },
  { title: "holds", value: ({ kind }) => kind },
  { title: "taken as", value: ({ use, kind }) => (use === null ? "–" : use === kind ? "the same" : use) },
  { title: "different", value: ({ distinct }) => distinct.toLocaleString("en-US"), align: "right" },
  { title: "missing", value: ({ missingShare }) => percent(missingShare), align: "right" },
  { title: "examples", value: ({ examples }) => examples.map((text) => JSON.stringify(text)).join(" ") },
  { title: "", value: noteOf, maxWidth: 90 },
];

/** For people: one line of the file, a line for each column, and what to do where the finding leaves something open. */
export function renderDescription(
  path: string,
  description: CsvDescription,
  terminal: Terminal,
  target: "out" | "err",
) {
  const paint = painter(terminal, target);
  const { columns, sampledRows, isWhole, malformedRows, skipped, missing, missingIsNamed, endsEarly } = description;
  const labels = columns.filter(({ kind }) => kind === "SINGLE_LABEL" || kind === "MULTI_LABEL" || kind === "NUMBER");
  const lines = [
    `${paint("bold", plain(basename(path)))}: ${layoutOf(description)}`,
    `found in ${isWhole ? "all" : "the first"} ${amount(sampledRows, "row")}`,
    "",
    ...renderTable(COLUMNS, columns),
  ];
  if (skipped.length > 0) lines.push("", `skipped above the table: ${shown(skipped)}`);
  if (malformedRows > 0) lines.push("", `${rowsOf(malformedRows)} more or fewer cells and will be left out.`);
  if (endsEarly) lines.push("", "rows that end early: what they lack is read as empty cells");
  if (missing.length > 0) lines.push("", `read as not known: ${missing.join(", ")}${missingIsNamed ? "" : KEEP}`);
  if (labels.length > 0 && foundLabels(columns).length === 0)
    lines.push(
      "",
      `${labels.length} columns of labels are more than ${MOST_LABELS}: name those to take (--labels "*" for all).`,
    );
  return lines;
}

/** For people: what `predict` and `embed` take of a file whose column of SMILES was not named. */
export function renderMolecules(path: string, description: CsvDescription, terminal: Terminal): string[] {
  const { columns, malformedRows } = description;
  const columnOf = (use: string) => columns.find((column) => column.use === use)?.name;
  const taken = (["SMILES", "NAME"] as const).flatMap((use) => {
    const name = columnOf(use);
    return name === undefined
      ? []
      : [`${use === "SMILES" ? "molecules" : "names"} from ${JSON.stringify(plain(name))}`];
  });
  return [
    `${painter(terminal, "err")("bold", plain(basename(path)))}: ${layoutOf(description)}`,
    ...(taken.length > 0 ? [`${taken.join(", ")}${columns.length > 1 ? " (--smiles names another column)" : ""}`] : []),
    ...(malformedRows > 0 ? [`${rowsOf(malformedRows)} more or fewer cells: the answer is BAD_ROW`] : []),
  ];
}

const rowsOf = (rows: number): string => `${amount(rows, "row")} ${rows === 1 ? "has" : "have"}`;

const KEEP = ' (--missing with a list says otherwise, --missing "" reads every text as a value)';

/** The first of some lines. */
const shown = (texts: readonly string[]): string => {
  const first = texts.slice(0, 3).map((text) => JSON.stringify(plain(text.slice(0, 60))));
  return `${first.join(", ")}${texts.length > 3 ? ` and ${texts.length - 3} more` : ""}`;
};

function layoutOf({
  columns,
  format,
  delimiter,
  header,
  encoding,
  byteOrderMark,
  compression,
  source,
}: CsvDescription): string {
  if (source) return `${SOURCES[source]}${compression === "GZIP" ? ", gzip" : ""}`;
  const cells =
    format === "SMILES"
      ? "SMILES file (SMILES, white space, name)"
      : columns.length === 1
        ? "one column"
        : `cells separated by ${SPOKEN[delimiter] ?? JSON.stringify(delimiter)}`;
  const mark = byteOrderMark ? " with byte-order mark" : "";
  return (
    `${encoding}${mark}${compression === "GZIP" ? ", gzip" : ""}, ${cells}, ${header ? "with" : "without"} ` +
    "a header line"
  );
}

const SOURCES = { SDF: "SDF (mol blocks and data items)", PARQUET: "Parquet", XLSX: "Excel workbook" };
const SPOKEN: Readonly<Record<string, string>> = { ",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars" };

function noteOf({ use, separator, note }: ColumnDescription): string {
  const split = use === "MULTI_LABEL" && separator !== null ? `split at ${JSON.stringify(separator)}` : "";
  return [split, note ?? ""].filter(Boolean).join("; ");
}
