/** Tables that are written: what a reader of each format gets back, and how much the writer holds. */
import { Writable } from "node:stream";
import { gunzipSync } from "node:zlib";
import { parse } from "csv-parse/sync";
import { parquetMetadata, parquetReadObjects } from "hyparquet";
import { describe, expect, it } from "vitest";
import { fileFormat, TABLE_FORMATS } from "../../src/tables/formats.js";
import { parquetWriter } from "../../src/tables/parquet.js";
import type { Cell, Column } from "../../src/tables/types.js";
import { tableWriter, type WriteOptions } from "../../src/tables/write.js";

const COLUMNS: Column[] = [
  { name: "name", kind: "TEXT" },
  { name: "count", kind: "INTEGER" },
  { name: "score", kind: "NUMBER" },
  { name: "known", kind: "FLAG" },
];
const ROWS: Cell[][] = [
  ['5"-deoxy, "x"\tand\nmore', 2 ** 53 - 1, Math.fround(0.1), true],
  ["=1+1", -3, 1e-300, false],
  ["-1.5", 0, -0.5, null],
  ["café ∆ 😀", null, null, true],
  [null, 1, 2, false],
];

class Collected extends Writable {
  readonly pieces: Buffer[] = [];
  override _write(piece: Buffer, _encoding: string, done: () => void): void {
    this.pieces.push(piece);
    done();
  }
  bytes(): Buffer {
    return Buffer.concat(this.pieces);
  }
}

async function written(format: keyof typeof TABLE_FORMATS, options?: WriteOptions, rows = ROWS): Promise<Buffer> {
  const target = new Collected();
  const writer = tableWriter(target, COLUMNS, format, options);
  for (const row of rows) await writer.write(row);
  await writer.end();
  return target.bytes();
}

const arrayBuffer = (bytes: Buffer): ArrayBuffer => Uint8Array.from(bytes).buffer;

describe("a table that is written", () => {
  it.each([
    ["CSV", ","],
    ["TSV", "\t"],
  ] as const)("as %s is read back cell by cell", async (format, delimiter) => {
    const read = parse(await written(format), { delimiter }) as string[][];
    expect(read).toEqual([
      COLUMNS.map(({ name }) => name),
      ...ROWS.map((row) => row.map((cell) => (cell === null ? "" : String(cell)))),
    ]);
    expect(read.slice(1).map(([, , score]) => Number(score))).toEqual(ROWS.map(([, , score]) => Number(score)));
  });

  it("has a row even where its only cell is empty", async () => {
    const target = new Collected();
    const writer = tableWriter(target, [COLUMNS[0]], "CSV");
    await writer.write([""]);
    await writer.end();
    expect(parse(target.bytes(), { skip_empty_lines: true })).toEqual([["name"], [""]]);
  });

  it("for a spreadsheet has a byte-order mark, and no text that it computes", async () => {
    const text = (await written("CSV", { spreadsheet: true })).toString();
    expect(text.startsWith("\uFEFFname,")).toBe(true);
    expect(text).toContain("\n'=1+1,-3,");
    expect(text).toContain("\n-1.5,0,-0.5,");
    expect((await written("CSV")).toString()).toContain("\n=1+1,-3,");
  });

  it("as JSON lines keeps kinds and missing values", async () => {
    const lines = (await written("JSONL", {}, [...ROWS, ["x", 1, Number.NaN, true]])).toString().trim().split("\n");
    const read = lines.map((line) => Object.values(JSON.parse(line) as object));
    expect(read).toEqual([...ROWS, ["x", 1, "NaN", true]]);
    expect(Object.keys(JSON.parse(lines[0]) as object)).toEqual(COLUMNS.map(({ name }) => name));
  });

  it("is packed by gzip", async () => {
    expect(gunzipSync(await written("CSV", { gzip: true }))).toEqual(await written("CSV"));
  });

  it("as Parquet keeps kinds and missing values, in several row groups", async () => {
    const target = new Collected();
    const writer = parquetWriter(target, COLUMNS, { group: { cells: 8, characters: 1_000 } });
    for (const row of ROWS) await writer.write(row);
    await writer.end();
    const file = arrayBuffer(target.bytes());
    const { row_groups: groups, schema } = parquetMetadata(file);
    expect(groups.map(({ num_rows: rows }) => rows)).toEqual([2n, 2n, 1n]);
    expect(schema.slice(1).map(({ type }) => type)).toEqual(["BYTE_ARRAY", "INT64", "DOUBLE", "BOOLEAN"]);
    const read = await parquetReadObjects({ file });
    const asBigint = (cell: Cell, at: number) => (at === 1 && typeof cell === "number" ? BigInt(cell) : cell);
    expect(read.map((row) => COLUMNS.map(({ name }) => row[name]))).toEqual(ROWS.map((row) => row.map(asBigint)));
  });

  it("as Parquet may have no row, and needs different names", async () => {
    const file = arrayBuffer(await written("PARQUET", {}, []));
    expect(parquetMetadata(file).num_rows).toBe(0n);
    expect(() => parquetWriter(new Collected(), [COLUMNS[0], COLUMNS[0]])).toThrow(
      expect.objectContaining({ code: "BAD_INPUT", param: "columns" }),
    );
  });

  it.each(["CSV", "PARQUET"] as const)("as %s waits for a slow target, and holds a bounded part", async (format) => {
    let came = 0;
    const slow = new Writable({
      highWaterMark: 1,
      write: (piece: Buffer, _encoding, done) => {
        came += piece.length;
        setTimeout(done, 1);
      },
    });
    const writer = tableWriter(slow, COLUMNS, format);
    let most = 0;
    const long = Array.from({ length: 8_192 }, (_, at) => String.fromCharCode(97 + ((at * at) % 26))).join("");
    for (let row = 0; row < 3_000; row++) {
      await writer.write([`${row} ${long}`, row, row / 3, true]);
      most = Math.max(most, slow.writableLength);
    }
    await writer.end();
    expect(most).toBeLessThan(10_000_000);
    expect(came).toBeGreaterThan(format === "CSV" ? 24_000_000 : 1_000_000);
  });

  it.each([false, true])("fails with the error of its target (gzip: %s)", async (gzip) => {
    const broken = new Writable({ write: (_piece, _encoding, done) => done(new Error("no space")) });
    const writer = tableWriter(broken, COLUMNS, "CSV", { gzip });
    const write = async () => {
      for (let row = 0; row < 100_000; row++) await writer.write([`${Math.random()}`.repeat(10), row, row, true]);
      await writer.end();
    };
    await expect(write()).rejects.toThrow("no space");
  });
});

describe("the format of a file", () => {
  it.each([
    ["a/out.csv", null, { format: "CSV", gzip: false }],
    ["OUT.TSV.GZ", null, { format: "TSV", gzip: true }],
    ["x.ndjson", null, { format: "JSONL", gzip: false }],
    ["x.parquet", null, { format: "PARQUET", gzip: false }],
    ["x.txt", "csv", { format: "CSV", gzip: false }],
    [null, "Parquet", { format: "PARQUET", gzip: false }],
  ])("of %s named %s", (path, named, found) => {
    expect(fileFormat(path, named)).toEqual(found);
  });

  it.each([
    ["out.txt", null],
    [null, null],
    ["out.csv", "xls"],
    ["out.csv", "constructor"],
    ["out.parquet.gz", null],
  ])("of %s named %s is refused", (path, named) => {
    expect(() => fileFormat(path, named)).toThrow(expect.objectContaining({ code: "BAD_INPUT", param: "format" }));
  });
});
