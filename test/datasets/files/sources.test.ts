/** SDF, MOL and Parquet files as tables: recognised by content, columns found, bad records reported, the rest read. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { parquetMetadata } from "hyparquet";
import { parquetWriteBuffer } from "hyparquet-writer";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Chemistry } from "../../../src/chem/index.js";
import { columnsOf } from "../../../src/datasets/files/choose-columns.js";
import { readCsv } from "../../../src/datasets/files/csv.js";
import { moleculeTable, tableRows } from "../../../src/datasets/files/table-rows.js";
import { examineText } from "../../../src/datasets/files/text-file.js";
import { described } from "../../../src/datasets/import-csv.js";
import { importLimits } from "../../../src/datasets/limits.js";
import { sheetRow, workbook, zip } from "../../support/data/zip.js";
import { sharedChemistry } from "../../support/machine/shared-chemistry.js";

const CORPUS = join(import.meta.dirname, "../../fuzz/corpus");

let folder: string;
let chemistry: Chemistry;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "sources-"));
  chemistry = await sharedChemistry();
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await chemistry.close();
});

const file = (name: string, content: string | Uint8Array): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};
const found = (path: string, limits = {}) =>
  described({ chemistry, importLimits: importLimits(limits) }, path, {}, { isPart: false, signal: undefined });
async function rowsOf(path: string) {
  const { file: text, description } = await found(path);
  const rows = [];
  for await (const row of readCsv(text, columnsOf(description, path))) rows.push(row);
  return { description, rows };
}

/** A mol block of a chain of these elements. */
const block = (title: string, elements: string): string => {
  const count = (number: number): string => `${number}`.padStart(3);
  const atoms = [...elements].map(
    (element, at) => `${`${at}.0000`.padStart(10)}    0.0000    0.0000 ${element}   0  0`,
  );
  const bonds = atoms.slice(1).map((_, at) => `${count(at + 1)}${count(at + 2)}  1  0`);
  const counts = `${count(atoms.length)}${count(bonds.length)}  0  0  0  0  0  0  0  0999 V2000`;
  return [title, "  made", "", counts, ...atoms, ...bonds, "M  END", ""].join("\n");
};
const V3000 = `of version 3
  made

  0  0  0     0  0            999 V3000
M  V30 BEGIN CTAB
M  V30 COUNTS 2 1 0 0 0
M  V30 BEGIN ATOM
M  V30 1 C 0 0 0 0
M  V30 2 N 1.5 0 0 0
M  V30 END ATOM
M  V30 BEGIN BOND
M  V30 1 3 1 2
M  V30 END BOND
M  V30 END CTAB
M  END
`;
const SDF = [
  `${block("ethanol", "CCO")}> <class>\nalcohol\n\n>  <notes>  (1)\nfirst line\nsecond line\n\n$$$$\n`,
  `${block("five bonds", "CFC")}> <class>\namine\n\n$$$$\n`,
  `${V3000}> <class>\nnitrile\n\n> <smiles>\nOC\n\n$$$$\n`,
  `no block at all\n\n\n  x\n> <class>\nether\n\n$$$$\n`,
  `${block("propanol", "CCCO")}> <class>\nalcohol\n\n$$$$\n`,
].join("");

describe("an SDF", () => {
  it("is a table: RDKit's SMILES, the titles, and a column for each data item; bad records are reported", async () => {
    const { description, rows } = await rowsOf(file("set.txt", SDF));
    expect(description).toMatchObject({ source: "SDF", sampledRows: 5, isWhole: true, encoding: "utf-8" });
    expect(description.columns.map(({ name, use }) => [name, use])).toEqual([
      ["smiles", "SMILES"],
      ["name", "NAME"],
      ["class", "SINGLE_LABEL"],
      ["notes", null],
      ["smiles (item)", null],
    ]);
    expect(rows.map(({ line, smiles, name, labels }) => [line, smiles, name, labels.class])).toEqual([
      [1, "CCO", "ethanol", ["alcohol"]],
      [19, "", undefined, undefined],
      [33, "C#N", "of version 3", ["nitrile"]],
      [55, "", undefined, undefined],
      [63, "CCCO", "propanol", ["alcohol"]],
    ]);
    expect(rows[1].problem).toMatch(/mol block is not read: .*valence .* F/);
    expect(rows[3].problem).toMatch(/no line M {2}END/);
  });

  it("is the same in gzip, with other line ends and in windows-1252, and keeps its rows for predictions", async () => {
    const text = SDF.replace("ethanol", "éthanol").replaceAll("\n", "\r\n");
    const path = file("set.sdf.gz", gzipSync(Buffer.from(text, "latin1")));
    const { file: packed, description } = await found(path);
    expect(description).toMatchObject({ encoding: "windows-1252", compression: "GZIP", source: "SDF" });
    const rows = [];
    for await (const row of tableRows(moleculeTable(packed, description), { skip: 0 })) rows.push(row);
    expect(rows.map(({ cells }) => cells[1])).toEqual([
      "éthanol",
      "five bonds",
      "of version 3",
      "no block at all",
      "propanol",
    ]);
    expect(rows[0].cells).toEqual(["CCO", "éthanol", "alcohol", "first line\nsecond line", ""]);
    expect(rows.map(({ problem }) => problem?.code)).toEqual([undefined, "BAD_ROW", undefined, "BAD_ROW", undefined]);
    const rest = [];
    for await (const row of tableRows(moleculeTable(packed, description), { skip: 4 })) rest.push(row);
    expect(rest).toEqual([rows[4]]);
  });

  it("may be one MOL file, and is held to the limits of imports", async () => {
    const { rows } = await rowsOf(file("one.mol", block("", "CCN")));
    expect(rows).toEqual([{ line: 1, smiles: "CCN", labels: {} }]);
    await expect(found(file("set.sdf", SDF), { rows: 4 })).rejects.toMatchObject({ code: "TOO_MANY_ITEMS" });
    await expect(found(file("set.sdf", SDF), { columns: 4 })).rejects.toMatchObject({ code: "TOO_MANY_ITEMS" });
    const { rows: large } = await rowsOf(file("large.mol", block("", "C".repeat(301))));
    expect(large[0].problem).toMatch(/300 heavy atoms, this one has 301/);
  });
});

describe("a Parquet file", () => {
  const write = (rowGroupSize: number): Uint8Array =>
    new Uint8Array(
      parquetWriteBuffer({
        rowGroupSize,
        columnData: [
          { name: "structure", data: ["CCO", "CCN", null, "CCCO"], type: "STRING" },
          { name: "class", data: ["alcohol", "amine", "amine", "alcohol"], type: "STRING" },
          { name: "mass", data: [46.07, 45.08, null, 60.1], type: "DOUBLE" },
          { name: "count", data: [1n, 2n, 3n, 2n ** 60n], type: "INT64" },
        ],
      }),
    );

  it("is a table, row group by row group", async () => {
    const { description, rows } = await rowsOf(file("set.dat", write(3)));
    expect(description).toMatchObject({ source: "PARQUET", sampledRows: 4, lines: 5 });
    expect(rows.map(({ line, smiles, labels }) => [line, smiles, labels.class, labels.mass])).toEqual([
      [2, "CCO", ["alcohol"], ["46.07"]],
      [3, "CCN", ["amine"], ["45.08"]],
      [4, "", ["amine"], []],
      [5, "CCCO", ["alcohol"], ["60.1"]],
    ]);
    expect(description.columns[3].examples).toContain("1");
  });

  it.each([
    { what: "that the schema has not", from: "class", to: "clasz", broken: 0 },
    { what: "twice", from: "count", to: "class", broken: 3 },
  ])("whose row group has a column $what is refused, and read no further", async ({ what, from, to, broken }) => {
    const written = write(4);
    const bytes = Buffer.from(written);
    // The library reads this column and would not wait for it.
    const { meta_data: column } = parquetMetadata(written.buffer as ArrayBuffer).row_groups[0].columns[broken];
    bytes.fill(0xff, Number(column?.data_page_offset), Number(column?.data_page_offset) + 24);
    bytes.write(to, bytes.lastIndexOf(from), "latin1");
    await expect(found(file(`${to}.parquet`, bytes))).rejects.toMatchObject({
      code: "BAD_INPUT",
      message: expect.stringContaining(`a row group has a column ${what}`),
    });
  });

  it("whose page says no length is refused: the library would read one byte for ever", async () => {
    const bytes = readFileSync(join(CORPUS, "parquet/endless.bin"));
    await expect(found(file("endless.parquet", bytes))).rejects.toMatchObject({
      code: "BAD_INPUT",
      message: expect.stringContaining("the header of a page"),
    });
  });

  it("that is broken or too large is refused", async () => {
    const bytes = write(4);
    await expect(found(file("cut.parquet", bytes.slice(0, 90)))).rejects.toMatchObject({ code: "BAD_INPUT" });
    await expect(found(file("set.parquet", bytes), { rows: 3 })).rejects.toMatchObject({
      code: "TOO_MANY_ITEMS",
      details: { limit: "rows", maximum: 3, actual: 4 },
    });
    await expect(found(file("set.parquet.gz", gzipSync(bytes)))).rejects.toThrow("inside a gzip: unpack it");
  });
});

describe("an Excel workbook", () => {
  const rows = [
    sheetRow(2, ["SMILES", "class", "mass", "day"]),
    sheetRow(3, ["CCO", "alcohol", 46.07, { day: 45_000 }]),
    sheetRow(4, ["CCCO", "alcohol", 60.1, { day: 45_001 }]),
    sheetRow(6, ["CCN", "amine", 45.08, { day: 45_002 }]),
    sheetRow(7, ["CCCN", "amine"]),
    sheetRow(8, ["CCCCN", "amine", 1, 2, "surplus"]),
  ];
  const bytes = workbook({ molecules: rows.join(""), other: sheetRow(1, ["nothing"]) });

  it("is a table: the first sheet, dates as ISO 8601, lines as rows of the sheet", async () => {
    const { description, rows: read } = await rowsOf(file("set.bin", bytes));
    expect(description).toMatchObject({ source: "XLSX", sampledRows: 5, surplusRows: 1 });
    expect(description.columns[3].examples).toEqual(["2023-03-15", "2023-03-16", "2023-03-17"]);
    expect(read.map(({ line, smiles, labels }) => [line, smiles, labels.class, labels.mass])).toEqual([
      [3, "CCO", ["alcohol"], ["46.07"]],
      [4, "CCCO", ["alcohol"], ["60.1"]],
      [6, "CCN", ["amine"], ["45.08"]],
      [7, "CCCN", ["amine"], []],
      [8, "CCCCN", undefined, undefined],
    ]);
    expect(read[4].problem).toMatch(/5 cells and the header 4/);
  });

  it("takes the sheet that is named", async () => {
    const path = file("set.xlsx", bytes);
    const examined = await examineText(path, undefined, { sheet: "other" });
    expect(examined.table).toMatchObject({ names: ["nothing"], rows: 0 });
    await expect(examineText(path, undefined, { sheet: "third" })).rejects.toMatchObject({
      code: "NOT_FOUND",
      param: "sheet",
      message: expect.stringContaining('"third"'),
    });
    await expect(examineText(file("set.csv", "smiles\nC\n"), undefined, { sheet: "a" })).rejects.toMatchObject({
      param: "sheet",
    });
  });

  it("that unpacks to too much, reaches too far, or is none is refused", async () => {
    const bomb = workbook({ a: `<row r="1"><c r="A1"><v>${"1".repeat(3_000_000)}</v></c></row>` });
    await expect(found(file("bomb.xlsx", bomb), { workbookBytes: 1_000_000 })).rejects.toMatchObject({
      code: "FILE_TOO_LARGE",
      details: { limit: "workbookBytes" },
    });
    const far = workbook({ a: `<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>` });
    await expect(found(file("far.xlsx", far))).rejects.toMatchObject({ code: "TOO_MANY_ITEMS" });
    const wide = workbook({ a: `<row r="1048576"><c r="ZZ1048576"><v>1</v></c></row>` });
    await expect(found(file("wide.xlsx", wide))).rejects.toThrow("at most 5000000 cells");
    await expect(found(file("a.zip", zip({ "a.csv": "smiles" })))).rejects.toThrow("no Excel workbook (.xlsx): unpack");
    await expect(found(file("cut.xlsx", bytes.subarray(0, 300)))).rejects.toThrow("archive has no directory");
  });
});

it.each([
  ["old.xls", Buffer.from("d0cf11e0a1b11ae1", "hex"), /before 2007 \(.xls\): save it as .xlsx/],
  ["a.mol2", "# made\n@<TRIPOS>MOLECULE\nethanol\n", /a MOL2 file: convert it to SDF/],
  ["a.rxn", "$RXN\n\n\n\n  1  1\n", /a reaction/],
  ["a.json", '[{"smiles": "CCO"}]', /JSON: save it as CSV/],
  ["a.csv", '{"smiles": "CCO"}\n', /JSON/],
  ["a.pdf", "%PDF-1.7\n", /a PDF/],
  ["a.html", "<!DOCTYPE html><table>", /XML or HTML/],
])("%s is refused by what it is", async (name, content, message) => {
  await expect(found(file(name, content))).rejects.toMatchObject({
    code: "BAD_INPUT",
    message: expect.stringMatching(message),
  });
});
