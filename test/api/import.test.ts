/**
 * What importDataset promises: bad rows are reported with line and reason, the rest is imported, and a repeated import
 * makes no duplicates.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestService, type TestService } from "../support/api.js";
import { FakeCompute } from "../support/fake-compute.js";

const IMPORT = `mutation ($input: ImportDatasetInput!) {
  importDataset(input: $input) {
    report { rows imported merged dropped problemCount missing { text count } problems { line code message } }
    dataset {
      id name size description source
      report { rows imported merged dropped problemCount problems { line code } }
      labelSets { name kind counts { value count } } compounds(first: 100) { edges { node { smiles name } } } } } }`;
interface Report {
  rows: number;
  imported: number;
  merged: number;
  dropped: number;
  problemCount: number;
  missing: { text: string; count: number }[];
  problems: { line: number; code: string; message: string }[];
}
interface Imported {
  report: Report;
  dataset: {
    size: number;
    description: string;
    report: Report;
    labelSets: { name: string; kind: string; counts: { value: string; count: number }[] }[];
    compounds: { edges: { node: { smiles: string; name: string | null } }[] };
  };
}

let service: TestService;
beforeAll(async () => {
  service = await startTestService({ compute: new FakeCompute() });
});
afterAll(() => service.close());

const load = async (input: object): Promise<Imported> =>
  (await service.data<{ importDataset: Imported }>(IMPORT, { input })).importDataset;
const refusal = (input: object) => service.refusal(IMPORT, { input });
const row = (line: number, smiles: string, labels: [string, string][] = [], rest: object = {}) => ({
  line,
  smiles,
  labels: labels.map(([set, value]) => ({ set, value })),
  ...rest,
});

const library = [
  row(2, "CCO", [["class", "alcohol"]], { name: "ethanol" }),
  row(3, "C1CC", [["class", "broken"]]),
  row(4, "OCC", [["class", "alcohol"]]),
  row(5, "CC=O", [["class", "aldehyde"]]),
  row(6, "C(C)O", [["class", "spirit"]]),
  row(7, "", []),
  row(8, "CN", [["class", " "]]),
  row(9, "O", [], { problem: "the row has 3 fields, the header 4" }),
];

describe("importDataset", () => {
  it("reports bad rows with line and code, and imports the rest", async () => {
    const { report, dataset } = await load({ name: "library", rows: library, description: "A test.", source: "here" });
    expect(report).toMatchObject({ rows: 8, imported: 3, merged: 2, dropped: 3, problemCount: 4 });
    expect(report.problems.map(({ line, code }) => [line, code])).toEqual([
      [3, "INVALID_SMILES"],
      [6, "LABEL_CONFLICT"],
      [7, "EMPTY_INPUT"],
      [9, "BAD_ROW"],
    ]);
    expect(report.problems[0].message).toContain("unclosed ring");
    expect(dataset).toMatchObject({ name: "library", size: 3, description: "A test.", source: "here" });
    expect(dataset.compounds.edges.map(({ node }) => node)).toEqual([
      { smiles: "CCO", name: "ethanol" },
      { smiles: "CC=O", name: null },
      { smiles: "CN", name: null },
    ]);
    expect(dataset.labelSets).toEqual([
      {
        name: "class",
        kind: "SINGLE_LABEL",
        counts: [
          { value: "alcohol", count: 1 },
          { value: "aldehyde", count: 1 },
        ],
      },
    ]);
  });

  it("repeated changes nothing but the report", async () => {
    const before = await load({ name: "repeated", rows: library });
    const after = await load({ name: "repeated", rows: library });
    expect(after.report).toMatchObject({ rows: 8, imported: 0, merged: 5, dropped: 3, problemCount: 4 });
    expect({ ...after.dataset, report: null }).toEqual({ ...before.dataset, report: null });
  });

  it("adds a file's batches up with `continues`, and begins a new report without", async () => {
    await load({ name: "batches", rows: library.slice(0, 4) });
    const { report, dataset } = await load({ name: "batches", rows: library.slice(4), continues: true });
    expect(report).toMatchObject({ rows: 4, imported: 1 });
    expect(dataset.report).toMatchObject({ rows: 8, imported: 3, merged: 2, dropped: 3, problemCount: 4 });
    expect(dataset.report.problems.map(({ line }) => line)).toEqual([3, 6, 7, 9]);
    expect((await load({ name: "batches", rows: library.slice(0, 1) })).dataset.report).toMatchObject({ rows: 1 });
  });

  it("counts two batches at once as if they came one after the other", async () => {
    const chain = (from: number) => Array.from({ length: 10 }, (_, index) => row(index + 1, "C".repeat(from + index)));
    const answers = await Promise.all([1, 6, 1, 6].map((from) => load({ name: "raced", rows: chain(from) })));
    expect(answers.reduce((sum, { report }) => sum + report.imported, 0)).toBe(15);
    const { dataset } = await load({ name: "raced", rows: chain(1) });
    expect(dataset.size).toBe(15);
    const { rows } = await service.store.pool.query(
      `SELECT count(DISTINCT position)::int AS positions, max(position) AS last
       FROM "DatasetCompound" m JOIN "Dataset" d ON d.id = m."datasetId" WHERE d.name = 'raced'`,
    );
    expect(rows).toEqual([{ positions: 15, last: 14 }]);
  });

  it("reads several values of one set, and numbers, by their kinds", async () => {
    const rows = [
      row(1, "CCO", [
        ["flavor", "sweet"],
        ["flavor", "fruity"],
        ["weight", "46.07"],
      ]),
      row(2, "CCN", [
        ["flavor", "fishy"],
        ["weight", "heavy"],
      ]),
    ];
    const { report, dataset } = await load({ name: "kinds", rows, labelKinds: [{ set: "weight", kind: "NUMBER" }] });
    expect(report.problems.map(({ line, code }) => [line, code])).toEqual([[2, "BAD_NUMBER"]]);
    expect(dataset.labelSets.map(({ name, kind }) => [name, kind])).toEqual([
      ["flavor", "MULTI_LABEL"],
      ["weight", "NUMBER"],
    ]);
    expect(dataset.labelSets[0].counts).toHaveLength(3);
    const conflict = await refusal({ name: "kinds", rows, labelKinds: [{ set: "weight", kind: "MULTI_LABEL" }] });
    expect(conflict).toMatchObject({ code: "CONFLICT" });
  });

  it("leaves out labels that mean not known, and counts them; which they are can be said", async () => {
    const rows = ["nan", "N/A", "None", "null", "-", "unknown", "nan", "acid"].map((text, i) =>
      row(i + 1, `${"C".repeat(i + 1)}F`, [
        ["class", text],
        ["logP", text === "acid" ? "1.5" : text],
        ["odor", text],
        ["odor", "sweet"],
      ]),
    );
    const labelKinds = [{ set: "logP", kind: "NUMBER" }];
    const { report, dataset } = await load({ name: "marks", rows, labelKinds });
    expect(report).toMatchObject({ imported: 8, problemCount: 0 });
    expect(report.missing).toEqual([
      { text: "nan", count: 6 },
      ...["-", "N/A", "None", "null", "unknown"].map((text) => ({ text, count: 3 })),
    ]);
    const counts = (of: Imported["dataset"], set: string) => of.labelSets.find(({ name }) => name === set)!.counts;
    expect(counts(dataset, "class")).toEqual([{ value: "acid", count: 1 }]);
    expect(counts(dataset, "odor")).toEqual([
      { value: "sweet", count: 8 },
      { value: "acid", count: 1 },
    ]);
    const none = await load({ name: "marks-none", rows, labelKinds, missing: [] });
    expect([counts(none.dataset, "class").length, none.report.missing]).toEqual([7, []]);
    expect(none.report.problems.map(({ code }) => code)).toEqual(new Array(7).fill("BAD_NUMBER"));
    const some = await load({ name: "marks-some", rows, labelKinds, missing: ["nan"] });
    expect(counts(some.dataset, "class")).toHaveLength(6);
    expect(await refusal({ name: "marks-many", rows, missing: new Array(101).fill("x") })).toMatchObject({
      code: "TOO_MANY_ITEMS",
      param: "missing",
    });
  });

  it("takes as numbers what is written as one: no hexadecimal, none above 1e150, whole ones exactly", async () => {
    const texts = ["0x1F", "1e300", "Infinity", "1e-7", "1700000012", " -0.50 ", "1_000", "0b11"];
    const rows = texts.map((text, i) => row(i + 1, `${"C".repeat(i + 1)}Br`, [["y", text]]));
    const { report } = await load({ name: "numbers", rows, labelKinds: [{ set: "y", kind: "NUMBER" }] });
    expect(report.problems.map(({ line, code }) => [line, code])).toEqual(
      [1, 2, 3, 7, 8].map((line) => [line, "BAD_NUMBER"]),
    );
    expect(report.problems[1].message).toMatch(/"1e300" of y is too large.*1e\+150/);
    const labels = await service.store.prisma.label.findMany({ where: { labelSet: { name: "y" } } });
    expect(labels.map(({ number }) => number as number).sort((a, b) => a - b)).toEqual([-0.5, 1e-7, 1_700_000_012]);
  });

  it("keeps equal texts of two Unicode forms as one, and one set by either name", async () => {
    const [one, two] = ["éther", "e\u0301ther"];
    const rows = [row(1, "CCOCC", [[one, one]]), row(2, "COC", [[two, two]]), row(3, "CCOCC", [[two, two]])];
    const { report, dataset } = await load({ name: "forms", rows });
    expect(report.problemCount).toBe(0);
    expect(dataset.labelSets).toEqual([{ name: one, kind: "SINGLE_LABEL", counts: [{ value: one, count: 2 }] }]);
  });

  it("refuses by code, and then nothing is imported", async () => {
    expect(await refusal({ name: "refused", rows: [] })).toMatchObject({ code: "EMPTY_INPUT", param: "rows" });
    expect(await refusal({ name: "refused", rows: Array(1_001).fill(row(1, "C")) })).toMatchObject({
      code: "TOO_MANY_ITEMS",
      details: { maximum: 1_000, actual: 1_001 },
    });
    const bad = [{ line: 0 }, { name: "x".repeat(1_001) }];
    for (const rest of bad)
      expect(await refusal({ name: "refused", rows: [row(1, "C", [], rest)] })).toMatchObject({
        code: "BAD_INPUT",
        param: "rows",
      });
    const labels = [
      ["", "x"],
      ["x".repeat(101), "x"],
      ["x", "y".repeat(1_001)],
    ];
    for (const label of labels as [string, string][])
      expect(await refusal({ name: "refused", rows: [row(1, "C", [label])] })).toMatchObject({ code: "BAD_INPUT" });
    for (const name of ["", "-a", "a b", "../a", "a".repeat(65)])
      expect(await refusal({ name, rows: [row(1, "C")] })).toMatchObject({ code: "BAD_INPUT", param: "name" });
    expect(await service.store.prisma.dataset.count({ where: { name: "refused" } })).toBe(0);
  });

  it("accepts every text that PostgreSQL and UTF-8 can hold, and keeps it", async () => {
    const odd = "\u202e ' \" \\ é \ud83e\uddea \ufffd $1 ; --";
    const rows = [row(1, "CCCCCCO", [["odd", odd]], { name: odd }), row(2, "C", [], { problem: odd })];
    const { dataset, report } = await load({ name: "odd", rows: [...rows, row(3, "OCCCCCC", [["odd", `${odd}!`]])] });
    expect(dataset.compounds.edges[0].node.name).toBe(odd);
    expect(dataset.labelSets[0].counts[0].value).toBe(odd.trim());
    expect(report.problems.map(({ code }) => code)).toEqual(["BAD_ROW", "LABEL_CONFLICT"]);
    expect(service.problems).toEqual([]);
  });
});

it("counts of a label set are chosen by number and size: the published rule of 10 below 200, in small", async () => {
  const values = ["a", "a", "a", "b", "b", "c", "c", "d"];
  const rows = values.map((value, index) => row(index + 1, "C".repeat(index + 30), [["taste", value]]));
  await load({ name: "tastes", rows });
  const COUNTS = `query ($first: Int, $minCount: Int, $maxCount: Int) { dataset(name: "tastes") { labelSets {
    counts(first: $first, minCount: $minCount, maxCount: $maxCount) { value count } } } }`;
  type Counts = { dataset: { labelSets: { counts: { value: string; count: number }[] }[] } };
  const counts = async (rules: object) =>
    (await service.data<Counts>(COUNTS, rules)).dataset.labelSets[0].counts.map(
      ({ value, count }) => `${value}${count}`,
    );
  expect(await counts({})).toEqual(["a3", "b2", "c2", "d1"]);
  expect(await counts({ maxCount: 2, first: 2 })).toEqual(["b2", "c2"]);
  expect(await counts({ minCount: 2 })).toEqual(["a3", "b2", "c2"]);
  expect(await counts({ first: 0 })).toEqual([]);
  expect(await service.refusal(COUNTS, { first: -1 })).toMatchObject({ code: "BAD_INPUT", param: "first" });
});
