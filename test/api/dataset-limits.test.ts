/** The limits of a dataset whose rows come by a mutation or as a file: n are taken, n + 1 is refused, with its code. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { type ImportLimits, importLimits } from "../../src/datasets/limits.js";
import { startTestService, type TestService } from "../support/api.js";
import { FakeCompute } from "../support/fake-compute.js";

let service: TestService;
beforeAll(async () => {
  service = await startTestService({ compute: new FakeCompute(), models: {} });
});
afterAll(() => service.close());

interface Row {
  smiles: string;
  labels: Record<string, string>;
}
const chain = (length: number): string => "C".repeat(length + 1);

/** What is refused at `limits`: the extensions of the error, or null. */
async function byMutation(limits: Partial<ImportLimits>, name: string, rows: Row[]): Promise<object | null> {
  Object.assign(service.application, { importLimits: importLimits(limits) });
  const input = {
    name,
    rows: rows.map(({ smiles, labels }, index) => ({
      line: index + 1,
      smiles,
      labels: Object.entries(labels).map(([labelSet, value]) => ({ set: labelSet, value })),
    })),
  };
  const query = "mutation ($input: ImportDatasetInput!) { importDataset(input: $input) { dataset { size } } }";
  const { errors } = await service.ask(query, { input });
  return errors ? errors[0].extensions : null;
}

async function asFile(limits: Partial<ImportLimits>, name: string, rows: Row[]): Promise<object | null> {
  Object.assign(service.application, { importLimits: importLimits(limits) });
  const sets = Object.keys(rows[0].labels);
  const lines = rows.map(({ smiles, labels }) => [smiles, ...sets.map((set) => labels[set])].join(","));
  const address = `dataset=${name}&smiles=smiles${sets.map((set) => `&label=${set}`).join("")}`;
  const answer = await fetch(`${service.url}/import/csv?${address}`, {
    method: "POST",
    headers: { "content-type": "application/octet-stream", "x-maillard-client": "test" },
    body: [["smiles", ...sets].join(","), ...lines, ""].join("\n"),
  });
  const last = JSON.parse((await answer.text()).trim().split("\n").at(-1) as string) as { error?: object };
  return last.error ?? null;
}

const rowsOf = (count: number): Row[] => Array.from({ length: count }, (_, n) => ({ smiles: chain(n), labels: {} }));
const setsOf = (count: number): Row[] => [
  { smiles: "CCO", labels: Object.fromEntries(Array.from({ length: count }, (_, n) => [`set${n}`, "a"])) },
];
const valuesOf = (count: number): Row[] =>
  Array.from({ length: count }, (_, n) => ({ smiles: chain(n), labels: { taste: `value ${n}` } }));
const LIMITS = { rows: rowsOf, labelSets: setsOf, labelValues: valuesOf } as const;

it.each(Object.entries(LIMITS) as [keyof typeof LIMITS, (count: number) => Row[]][])(
  "%s by mutation: 4 are taken, 5 are TOO_MANY_ITEMS, at once or added to a dataset, and nothing of these is kept",
  async (limit, make) => {
    const limits = { [limit]: 4 };
    expect(await byMutation(limits, `fits-${limit}`, make(4))).toBeNull();
    const refusal = { code: "TOO_MANY_ITEMS", details: { limit, maximum: 4, actual: 5 } };
    expect(await byMutation(limits, `above-${limit}`, make(5))).toMatchObject(refusal);
    expect(await byMutation(limits, `fits-${limit}`, make(5).slice(-1))).toMatchObject(
      limit === "labelSets" ? { code: "TOO_MANY_ITEMS" } : refusal,
    );
    const kept = await service.store.prisma.dataset.findMany({ where: { name: { endsWith: `-${limit}` } } });
    expect(kept.map(({ name }) => name)).toEqual([`fits-${limit}`]);
    expect(kept[0].size).toBe(make(4).length);
  },
);

it.each(["labelSets", "labelValues"] as const)("%s of a file: 4 are taken, 5 are TOO_MANY_ITEMS", async (limit) => {
  const make = LIMITS[limit];
  expect(await asFile({ [limit]: 4 }, `file-${limit}`, make(4))).toBeNull();
  const refusal = { code: "TOO_MANY_ITEMS", details: { limit, maximum: 4, actual: 5 } };
  expect(await asFile({ [limit]: 4 }, `file-above-${limit}`, make(5))).toMatchObject(refusal);
});
