/** Columns that hold one value in the first 1,000 rows: what they hold is found in the whole file, in every format. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { parquetWriteBuffer } from "hyparquet-writer";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Chemistry } from "../../../src/chem/index.js";
import type { TableOptions } from "../../../src/datasets/files/choose-columns.js";
import { describeTable } from "../../../src/datasets/import-csv.js";
import { sheetRow, workbook } from "../../support/data/zip.js";
import { sharedChemistry } from "../../support/machine/shared-chemistry.js";

let folder: string;
let chemistry: Chemistry;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "late-"));
  chemistry = await sharedChemistry();
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await chemistry.close();
});

const ROWS = 12_000;
const HEADER = ["smiles", "split", "fold", "assay", "batch", "class", "logP"];
/** Sorted by split; the assay begins late, the class ends with one row of another one. */
const cells = (row: number): string[] => [
  row % 2 === 0 ? "CCO" : "CCN",
  row < 9_600 ? "train" : row < 10_800 ? "valid" : "test",
  row < 9_600 ? "0" : row < 10_800 ? "1" : "2",
  row < 6_000 ? "" : `${row % 2}`,
  "A7",
  row === 11_999 ? "b" : row > 11_000 ? "c" : "a",
  row < 2_000 ? "1.5" : `${row / 7}`,
];
const DATA = Array.from({ length: ROWS }, (_, row) => cells(row));
const delimited = (delimiter: string): string => `${[HEADER, ...DATA].map((row) => row.join(delimiter)).join("\n")}\n`;
const BLOCK =
  "ethanol\n  made\n\n  1  0  0  0  0  0  0  0  0  0999 V2000\n    0.0000    0.0000    0.0000 C   0  0\nM  END\n";
const sdf = (): string =>
  DATA.map((row) => {
    const items = HEADER.slice(1).flatMap((name, at) =>
      row[at + 1] === "" ? [] : [`> <${name}>\n${row[at + 1]}\n\n`],
    );
    return `${BLOCK}${items.join("")}$$$$\n`;
  }).join("");

const found = async (name: string, content: string | Uint8Array, options: TableOptions = {}, isPart = false) => {
  const path = join(folder, name);
  writeFileSync(path, content);
  const description = await describeTable({ chemistry }, path, options, { isPart });
  const of = (column: string) => description.columns.find((one) => one.name === column)!;
  return { description, of };
};

const FORMATS: Record<string, () => string | Uint8Array> = {
  "set.csv": () => delimited(","),
  "set.tsv.gz": () => gzipSync(delimited("\t")),
  "set.parquet": () =>
    new Uint8Array(
      parquetWriteBuffer({
        rowGroupSize: 3_000,
        columnData: HEADER.map((name, at) => ({ name, data: DATA.map((row) => row[at]), type: "STRING" as const })),
      }),
    ),
  "set.xlsx": () => workbook({ Data: [HEADER, ...DATA].map((row, at) => sheetRow(at + 1, row)).join("") }),
  "set.sdf": sdf,
};

describe("a file of 12,000 rows, sorted by split", () => {
  it.each(Object.keys(FORMATS))("%s: the split and all other columns that begin with one value", async (name) => {
    const { description, of } = await found(name, FORMATS[name]());
    expect(description).toMatchObject({ sampledRows: 1_000, isWhole: false });
    const single = { kind: "SINGLE_LABEL", use: "SINGLE_LABEL" };
    expect(of("split")).toMatchObject({
      ...single,
      distinct: 3,
      holdsSplits: true,
      examples: ["train", "valid", "test"],
    });
    expect(of("fold")).toMatchObject({ ...single, distinct: 3, holdsSplits: true });
    expect(of("assay")).toMatchObject({ ...single, distinct: 2, missingShare: 0.5, holdsSplits: false });
    expect(of("batch")).toMatchObject({ kind: "CONSTANT", use: null, distinct: 1 });
    expect(of("class")).toMatchObject({ ...single, distinct: 3 });
    expect(of("logP")).toMatchObject({ kind: "NUMBER", decimal: "." });
  });

  it("is described by its first rows where it is a part, or where other columns are named", async () => {
    const text = delimited(",");
    expect((await found("part.csv", text, {}, true)).of("split")).toMatchObject({ kind: "CONSTANT", distinct: 1 });
    const { of } = await found("named.csv", text, { labels: ["class"] });
    expect(of("split").kind).toBe("CONSTANT");
    expect(of("class")).toMatchObject({ kind: "SINGLE_LABEL", use: "SINGLE_LABEL" });
    expect((await found("pattern.csv", text, { labels: ["s*"] })).of("split").use).toBe("SINGLE_LABEL");
  });

  it("is described as far as it can be read: the import reports what cannot", async () => {
    const broken = delimited(",").replace("\nCCO,valid", '\nCCO,"valid');
    const { of } = await found("broken.csv", broken);
    expect(of("class").kind).toBe("CONSTANT");
    const missing = delimited(",").replaceAll(",test,", ",n/a,");
    const { description, of: read } = await found("missing.csv", missing);
    expect(read("split")).toMatchObject({
      distinct: 2,
      missingTexts: [{ text: "n/a", count: 1_200 }],
      missingShare: 0.1,
    });
    expect(description.missing).toEqual(["n/a"]);
  });

  it("keeps the column out where its values are too many for classes", async () => {
    const text = DATA.map(([smiles], row) => `${smiles},${row < 1_000 ? "x" : `word ${row}`}`).join("\n");
    expect((await found("texts.csv", `smiles,remark\n${text}\n`)).of("remark")).toMatchObject({
      kind: "TEXT",
      use: null,
    });
  });
});
