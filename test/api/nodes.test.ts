/** Identity and lists: node ids are stable, and cursors keep their place while rows are added. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { alkyls, importLibrary, startTestService, type TestService } from "../support/api.js";

const COMPOUNDS = `query ($dataset: String, $first: Int, $after: String, $last: Int, $before: String) {
  compounds(dataset: $dataset, first: $first, after: $after, last: $last, before: $before) {
    totalCount edges { cursor node { id name smiles } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`;
interface Page {
  totalCount: number;
  edges: { cursor: string; node: { id: string; name: string; smiles: string } }[];
  pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; startCursor: string | null; endCursor: string | null };
}

let service: TestService;
beforeAll(async () => {
  service = await startTestService();
  await importLibrary(service, "alkyls", alkyls(12));
});
afterAll(() => service.close());

const compounds = async (variables: object): Promise<Page> =>
  (await service.data<{ compounds: Page }>(COMPOUNDS, variables)).compounds;
const names = (page: Page) => page.edges.map(({ node }) => node.name);
const globalId = (text: string) => Buffer.from(text).toString("base64url");

describe.each([{ dataset: null }, { dataset: "alkyls" }])("pages of $dataset", ({ dataset }) => {
  const inOrder = async () => names(await compounds({ dataset, first: 100 }));

  it("page through the whole list forwards and backwards, each row once", async () => {
    const order = await inOrder();
    expect([...order].sort()).toEqual(
      alkyls(12)
        .map(({ name }) => name as string)
        .sort(),
    );
    const forwards: string[] = [];
    for (let after: string | null = null, more = true; more; ) {
      const page: Page = await compounds({ dataset, first: 10, after });
      expect([page.totalCount, page.pageInfo.hasPreviousPage]).toEqual([36, forwards.length > 0]);
      forwards.push(...names(page));
      ({ endCursor: after, hasNextPage: more } = page.pageInfo);
    }
    expect(forwards).toEqual(order);
    const backwards: string[] = [];
    for (let before: string | null = null, more = true; more; ) {
      const page: Page = await compounds({ dataset, last: 10, before });
      expect(page.pageInfo.hasNextPage).toBe(backwards.length > 0);
      backwards.unshift(...names(page));
      ({ startCursor: before, hasPreviousPage: more } = page.pageInfo);
    }
    expect(backwards).toEqual(order);
  });

  it("take both bounds, and an empty page has no cursors", async () => {
    const { edges } = await compounds({ dataset, first: 100 });
    const between = await compounds({ dataset, first: 100, after: edges[4].cursor, before: edges[8].cursor });
    expect(between.edges).toEqual(edges.slice(5, 8));
    expect(between.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: true });
    const empty = await compounds({ dataset, first: 5, after: edges[35].cursor });
    expect(empty.edges).toEqual([]);
    expect(empty.pageInfo).toEqual({ hasNextPage: false, hasPreviousPage: true, startCursor: null, endCursor: null });
  });

  it("need `first` or `last`, 1 to 100", async () => {
    const refused = [
      {},
      { first: 0 },
      { first: 101 },
      { first: -1 },
      { last: 0 },
      { last: 101 },
      { first: 1, last: 1 },
    ];
    for (const variables of refused)
      expect(await service.refusal(COMPOUNDS, { dataset, ...variables })).toMatchObject({ code: "BAD_INPUT" });
    expect((await compounds({ dataset, first: 1 })).edges).toHaveLength(1);
    expect((await compounds({ dataset, last: 100 })).edges).toHaveLength(36);
  });

  it("refuse a cursor of another list", async () => {
    const keys = ["x", "{}", '["2020","a"]', '["2020-01-01T00:00:00.000Z"]', '["2020-01-01T00:00:00.000Z","a\\u0000"]'];
    const dates = [
      '["9999999-01-01","a"]',
      '["2020-13-01T00:00:00.000Z","a"]',
      "[-1]",
      "[1.5]",
      "[2147483648]",
      "[null]",
      // PostgreSQL has no year 0 and no infinity of these types.
      '["0000-01-01T00:00:00.000Z","a"]',
      '["0000-12-31T23:59:59.999Z","a"]',
      '["-000001-01-01T00:00:00.000Z","a"]',
      '["+275760-09-13T00:00:00.000Z","a"]',
      '["infinity","a"]',
      "[1e400]",
      "[NaN]",
      "[-0.5]",
      '[["a"],["b"]]',
      '{"0":1,"length":1}',
    ];
    for (const after of [...keys, ...dates].map(globalId))
      expect(await service.refusal(COMPOUNDS, { dataset, first: 1, after })).toMatchObject({
        code: "BAD_INPUT",
        param: "after",
      });
    for (const after of ["\ud800", "\0", "ab\udfff"])
      expect(await service.refusal(COMPOUNDS, { dataset, first: 1, after })).toMatchObject({
        code: "BAD_INPUT",
        param: "after",
      });
  });

  it("take the first and the last date and position that a cursor can name", async () => {
    const [first, last] = dataset
      ? ["[0]", "[2147483647]"]
      : ['["0001-01-01T00:00:00.000Z","a"]', '["9999-12-31T23:59:59.999Z","a"]'];
    expect(names(await compounds({ dataset, first: 100, after: globalId(first) })).length).toBeGreaterThan(34);
    expect(names(await compounds({ dataset, first: 100, after: globalId(last) }))).toEqual([]);
    expect(service.problems).toEqual([]);
  });
});

it("keep their place while rows are added", async () => {
  const head = await compounds({ first: 10 });
  const tail = await compounds({ last: 10 });
  await importLibrary(service, "late", [{ smiles: "Oc1ccccc1", name: "phenol" }]);
  const next = await compounds({ first: 100, after: head.pageInfo.endCursor });
  expect(names(next)).toEqual([...names(await compounds({ first: 36 })).slice(10), "phenol"]);
  expect(names(await compounds({ first: 5, after: tail.pageInfo.endCursor }))).toEqual(["phenol"]);
  // Runs are listed newest first: a new run does not move an old page.
  const start = `mutation ($key: String!) {
    startEmbedding(input: { model: "base", dataset: "late", idempotencyKey: $key }) { run { id } } }`;
  for (const key of ["1", "2", "3"]) await service.data(start, { key });
  interface Runs {
    runs: { edges: { cursor: string; node: { id: string } }[] };
  }
  const RUNS = `query ($after: String) { runs(first: 2, after: $after) { edges { cursor node { id } } } }`;
  const { runs } = await service.data<Runs>(RUNS);
  const after = { after: runs.edges[1].cursor };
  const before = await service.data<Runs>(RUNS, after);
  await service.data(start, { key: "4" });
  expect(await service.data<Runs>(RUNS, after)).toEqual(before);
  expect(before.runs.edges).toHaveLength(1);
});

describe("node", () => {
  it("fetches every type again by its id", async () => {
    const { predict, embed, datasets, runs } = await service.data<Record<string, never>>(
      `{ predict(smiles: ["CCO"], model: "classifier") { ... on Prediction { id compound { id } model { id } } }
         embed(smiles: ["CCO"], model: "base") { ... on Embedding { id } }
         datasets(first: 1) { edges { node { id } } } runs(first: 1) { edges { node { id } } } }`,
    );
    const [{ id: prediction, compound, model }] = predict as {
      id: string;
      compound: { id: string };
      model: { id: string };
    }[];
    const edges = (list: unknown) => (list as { edges: { node: { id: string } }[] }).edges[0].node.id;
    const ids = [compound.id, edges(datasets), (embed as { id: string }[])[0].id, model.id, prediction, edges(runs)];
    const { nodes } = await service.data<{ nodes: { __typename: string; id: string }[] }>(
      `query ($ids: [ID!]!) {
        nodes(ids: $ids) {
          __typename id ... on Compound { smiles } ... on Prediction { label labels { label } } } }`,
      { ids },
    );
    expect(nodes.map(({ id }) => id)).toEqual(ids);
    expect(nodes.map(({ __typename }) => __typename)).toEqual([
      "Compound",
      "Dataset",
      "Embedding",
      "Model",
      "Prediction",
      "Run",
    ]);
    expect(nodes[0]).toMatchObject({ smiles: "CCO" });
    expect((nodes[4] as unknown as { labels: unknown[] }).labels).toHaveLength(3);
    for (const [place, id] of ids.entries())
      expect(
        (await service.data<{ node: object }>("query ($id: ID!) { node(id: $id) { __typename id } }", { id })).node,
      ).toEqual({
        __typename: nodes[place].__typename,
        id,
      });
  });

  it("is null for what does not exist, in its place", async () => {
    const [{ node: known }] = (await compounds({ first: 1 })).edges;
    const { nodes } = await service.data<{ nodes: ({ id: string } | null)[] }>(
      "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }",
      { ids: [globalId("Run:nobody"), known.id, globalId("Compound:x")] },
    );
    expect(nodes).toEqual([null, { id: known.id }, null]);
  });

  it("refuses what is not an id", async () => {
    for (const id of [
      "",
      "x",
      known("Metric:1"),
      known("Compound:"),
      known("Compound:a\0"),
      known("Compound:' OR 1=1"),
      "é",
    ])
      expect(await service.refusal("query ($id: ID!) { node(id: $id) { id } }", { id })).toMatchObject({
        code: "BAD_INPUT",
        param: "id",
      });
    const ids = Array(101).fill(globalId("Run:a"));
    expect(await service.refusal("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", { ids })).toMatchObject({
      code: "TOO_MANY_ITEMS",
      details: { maximum: 100, actual: 101 },
    });
    const model = globalId("Model:a");
    expect(await service.refusal("query ($id: ID!) { run(id: $id) { id } }", { id: model })).toMatchObject({
      code: "BAD_INPUT",
      param: "id",
    });
  });
  const known = globalId;
});

describe("one row by a key that a client has", () => {
  it("is a compound by id, InChIKey or any SMILES of it, else null", async () => {
    const COMPOUND = `query ($id: ID, $inchiKey: String, $smiles: String) {
      compound(id: $id, inchiKey: $inchiKey, smiles: $smiles) { id smiles inchiKey } }`;
    const find = async (by: object) => (await service.data<{ compound: { id: string } | null }>(COMPOUND, by)).compound;
    const bySmiles = await find({ smiles: "C(C)O" });
    expect(bySmiles).toMatchObject({ smiles: "CCO", inchiKey: "LFQSCWFLJHTTHZ-UHFFFAOYSA-N" });
    expect(await find({ id: bySmiles?.id })).toEqual(bySmiles);
    expect(await find({ inchiKey: "LFQSCWFLJHTTHZ-UHFFFAOYSA-N" })).toEqual(bySmiles);
    expect([await find({ smiles: "C1CC1CCCCCCl" }), await find({ inchiKey: "nothing" })]).toEqual([null, null]);
    expect(await service.refusal(COMPOUND, { smiles: "C1CC" })).toMatchObject({
      code: "INVALID_SMILES",
      param: "smiles",
    });
    for (const by of [{}, { smiles: "C", inchiKey: "x" }])
      expect(await service.refusal(COMPOUND, by)).toMatchObject({ code: "BAD_INPUT" });
  });

  it("is a model or dataset by id or name, else null", async () => {
    const { model, dataset } = await service.data<Record<string, never>>(
      `{
        model(name: "base") { id name task family layers width heads parameterCount maxLength }
        dataset(name: "alkyls") { id size } }`,
    );
    expect(model).toMatchObject({ task: "MASKED_LANGUAGE_MODEL", family: "bert", layers: 2, width: 32, heads: 4 });
    expect(dataset).toMatchObject({ size: 36 });
    const missing = await service.data(
      `query ($name: String) { model(name: $name) { id } dataset(name: $name) { id } }`,
      { name: "nobody" },
    );
    expect(missing).toEqual({ model: null, dataset: null });
    expect(await service.refusal(`{ model { id } }`)).toMatchObject({ code: "BAD_INPUT" });
    expect(await service.refusal(`{ compounds(first: 1, dataset: "nobody") { totalCount } }`)).toMatchObject({
      code: "NOT_FOUND",
    });
    const edges = `{
      compound(smiles: "CCO") { predictions(model: "nobody") { id } embeddings(model: "nobody") { id } } }`;
    expect(await service.data(edges)).toEqual({ compound: { predictions: [], embeddings: [] } });
    expect(service.problems).toEqual([]);
  });

  it("has a drawing", async () => {
    const { compound } = await service.data<{ compound: { svg: string } }>(
      `{ compound(smiles: "CCO") { svg(width: 200, height: 100) } }`,
    );
    expect(compound.svg).toMatch(/^<svg [\s\S]*width='200px' height='100px'[\s\S]*<\/svg>\s*$/);
    expect(await service.refusal(`{ compound(smiles: "CCO") { svg(width: 39) } }`)).toMatchObject({
      code: "BAD_INPUT",
      param: "width",
    });
  });
});
