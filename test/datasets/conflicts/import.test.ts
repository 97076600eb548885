/** Rows that give one molecule different labels: what is kept, over batches, again, and by every way of importing. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startTestService, type TestService } from "../../support/api.js";
import { FakeCompute } from "../../support/fake-compute.js";

let service: TestService;
beforeAll(async () => {
  service = await startTestService({ compute: new FakeCompute() });
});
afterAll(() => service.close());

const IMPORT = `mutation ($input: ImportDatasetInput!) {
  importDataset(input: $input) {
    report { imported merged problemCount onConflict conflicts { labelSet count } reasons { code count } }
    dataset { report { onConflict conflicts { labelSet count } } labelSets { name counts { value count } } } } }`;
interface Report {
  imported: number;
  merged: number;
  problemCount: number;
  onConflict: string;
  conflicts: { labelSet: string; count: number }[];
}
interface Imported {
  report: Report;
  dataset: { report: Report; labelSets: { name: string; counts: { value: string; count: number }[] }[] };
}
type Row = [smiles: string, kind: string, logP: string, tags?: string[]];

/** Ethanol four times, ethylamine twice, methane once; propane's rows agree. */
const ROWS: Row[] = [
  ["CCO", "a", "1"],
  ["CCN", "x", "5", ["one"]],
  ["OCC", "b", "900"],
  ["CCC", "p", "2"],
  ["C(C)O", "b", "3"],
  ["NCC", "y", "4", ["two"]],
  ["C(C)C", "p", "2.0"],
  ["C", "m", ""],
  ["C(O)C", "c", "3"],
];
let count = 0;
let name: string;
beforeEach(() => {
  name = `set-${count++}`;
});

async function load(rule: string | undefined, rows: readonly (readonly [number, Row])[], continues = false) {
  const input = {
    name,
    continues,
    ...(rule ? { onConflict: rule } : {}),
    labelKinds: [
      { labelSet: "kind", kind: "SINGLE_LABEL" },
      { labelSet: "logP", kind: "NUMBER" },
      { labelSet: "tags", kind: "MULTI_LABEL" },
    ],
    rows: rows.map(([line, [smiles, kind, logP, tags = []]]) => ({
      line,
      smiles,
      labels: [
        { labelSet: "kind", value: kind },
        { labelSet: "logP", value: logP },
        ...tags.map((value) => ({ labelSet: "tags", value })),
      ],
    })),
  };
  return (await service.data<{ importDataset: Imported }>(IMPORT, { input })).importDataset;
}
const numbered = ROWS.map((row, at) => [at + 2, row] as const);

/** Labels by canonical SMILES. */
async function kept(): Promise<Record<string, (string | undefined)[]>> {
  const { rows } = await service.store.pool.query<{ smiles: string; kind: string; logp: string }>(
    `SELECT m.smiles, k.value AS kind, n.value AS logp FROM "DatasetCompound" m
     JOIN "Dataset" d ON d.id = m."datasetId"
     LEFT JOIN "LabelSet" ks ON ks."datasetId" = d.id AND ks.name = 'kind'
     LEFT JOIN "Label" k ON k."memberId" = m.id AND k."labelSetId" = ks.id
     LEFT JOIN "LabelSet" ns ON ns."datasetId" = d.id AND ns.name = 'logP'
     LEFT JOIN "Label" n ON n."memberId" = m.id AND n."labelSetId" = ns.id
     WHERE d.name = $1 ORDER BY m.position`,
    [name],
  );
  return Object.fromEntries(rows.map(({ smiles, kind, logp }) => [smiles, [kind, logp]]));
}
const claims = async () =>
  (
    await service.store.pool.query<{ count: number }>(
      `SELECT count(*)::int FROM "LabelClaim" c JOIN "LabelSet" s ON s.id = c."labelSetId"
       JOIN "Dataset" d ON d.id = s."datasetId" WHERE d.name = $1`,
      [name],
    )
  ).rows[0].count;

const EXPECTED = {
  FIRST: { CCO: ["a", "1"], CCN: ["x", "5"], CCC: ["p", "2"], C: ["m", null] },
  MAJORITY: { CCO: ["b", "3"], CCN: ["x", "4"], CCC: ["p", "2"], C: ["m", null] },
  DROP: { CCO: [null, null], CCN: [null, null], CCC: ["p", "2"], C: ["m", null] },
} as const;
const RULES = ["FIRST", "MAJORITY", "DROP"] as const;
const CONFLICTS = [
  { labelSet: "kind", count: 4 },
  { labelSet: "logP", count: 4 },
];

describe.each(RULES)("%s", (rule) => {
  it("decides, counts the contradictions, and keeps the counts of the label set right", async () => {
    const { report, dataset } = await load(rule, numbered);
    expect(await kept()).toEqual(EXPECTED[rule]);
    expect(report).toMatchObject({ imported: 4, merged: 5, problemCount: 8, onConflict: rule, conflicts: CONFLICTS });
    expect(dataset.report).toEqual({ onConflict: rule, conflicts: CONFLICTS });
    const counts = Object.values(EXPECTED[rule]).flatMap(([kind]) => (kind === null ? [] : [kind]));
    const [{ counts: found }, , { counts: tags }] = dataset.labelSets;
    expect(found.map(({ value, count: of }) => [value, of])).toEqual([...counts].sort().map((kind) => [kind, 1]));
    expect(tags.map(({ value }) => value)).toEqual(["one", "two"]);
  });

  it("gives the same by batches of one row, again, and after an interruption", async () => {
    for (const [at, row] of numbered.entries()) await load(rule, [row], at > 0);
    expect(await kept()).toEqual(EXPECTED[rule]);
    const before = await claims();
    expect((await load(rule, numbered.slice(0, 4))).report.conflicts.map(({ count: of }) => of)).toEqual([1, 1]);
    expect((await load(rule, numbered)).report.conflicts).toEqual(CONFLICTS);
    expect(await kept()).toEqual(EXPECTED[rule]);
    expect(await claims()).toBe(before);
  });
});

it("of a set that was imported with the first labels, all rows decide when they are given again", async () => {
  await load(undefined, numbered);
  expect(await kept()).toEqual(EXPECTED.FIRST);
  await load("MAJORITY", numbered);
  expect(await kept()).toEqual(EXPECTED.MAJORITY);
  await load("DROP", numbered);
  expect(await kept()).toEqual(EXPECTED.DROP);
  await load("MAJORITY", numbered);
  expect(await kept()).toEqual(EXPECTED.MAJORITY);
});

it("equal rows of one file count each; of a second file, one with a known line and label does not", async () => {
  const a: Row = ["CCO", "a", ""];
  const b: Row = ["CCO", "b", ""];
  const first = [[2, b] as const, [3, a] as const, [4, a] as const];
  await load("MAJORITY", first);
  expect((await kept()).CCO).toEqual(["a", null]);
  expect(await claims()).toBe(3);
  // Line 2 of b is known, so it is two against two, and b comes first.
  await load("MAJORITY", [
    [2, b],
    [3, b],
  ]);
  expect((await kept()).CCO).toEqual(["b", null]);
  expect(await claims()).toBe(4);
  await load("MAJORITY", [
    [3, a],
    [4, a],
    [5, a],
  ]);
  expect((await kept()).CCO).toEqual(["a", null]);
  expect(await claims()).toBe(5);
});

it("a label of an earlier version, without a line, counts once", async () => {
  await load(undefined, numbered.slice(0, 1));
  await service.store.pool.query(`UPDATE "Label" SET line = NULL`);
  await load("MAJORITY", numbered.slice(2, 3));
  expect(await kept()).toEqual({ CCO: ["a", "1"] });
  // Its own row comes: one claim of each, and none of an unknown line.
  await load("MAJORITY", numbered.slice(0, 3));
  expect((await kept()).CCO).toEqual(["a", "1"]);
  expect(await claims()).toBe(4);
  await load("MAJORITY", numbered);
  expect(await kept()).toEqual(EXPECTED.MAJORITY);
});

it("claims go with their dataset", async () => {
  await load("DROP", numbered);
  expect(await claims()).toBe(16);
  await service.store.pool.query(`DELETE FROM "Dataset" WHERE name = $1`, [name]);
  expect(await claims()).toBe(0);
});

it("is taken by the address of an upload, and refused where it is no rule", async () => {
  const body = `smiles,kind,logP\n${ROWS.map(([smiles, kind, logP]) => `${smiles},${kind},${logP}`).join("\n")}\n`;
  const send = async (rule: string) => {
    const address = `/import/csv?dataset=${name}&label=kind&number=logP&onConflict=${rule}`;
    const headers = { "x-maillard-client": "test", "content-type": "application/octet-stream" };
    const response = await fetch(new URL(address, service.url), { method: "POST", body, headers });
    const lines = (await response.text()).trim().split("\n");
    return JSON.parse(lines.at(-1) as string) as { report?: Report; error?: { code: string } };
  };
  expect(await send("mean")).toMatchObject({ error: { code: "BAD_INPUT" } });
  expect((await send("drop")).report).toMatchObject({ onConflict: "DROP", conflicts: { kind: 4, logP: 4 } });
  expect(await kept()).toEqual(EXPECTED.DROP);
});
