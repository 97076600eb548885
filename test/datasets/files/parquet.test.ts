/**
 * A Parquet file may make the library that reads it work without end: a process of its own reads, with limits. Each of
 * these files has less than 200 bytes, and ended or stalled the process that read it.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parquetWriteBuffer } from "hyparquet-writer";
import { afterAll, beforeAll, expect, it } from "vitest";
import { parquetSource } from "../../../src/datasets/files/sources/parquet.js";
import type { ParquetSettings } from "../../../src/datasets/files/sources/parquet-reader.js";
import { importLimits } from "../../../src/datasets/limits.js";
import { withoutEnd, withPrefixes, withRun } from "../../support/data/parquet.js";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "parquet-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

const file = (name: string, content: Uint8Array): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};
const columns = (data: Record<string, string[]>): Uint8Array =>
  new Uint8Array(
    parquetWriteBuffer({
      columnData: Object.entries(data).map(([name, values]) => ({ name, data: values, type: "STRING" as const })),
    }),
  );

async function rowsOf(path: string, settings: Partial<ParquetSettings> = {}, limits = {}): Promise<string[][]> {
  const rows: string[][] = [];
  const table = await parquetSource(path, importLimits(limits), settings);
  for await (const { cells } of table.open()) rows.push(cells);
  return rows;
}
const SOUND = withRun(1);
const megabytes = (count: number) => ({ param: "file", details: { maximum: count * 2 ** 20 } });

it("whose run of equal levels has 2,147,483,647 is refused as too large for the memory of the heap", async () => {
  expect(await rowsOf(file("sound.parquet", SOUND))).toEqual([["CCO"]]);
  const path = file("run.parquet", withRun(2 ** 31 - 1));
  await expect(rowsOf(path, { heapMegabytes: 64 })).rejects.toMatchObject({
    code: "FILE_TOO_LARGE",
    message: expect.stringContaining(`${path} takes more than 64 MiB of memory to read`),
    ...megabytes(64),
  });
});

it.runIf(process.platform === "linux")("whose texts grow outside of the heap is refused as well", async () => {
  const path = file("prefixes.parquet", withPrefixes(100_000));
  const refused = { code: "FILE_TOO_LARGE", ...megabytes(400) };
  await expect(rowsOf(path, { residentMegabytes: 400 })).rejects.toMatchObject(refused);
});

it("on which reading does not end is TIMEOUT, and the next file is read", async () => {
  const path = file("endless.parquet", withoutEnd());
  await expect(rowsOf(path, { timeoutMs: 8_000 })).rejects.toMatchObject({
    code: "TIMEOUT",
    retryable: false,
    details: { timeoutMs: 8_000 },
  });
  expect(await rowsOf(file("next.parquet", SOUND))).toEqual([["CCO"]]);
});

it("may have as many rows and characters as any table", async () => {
  const bytes = columns({ smiles: new Array(1_000).fill("C".repeat(100)) });
  // Written once, and named a thousand times.
  expect(bytes.length).toBeLessThan(10_000);
  expect(await rowsOf(file("equal.parquet", bytes))).toHaveLength(1_000);
  await expect(rowsOf(file("equal.parquet", bytes), {}, { unpackedBytes: 50_000 })).rejects.toMatchObject({
    code: "FILE_TOO_LARGE",
    details: { limit: "unpackedBytes", maximum: 50_000 },
  });
  const long = Object.fromEntries([..."abcde"].map((name) => [name, ["C".repeat(3_900_000)]]));
  await expect(rowsOf(file("long.parquet", columns(long)))).rejects.toMatchObject({
    code: "FILE_TOO_LARGE",
    details: { maximum: 16 * 2 ** 20, actual: 19_500_000 },
  });
});

it("whose row groups have other rows than the file says is refused", async () => {
  await expect(rowsOf(file("more.parquet", withRun(1, 2)))).rejects.toMatchObject({
    code: "BAD_INPUT",
    message: expect.stringContaining("the row groups do not have the rows of the file"),
  });
});

it("is read in batches, none of which is needed after the caller has left", async () => {
  const smiles = Array.from({ length: 2_500 }, (_, at) => "C".repeat(1 + (at % 7)));
  const path = file("many.parquet", columns({ smiles }));
  expect((await rowsOf(path)).flat()).toEqual(smiles);
  const table = await parquetSource(path, importLimits());
  for await (const { cells, line } of table.open()) {
    expect(cells).toEqual(["C"]);
    expect(line).toBe(2);
    break;
  }
  expect(table).toMatchObject({ names: ["smiles"], rows: 2_500 });
});
