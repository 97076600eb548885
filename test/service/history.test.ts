/**
 * No answer depends on what somebody asked or imported before. Tautomers share an InChIKey: the same questions to a
 * fresh server, and to one that was asked and given other tautomers and names of the same molecules, are answered with
 * the same SMILES, scaffolds, drawings, splits, scores and hits.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { completeScaffolds } from "../../src/datasets/search/earlier-forms.js";
import { importLibrary, type LibraryRow, startTestService, type TestService } from "../support/api.js";

/** The dataset's own forms; the second of each pair is another tautomer with the same InChIKey. */
const PAIRS = [
  ["CCCNC(=O)CC", "CCCN=C(O)CC"],
  ["CCCCNC(=O)CCC", "CCCCN=C(O)CCC"],
  ["O=c1cccc[nH]1", "Oc1ccccn1"],
  ["Cc1ccc[nH]c1=O", "Cc1cccnc1O"],
  ["CCc1ccc[nH]c1=O", "CCc1cccnc1O"],
] as const;
const OWN = PAIRS.map(([own]) => own);
const OTHER = PAIRS.map(([, other]) => other);
/** A substructure that only the dataset's own forms have. */
const AMIDE = "C(=O)[NH]";
const rows = (): LibraryRow[] => {
  const more = [
    "Cn1ccccc1=O",
    "CCn1ccccc1=O",
    "Cc1ccccn1",
    "CCc1ccccn1",
    "c1ccncc1",
    "CCO",
    "CCCO",
    "CCCCO",
    "CCN",
    "CCCN",
  ];
  return [...OWN, ...more, ..."CO COC COCC CCOCC CCC(=O)O CCCC(=O)O CC(C)O CC(C)N CCCCN CCCCCN".split(" ")].map(
    (smiles, index) => ({
      smiles,
      ...(index % 3 ? { name: `molecule ${index}` } : {}),
      labels: { kind: index % 2 ? "odd" : "even" },
    }),
  );
};

let fresh: TestService;
let used: TestService;
beforeAll(async () => {
  fresh = await startTestService();
  used = await startTestService();
  const EMBED = `query ($smiles: [String!]!) { embed(smiles: $smiles, model: "base") { __typename } }`;
  await used.data(PREDICT, { smiles: OTHER.slice(0, 3), averageOver: 1 });
  await used.data(EMBED, { smiles: OTHER });
  const named = (smiles: string, index: number) => ({ smiles, name: `earlier ${index}`, labels: { kind: "none" } });
  await importLibrary(used, "earlier", OTHER.slice(2).map(named));
  // Searches make fingerprints, which must not be taken for those of another form.
  await used.data(LIST, { filter: { substructure: "[#6]" } });
  for (const service of [fresh, used]) await importLibrary(service, "amides", rows());
});
afterAll(async () => {
  await Promise.all([fresh.close(), used.close()]);
});

const COMPOUND = "name smiles scaffold formula inchiKey molecularWeight svg(width: 100, height: 80)";
const LIST = `query ($dataset: String, $filter: CompoundFilter, $orderBy: CompoundOrder) {
  compounds(first: 100, dataset: $dataset, filter: $filter, orderBy: $orderBy) {
    totalCount edges { similarity node { ${COMPOUND} labels(dataset: "amides") { value } } } } }`;
const PREDICT = `query ($smiles: [String!]!, $averageOver: Int!) {
  predict(smiles: $smiles, model: "classifier", averageOver: $averageOver) { ... on Prediction {
    smiles label score compound { smiles scaffold svg(width: 100, height: 80) predictions { smiles } } } } }`;

interface List {
  compounds: { totalCount: number; edges: { similarity: number | null; node: Record<string, string> }[] };
}

/** The answer of both, which is one. */
async function both<T>(query: string, variables: object = {}): Promise<T> {
  const answers = await Promise.all([fresh, used].map((service) => service.data<T>(query, variables)));
  expect(answers[1]).toEqual(answers[0]);
  return answers[0];
}
/** Equal ones come in the order of ids, which are random: lists in another order than the dataset's are sorted. */
async function list(variables: { orderBy?: string; filter?: object; dataset?: string }): Promise<List["compounds"]> {
  const tied = variables.orderBy || "similarTo" in (variables.filter ?? {});
  const lists = await Promise.all([fresh, used].map((service) => service.data<List>(LIST, variables)));
  const by = (edge: List["compounds"]["edges"][number]) => `${edge.similarity} ${edge.node.smiles}`;
  if (tied) for (const { compounds } of lists) compounds.edges.sort((a, b) => (by(a) < by(b) ? -1 : 1));
  expect(lists[1]).toEqual(lists[0]);
  return lists[0].compounds;
}
const written = ({ edges }: List["compounds"]) => edges.map(({ node }) => node.smiles);

describe("a dataset", () => {
  it("has its own SMILES, names, scaffolds and drawings", async () => {
    const { edges, totalCount } = await list({ dataset: "amides" });
    expect(totalCount).toBe(25);
    expect(edges.slice(0, 5).map(({ node: { smiles, scaffold } }) => [smiles, scaffold])).toEqual([
      ["CCCNC(=O)CC", ""],
      ["CCCCNC(=O)CCC", ""],
      ["O=c1cccc[nH]1", "O=c1cccc[nH]1"],
      ["Cc1ccc[nH]c1=O", "O=c1cccc[nH]1"],
      ["CCc1ccc[nH]c1=O", "O=c1cccc[nH]1"],
    ]);
    expect(edges.slice(0, 3).map(({ node }) => node.name)).toEqual([null, "molecule 1", "molecule 2"]);
  });

  it("is searched by its own forms and names", async () => {
    expect(written(await list({ filter: { dataset: "amides", substructure: AMIDE } }))).toEqual(OWN.slice(0, 2));
    expect(written(await list({ dataset: "amides", filter: { substructure: "c(=O)[nH]" } }))).toEqual(OWN.slice(2));
    expect((await list({ dataset: "amides", filter: { substructure: "[OX2H]c" } })).totalCount).toBe(0);
    for (const smiles of OWN) {
      const { edges } = await list({ dataset: "amides", filter: { similarTo: { smiles, threshold: 0.9 } } });
      expect(edges.map(({ node, similarity }) => [node.smiles, similarity])).toContainEqual([smiles, 1]);
    }
    expect((await list({ dataset: "amides", filter: { text: "molecule" } })).totalCount).toBe(16);
    expect((await list({ dataset: "amides", filter: { text: "earlier" } })).totalCount).toBe(0);
    expect((await list({ dataset: "amides", filter: { text: OTHER[0] } })).totalCount).toBe(1);
    for (const orderBy of ["NAME_ASC", "NAME_DESC", "MOLECULAR_WEIGHT_ASC", "CREATED_DESC"]) {
      const { edges } = await list({ filter: { dataset: "amides" }, orderBy });
      expect(edges, orderBy).toHaveLength(25);
    }
  });
});

describe("a model", () => {
  it.each([1, 4])("answers to the SMILES that is asked, over %i forms", async (averageOver) => {
    type Answer = { predict: { smiles: string; compound: { smiles: string; predictions: { smiles: string }[] } }[] };
    const { predict } = await both<Answer>(PREDICT, { smiles: [...OWN, ...OTHER], averageOver });
    for (const [index, smiles] of [...OWN, ...OTHER].entries()) {
      expect(predict[index]).toMatchObject({ smiles, compound: { smiles } });
      for (const kept of predict[index].compound.predictions) expect(kept.smiles).toBe(smiles);
    }
  });

  it("embeds, compares and has neighbours by the dataset's forms", async () => {
    await finished("startEmbedding", "StartEmbeddingInput", { model: "base", dataset: "amides" });
    const similarTo = { smiles: OTHER[3], method: "EMBEDDING", model: "base", nearest: 10 };
    const near = await list({ dataset: "amides", filter: { similarTo } });
    expect(near.edges).toHaveLength(10);
    const { neighbours } = await both<{ neighbours: { compound: { smiles: string } }[] }>(
      `query ($smiles: String!) { neighbours(model: "base", dataset: "amides", smiles: $smiles, k: 5) {
         distance compound { ${COMPOUND} } } }`,
      { smiles: OWN[3] },
    );
    expect(neighbours).toHaveLength(5);
  });
});

/** Runs that have succeeded, of each server. */
async function finished(mutation: string, type: string, input: object): Promise<string[]> {
  const start = async (service: TestService): Promise<string> => {
    const query = `mutation ($input: ${type}!) { ${mutation}(input: $input) { run { id } } }`;
    const { [mutation]: started } = await service.data<Record<string, { run: { id: string } }>>(query, { input });
    for (;;) {
      const { run } = await service.data<{ run: { status: string; error: unknown } }>(
        "query ($id: ID!) { run(id: $id) { status error { message } } }",
        { id: started.run.id },
      );
      if (run.status === "SUCCEEDED") return started.run.id;
      if (!["QUEUED", "RUNNING"].includes(run.status)) expect.fail(JSON.stringify(run));
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  return Promise.all([fresh, used].map(start));
}

describe("a run", () => {
  it("splits, leaks and is evaluated by the dataset's forms", async () => {
    const ids = await finished("startFinetune", "StartFinetuneInput", {
      name: "scaffolds",
      baseModel: "base",
      dataset: "amides",
      target: "kind",
      epochs: 1,
      minClassSize: 1,
      split: { strategy: "SCAFFOLD", fractions: [0.5, 0.25, 0.25] },
    });
    const RUN = `query ($id: ID!) { run(id: $id) {
      warnings { code message } leakage { split count
        molecules { count } scaffolds { count } nearDuplicates { count } }
      validation: evaluation(split: VALIDATION) { ...answers } test: evaluation(split: TEST) { ...answers } } }
      fragment answers on Evaluation { newScaffolds { count } molecules { compound { smiles scaffold name } } }`;
    const [one, other] = await Promise.all(
      [fresh, used].map((service, index) => service.data<Record<string, unknown>>(RUN, { id: ids[index] })),
    );
    expect(other).toEqual(one);
    expect(one).toMatchObject({ run: { leakage: [{ scaffolds: { count: 0 } }, { scaffolds: { count: 0 } }] } });
  });
});

describe("the library", () => {
  it("has a compound in the form of the first dataset, whatever a model was asked", async () => {
    const FIND = `query ($smiles: String!) { compound(smiles: $smiles) { smiles scaffold } }`;
    // In `used` these two were asked in the other form before they were imported.
    for (const pair of PAIRS.slice(0, 2))
      for (const smiles of pair)
        expect(await both(FIND, { smiles })).toEqual({ compound: { smiles: pair[0], scaffold: "" } });
    const hits = await used.data<List>(LIST, { filter: { substructure: AMIDE } });
    expect(written(hits.compounds).sort()).toEqual([...OWN.slice(0, 2)].sort());
    // Fingerprints are kept of the forms that a dataset has, and of no other.
    const kept = await used.store.prisma.fingerprint.findMany({ where: { smiles: { in: OTHER } } });
    expect(kept.map(({ smiles }) => smiles).sort()).toEqual(OTHER.slice(2).sort());
  });

  it("of an earlier version gets the scaffolds of its datasets, and the first dataset's forms", async () => {
    const { prisma } = used.store;
    await prisma.datasetCompound.updateMany({ where: { smiles: { in: OWN } }, data: { scaffold: null } });
    await prisma.compound.updateMany({ where: { smiles: OWN[0] }, data: { smiles: OTHER[0] } });
    await completeScaffolds(used.store, used.application.chemistry);
    expect(await prisma.datasetCompound.count({ where: { scaffold: null } })).toBe(0);
    expect(written(await list({ dataset: "amides" })).slice(0, 5)).toEqual(OWN);
    const { smiles, scaffold } = await prisma.compound.findFirstOrThrow({ where: { smiles: OWN[0] } });
    expect([smiles, scaffold]).toEqual([OWN[0], ""]);
  });

  it("gives a node back as it was reached", async () => {
    const IDS = `query ($smiles: String!) {
      earlier: compounds(first: 1, dataset: "earlier") { edges { node { id ${COMPOUND} } } }
      amides: compounds(first: 3, dataset: "amides") { edges { node { id ${COMPOUND} } } }
      predict(smiles: [$smiles], model: "classifier") { ... on Prediction { compound { id ${COMPOUND} } } }
      compound(smiles: $smiles) { id ${COMPOUND} } }`;
    type Found = Record<"id" | "name" | "smiles", string>;
    const found = await used.data<{
      earlier: { edges: { node: Found }[] };
      amides: { edges: { node: Found }[] };
      predict: { compound: Found }[];
      compound: Found;
    }>(IDS, { smiles: OWN[2] });
    const reached = [
      found.earlier.edges[0].node,
      found.amides.edges[2].node,
      found.predict[0].compound,
      found.compound,
    ];
    expect(reached.map(({ smiles, name }) => [smiles, name])).toEqual([
      [OTHER[2], "earlier 0"],
      [OWN[2], "molecule 2"],
      [OWN[2], "earlier 0"],
      [OTHER[2], "earlier 0"],
    ]);
    expect(new Set(reached.map(({ id }) => id)).size).toBe(4);
    const NODES = `query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Compound { id ${COMPOUND} } } }`;
    expect(await used.data(NODES, { ids: reached.map(({ id }) => id) })).toEqual({ nodes: reached });
    // A SMILES that is not a form of the compound, or not canonical, and a dataset that does not have it, are no node.
    const [library] = Buffer.from(found.compound.id, "base64url").toString().split("/");
    const forged = ["/smiles:CCO", "/smiles:O=C1C=CC=CN1", "/smiles:((", "/dataset:none"].map((reach) =>
      Buffer.from(library + reach).toString("base64url"),
    );
    expect(await used.data(NODES, { ids: forged })).toEqual({ nodes: forged.map(() => null) });
  });
});
