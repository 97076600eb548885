/** The limits of imports at n and n + 1, on every path: tables, SMILES files, gzip, FooDB archives. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable, type Writable } from "node:stream";
import { gzipSync } from "node:zlib";
import { pack } from "tar-stream";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readCsv } from "../../src/datasets/files/csv.js";
import { describeCsv, describeHead, readSample } from "../../src/datasets/files/describe-csv.js";
import { examineText } from "../../src/datasets/files/text-file.js";
import { readFoodb } from "../../src/datasets/foodb/read.js";
import { tablesOfTar } from "../../src/datasets/foodb/tables.js";
import { type ImportLimits, importLimits, readImportLimits } from "../../src/datasets/limits.js";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "maillard-limits-"));
});
afterAll(() => rm(folder, { recursive: true }));

let files = 0;
async function file(content: string | Buffer): Promise<string> {
  const path = join(folder, String(++files));
  await writeFile(path, content);
  return path;
}
const molecules = async (texts: readonly string[]) => texts.map((text) => /^[CNO]+$/.test(text));
const refusal = (limit: keyof ImportLimits, maximum: number, code: string) => ({
  code,
  message: expect.stringContaining(`at most ${maximum} are taken`),
  details: expect.objectContaining({ limit, maximum }),
});

async function read(path: string, format: "CSV" | "SMILES", limits: ImportLimits): Promise<number> {
  let rows = 0;
  for await (const _row of readCsv(
    await examineText(path, undefined, { limits }),
    { smiles: "smiles", format },
    limits,
  ))
    rows++;
  return rows;
}

async function foodb(content: Record<string, string>, limits: ImportLimits, gzip = false) {
  const archive = pack();
  for (const [name, text] of Object.entries(content)) archive.entry({ name }, text);
  archive.finalize();
  const parts: Buffer[] = [];
  for await (const part of archive) parts.push(part as Buffer);
  const whole = Buffer.concat(parts);
  const body = Readable.from([gzip ? gzipSync(whole) : whole], { objectMode: false });
  return readFoodb(tablesOfTar(body, limits), molecules, limits);
}
const COMPOUND = "id,public_id,name,moldb_smiles,kingdom,superklass,klass,subklass";
const compounds = (count: number, name = "n") =>
  [COMPOUND, ...Array.from({ length: count }, (_, n) => `${n},F,${name},${"C".repeat(n + 1)},a,b,c,d`)].join("\n");

describe("a table", () => {
  it.each(["CSV", "SMILES"] as const)("of n rows is read, of n + 1 refused, as %s, plain or gzip", async (format) => {
    const limits = importLimits({ rows: 5 });
    for (const pack of [(text: string) => text, (text: string) => gzipSync(text)]) {
      expect(await read(await file(pack(`smiles${"\nCC".repeat(4)}\n`)), format, limits)).toBeGreaterThan(3);
      for (const more of ["\nCC".repeat(5), `${"\nCC".repeat(200_000)}`])
        await expect(read(await file(pack(`smiles${more}`)), format, limits)).rejects.toMatchObject(
          refusal("rows", 5, "TOO_MANY_ITEMS"),
        );
    }
  });

  it("of n columns is read and described, of n + 1 refused", async () => {
    const limits = importLimits({ columns: 4 });
    const text = (columns: number) => `smiles${",a".repeat(columns - 1)}\nCC${",b".repeat(columns - 1)}\n`;
    const [fits, wide] = [await file(text(4)), await file(text(5))];
    expect(await read(fits, "CSV", limits)).toBe(1);
    await expect(read(wide, "CSV", limits)).rejects.toMatchObject(refusal("columns", 4, "TOO_MANY_ITEMS"));
    const described = async (path: string) => {
      const examined = await examineText(path);
      return describeHead(examined, await readSample(examined), molecules, {}, limits);
    };
    expect((await described(fits)).columns).toHaveLength(4);
    await expect(described(wide)).rejects.toMatchObject(refusal("columns", 4, "TOO_MANY_ITEMS"));
  });

  it("of 20,000 columns is refused before a cell is checked as a molecule", async () => {
    const path = await file(`smiles${",C".repeat(19_999)}\n${`CC${",C".repeat(19_999)}\n`.repeat(20)}`);
    const ask = () => Promise.reject(new Error("asked"));
    await expect(describeCsv(await examineText(path), ask)).rejects.toMatchObject({ code: "TOO_MANY_ITEMS" });
  });

  it("with a cell of n characters is read, of n + 1 refused with its line", async () => {
    const limits = importLimits({ cellCharacters: 50 });
    for (const format of ["CSV", "SMILES"] as const) {
      expect(await read(await file(`smiles\nCC\n${"C".repeat(50)}`), format, limits)).toBeGreaterThan(1);
      await expect(read(await file(`smiles\nCC\n${"C".repeat(51)}`), format, limits)).rejects.toMatchObject({
        ...refusal("cellCharacters", 50, "FILE_TOO_LARGE"),
        message: expect.stringContaining("A cell of line 3 has 51 characters; at most 50 are taken"),
      });
    }
  });

  it("of n unpacked bytes is read, of n + 1 refused, plain or gzip", async () => {
    const limits = importLimits({ unpackedBytes: 100 });
    for (const pack of [(text: string) => text, (text: string) => gzipSync(text)]) {
      expect(await read(await file(pack(`smiles\n${"C".repeat(93)}`)), "CSV", limits)).toBe(1);
      await expect(read(await file(pack(`smiles\n${"C".repeat(94)}`)), "CSV", limits)).rejects.toMatchObject(
        refusal("unpackedBytes", 100, "FILE_TOO_LARGE"),
      );
    }
  });

  it("that a gzip makes a thousand times as large is refused", async () => {
    const bomb = Buffer.concat(Array(10).fill(gzipSync(Buffer.alloc(8 * 1024 ** 2, `CCO,${"a".repeat(60_000)}\n`))));
    await expect(examineText(await file(bomb))).rejects.toMatchObject(refusal("expansion", 100, "FILE_TOO_LARGE"));
  });
});

describe("a FooDB archive", () => {
  it.each([
    ["rows", "TOO_MANY_ITEMS", 3, { "Compound.csv": compounds(3) }, { "Compound.csv": compounds(4) }],
    ["columns", "TOO_MANY_ITEMS", 8, { "Compound.csv": compounds(3) }, { "Compound.csv": `${compounds(3)},more` }],
    [
      "cellCharacters",
      "FILE_TOO_LARGE",
      20,
      { "Compound.csv": compounds(1, "n".repeat(20)) },
      { "Compound.csv": compounds(1, "n".repeat(21)) },
    ],
    ["files", "TOO_MANY_ITEMS", 1, { "Compound.csv": compounds(1) }, { "a.txt": "a", "Compound.csv": compounds(1) }],
    // 400 for each compound, and its text: 6 and 7 bytes.
    ["retainedBytes", "FILE_TOO_LARGE", 813, { "Compound.csv": compounds(2) }, { "Compound.csv": compounds(3) }],
    // Blocks of 512: a header, the table, and two at the end.
    ["unpackedBytes", "FILE_TOO_LARGE", 2_048, { "Compound.csv": "id" }, { "Compound.csv": compounds(40) }],
  ] as const)("at the limit %s is read, above it %s", async (limit, code, maximum, fits, above) => {
    const limits = importLimits({ [limit]: maximum });
    for (const gzip of [false, true]) {
      if (limit === "unpackedBytes")
        await expect(foodb(fits, limits, gzip)).rejects.toMatchObject({ code: "COLUMN_NOT_FOUND" });
      else expect((await foodb(fits, limits, gzip)).size).toBeGreaterThan(0);
      await expect(foodb(above as Record<string, string>, limits, gzip)).rejects.toMatchObject(
        refusal(limit, maximum, code),
      );
    }
  });

  it("that unpacks to a thousand times its size is refused while it is read", async () => {
    // 80 MB of one description in 80 kB.
    const archive = pack();
    const header = Buffer.from(`${COMPOUND}\n`);
    const piece = Buffer.from(`1,F,n,CC,a,b,c,d,${"x".repeat(1_000_000)}\n`);
    const entry = archive.entry({
      name: "Compound.csv",
      size: header.length + 80 * piece.length,
    }) as unknown as Writable;
    void (async () => {
      entry.write(header);
      for (let n = 0; n < 80; n++) if (!entry.write(piece)) await new Promise((done) => entry.once("drain", done));
      entry.end();
      archive.finalize();
    })();
    const parts: Buffer[] = [];
    for await (const part of archive) parts.push(part as Buffer);
    const bomb = Readable.from([gzipSync(Buffer.concat(parts))], { objectMode: false });
    await expect(readFoodb(tablesOfTar(bomb), molecules)).rejects.toMatchObject(
      refusal("expansion", 100, "FILE_TOO_LARGE"),
    );
  });

  it("with a label that is too long reports the row", async () => {
    const library = await foodb({ "Compound.csv": `${COMPOUND}\n1,F,n,CC,${"a".repeat(1_001)},b,c,d` }, importLimits());
    expect([...library.rows]).toMatchObject([{ labels: {}, problem: expect.stringContaining("1001 characters") }]);
  });
});

it("the environment sets limits; a wrong value is named with its variable", () => {
  expect(readImportLimits({ MAILLARD_MAX_ROWS: "7", MAILLARD_MAX_COLUMNS: "9" })).toEqual({
    limits: importLimits({ rows: 7, columns: 9, labelSets: 9 }),
    problems: [],
  });
  expect(readImportLimits({ MAILLARD_MAX_ROWS: "many", MAILLARD_MAX_COLUMNS: "0" }).problems).toMatchObject([
    { param: "MAILLARD_MAX_ROWS" },
    { param: "MAILLARD_MAX_COLUMNS" },
  ]);
});
