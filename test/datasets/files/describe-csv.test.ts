/** Descriptions of real tables: separators, headers, kinds of columns, and ambiguous cases. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { columnsOf } from "../../../src/datasets/files/choose-columns.js";
import { readCsv } from "../../../src/datasets/files/csv.js";
import type { CsvDescription } from "../../../src/datasets/files/describe-csv.js";
import { examineText } from "../../../src/datasets/files/text-file.js";
import { alcohols, type Describer, startDescriber, table } from "../../support/data/tables.js";

let tables: Describer;
beforeAll(async () => {
  tables = await startDescriber();
});
afterAll(() => tables?.close());

const kinds = ({ columns }: CsvDescription) => Object.fromEntries(columns.map(({ name, kind }) => [name, kind]));
const uses = ({ columns }: CsvDescription) => Object.fromEntries(columns.map(({ name, use }) => [name, use]));
const of = ({ columns }: CsvDescription, name: string) => columns.find((column) => column.name === name)!;

const COUNT = 40;
const SMILES = alcohols(COUNT);
/** SMILES beside one column of values. */
const beside = (header: string, values: readonly string[], delimiter = ","): string =>
  table(
    ["smiles", header],
    alcohols(values.length).map((smiles, index) => [smiles, values[index]]),
    delimiter,
  );
const range = <T>(count: number, value: (index: number) => T): T[] => Array.from({ length: count }, (_, i) => value(i));

describe("the layout", () => {
  const ROWS = SMILES.map((smiles, index) => [smiles, `"acid, ${index};x"`, ["a|b", "b", "a|c"][index % 3]]);

  it.each([",", ";", "\t", "|"])("of cells between %j, quotes respected", async (delimiter) => {
    const rows = delimiter === "|" ? ROWS.map(([smiles, name]) => [smiles, name, "x"]) : ROWS;
    const found = await tables.describe(table(["structure", "name", "tag"], rows, delimiter));
    expect(found).toMatchObject({ format: "CSV", delimiter, header: true, sampledRows: COUNT, isWhole: true });
    expect(found.columns.map(({ name }) => name)).toEqual(["structure", "name", "tag"]);
    expect(of(found, "name").examples[0]).toBe(delimiter === "\t" ? "acid, 0;x" : "acid, 0;x");
  });

  it.each([
    ["commas beside bars in every cell", ",", SMILES.map((smiles) => [smiles, "a|b"])],
    ["semicolons beside decimal commas", ";", SMILES.map((smiles, index) => [smiles, `0,${index}`])],
    ["commas beside semicolons in every cell", ",", SMILES.map((smiles) => [smiles, "a;b"])],
  ])("without a header, %s: the molecules are alone in their cells", async (_name, delimiter, rows) => {
    const found = await tables.describe(table(null, rows, delimiter));
    expect(found).toMatchObject({ delimiter, header: false });
    expect(kinds(found)["column 1"]).toBe("SMILES");
  });

  it("of a SMILES file: white space, names of several words, names left out, no header", async () => {
    const text = "CCO ethanol\nCC(=O)O\tacetic acid, glacial\nCCN\n\nCCC  propane 99 %\n";
    const found = await tables.describe(text);
    expect(found).toMatchObject({ format: "SMILES", header: false, sampledRows: 4, lines: 5 });
    expect(uses(found)).toEqual({ smiles: "SMILES", name: "NAME" });
    const rows = [];
    const path = await tables.file("x.smi", text);
    for await (const row of readCsv(await examineText(path), columnsOf(found, path))) rows.push(row);
    expect(rows).toEqual([
      { line: 1, smiles: "CCO", name: "ethanol", labels: {} },
      { line: 2, smiles: "CC(=O)O", name: "acetic acid, glacial", labels: {} },
      { line: 3, smiles: "CCN", labels: {} },
      { line: 5, smiles: "CCC", name: "propane 99 %", labels: {} },
    ]);
    expect(await tables.describe(`SMILES Name\n${text}`)).toMatchObject({ format: "SMILES", header: true });
    expect(await tables.describe("CCO\nCCC\n")).toMatchObject({ header: false, columns: [{ kind: "SMILES" }] });
  });

  it("never reads a row of data as a header", async () => {
    const rows = SMILES.map((smiles, index) => [smiles, `m${index}`, String(index / 7)]);
    expect(await tables.describe(table(null, rows))).toMatchObject({ header: false, sampledRows: COUNT });
    // The first row's SMILES is broken: data still, and reported by the import.
    expect(await tables.describe(table(null, [["C1CC", "m", "1"], ...rows]))).toMatchObject({ header: false });
    expect(await tables.describe(table(["smiles", "0", "1"], rows))).toMatchObject({ header: true });
    expect(await tables.describe(table(null, rows), { header: true })).toMatchObject({ sampledRows: COUNT - 1 });
  });

  it("names columns that have no name, or one twice", async () => {
    const found = await tables.describe(
      table(
        ["", "smiles", "mass", " mass "],
        range(9, (i) => [`${i}`, SMILES[i], "1.5", `${i}.5`]),
      ),
    );
    expect(found.columns.map(({ name }) => name)).toEqual(["column 1", "smiles", "mass", "mass (2)"]);
    expect(kinds(found)["column 1"]).toBe("IDENTIFIER");
  });

  it("of old line ends and of primes in unquoted cells between tabs", async () => {
    for (const [text, delimiter, name] of [
      ["smiles;name\rCCO;ethanol\rCCC;propane\r", ";", "ethanol"],
      ["smiles;name\r\nCCO;ethanol\r\nCCC;propane\r\n", ";", "ethanol"],
      ['smiles\tname\nCCO\t5"-deoxy, ethanol\nCCC\tpropane\n', "\t", '5"-deoxy, ethanol'],
    ] as const) {
      const found = await tables.describe(text);
      expect(found).toMatchObject({ delimiter, lines: 3, sampledRows: 2, malformedRows: 0 });
      const path = await tables.file("ends.csv", text);
      const rows = [];
      for await (const row of readCsv(await examineText(path), columnsOf(found, path))) rows.push(row);
      expect(rows.map((row) => [row.smiles, row.name])).toEqual([
        ["CCO", name],
        ["CCC", "propane"],
      ]);
    }
  });

  it("keeps a table whose first rows are of another width, and counts those rows", async () => {
    const text = `smiles,class\nCCO\nCCC,b,c\n${table(
      null,
      SMILES.map((smiles, i) => [smiles, "ab"[i % 2]]),
    )}`;
    expect(await tables.describe(text)).toMatchObject({ delimiter: ",", sampledRows: COUNT + 2, malformedRows: 2 });
  });

  it.each([
    ["", "EMPTY_INPUT"],
    ["\n\n", "EMPTY_INPUT"],
    ["smiles,class\n", "EMPTY_INPUT"],
    ['smiles,"class\nCCO,a\n', "BAD_INPUT"],
    ['smiles,class\nCCO,"a\nCCN,b\nCCC,"b" c\n', "BAD_INPUT"],
    [`${Array.from({ length: 20_001 }, (_, i) => `bit ${i}`).join()}\nCCO\n`, "TOO_MANY_ITEMS"],
    // A quote of text opens a cell, another one four lines below: all between would be one cell.
    [
      `smiles\tname\tclass\n${"CCO\tethanol\ta\n".repeat(9)}CCC\t"open\tb\n${"CCN\tx\tb\n".repeat(4)}CCC\t"b\tc\n`,
      "BAD_INPUT",
    ],
  ])("of %.80j is %s", async (text, code) => {
    await expect(tables.describe(text)).rejects.toMatchObject({ code });
  });
});

describe("tables of several programs", () => {
  const read = async (text: string, options = {}) => {
    const found = await tables.describe(text, options);
    const path = await tables.file("odd.csv", text);
    const rows = [];
    for await (const row of readCsv(await examineText(path), columnsOf(found, path))) rows.push(row);
    return { found, rows };
  };

  it.each([
    ["\r\n", "\n"],
    ["\n", "\r\n"],
    ["\r", "\r"],
    ["\n", "\r"],
  ])("lose no row where the header ends with %j and the rows end with %j", async (first, other) => {
    const { rows } = await read(
      `smiles,class${first}${SMILES.map((smiles, i) => `${smiles},"${"ab"[i % 2]}"${other}`).join("")}`,
    );
    expect(rows.map(({ smiles, labels }) => [smiles, labels.class[0]])).toEqual(
      SMILES.map((smiles, i) => [smiles, "ab"[i % 2]]),
    );
    expect(rows.map(({ line }) => line)).toEqual(range(COUNT, (i) => i + 2));
  });

  it("may have one name twice, and each column keeps its own values", async () => {
    const { rows } = await read(
      table(
        ["smiles", "mass", "mass (2)", "mass"],
        SMILES.map((smiles, i) => [smiles, `${i}.1`, `${i}.2`, `${i}.3`]),
      ),
    );
    expect(rows[7].labels).toEqual({ mass: ["7.1"], "mass (2)": ["7.2"], "mass (3)": ["7.3"] });
  });

  it("may name a column like a property of JavaScript objects", async () => {
    const { found, rows } = await read(
      table(
        ["smiles", "constructor", "__proto__"],
        SMILES.map((smiles, i) => [smiles, "ab"[i % 2], "cd"[i % 2]]),
      ),
    );
    expect(found.columns.map(({ use }) => use)).toEqual(["SMILES", "SINGLE_LABEL", "SINGLE_LABEL"]);
    expect(Object.entries(rows[1].labels)).toEqual([
      ["constructor", ["b"]],
      ["__proto__", ["d"]],
    ]);
  });

  it("without a header may have 'structure' in the first row: a molecule is never read as a name", async () => {
    const lines = SMILES.map((smiles, i) => `${smiles},${i % 2 ? "plain" : "structure alert"}\n`);
    const { found, rows } = await read(lines.join(""));
    expect([found.header, rows.length]).toEqual([false, COUNT]);
  });

  it.each([
    `smiles,x\nCCO,${"1".repeat(300_000)}x\nCCC,1\n`,
    `CC,${"1".repeat(300_000)}x\nCCO,1\nCCC,1\n`,
    `${"=".repeat(300_000)} x,x\nCCO,1\nCCC,1\n`,
  ])("may have long cells: %.20j is described quickly", async (text) => {
    expect((await tables.describe(text)).columns[0].kind).toBe("SMILES");
  });

  it("hold every row of a SMILES file, and a long line takes no longer than its length", async () => {
    const { rows } = await read(`${"C".repeat(300_000)} a\u2028b\nCCO c\u2028d\nCCC e\n`, { format: "SMILES" });
    expect(rows.map(({ name }) => name)).toEqual(["a\u2028b", "c\u2028d", "e"]);
  });
});

describe("a column", () => {
  it.each<[string, string, string[], object]>([
    [
      "0/1 with gaps",
      "NR-AR",
      range(COUNT, (i) => ["0", "1", "", "0"][i % 4]),
      { kind: "SINGLE_LABEL", missingShare: 0.25, distinct: 2 },
    ],
    [
      "0.0/1.0 and NaN",
      "active",
      range(COUNT, (i) => ["0.0", "1.0", "NaN"][i % 3]),
      { kind: "SINGLE_LABEL", distinct: 2, missingShare: 0.325 },
    ],
    ["-1/1", "hiv", range(COUNT, (i) => ["-1", "1"][i % 2]), { kind: "SINGLE_LABEL" }],
    ["ones alone", "hit", range(COUNT, (i) => ["1", ""][i % 2]), { kind: "CONSTANT", distinct: 1 }],
    ["fractions", "logP", range(COUNT, (i) => `${i / 8 - 2}`), { kind: "NUMBER", decimal: "." }],
    ["powers of ten", "ic50", range(COUNT, (i) => `${i + 1}.5e-0${1 + (i % 9)}`), { kind: "NUMBER" }],
    ["different whole numbers", "ic50", range(COUNT, (i) => `${(i * 7919) % 1009}`), { kind: "NUMBER", note: null }],
    [
      "counts",
      "rings",
      range(COUNT, (i) => `${i % 5}`),
      { kind: "NUMBER", note: expect.stringContaining("SINGLE_LABEL if") },
    ],
    ["codes of classes", "class", range(COUNT, (i) => `${i % 5}`), { kind: "SINGLE_LABEL" }],
    ["row numbers", "row", range(COUNT, (i) => `${i + 17}`), { kind: "IDENTIFIER" }],
    ["ids", "PUBCHEM_CID", range(COUNT, (i) => `${(i * 7919) % 1009}`), { kind: "IDENTIFIER" }],
    [
      "InChIKeys",
      "key",
      range(COUNT, (i) => `${"ABCDEFGHIJKLM"}${String.fromCharCode(65 + (i % 26))}-UHFFFAOYSA-N`),
      { kind: "IDENTIFIER" },
    ],
    ["CAS numbers", "cas", range(COUNT, (i) => `${100 + i}-00-${i % 10}`), { kind: "IDENTIFIER" }],
    ["accession codes", "source", range(COUNT, (i) => `FDB${String(i).padStart(6, "0")}`), { kind: "IDENTIFIER" }],
    ["names", "compound name", range(COUNT, (i) => `"2,${i}-thing; pure"`), { kind: "NAME" }],
    [
      "words again and again",
      "superclass",
      range(COUNT, (i) => ["Lipids", "Benzenoids"][i % 2]),
      { kind: "SINGLE_LABEL" },
    ],
    [
      "class names with commas",
      "subclass",
      range(
        COUNT,
        (i) =>
          ['"Lignans, neolignans and related compounds"', '"Nucleosides, nucleotides, and analogues"', "Benzenoids"][
            i % 3
          ],
      ),
      { kind: "SINGLE_LABEL", distinct: 3 },
    ],
    [
      "labels between commas",
      "odor",
      range(COUNT, (i) => ['"sweet, green"', '"sweet, woody"', "green", '"woody, green"'][i % 4]),
      { kind: "MULTI_LABEL", separator: ",", distinct: 3 },
    ],
    [
      "labels between semicolons",
      "odor",
      range(COUNT, (i) => ["sweet;green", "sweet", "green; woody", "woody"][i % 4]),
      { kind: "MULTI_LABEL", separator: ";", distinct: 3 },
    ],
    [
      "labels between bars",
      "odor",
      range(COUNT, (i) => ["sweet|green", "sweet", "", "woody"][i % 4]),
      { kind: "MULTI_LABEL", separator: "|", distinct: 3, missingShare: 0.25 },
    ],
    ["synonyms between bars", "other", range(COUNT, (i) => `a${i}x|b${i}y|c${i}z`), { kind: "TEXT" }],
    ["prose", "notes", range(COUNT, (i) => `Taken from batch ${i} in the afternoon`), { kind: "TEXT" }],
    ["dates", "measured", range(COUNT, (i) => `2024-01-${10 + (i % 9)}`), { kind: "TEXT", note: "dates" }],
    ["elements", "metal", range(COUNT, (i) => ["C", "N", "O"][i % 3]), { kind: "SINGLE_LABEL" }],
    ["nothing", "void", range(COUNT, () => ""), { kind: "EMPTY", distinct: 0, missingShare: 1, examples: [] }],
  ])("of %s (%s)", async (_what, header, values, expected) => {
    const found = await tables.describe(beside(header, values));
    expect(of(found, header)).toMatchObject(expected);
    expect(of(found, "smiles")).toMatchObject({ kind: "SMILES", use: "SMILES", distinct: COUNT });
  });

  it("of numbers with decimal commas is read; one that may hold thousands is not guessed", async () => {
    const fractions = await tables.describe(
      beside(
        "logP",
        range(COUNT, (i) => `${i},5`),
        ";",
      ),
    );
    expect(of(fractions, "logP")).toMatchObject({ kind: "NUMBER", decimal: ",", use: "NUMBER" });
    const path = await tables.file("commas.csv", "smiles;logP\nCCO;-0,31\nCCC;1.234\nCC;2\n");
    const labels = [];
    for await (const row of readCsv(await examineText(path), columnsOf(fractions, path)))
      labels.push(row.labels.logP[0]);
    // A point among decimal commas is not a fraction: the import reports that the value is not a number.
    expect(labels).toEqual(["-0.31", "1,234", "2"]);

    const open = beside(
      "mass",
      range(COUNT, (i) => `1,${100 + i}`),
      ";",
    );
    expect(of(await tables.describe(open), "mass")).toMatchObject({
      kind: "TEXT",
      use: null,
      note: expect.stringContaining("decimal"),
    });
    expect(of(await tables.describe(open, { decimal: "," }), "mass")).toMatchObject({ kind: "NUMBER", decimal: "," });
    expect(of(await tables.describe(open, { decimal: "." }), "mass")).toMatchObject({ use: null });
  });

  it("of numbers beside marks of missing ones: the marks are not values, anywhere in the table", async () => {
    const rows = SMILES.map((smiles, i) => [smiles, i % 4 ? `${i}.5` : "NA", i % 2 ? "NA" : "ab"[(i / 2) % 2]]);
    const found = await tables.describe(table(["smiles", "logP", "class"], rows));
    expect(found.missing).toEqual(["NA"]);
    expect(of(found, "logP")).toMatchObject({ kind: "NUMBER", missingShare: 0.25 });
    expect(of(found, "class")).toMatchObject({ kind: "SINGLE_LABEL", distinct: 2 });
    const named = await tables.describe(table(["smiles", "logP", "class"], rows), { missing: [] });
    expect([named.missing, of(named, "class").distinct]).toEqual([[], 3]);
  });

  it("with a quoted cell that ends below the sample is still described by the rows above", async () => {
    const long = Array.from({ length: 30_000 }, (_, i) => `line ${i} of a remark that has no end in sight`).join("\n");
    const found = await tables.describe(
      `${beside(
        "logP",
        range(COUNT, (i) => `${i}.5`),
      )}CCS,"${long}"\n`,
    );
    expect(found).toMatchObject({ sampledRows: COUNT, isWhole: false, lines: COUNT + 30_001 });
    expect(of(found, "logP").kind).toBe("NUMBER");
  });

  it("is described by the first 1,000 rows, as the description says", async () => {
    const values = range(1_500, (i) => (i < 1_000 ? "a" : "b"));
    const found = await tables.describe(beside("class", values));
    expect(found).toMatchObject({ sampledRows: 1_000, isWhole: false, lines: 1_501 });
    expect(of(found, "class")).toMatchObject({ kind: "CONSTANT", note: expect.stringContaining("rows looked at") });
    expect(of(await tables.describe(beside("class", values), { labels: ["class"] }), "class").use).toBe("SINGLE_LABEL");
  });
});
