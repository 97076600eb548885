/**
 * Parquet files: one row group in memory at a time. Every value becomes text: lists and structures as JSON, dates as
 * ISO 8601, what is missing as an empty cell. Snappy and uncompressed pages are read.
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
import { type ImportLimits, limitExceeded } from "../../limits.js";
import type { TableRecord } from "../../records.js";
import { checkPages } from "./parquet-pages.js";
import type { TableSource } from "./types.js";

export const PARQUET_MAGIC = "PAR1";
/** Unpacked bytes of one row group; writers make them of 1 to 128 MiB. */
const LARGEST_GROUP = 512 * 1024 ** 2;

/** BAD_INPUT, FILE_TOO_LARGE, TOO_MANY_ITEMS. */
export async function parquetSource(path: string, limits: ImportLimits): Promise<TableSource> {
  const file = await asyncBufferFromFile(path);
  const metadata = await parquetMetadataAsync(file).catch((error: Error) => {
    throw unreadable(path, error);
  });
  const { children } = refusing(path, () => parquetSchema(metadata));
  const names = children.map(({ element }) => element.name);
  checkColumns(path, metadata, children);
  const rows = Number(metadata.num_rows);
  if (rows > limits.rows) throw limitExceeded("rows", limits, path, { actual: rows });
  if (names.length > limits.columns) throw limitExceeded("columns", limits, path, { actual: names.length });
  const bytes = metadata.row_groups.map((group) =>
    group.columns.reduce((sum, { meta_data: data }) => sum + Number(data?.total_uncompressed_size ?? 0), 0),
  );
  if (bytes.reduce((sum, size) => sum + size, 0) > limits.unpackedBytes)
    throw limitExceeded("unpackedBytes", limits, path);
  const large = Math.max(0, ...bytes);
  if (large > LARGEST_GROUP)
    throw new MaillardError(
      "FILE_TOO_LARGE",
      `A row group of ${path} has ${large} unpacked bytes; at most ${LARGEST_GROUP} are read: write smaller ones.`,
      { param: "file", details: { maximum: LARGEST_GROUP, actual: large } },
    );
  return { kind: "PARQUET", names, rows, open };

  async function* open(): AsyncGenerator<TableRecord> {
    let line = 1;
    let rowStart = 0;
    for (const group of metadata.row_groups) {
      const rowEnd = rowStart + Number(group.num_rows);
      let read: Record<string, unknown>[];
      try {
        for (const { meta_data: column } of group.columns) if (column) await checkPages(file, column, LARGEST_GROUP);
        read = await parquetReadObjects({ file, metadata, rowStart, rowEnd });
      } catch (error) {
        throw unreadable(path, error as Error);
      }
      for (const row of read) {
        line += 1;
        yield { cells: names.map((name) => textOf(row[name])), line };
      }
      rowStart = rowEnd;
    }
  }
}

/**
 * Every column of every row group is one of the schema's, and no other's. The library reads the columns of a group at
 * once and waits only for the first of each name of the schema: an error in another one would be nobody's, and end the
 * process.
 */
function checkColumns(path: string, { row_groups: groups }: FileMetaData, children: readonly SchemaTree[]): void {
  for (const { columns } of groups) {
    const seen = new Set<string>();
    for (const { meta_data: data } of columns) {
      const steps = data?.path_in_schema ?? [];
      const place = JSON.stringify(steps);
      if (seen.has(place)) throw unreadable(path, new Error("a row group has a column twice"));
      seen.add(place);
      if (!isIn(children, steps)) throw unreadable(path, new Error("a row group has a column that the schema has not"));
    }
  }
}

function isIn(children: readonly SchemaTree[], [step, ...rest]: readonly string[]): boolean {
  const found = children.find(({ element }) => element.name === step);
  return found !== undefined && (rest.length === 0 || isIn(found.children, rest));
}

function refusing<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw unreadable(path, error as Error);
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

const unreadable = (path: string, { message }: Error): MaillardError =>
  new MaillardError(
    "BAD_INPUT",
    `${path} cannot be read as Parquet (${message.slice(0, 200)}): ` +
      "write it with Snappy or without compression, or as CSV.",
    { param: "file" },
  );
