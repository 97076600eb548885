/** Filtered and ordered lists of compounds: their members, their order, their pages, and what is refused. */
import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { importLibrary, startTestService, type TestService } from "../support/api.js";

interface Reference {
  molecules: { name: string; smiles: string }[];
  similarities: Record<string, Record<string, number>>;
  matches: Record<string, string[]>;
}
const { molecules, similarities, matches } = JSON.parse(
  await readFile(new URL("../../bench/reference/search.json", import.meta.url), "utf8"),
) as Reference;
const smilesOf = (name: string): string => molecules.find((molecule) => molecule.name === name)?.smiles ?? "";

let service: TestService;
beforeAll(async () => {
  service = await startTestService();
  const kind = (name: string): string => (/^caffeine|^theo/.test(name) ? "purine" : "other");
  const rows = molecules.map(({ name, smiles }, index) => {
    const labels = [
      { set: "kind", value: kind(name) },
      { set: "rank", value: String(index) },
      ...(index % 2 ? [{ set: "flavor", value: "sweet" }] : []),
    ];
    return { line: index + 1, smiles, name, labels };
  });
  await service.data("mutation ($input: ImportDatasetInput!) { importDataset(input: $input) { dataset { size } } }", {
    input: { name: "pantry", rows, labelKinds: [{ set: "rank", kind: "NUMBER" }] },
  });
  // Some of these molecules in another order and under other names, and two without a name.
  await importLibrary(service, "drawer", [
    { smiles: "CCCCCCCCCC" },
    { smiles: "CCCCCCCCCCC" },
    { smiles: smilesOf("vanillin"), name: "Vanilla", labels: { kind: "aldehyde" } },
    { smiles: smilesOf("caffeine"), name: "Coffee", labels: { kind: "alkaloid" } },
  ]);
});
afterAll(() => service.close());

interface Page {
  compounds: {
    totalCount: number;
    pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; startCursor: string | null; endCursor: string | null };
    edges: { cursor: string; similarity: number | null; node: { name: string | null; molecularWeight: number } }[];
  };
}
const LIST = `query (
  $first: Int, $after: String, $last: Int, $before: String, $dataset: String, $filter: CompoundFilter,
  $orderBy: CompoundOrder
) {
  compounds(
    first: $first, after: $after, last: $last, before: $before, dataset: $dataset, filter: $filter,
    orderBy: $orderBy
  ) {
    totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    edges { cursor similarity node { name molecularWeight } } } }`;
const list = async (variables: object) => (await service.data<Page>(LIST, { first: 100, ...variables })).compounds;
const namesOf = ({ edges }: Page["compounds"]) => edges.map(({ node }) => node.name);
const names = async (filter: object, more: object = {}) => namesOf(await list({ filter, ...more }));
const namesIn = (dataset: string, filter: object) => names(filter, { dataset });
const refusal = (filter: object, more: object = {}) => service.refusal(LIST, { first: 10, filter, ...more });

describe("text", () => {
  it.each([
    ["vani", ["vanillin"]],
    ["ACETATE ethyl", ["ethyl acetate"]],
    ["acet", ["acetic acid", "ethyl acetate", "isoamyl acetate"]],
    ["(L)-ala", ["L-alanine"]],
    // A whole formula in upper or lower case. A word of a name or a part of a formula is not a formula.
    ["c8h10n4o2", ["caffeine"]],
    ["C8H10N4", []],
    ["formula:c8h10n4o2", []],
    // InChIKey: 6 letters or more.
    ["rYYVLZ", ["caffeine"]],
    ["RYYVLZVUVIJVGH-UHFF", ["caffeine"]],
    ["RYYVL", []],
    // Any SMILES of the molecule.
    ["OCC", ["ethanol"]],
    ["c1ccc2ccccc2c1", ["naphthalene"]],
    ["ccc", []],
  ])("%s is found", async (text, expected) => {
    expect(await names({ text }, { dataset: "pantry" })).toEqual(expected);
  });

  it("is never a pattern of SQL", async () => {
    for (const text of ["' | 'x", "a & !b:*", "\\'", "vani:*A'", "<->"])
      await service.data<Page>(LIST, { first: 1, filter: { text: `${text} q` } });
    expect(await refusal({ text: " - " })).toMatchObject({ code: "BAD_INPUT", param: "filter.text" });
    expect(await refusal({ text: "a".repeat(1_001) })).toMatchObject({ code: "BAD_INPUT", param: "filter.text" });
  });

  it("is served by its index", async () => {
    const client = await service.store.pool.connect();
    try {
      await client.query("BEGIN; SET LOCAL enable_seqscan = off");
      const { rows } = await client.query<{ "QUERY PLAN": string }>(
        `EXPLAIN SELECT id FROM "DatasetCompound" m WHERE m.words @@ lower($1::text)::tsquery
         UNION ALL SELECT id FROM "Compound" c WHERE c.keys @@ lower($2::text)::tsquery`,
        ["'vani':*", "'formula:c8h8o3'"],
      );
      const plan = rows.map((row) => row["QUERY PLAN"]).join();
      for (const index of ["DatasetCompound_words_idx", "Compound_keys_idx"]) expect(plan).toContain(index);
      await client.query("ROLLBACK");
    } finally {
      client.release();
    }
  });
});

describe("labels, weight and dataset", () => {
  it("are conditions that all hold", async () => {
    const names = (filter: object) => namesIn("pantry", filter);
    expect(await names({ labels: [{ labelSet: "kind", value: "purine" }] })).toEqual([
      "caffeine",
      "theobromine",
      "theophylline",
    ]);
    expect(
      await names({
        labels: [
          { labelSet: "kind", value: "purine" },
          { labelSet: "flavor", value: "sweet" },
        ],
      }),
    ).toEqual(["caffeine", "theophylline"]);
    expect(await names({ labels: [{ labelSet: "rank", range: { minimum: 3, maximum: 5 } }] })).toEqual([
      "isoamyl acetate",
      "benzaldehyde",
      "vanillin",
    ]);
    expect(await names({ labels: [{ labelSet: "rank", range: { minimum: 32 } }] })).toEqual([
      "naphthalene",
      "tryptophan",
    ]);
    expect(await names({ molecularWeight: { minimum: 194, maximum: 195 } })).toEqual(["caffeine"]);
    expect(await names({ molecularWeight: { maximum: 60.06 } })).toEqual(["ethanol", "acetic acid"]);
    expect(await names({ dataset: "drawer", molecularWeight: { minimum: 150 } })).toEqual(["vanillin", "caffeine"]);
    expect(await names({ text: "vanillin", molecularWeight: { minimum: 500 } })).toEqual([]);
    // A list that its filter alone narrows to a dataset is a list of that dataset.
    const own = await list({
      filter: { dataset: "drawer", molecularWeight: { minimum: 150 } },
      orderBy: "CREATED_DESC",
    });
    expect(namesOf(own)).toEqual(["Coffee", "Vanilla", null]);
    expect(namesOf(await list({ filter: { dataset: "drawer", text: "coffee" } }))).toEqual(["Coffee"]);
    expect(namesOf(await list({ filter: { dataset: "drawer", text: "caffeine" } }))).toEqual([]);
    expect(namesOf(await list({ filter: { text: "coffee" } }))).toEqual(["caffeine"]);
  });

  it("are of the list's dataset, of another by name, or of any", async () => {
    expect(await names({ labels: [{ labelSet: "kind", value: "alkaloid" }] })).toEqual(["caffeine"]);
    expect(await names({ labels: [{ labelSet: "kind", value: "alkaloid", dataset: "drawer" }] })).toEqual(["caffeine"]);
    expect(await names({ labels: [{ labelSet: "kind", value: "alkaloid", dataset: "pantry" }] })).toEqual([]);
    expect(await names({ labels: [{ labelSet: "kind", value: "alkaloid" }] }, { dataset: "pantry" })).toEqual([]);
    const elsewhere = [{ labelSet: "flavor", value: "sweet", dataset: "pantry" }];
    expect(await names({ labels: elsewhere }, { dataset: "drawer" })).toEqual(["Vanilla", "Coffee"]);
    const order = { dataset: "drawer", orderBy: "CREATED_DESC" };
    expect(await names({ labels: [{ labelSet: "kind", value: "aldehyde" }] }, order)).toEqual(["Vanilla"]);
    expect(await names({}, order)).toEqual(["Coffee", "Vanilla", null, null]);
  });

  it("refuse unknown names and empty conditions", async () => {
    expect(await refusal({ labels: [{ labelSet: "odour", value: "x" }] })).toMatchObject({
      code: "UNKNOWN_TARGET",
      param: "filter.labels",
      details: { existing: ["flavor", "kind", "rank"] },
    });
    expect(await refusal({ labels: [{ labelSet: "flavor", value: "x" }] }, { dataset: "drawer" })).toMatchObject({
      code: "UNKNOWN_TARGET",
      details: { existing: ["kind"] },
    });
    expect(await refusal({ dataset: "cellar" })).toMatchObject({ code: "NOT_FOUND", param: "dataset" });
    for (const label of [{ range: { minimum: 1 } }, {}, { value: "x", range: { minimum: 1 } }])
      expect(await refusal({ labels: [{ labelSet: "kind", ...label }] })).toMatchObject({ code: "BAD_INPUT" });
    expect(await refusal({ labels: [{ labelSet: "rank", value: "3" }] })).toMatchObject({
      code: "BAD_INPUT",
    });
    expect(await refusal({ molecularWeight: {} })).toMatchObject({
      code: "BAD_INPUT",
      param: "filter.molecularWeight",
    });
    expect(await refusal({ molecularWeight: { minimum: 2, maximum: 1 } })).toMatchObject({ code: "BAD_INPUT" });
    const six = Array.from({ length: 6 }, () => ({ labelSet: "kind", value: "other" }));
    expect(await refusal({ labels: six })).toMatchObject({ code: "BAD_INPUT", param: "filter.labels" });
  });
});

describe("substructure", () => {
  it("finds what RDKit in Python finds, and counts it", async () => {
    for (const [smarts, expected] of Object.entries(matches)) {
      const found = await list({ filter: { substructure: smarts }, dataset: "pantry" });
      expect(namesOf(found), smarts).toEqual(expected);
      expect(found.totalCount).toBe(expected.length);
    }
  });

  it("refuses a bad pattern by code", async () => {
    for (const smarts of ["c1cc", "", "[#6", "hello world"])
      expect(await refusal({ substructure: smarts })).toMatchObject({
        code: "INVALID_SMARTS",
        param: "filter.substructure",
      });
  });
});

describe("similarity by Morgan fingerprints", () => {
  it("is RDKit's Tanimoto, most similar first, down to the threshold", async () => {
    for (const [query, of] of Object.entries(similarities)) {
      const similarTo = { smiles: smilesOf(query), threshold: 0.05 };
      const { edges, totalCount } = await list({ filter: { similarTo }, dataset: "pantry" });
      const expected = Object.entries(of).filter(([, value]) => value >= 0.05);
      expect(totalCount).toBe(expected.length);
      expect(Object.fromEntries(edges.map(({ node, similarity }) => [node.name, similarity]))).toEqual(
        Object.fromEntries(expected),
      );
      const order = edges.map(({ similarity }) => similarity as number);
      expect(order).toEqual([...order].sort((a, b) => b - a));
    }
  });

  it("includes similarities equal to the threshold, 0.7 by default, with other conditions and orders", async () => {
    const smiles = smilesOf("vanillin");
    const exact = similarities.vanillin.isovanillin;
    expect(await names({ similarTo: { smiles } })).toEqual(["vanillin", "isovanillin"]);
    expect(await names({ similarTo: { smiles, threshold: exact } })).toEqual(["vanillin", "isovanillin"]);
    expect(await names({ similarTo: { smiles, threshold: exact + 1e-9 } })).toEqual(["vanillin"]);
    const heavy = { similarTo: { smiles, threshold: 0.6 }, molecularWeight: { minimum: 160 } };
    expect(await names(heavy, { orderBy: "NAME_ASC" })).toEqual(["ethylvanillin", "isoeugenol"]);
    expect(await names({ similarTo: { smiles, threshold: 0.6 }, substructure: "C=C" })).toEqual(["isoeugenol"]);
  });

  it("refuses an invalid molecule or threshold", async () => {
    const smiles = "CCO";
    expect(await refusal({ similarTo: { smiles: "C1CC" } })).toMatchObject({
      code: "INVALID_SMILES",
      param: "filter.similarTo.smiles",
    });
    for (const threshold of [0, -0.1, 1.1])
      expect(await refusal({ similarTo: { smiles, threshold } })).toMatchObject({
        code: "BAD_INPUT",
        param: "filter.similarTo.threshold",
      });
    expect(await refusal({ similarTo: { smiles, model: "base" } })).toMatchObject({ code: "BAD_INPUT" });
    expect(await refusal({}, { orderBy: "SIMILARITY_DESC" })).toMatchObject({ code: "BAD_INPUT", param: "orderBy" });
  });
});

describe("similarity by embeddings", () => {
  const similarTo = { smiles: "CCO", method: "EMBEDDING", model: "base" };
  const EMBED = `query ($smiles: [String!]!) {
    embed(smiles: $smiles, model: "base", pooling: CLS) { ... on Embedding { vector compound { name } } } }`;

  it("is the cosine of stored embeddings, the nearest n first; the molecule need not be stored", async () => {
    expect(await refusal({ similarTo })).toMatchObject({
      code: "EMBEDDINGS_REQUIRED",
      param: "filter.similarTo.model",
    });
    const { embed } = await service.data<{ embed: { vector: number[]; compound: { name: string } }[] }>(EMBED, {
      smiles: molecules.map(({ smiles }) => smiles),
    });
    const wanted = embed[0].vector;
    const cosine = (a: number[], b: number[]) => {
      const dot = (x: number[], y: number[]) => x.reduce((sum, value, i) => sum + value * y[i], 0);
      return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
    };
    const expected = new Map(embed.map(({ vector, compound }) => [compound.name, cosine(wanted, vector)]));
    const { edges, totalCount } = await list({ filter: { similarTo: { ...similarTo, nearest: 5 } } });
    const best = [...expected].sort(([, a], [, b]) => b - a).slice(0, 5);
    expect(edges.map(({ node }) => node.name)).toEqual(best.map(([name]) => name));
    for (const [index, { similarity }] of edges.entries()) expect(similarity).toBeCloseTo(best[index][1], 5);
    expect(totalCount).toBe(5);
    const compounds = await service.store.prisma.compound.count();
    expect(await names({ similarTo: { ...similarTo, smiles: "CCCCCCCCCCCCO", nearest: 1_000 } })).toHaveLength(34);
    expect(await service.store.prisma.compound.count()).toBe(compounds);
  });

  it("in a dataset is among its members, with a threshold", async () => {
    const found = await list({ filter: { similarTo: { ...similarTo, nearest: 5 } }, dataset: "drawer" });
    expect(namesOf(found).sort()).toEqual(["Coffee", "Vanilla"]);
    const [{ similarity }] = found.edges;
    expect(await names({ similarTo: { ...similarTo, threshold: similarity } }, { dataset: "drawer" })).toHaveLength(1);
    for (const more of [{ nearest: 0 }, { nearest: 1_001 }, { model: null }, { threshold: 2 }])
      expect(await refusal({ similarTo: { ...similarTo, ...more } })).toMatchObject({ code: "BAD_INPUT" });
    expect(await refusal({ similarTo: { ...similarTo, model: "none" } })).toMatchObject({ code: "NOT_FOUND" });
  });
});
