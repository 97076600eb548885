/**
 * The rows of a Parquet file, one row group in memory at a time. Every value becomes text: lists and structures as
 * JSON, dates as ISO 8601, what is missing as an empty cell. Snappy and uncompressed pages are read.
 * What a file may make the library do has no bound: a run of 2^31 equal values stands in five bytes of a page. So only
 * the process of parquet-process.ts reads, which has limits; parquet.ts is the parent's side.
 */
import {
  asyncBufferFromFile,
  type FileMetaData,
  parquetMetadataAsync,
  parquetReadObjects,
  parquetSchema,
  type SchemaTree,
} from "hyparquet";
import { MaillardError } from "../../../errors.js";
import { type ImportLimits, limitExceeded, UnpackedBytes } from "../../limits.js";
import { FILE } from "./parquet-messages.js";
import { checkPages } from "./parquet-pages.js";

/** Unpacked bytes of one row group; writers make them of 1 to 128 MiB. */
const LARGEST_GROUP = 512 * 1024 ** 2;
/** Characters of one row: those of a CSV have at most a quarter. */
const LONGEST_ROW = 16 * 1024 ** 2;
/** Rows of one batch, and characters from which it ends. */
const BATCH = { rows: 1_000, characters: 256 * 1024 };

export interface ParquetRows {
  names: string[];
  rows: number;
  /** The cells of the rows, in their order. */
  batches(): AsyncGenerator<string[][]>;
}

/** BAD_INPUT, FILE_TOO_LARGE, TOO_MANY_ITEMS. */
export async function openParquet(path: string, limits: ImportLimits): Promise<ParquetRows> {
  const file = await asyncBufferFromFile(path);
  const metadata = await parquetMetadataAsync(file).catch((error: Error) => {
    throw unreadable(error);
  });
  const { children } = refusing(() => parquetSchema(metadata));
  const names = children.map(({ element }) => element.name);
  checkColumns(metadata, children);
  const rows = rowsOf(metadata);
  if (rows > limits.rows) throw limitExceeded("rows", limits, FILE, { actual: rows });
  if (names.length > limits.columns) throw limitExceeded("columns", limits, FILE, { actual: names.length });
  const bytes = metadata.row_groups.map((group) =>
    group.columns.reduce((sum, { meta_data: data }) => sum + Number(data?.total_uncompressed_size ?? 0), 0),
  );
  if (bytes.reduce((sum, size) => sum + size, 0) > limits.unpackedBytes)
    throw limitExceeded("unpackedBytes", limits, FILE);
  const large = Math.max(0, ...bytes);
  if (large > LARGEST_GROUP)
    throw new MaillardError(
      "FILE_TOO_LARGE",
      `A row group of ${FILE} has ${large} unpacked bytes; at most ${LARGEST_GROUP} are read: write smaller ones.`,
      { param: "file", details: { maximum: LARGEST_GROUP, actual: large } },
    );
  return { names, rows, batches };

  async function* batches(): AsyncGenerator<string[][]> {
    const text = new UnpackedBytes(limits, FILE, null);
    let batch: string[][] = [];
    let characters = 0;
    let rowStart = 0;
    for (const group of metadata.row_groups) {
      const rowEnd = rowStart + Number(group.num_rows);
      for (const row of await readGroup(group, rowStart, rowEnd)) {
        const cells = names.map((name) => textOf(row[name]));
        const length = cells.reduce((sum, cell) => sum + cell.length, 0);
        if (length > LONGEST_ROW) throw tooLong(length);
        text.add(length);
        characters += length;
        if (batch.push(cells) < BATCH.rows && characters < BATCH.characters) continue;
        yield batch;
        batch = [];
        characters = 0;
      }
      rowStart = rowEnd;
    }
    if (batch.length > 0) yield batch;
  }

  async function readGroup(
    { columns }: FileMetaData["row_groups"][number],
    rowStart: number,
    rowEnd: number,
  ): Promise<Record<string, unknown>[]> {
    try {
      for (const { meta_data: column } of columns) if (column) await checkPages(file, column, LARGEST_GROUP);
      return await parquetReadObjects({ file, metadata, rowStart, rowEnd });
    } catch (error) {
      throw unreadable(error as Error);
    }
  }
}

/** The number of rows, which has to be that of the row groups together. */
function rowsOf({ num_rows: stated, row_groups: groups }: FileMetaData): number {
  const counts = groups.map(({ num_rows: rows }) => Number(rows));
  const rows = counts.reduce((sum, count) => sum + count, 0);
  if (counts.every((count) => Number.isSafeInteger(count) && count >= 0) && rows === Number(stated)) return rows;
  throw unreadable(new Error("the row groups do not have the rows of the file"));
}

/**
 * Every column of every row group is one of the schema's, and no other's. The library reads the columns of a group at
 * once and waits only for the first of each name of the schema: an error in another one would be nobody's, and end the
 * process.
 */
function checkColumns({ row_groups: groups }: FileMetaData, children: readonly SchemaTree[]): void {
  for (const { columns } of groups) {
    const seen = new Set<string>();
    for (const { meta_data: data } of columns) {
      const steps = data?.path_in_schema ?? [];
      const place = JSON.stringify(steps);
      if (seen.has(place)) throw unreadable(new Error("a row group has a column twice"));
      seen.add(place);
      if (!isIn(children, steps)) throw unreadable(new Error("a row group has a column that the schema has not"));
    }
  }
}

function isIn(children: readonly SchemaTree[], [step, ...rest]: readonly string[]): boolean {
  const found = children.find(({ element }) => element.name === step);
  return found !== undefined && (rest.length === 0 || isIn(found.children, rest));
}

function refusing<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw unreadable(error as Error);
  }
}

function textOf(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "string") return value;
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Uint8Array) return Buffer.from(value).toString("utf8");
  if (typeof value === "object")
    return JSON.stringify(value, (_key, one) => (typeof one === "bigint" ? Number(one) : one));
  return String(value);
}

const tooLong = (length: number): MaillardError =>
  new MaillardError(
    "FILE_TOO_LARGE",
    `A row of ${FILE} has ${length} characters; at most ${LONGEST_ROW} are read: leave out columns.`,
    { param: "file", details: { maximum: LONGEST_ROW, actual: length } },
  );

const unreadable = ({ message }: Error): MaillardError =>
  new MaillardError(
    "BAD_INPUT",
    `${FILE} cannot be read as Parquet (${message.slice(0, 200)}): ` +
      "write it with Snappy or without compression, or as CSV.",
    { param: "file" },
  );
