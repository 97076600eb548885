/** What an import takes of a table: the columns that were found, or those that the user names. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { columnsOf } from "../../../src/datasets/files/choose-columns.js";
import type { CsvDescription } from "../../../src/datasets/files/describe-csv.js";
import { alcohols, type Describer, startDescriber, table } from "../../support/data/tables.js";

let tables: Describer;
beforeAll(async () => {
  tables = await startDescriber();
});
afterAll(() => tables?.close());

const uses = ({ columns }: CsvDescription) => Object.fromEntries(columns.map(({ name, use }) => [name, use]));
const SMILES = alcohols(40);
const range = <T>(count: number, value: (index: number) => T): T[] => Array.from({ length: count }, (_, i) => value(i));

describe("what an import takes", () => {
  const HEADER = ["id", "name", "smiles", "scaffold", "odor", "logP", "NR-AR", "remark"];
  const TABLE = table(
    HEADER,
    SMILES.map((smiles, i) => [
      `${i}`,
      `alcohol ${i}`,
      smiles,
      alcohols(40)[(i * 3) % 40],
      i % 2 ? "a|b" : "b",
      `${i / 3}`,
      `${i % 2}`,
      `seen by ${i}`,
    ]),
  );

  it("is the column called smiles, the name, and what is classes, labels or numbers", async () => {
    const found = await tables.describe(TABLE);
    expect(uses(found)).toEqual({
      id: null,
      name: "NAME",
      smiles: "SMILES",
      scaffold: null,
      remark: null,
      odor: "MULTI_LABEL",
      logP: "NUMBER",
      "NR-AR": "SINGLE_LABEL",
    });
    expect(columnsOf(found, "The file")).toMatchObject({
      smiles: "smiles",
      name: "name",
      labels: ["NR-AR"],
      multiLabels: ["odor"],
      numbers: ["logP"],
      separators: { odor: "|" },
      decimalCommas: [],
      encoding: "utf-8",
      delimiter: ",",
      header: true,
    });
  });

  it("is what the user names: columns, kinds, both, or none", async () => {
    expect(uses(await tables.describe(TABLE, { smiles: "scaffold", name: "id", labels: ["remark"] }))).toEqual({
      id: "NAME",
      name: null,
      smiles: null,
      scaffold: "SMILES",
      odor: null,
      logP: null,
      "NR-AR": null,
      remark: "SINGLE_LABEL",
    });
    expect(uses(await tables.describe(TABLE, { labels: ["logP"], kinds: { odor: "SINGLE_LABEL" } }))).toMatchObject({
      logP: "NUMBER",
      odor: "SINGLE_LABEL",
      "NR-AR": null,
    });
    expect(uses(await tables.describe(TABLE, { kinds: { "NR-AR": "NUMBER" } }))).toMatchObject({
      odor: "MULTI_LABEL",
      logP: "NUMBER",
      "NR-AR": "NUMBER",
    });
    expect(uses(await tables.describe(TABLE, { labels: [] }))).toMatchObject({ odor: null, logP: null, "NR-AR": null });
  });

  it("is refused with a code: no SMILES, two columns of them, a column that is not there", async () => {
    const two = await tables.describe(TABLE.replace("smiles", "canonical"));
    expect(uses(two)).toMatchObject({ canonical: null, scaffold: null });
    expect(() => columnsOf(two, "The file")).toThrow(
      expect.objectContaining({ code: "COLUMN_AMBIGUOUS", details: { columns: ["canonical", "scaffold"] } }),
    );
    const none = await tables.describe(
      table(
        ["name", "class"],
        range(9, (i) => [`thing ${i}`, "ab"[i % 2]]),
      ),
    );
    expect(() => columnsOf(none, "The file")).toThrow(expect.objectContaining({ code: "COLUMN_NOT_FOUND" }));
    for (const options of [
      { smiles: "SMILES" },
      { name: "title" },
      { labels: ["odour"] },
      { kinds: { x: "NUMBER" as const } },
    ])
      await expect(tables.describe(TABLE, options)).rejects.toMatchObject({ code: "COLUMN_NOT_FOUND" });
  });

  it("by patterns: columns found to hold labels, in the order of the table; of kinds, all that match", async () => {
    expect(uses(await tables.describe(TABLE, { labels: ["*"] }))).toEqual(uses(await tables.describe(TABLE)));
    expect(uses(await tables.describe(TABLE, { labels: ["NR-*", "o?or"] }))).toMatchObject({
      odor: "MULTI_LABEL",
      logP: null,
      "NR-AR": "SINGLE_LABEL",
      remark: null,
    });
    // No column of labels matches: texts are taken by their name, or with their kind.
    await expect(tables.describe(TABLE, { labels: ["rem*"] })).rejects.toMatchObject({
      code: "COLUMN_NOT_FOUND",
      param: "rem*",
    });
    await expect(tables.describe(TABLE, { labels: ["NR_*"] })).rejects.toThrow(/nearest: "NR-AR"/);
    const kinds = { "r*": "SINGLE_LABEL", "NR-*": "SINGLE_LABEL", "NR-AR": "NUMBER" } as const;
    expect(uses(await tables.describe(TABLE, { labels: ["rem*"], kinds }))).toMatchObject({
      smiles: "SMILES",
      remark: "SINGLE_LABEL",
      "NR-AR": "NUMBER",
      odor: null,
    });
    // A column of this name is itself.
    const literal = TABLE.replace("NR-AR", "NR-*");
    expect(columnsOf(await tables.describe(literal, { labels: ["NR-*"] }), "The file").labels).toEqual(["NR-*"]);
  });

  it("is none of more than 100 label columns, unless they are named", async () => {
    const header = ["smiles", ...range(101, (i) => `bit ${i}`)];
    const text = table(
      header,
      SMILES.map((smiles, row) => [smiles, ...range(101, (i) => `${(row + i) % 2}`)]),
    );
    const found = await tables.describe(text);
    expect(found.columns.filter(({ kind }) => kind === "SINGLE_LABEL")).toHaveLength(101);
    expect(columnsOf(found, "The file").labels).toEqual([]);
    expect(columnsOf(await tables.describe(text, { labels: ["bit 7"] }), "The file").labels).toEqual(["bit 7"]);
    expect(columnsOf(await tables.describe(text, { labels: ["*"] }), "The file").labels).toHaveLength(101);
  });
});
