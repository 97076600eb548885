/** Cells that were read wrongly: numbers, missing values, ways of writing one class, several labels. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { MISSING_TEXTS } from "../../../src/datasets/cells/missing.js";
import { columnsOf } from "../../../src/datasets/files/choose-columns.js";
import {
  alcohols,
  beside,
  columnOf,
  type Describer,
  labelsOf,
  startDescriber,
  table,
} from "../../support/data/tables.js";

let tables: Describer;
beforeAll(async () => {
  tables = await startDescriber();
});
afterAll(() => tables?.close());

const COUNT = 30;
const SMILES = alcohols(COUNT);
const CLASSES = ["alcohol", "acid", "amine"];
const range = <T>(count: number, value: (index: number) => T): T[] => Array.from({ length: count }, (_, i) => value(i));
const read: Describer["read"] = (...given) => tables.read(...given);

describe("numbers", () => {
  it("with points of three digits beside decimal commas are ambiguous until the mark is named", async () => {
    const text = table(
      ["smiles", "IC50", "logP"],
      SMILES.map((smiles, i) => [smiles, `${i + 1}.${100 + i}`, `${i},5`]),
      ";",
    );
    const { found, good } = await read(text);
    expect(columnOf(found, "IC50")).toMatchObject({
      kind: "TEXT",
      use: null,
      ambiguous: true,
      note: expect.stringMatching(/points.*decimal/),
    });
    expect(Object.keys(good[0].labels)).toEqual(["logP"]);
    expect(labelsOf((await read(text, { decimal: "," })).good, "IC50").slice(0, 2)).toEqual(["1100", "2101"]);
    const points = await read(text, { decimal: "." });
    expect([labelsOf(points.good, "IC50")[1], labelsOf(points.good, "logP")[1]]).toEqual(["2.101", "1.5"]);
    await expect(read(text, { kinds: { IC50: "NUMBER" } })).rejects.toMatchObject({
      code: "COLUMN_AMBIGUOUS",
      param: "decimal",
      details: { columns: ["IC50"] },
    });
  });

  it.each([
    ["commas between thousands, where a fraction says so", ["1,234.5", "12,345", "0.5"], ["1234.5", "12345", "0.5"]],
    ["points between thousands, where a fraction says so", ["1.234,5", "12.345", "0,5"], ["1234.5", "12345", "0.5"]],
    ["points between thousands beside a short fraction", ["130.000", "0,2", "5000"], ["130000", "0.2", "5000"]],
    ["commas between thousands beside a short fraction", ["130,000", "0.2", "5000"], ["130000", "0.2", "5000"]],
    ["several groups", ["1,234,567", "2,345", "12"], ["1234567", "2345", "12"]],
  ])("with %s are read", async (_what, cells, values) => {
    const { found, good } = await read(
      beside(
        "mass",
        range(COUNT, (i) => cells[i % 3]),
        ";",
      ),
    );
    expect(columnOf(found, "mass")).toMatchObject({ kind: "NUMBER", grouped: true });
    expect(labelsOf(good, "mass").slice(0, 3)).toEqual(values);
  });

  it("in hexadecimal and above 1e150 stay numbers of no column: the description counts them", async () => {
    const hex = await tables.describe(
      beside(
        "y",
        range(COUNT, (i) => (i === 3 ? "0x1F" : `${i}.5`)),
      ),
    );
    expect(columnOf(hex, "y")).toMatchObject({ kind: "NUMBER", note: expect.stringMatching(/^1 of .* no numbers/) });
    const huge = await tables.describe(
      beside(
        "y",
        range(COUNT, (i) => `${i + 1}e300`),
      ),
    );
    expect(columnOf(huge, "y").note).toMatch(/^30 of .* too large/);
  });
});

describe("texts that mean not known", () => {
  const MARKS = ["nan", "NaN", "N/A", "NA", "None", "null", "-", "unknown"];

  it.each(MARKS)("%s is counted and named in columns of classes, labels and numbers alike", async (mark) => {
    const text = table(
      ["smiles", "class", "odor", "logP"],
      SMILES.map((smiles, i) =>
        i % 4 ? [smiles, CLASSES[i % 3], i % 2 ? "a|b" : "b", `${i}.5`] : [smiles, mark, mark, mark],
      ),
    );
    const { found, good } = await read(text);
    expect([found.missing, found.missingIsNamed]).toEqual([[mark], false]);
    for (const [name, distinct] of [
      ["class", 3],
      ["odor", 2],
      ["logP", 22],
    ] as const)
      expect(columnOf(found, name)).toMatchObject({
        distinct,
        missingShare: 8 / 30,
        missingTexts: [{ text: mark, count: 8 }],
      });
    expect(columnOf(found, "class").note).toContain(`"${mark}" (8) read as not known; to keep one as a class`);
    // Whoever writes the rows leaves them out, and counts them in the whole file.
    expect(labelsOf(good, "class")).toHaveLength(30);
    expect(columnsOf(found, "The file").missing).toBeUndefined();
  });

  it("are those that the user names, or none", async () => {
    const text = beside(
      "class",
      range(COUNT, (i) => ["None", "nan", "acid"][i % 3]),
    );
    const kept = await tables.describe(text, { missing: ["nan"] });
    expect([columnOf(kept, "class").distinct, kept.missing, columnsOf(kept, "The file").missing]).toEqual([
      2,
      ["nan"],
      ["nan"],
    ]);
    expect(columnOf(await tables.describe(text, { missing: [] }), "class").distinct).toBe(3);
  });

  it("are all in the document, in a table of their own", async () => {
    const document = await readFile(join(import.meta.dirname, "../../../docs/import.md"), "utf8");
    const section = document.slice(document.indexOf("### Missing values"), document.indexOf("### Numbers"));
    for (const text of MISSING_TEXTS) expect(section, text).toContain(`\`${text}\``);
  });

  it("are no elements, and no header is lost for them", async () => {
    const elements = await tables.describe(
      beside(
        "metal",
        range(COUNT, (i) => ["Na", "Nd", "In"][i % 3]),
      ),
    );
    expect(columnOf(elements, "metal")).toMatchObject({ distinct: 3, missingTexts: [] });
    const rows = SMILES.map((smiles, i) => [`x${smiles}`, i % 3 === 1 ? "NA" : `${i}.5`]);
    expect(await tables.describe(table(null, rows))).toMatchObject({ header: false });
  });
});

describe("ways of writing one class", () => {
  it("TRUE, True, true and 1 are one, and the description says so", async () => {
    const { found, good } = await read(
      beside(
        "active",
        range(COUNT, (i) => ["TRUE", "True", "true", "FALSE", "0", "1"][i % 6]),
      ),
    );
    expect(columnOf(found, "active")).toMatchObject({ kind: "SINGLE_LABEL", distinct: 2, reading: "BOOLEAN" });
    expect(columnOf(found, "active").note).toBe(
      '"TRUE", "True", "true", "1" read as "true"; "FALSE", "0" read as "false"',
    );
    expect(labelsOf(good, "active").slice(0, 6)).toEqual(["true", "true", "true", "false", "false", "true"]);
    const plain = await read(
      beside(
        "active",
        range(COUNT, (i) => ["True", "False"][i % 2]),
      ),
    );
    expect([columnOf(plain.found, "active").note, labelsOf(plain.good, "active")[0]]).toEqual([null, "True"]);
  });

  it("1 and 1.0 are one; Acid and acid are two, with a remark", async () => {
    const { found, good } = await read(
      beside(
        "active",
        range(COUNT, (i) => ["1", "1.0", "0"][i % 3]),
      ),
    );
    expect(columnOf(found, "active")).toMatchObject({ kind: "SINGLE_LABEL", distinct: 2, reading: "WHOLE" });
    expect(labelsOf(good, "active").slice(0, 3)).toEqual(["1", "1", "0"]);
    const cases = await tables.describe(
      beside(
        "class",
        range(COUNT, (i) => ["Acid", "acid", "amine"][i % 3]),
      ),
    );
    expect(columnOf(cases, "class")).toMatchObject({
      distinct: 3,
      note: expect.stringMatching(/"Acid", "acid" differ only in case/),
    });
  });

  it("equal texts in two Unicode forms are one, in cells, headers and options", async () => {
    const [one, two] = ["éther", "e\u0301ther"];
    const { found, good } = await read(
      beside(
        "cafe\u0301",
        range(COUNT, (i) => [one, two, "amine"][i % 3]),
      ),
      { labels: ["cafe\u0301"] },
    );
    expect(columnOf(found, "café")).toMatchObject({
      use: "SINGLE_LABEL",
      distinct: 2,
      note: expect.stringContaining("(NFC)"),
    });
    expect(new Set(labelsOf(good, "café"))).toEqual(new Set([one, "amine"]));
    expect(
      columnOf(
        await tables.describe(
          beside(
            "class",
            range(COUNT, (i) => [one, two][i % 2]),
          ),
        ),
        "class",
      ),
    ).toMatchObject({
      kind: "CONSTANT",
      note: expect.stringContaining("two Unicode forms"),
    });
  });
});

describe("several labels in a cell", () => {
  it.each([
    ["Python", "\"['sweet', 'green']\"", "\"['woody']\""],
    ["JSON", '"[""sweet"", ""green""]"', '"[""woody""]"'],
    ["numpy", "\"['sweet' 'green']\"", "\"['woody']\""],
    ["a tuple", "\"('sweet', 'green')\"", "\"('woody',)\""],
  ])("may be a list of %s", async (_what, many, one) => {
    const { found, good } = await read(
      beside(
        "flavors",
        range(COUNT, (i) => [many, one, '"[]"'][i % 3]),
      ),
    );
    expect(columnOf(found, "flavors")).toMatchObject({
      kind: "MULTI_LABEL",
      use: "MULTI_LABEL",
      reading: "LIST",
      separator: null,
      distinct: 3,
      note: expect.stringMatching(/lists.*\(10\) is read as not known/),
    });
    expect(good.slice(0, 3).map((row) => row.labels.flavors)).toEqual([["sweet", "green"], ["woody"], []]);
  });

  it("are a problem of the row where a list is broken, and no list where they are vectors or brackets", async () => {
    const lists = range(COUNT, (i) => (i === 4 ? "\"['sweet', 'gr\"" : "\"['sweet', 'green']\""));
    const { good, bad } = await read(beside("flavors", lists), { kinds: { flavors: "MULTI_LABEL" } });
    expect([good.length, bad]).toEqual([29, [[6, expect.stringContaining("is no list")]]]);
    const vectors = await tables.describe(
      beside(
        "bits",
        range(COUNT, (i) => `"[0, ${i % 2}]"`),
      ),
    );
    expect(columnOf(vectors, "bits")).toMatchObject({ kind: "SINGLE_LABEL", reading: null });
  });

  it("are not meant by one bar in one of several class names", async () => {
    const names = ["=SUM(A1)", '"Phenols, and ethers"', "α-胺 🧪", "+cmd|calc", "-x"];
    const { found, good } = await read(
      beside(
        "class",
        range(COUNT, (i) => names[i % 5]),
      ),
    );
    expect(columnOf(found, "class")).toMatchObject({ kind: "SINGLE_LABEL", distinct: 5, separator: null });
    expect(labelsOf(good, "class").slice(0, 5)).toEqual([
      "=SUM(A1)",
      "Phenols, and ethers",
      "α-胺 🧪",
      "+cmd|calc",
      "-x",
    ]);
    const pairs = await tables.describe(
      beside(
        "odor",
        range(COUNT, (i) => ["a|b", "c|d"][i % 2]),
      ),
    );
    expect(columnOf(pairs, "odor")).toMatchObject({ kind: "MULTI_LABEL", distinct: 4 });
  });
});
