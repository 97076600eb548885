/**
 * Pages of filtered and ordered lists: forwards, backwards and with ties. Missing fingerprints, and the number of SQL
 * statements.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { globalId } from "../../src/api/ids.js";
import { Library } from "../../src/datasets/search/library.js";
import { Substructures } from "../../src/datasets/search/substructure.js";
import type { Search } from "../../src/datasets/search/types.js";
import { MaillardError } from "../../src/errors.js";
import { countStatements } from "../../src/store/pool.js";
import { alkyls, importLibrary, startTestService, type TestService } from "../support/api.js";

let service: TestService;
const library = alkyls(40);
beforeAll(async () => {
  service = await startTestService();
  // The worker polls the queue, and its statements would be counted.
  await service.application.runs.close();
  await importLibrary(service, "hundred", library.slice(0, 100));
  await importLibrary(service, "ten", library.slice(100, 110));
  // Ties of every order: the same weight and time for all of a chain length, and three names in all.
  await service.store.pool.query(
    `UPDATE "Compound" SET name = CASE WHEN name LIKE '% 7' THEN NULL ELSE split_part(name, ' ', 1) END,
       "molecularWeight" = round("molecularWeight"::numeric / 50), "createdAt" = date_trunc('day', "createdAt")`,
  );
});
afterAll(() => service.close());

interface Page {
  totalCount: number;
  pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; startCursor: string | null; endCursor: string | null };
  edges: {
    cursor: string;
    similarity: number | null;
    node: { id: string; name: string | null; molecularWeight: number };
  }[];
}
const FIELDS = `totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  edges { cursor similarity node { id name molecularWeight } }`;
const LIST = `query (
  $first: Int, $after: String, $last: Int, $before: String, $dataset: String, $filter: CompoundFilter,
  $orderBy: CompoundOrder
) {
  compounds(
    first: $first, after: $after, last: $last, before: $before, dataset: $dataset, filter: $filter,
    orderBy: $orderBy
  ) { ${FIELDS} } }`;
const list = async (variables: object) => (await service.data<{ compounds: Page }>(LIST, { ...variables })).compounds;

/** All ids of a list by pages of `size`, and hasNextPage and hasPreviousPage of the pages. */
async function walk(variables: object, size: number, backwards: boolean): Promise<string[]> {
  const ids: string[][] = [];
  let cursor: string | null = null;
  for (;;) {
    const bounds: object = backwards ? { last: size, before: cursor } : { first: size, after: cursor };
    const { edges, pageInfo }: Page = await list({ ...variables, ...bounds });
    expect(backwards ? pageInfo.hasNextPage : pageInfo.hasPreviousPage).toBe(cursor !== null);
    ids.push(edges.map(({ node }) => node.id));
    if (!(backwards ? pageInfo.hasPreviousPage : pageInfo.hasNextPage)) break;
    cursor = backwards ? pageInfo.startCursor : pageInfo.endCursor;
  }
  return (backwards ? ids.reverse() : ids).flat();
}

const SIMILAR = { similarTo: { smiles: "CCCCCCCCCC", threshold: 0.1 } };
const ORDERS: [orderBy: string, filter: object][] = [
  ...["CREATED", "NAME", "MOLECULAR_WEIGHT"].flatMap((name): [string, object][] => [
    [`${name}_ASC`, { substructure: "CCC" }],
    [`${name}_DESC`, {}],
  ]),
  ["SIMILARITY_DESC", SIMILAR],
  ["NAME_DESC", SIMILAR],
  ["SIMILARITY_DESC", { ...SIMILAR, substructure: "[OX2H]", labels: [{ labelSet: "superclass", value: "alcohol" }] }],
];

describe("pages", () => {
  it.each(ORDERS)("by %s of %j hold each compound once, for every size and direction", async (orderBy, filter) => {
    for (const dataset of [null, "hundred"]) {
      const variables = { orderBy, filter, dataset };
      const { edges, totalCount } = await list({ ...variables, first: 100 });
      const all = edges.map(({ node }) => node.id);
      expect(new Set(all).size).toBe(all.length);
      const forwards = await walk(variables, 17, false);
      expect(forwards.slice(0, 100)).toEqual(all);
      expect(forwards).toHaveLength(totalCount);
      expect(await walk(variables, 20, true)).toEqual(forwards);
      expect(totalCount).toBeGreaterThan(10);
    }
  });

  it("are in their order: names in small letters with none last, weights, similarities", async () => {
    const names = (await list({ orderBy: "NAME_ASC", first: 100 })).edges.map(({ node }) => node.name ?? "\u{10ffff}");
    expect(names).toEqual([...names].sort());
    const last = (await list({ orderBy: "NAME_ASC", last: 3 })).edges.map(({ node }) => node.name);
    expect(last).toEqual([null, null, null]);
    const weights = (await list({ orderBy: "MOLECULAR_WEIGHT_DESC", first: 100 })).edges.map(
      ({ node }) => node.molecularWeight,
    );
    expect(weights).toEqual([...weights].sort((a, b) => b - a));
    const similar = (await list({ filter: SIMILAR, first: 100 })).edges.map(({ similarity }) => similarity as number);
    expect(similar).toEqual([...similar].sort((a, b) => b - a));
    expect(new Set(similar).size).toBeLessThan(similar.length);
  });

  it("take both bounds, and a cursor of another order or list is refused", async () => {
    const by = (orderBy: string) => list({ orderBy, first: 10 });
    const { edges } = await by("NAME_ASC");
    const between = await list({ orderBy: "NAME_ASC", first: 5, after: edges[1].cursor, before: edges[4].cursor });
    expect(between.edges).toEqual(edges.slice(2, 4));
    expect(between.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: true });
    for (const [orderBy, dataset] of [
      ["MOLECULAR_WEIGHT_ASC", null],
      ["NAME_ASC", "ten"],
      [null, null],
    ])
      expect(await service.refusal(LIST, { first: 5, after: edges[0].cursor, orderBy, dataset })).toMatchObject({
        code: "BAD_INPUT",
        param: "after",
      });
    const plain = await list({ first: 1 });
    expect(
      await service.refusal(LIST, { first: 5, after: plain.edges[0].cursor, orderBy: "CREATED_DESC" }),
    ).toMatchObject({ code: "BAD_INPUT" });
  });

  it("keep their place while rows are added", async () => {
    const variables = { orderBy: "MOLECULAR_WEIGHT_ASC", dataset: "hundred" };
    const before = await walk(variables, 30, false);
    const { pageInfo } = await list({ ...variables, first: 30 });
    await importLibrary(service, "hundred", [{ smiles: "CC(C)(C)C" }]);
    const rest = await list({ ...variables, first: 100, after: pageInfo.endCursor });
    expect(rest.edges.map(({ node }) => node.id).filter((id) => before.includes(id))).toEqual(before.slice(30));
  });

  it("without a filter or order are those of the list itself", async () => {
    const plain = await list({ first: 10, dataset: "hundred" });
    expect(await list({ first: 10, dataset: "hundred", filter: {}, orderBy: null })).toEqual(plain);
    expect(await list({ first: 10, dataset: "hundred", filter: { text: null } })).toEqual(plain);
    const searched = await list({ first: 10, dataset: "hundred", orderBy: "CREATED_ASC" });
    expect(searched.edges.map(({ node }) => node.id)).toEqual(plain.edges.map(({ node }) => node.id));
    expect(searched.totalCount).toBe(plain.totalCount);
  });
});

describe("fingerprints", () => {
  const missing = async () =>
    (await service.store.prisma.compound.count()) - (await service.store.prisma.fingerprint.count());

  it("that are missing are made by the first search that needs them", async () => {
    await service.store.prisma.fingerprint.deleteMany();
    expect((await list({ filter: { substructure: "[OX2H]" }, first: 1 })).totalCount).toBe(37);
    expect(await missing()).toBe(0);
  });

  it("are made in the background at the start and when compounds are added", async () => {
    await service.store.prisma.fingerprint.deleteMany();
    const { fingerprints } = new Library(service.store, service.application.chemistry);
    const made = async () => {
      for (let tries = 0; tries < 100 && (await missing()) > 0; tries++)
        await new Promise((resolve) => setTimeout(resolve, 100));
      return missing();
    };
    fingerprints.start();
    expect(await made()).toBe(0);
    await importLibrary(service, "ten", [{ smiles: "c1ccccc1CCCC" }]);
    expect(await made()).toBe(0);
    await fingerprints.close();
  });

  it("of more than 2,000 compounds are FINGERPRINTS_PENDING, with a time to retry; others are answered", async () => {
    await service.store.pool.query(
      `INSERT INTO "Compound" (id, "inchiKey", "skeletonKey", smiles, formula, "molecularWeight", scaffold)
       SELECT 'new-' || n, 'KEY-' || n, 'KEY', 'CCO' || n, 'C2H6O', 46, '' FROM generate_series(1, 2001) n`,
    );
    expect(await service.refusal(LIST, { first: 1, filter: SIMILAR })).toMatchObject({
      code: "FINGERPRINTS_PENDING",
      retryable: true,
      details: { missing: 2_001, maximum: 2_000, retryAfterMs: expect.any(Number) },
    });
    expect((await list({ first: 1, filter: { molecularWeight: { minimum: 46, maximum: 46 } } })).totalCount).toBe(
      2_001,
    );
    await service.store.pool.query(`DELETE FROM "Compound" WHERE id LIKE 'new-%'`);
  });

  it("that RDKit cannot make are empty: similar to nothing, without substructures", async () => {
    await service.store.pool.query(
      `INSERT INTO "Compound" (id, "inchiKey", "skeletonKey", smiles, formula, "molecularWeight", scaffold)
       VALUES ('unreadable', 'KEY', 'KEY', 'C1CC', 'C3H6', 42, '')`,
    );
    const all = await service.store.prisma.compound.count();
    expect((await list({ first: 1, filter: { substructure: "[#6]" } })).totalCount).toBe(all - 1);
    const similarTo = { smiles: "CCC", threshold: 1e-9 };
    const similar = await list({ first: 100, filter: { similarTo } });
    expect(similar.edges.map(({ node }) => node.id)).not.toContain(globalId("Compound", "unreadable"));
    expect(await missing()).toBe(0);
    await service.store.pool.query(`DELETE FROM "Compound" WHERE id = 'unreadable'`);
  });
});

describe("the number of statements is the same for 10 and for 100", () => {
  // Datasets are reached by one edge alone: what two edges share is loaded once or twice, depending on timing.
  const EDGES = `id name svg labels { labelSet value } datasets { name labelSets { name } }
    predictions { label model { name } } embeddings { dimension model { name } }`;
  const QUERY = `query ($first: Int!, $filter: CompoundFilter, $orderBy: CompoundOrder) {
    compounds(first: $first, filter: $filter, orderBy: $orderBy) {
      totalCount pageInfo { hasNextPage } edges { cursor similarity node { ${EDGES} } } } }`;
  const statements = async (query: string, variables: object) =>
    (await countStatements(service.store, () => service.data(query, variables))).statements;

  it.each(ORDERS)("compounds by %s of %j", async (orderBy, filter) => {
    await statements(QUERY, { first: 100, filter, orderBy });
    const ten = await statements(QUERY, { first: 10, filter, orderBy });
    expect(ten).toBeGreaterThan(5);
    expect(await statements(QUERY, { first: 100, filter, orderBy })).toBe(ten);
  });

  it("and for the lists of one dataset and of four", async () => {
    await importLibrary(service, "three", library.slice(30, 60));
    await importLibrary(service, "four", library.slice(60, 90));
    const lists = (first: number) => `query ($filter: CompoundFilter) {
      datasets(first: ${first}) {
        edges {
          node {
            name
            compounds(first: 20, filter: $filter, orderBy: MOLECULAR_WEIGHT_DESC) {
              totalCount edges { node { name labels { value } } } } } } } }`;
    const labels = [{ labelSet: "superclass", value: "alcohol" }];
    const filter = { ...SIMILAR, substructure: "CC", text: "al", labels };
    const one = await statements(lists(1), { filter });
    expect(await statements(lists(4), { filter })).toBe(one);
    type Answer = { datasets: { edges: { node: { name: string; compounds: Page } }[] } };
    const { datasets } = await service.data<Answer>(lists(4), { filter });
    expect(datasets.edges.map(({ node }) => node.compounds.totalCount)).not.toContain(0);
    for (const { node } of datasets.edges) {
      const alone = await list({ first: 20, dataset: node.name, filter, orderBy: "MOLECULAR_WEIGHT_DESC" });
      expect(node.compounds.totalCount).toBe(alone.totalCount);
      expect(node.compounds.edges.map((edge) => edge.node.name)).toEqual(alone.edges.map((edge) => edge.node.name));
    }
  });
});

describe("substructures", () => {
  const signal = new AbortController().signal;
  const candidates = (...ids: string[]) => ids.map((compoundId) => ({ compoundId, smiles: `C${compoundId}` }));
  /** Matches SMILES with an O; `asked` holds the SMILES of the calls. */
  const matcher = (asked: string[][], pause = 0) => ({
    match: async (
      smarts: string,
      smiles: readonly string[],
      onPart: (from: number, found: boolean[]) => void,
      stop?: AbortSignal,
    ) => {
      asked.push([...smiles]);
      if (smarts === "slow") throw new MaillardError("TIMEOUT", "too slow");
      for (const [place, text] of smiles.entries()) {
        if (pause > 0) await new Promise((resolve) => setTimeout(resolve, pause));
        if (stop?.aborted) return;
        onPart(place, [text.includes("O")]);
      }
    },
  });

  it("are decided once for each compound", async () => {
    const asked: string[][] = [];
    const substructures = new Substructures(matcher(asked));
    expect(await substructures.matching("x", candidates("O1", "2", "O3"), signal)).toEqual(candidates("O1", "O3"));
    expect(await substructures.matching("x", candidates("O4", "O3", "2"), signal)).toEqual(candidates("O4", "O3"));
    expect(await substructures.matching("y", candidates("2"), signal)).toEqual([]);
    expect(asked).toEqual([["CO1", "C2", "CO3"], ["CO4"], ["C2"]]);
  });

  it("of a SMARTS that takes too long are TIMEOUT, and it is not tried again", async () => {
    const asked: string[][] = [];
    const substructures = new Substructures(matcher(asked));
    for (let time = 0; time < 3; time++)
      await expect(substructures.matching("slow", candidates("1"), signal)).rejects.toMatchObject({
        code: "TIMEOUT",
        param: "filter.substructure",
        retryable: false,
      });
    expect(asked).toEqual([["C1"]]);
  });

  it("that are too many for the time limit are TIMEOUT, and a second request continues from there", async () => {
    const asked: string[][] = [];
    const substructures = new Substructures(matcher(asked, 40), 100);
    const all = candidates("O1", "2", "O3", "4", "O5");
    const first = await substructures.matching("x", all, signal).catch((error: MaillardError) => error);
    expect(first).toMatchObject({ code: "TIMEOUT", retryable: true, param: "filter.substructure" });
    const { left } = (first as MaillardError).details as { left: number };
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThan(5);
    let answer: unknown;
    for (let time = 0; time < 5 && !Array.isArray(answer); time++)
      answer = await substructures.matching("x", all, signal).catch((error: unknown) => error);
    expect(answer).toEqual(candidates("O1", "O3", "O5"));
    expect(asked[1]).toHaveLength(left);
  });
});

describe("a library under load", () => {
  const search: Search = {
    projects: null,
    text: null,
    weight: null,
    labels: [],
    datasetId: null,
    substructure: null,
    similarity: null,
    order: "CREATED",
    descending: false,
  };
  const signal = new AbortController().signal;

  it("answers 4 searches at once and lets 100 wait; one more is OVERLOADED, and every slot is released", async () => {
    const own = new Library(service.store, service.application.chemistry);
    const leaving = new AbortController();
    const ask = () => own.count(search, [{ datasetId: null }], signal);
    const answers = await Promise.allSettled(Array.from({ length: 105 }, ask));
    expect(answers.filter(({ status }) => status === "fulfilled")).toHaveLength(104);
    expect(answers[104]).toMatchObject({
      // 104 are ahead, 4 at a time; none has been measured: 100 ms each.
      reason: { code: "OVERLOADED", retryable: true, details: { retryAfterMs: 2_600 } },
    });
    expect(await ask()).toEqual([await service.store.prisma.compound.count()]);
    const held = Array.from({ length: 4 }, ask);
    const waiting = own.count(search, [{ datasetId: null }], leaving.signal);
    leaving.abort();
    await expect(waiting).rejects.toMatchObject({ code: "CANCELLED" });
    expect(await Promise.all([...held, ask()])).toHaveLength(5);
  });
});
