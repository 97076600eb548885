/** Searches by text find the same, whether their words are rare or so frequent that rows are read in their order. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { countCandidates, findCandidates, listCandidates } from "../../../src/datasets/search/statements.js";
import type { Search, SearchKey } from "../../../src/datasets/search/types.js";
import { textQuery } from "../../../src/datasets/search/words.js";
import type { Store } from "../../../src/store/index.js";
import { createTestStore } from "../../support/database.js";

const COMPOUNDS = 2_400;
/** Of compound n: every one is odd or even, one in 300 is rare; two formulas that are words of names, too. */
const nameOf = (n: number): string => `common ${n % 2 ? "odd" : "even"}${n % 300 === 7 ? " rare" : ""} c${n}`;
const formulaOf = (n: number): string => (n % 100 === 3 ? "CO2" : "C6H6");
let store: Store;
const statements: string[] = [];

beforeAll(async () => {
  store = await createTestStore();
  const { pool } = store;
  await pool.query(`INSERT INTO "Project" (id, name) VALUES ('mine', 'mine') ON CONFLICT DO NOTHING`);
  await pool.query(`INSERT INTO "Dataset" (id, name, "projectId") VALUES ('all', 'all', 'mine')`);
  await pool.query(`INSERT INTO "Dataset" (id, name) VALUES ('half', 'half')`);
  const numbers = Array.from({ length: COMPOUNDS }, (_, n) => n);
  await pool.query(
    `INSERT INTO "Compound" (id, "inchiKey", "skeletonKey", smiles, formula, "molecularWeight", scaffold)
     SELECT 'c' || lpad(n::text, 4, '0'), 'KEY-' || n, 'KEY', 'S' || n, formula, 1000 - n, ''
     FROM unnest($1::int[], $2::text[]) AS v(n, formula)`,
    [numbers, numbers.map(formulaOf)],
  );
  for (const [dataset, step] of [
    ["all", 1],
    ["half", 2],
  ] as const)
    await pool.query(
      `INSERT INTO "DatasetCompound" (id, "datasetId", "compoundId", position, smiles, scaffold, name)
       SELECT $1 || n, $1, 'c' || lpad(n::text, 4, '0'), n / $4::int, 'S' || n, '', name
       FROM unnest($2::int[], $3::text[]) AS v(n, name) WHERE n % $4::int = 0`,
      [dataset, numbers, numbers.map(nameOf), step],
    );
  await pool.query("ANALYZE");
}, 60_000);
afterAll(() => store?.close());

const searchOf = (text: string, more: Partial<Search> = {}): Search => ({
  ...{ projects: null, text: textQuery(text, null), weight: null, labels: [], datasetId: null, substructure: null },
  ...{ similarity: null, order: "MOLECULAR_WEIGHT", descending: false, ...more },
});
const client = {
  query: (sql: string, values: unknown[]) => {
    statements.push(sql);
    return store.pool.query(sql, values);
  },
} as never;
const words = (n: number): string[] => nameOf(n).split(" ");
/** What a text has to find of every `step`-th compound, lightest first. */
const expected = (text: string, step = 1): string[] =>
  Array.from({ length: COMPOUNDS }, (_, n) => COMPOUNDS - 1 - n)
    .filter((n) => n % step === 0)
    .filter((n) => words(n).some((word) => word.startsWith(text)) || formulaOf(n).toLowerCase() === text)
    .map((n) => `c${String(n).padStart(4, "0")}`);

async function pages(search: Search, datasetId: string | null): Promise<string[]> {
  const found: string[] = [];
  for (let after: SearchKey | null = null; ; ) {
    const range = { datasetId, after, before: null };
    const [page] = await findCandidates(client, search, [range], { take: 700, backwards: false });
    found.push(...page.map(({ compoundId }) => compoundId));
    if (page.length < 700) return found;
    after = page[page.length - 1].key;
  }
}

describe.each([
  ["common", true],
  ["rare", false],
  ["co2", false],
  // A formula and the beginning of every name.
  ["co", true],
  ["nothing", false],
])("the text %s", (text, frequent) => {
  it.each([
    ["the library", null, null, 1],
    ["the compounds of all projects", null, ["mine", "shared"], 1],
    ["a dataset", "all", null, 1],
    ["another dataset", "half", null, 2],
  ])("is found in %s", async (_where, datasetId, projects, step) => {
    const search = searchOf(text, { projects });
    statements.length = 0;
    const found = await pages(search, datasetId);
    expect(found).toEqual(expected(text, step));
    expect(statements.some((sql) => sql.includes("IS TRUE"))).toBe(frequent);
    expect(await countCandidates(client, search, [{ datasetId }])).toEqual([found.length]);
    const light = { ...search, weight: { minimum: -500, maximum: null } };
    const [listed] = await listCandidates(client, light, [{ datasetId }]);
    const heavy = found.filter((id) => 1000 - Number(id.slice(1)) >= -500);
    expect(listed).toHaveLength(heavy.length);
    expect(await countCandidates(client, light, [{ datasetId }])).toEqual([heavy.length]);
  });

  it("is counted in two datasets by one statement", async () => {
    const scopes = [{ datasetId: "half" }, { datasetId: "all" }];
    expect(await countCandidates(client, searchOf(text), scopes)).toEqual(
      [2, 1].map((step) => expected(text, step).length),
    );
    const ranges = scopes.map((scope) => ({ ...scope, after: null, before: null }));
    const found = await findCandidates(client, searchOf(text), ranges, { take: 5, backwards: false });
    expect(found.map((page) => page.map(({ compoundId }) => compoundId))).toEqual(
      [2, 1].map((step) => expected(text, step).slice(0, 5)),
    );
  });
});
