/**
 * Writes a Parquet file (Snappy), row group by row group, so that only one group is in memory. A group ends at 8 MiB of
 * text or 250,000 cells: packing one takes under a second of the process that writes.
 *   TEXT -> STRING, INTEGER -> INT64, NUMBER -> DOUBLE, FLAG -> BOOLEAN; every column may be without values
 */
import type { Writable } from "node:stream";
import { ByteWriter, ParquetWriter } from "hyparquet-writer";
import { MaillardError } from "../errors.js";
import { Sink } from "./sink.js";
import type { Cell, CellKind, Column, TableWriter } from "./types.js";

const GROUP = { cells: 250_000, characters: 8 * 1024 ** 2 };

type Element = ConstructorParameters<typeof ParquetWriter>[0]["schema"][number];

const ELEMENTS: Record<CellKind, Omit<Element, "name">> = {
  TEXT: { type: "BYTE_ARRAY", converted_type: "UTF8", logical_type: { type: "STRING" } },
  INTEGER: { type: "INT64" },
  NUMBER: { type: "DOUBLE" },
  FLAG: { type: "BOOLEAN" },
};

export function parquetWriter(
  target: Writable,
  columns: readonly Column[],
  { createdBy = "maillard", group = GROUP } = {},
): TableWriter {
  requireDifferent(columns);
  const bytes = new ByteWriter();
  const sink = new Sink(target);
  const schema: Element[] = [
    { name: "root", num_children: columns.length },
    ...columns.map(({ name, kind }): Element => ({ name, repetition_type: "OPTIONAL", ...ELEMENTS[kind] })),
  ];
  const file = new ParquetWriter({ writer: bytes, schema, createdBy });
  let data: (Cell | bigint)[][] = columns.map(() => []);
  let characters = 0;

  /** What was packed goes to the stream; the buffer starts again, and counts on. */
  const send = (): Promise<void> | undefined => {
    const packed = bytes.getBytes().slice();
    bytes.index = 0;
    return sink.write(packed);
  };
  const endGroup = (): Promise<void> | undefined => {
    const rows = data[0].length;
    if (rows === 0) return;
    void file.write({ columnData: columns.map(({ name }, at) => ({ name, data: data[at] })), rowGroupSize: rows });
    data = columns.map(() => []);
    characters = 0;
    return send();
  };
  return {
    write: (cells) => {
      for (const [at, cell] of cells.entries()) {
        data[at].push(columns[at].kind === "INTEGER" && typeof cell === "number" ? BigInt(cell) : cell);
        if (typeof cell === "string") characters += cell.length;
      }
      const isFull = data[0].length * columns.length >= group.cells || characters >= group.characters;
      return isFull ? endGroup() : sink.failure();
    },
    end: async () => {
      await endGroup();
      void file.finish();
      await send();
      await sink.end();
    },
  };
}

function requireDifferent(columns: readonly Column[]): void {
  const names = columns.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (columns.length > 0 && twice === undefined) return;
  throw new MaillardError(
    "BAD_INPUT",
    twice === undefined
      ? "A Parquet file needs at least one column."
      : `Two columns have the name ${JSON.stringify(twice)}: a Parquet file needs different names.`,
    { param: "columns" },
  );
}
