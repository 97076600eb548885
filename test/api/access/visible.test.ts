/**
 * What belongs to a project, beside the walk of projects.test.ts: names, molecules that several projects have, what is
 * shared, what is made; and the table of rules itself.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { importRows } from "../../../src/datasets/import.js";
import { type Application, applicationFor } from "../../../src/service/application.js";
import { createEnsemble } from "../../../src/service/models/create-ensemble.js";
import { predict } from "../../../src/service/predict/predict.js";
import { LOCAL } from "../../../src/store/access/principal.js";
import { VISIBLE } from "../../../src/store/access/visible.js";
import { findDataset, findModel } from "../../../src/store/find.js";
import { Prisma } from "../../../src/store/generated/client.js";
import { newId } from "../../../src/store/index.js";
import {
  type Handles,
  InProcessCompute,
  MOLECULE,
  principalOf,
  seedProject,
  seedShared,
  TAUTOMER,
} from "../../support/access/projects.js";
import { type Answer, post, startTestService, type TestService } from "../../support/api.js";

let service: TestService;
let ant: Handles;
let wasp: Handles;
const as = (...projects: string[]): Application => applicationFor(service.application, principalOf(...projects));
const { signal } = new AbortController();

beforeAll(async () => {
  service = await startTestService({ models: {}, compute: new InProcessCompute(), hub: null });
  await seedShared(service.application);
  wasp = await seedProject(service.application, "wasp", { element: "F", form: TAUTOMER });
  ant = await seedProject(service.application, "ant", { element: "Cl", form: MOLECULE });
});
afterAll(() => service.close());

describe("the table of rules", () => {
  it("has a row for every table", () => {
    expect(Object.keys(VISIBLE).sort()).toEqual(Object.values(Prisma.ModelName).sort());
  });

  it("refuses a table without a rule, plain SQL, and relations that lead out of the project", async () => {
    const { prisma } = as("ant").store;
    await expect(prisma.apiKeyProject.findMany()).rejects.toThrow("no rule");
    expect(await prisma.apiKey.findMany()).toEqual([]);
    await expect(prisma.auditEntry.count()).rejects.toThrow("no rule");
    await expect(prisma.$queryRaw`SELECT 1`).rejects.toThrow("no rule");
    await expect(prisma.model.findMany({ include: { derived: true } })).rejects.toThrow("no rule");
    await expect(prisma.compound.findMany({ select: { members: true } })).rejects.toThrow("no rule");
    await expect(prisma.dataset.findMany({ include: { _count: true } })).rejects.toThrow("no rule");
    await expect(
      prisma.dataset.upsert({ where: { id: "x" }, create: { id: "x", name: "x" }, update: {} }),
    ).rejects.toThrow("no rule");
  });

  it("refuses rows made in another project, and changes neither its rows nor shared ones", async () => {
    const { prisma } = as("ant").store;
    const data = { id: newId(), name: "made" };
    await expect(prisma.dataset.create({ data: { ...data, projectId: "wasp" } })).rejects.toThrow("no rule");
    await expect(prisma.dataset.create({ data })).rejects.toThrow("no rule");
    const where = { name: { in: [wasp.dataset, "sample"] } };
    expect(await prisma.dataset.updateMany({ where, data: { description: "changed" } })).toEqual({ count: 0 });
    expect(await prisma.dataset.deleteMany({ where: { name: wasp.dataset } })).toEqual({ count: 0 });
  });

  it("counts and sums what is seen", async () => {
    const { prisma } = as("ant").store;
    const ownRuns = await service.store.prisma.run.count({ where: { projectId: "ant" } });
    expect(await prisma.run.count()).toBe(ownRuns);
    const { _count } = await prisma.run.aggregate({ _count: true });
    expect(_count).toBe(ownRuns);
    const groups = await prisma.runAssignment.groupBy({ by: ["runId"] });
    expect(groups).toHaveLength(ownRuns);
  });

  it("is not in the way of a principal that sees all projects: the client is the same", () => {
    expect(applicationFor(service.application, LOCAL).store.prisma).toBe(service.store.prisma);
    expect(as("ant").store.prisma).toBe(as("ant").store.prisma);
    expect(as("ant").store.prisma).not.toBe(as("wasp").store.prisma);
  });
});

describe("a name", () => {
  const makes = (application: Application, dataset: string, smiles = "CCO") =>
    importRows(application, { dataset, rows: [{ line: 1, smiles, labels: {} }] });

  it("is free although another project has it, and means the own project's row, then another seen one's", async () => {
    const { dataset: theirs } = await makes(as("wasp"), "twice");
    expect((await findDataset(as("wasp", "ant").store, "twice")).id).toBe(theirs.id);
    expect((await findDataset(as("ant", "wasp").store, "twice")).id).toBe(theirs.id);
    await expect(findDataset(as("ant").store, "twice")).rejects.toMatchObject({ code: "NOT_FOUND" });
    const { dataset: own, created } = await makes(as("ant"), "twice");
    expect(created).toBe(true);
    expect((await findDataset(as("ant", "wasp").store, "twice")).id).toBe(own.id);
    expect((await findDataset(as("wasp", "ant").store, "twice")).id).toBe(theirs.id);
    // Of projects that are no one's own: the default one's, then the shared one's, then the oldest.
    expect((await findDataset(service.store, "twice")).id).toBe(theirs.id);
    const { dataset: local } = await makes(service.application, "twice");
    expect(local.projectId).toBe("default");
    expect((await findDataset(service.store, "twice")).id).toBe(local.id);
  });

  it("of what is shared is taken everywhere, and only administrators write to it", async () => {
    await expect(makes(as("ant"), "sample")).rejects.toMatchObject({ code: "CONFLICT", param: "dataset" });
    const models = [ant.model, "other-ant"];
    await expect(createEnsemble(as("ant"), { name: "base", models })).rejects.toMatchObject({ code: "CONFLICT" });
    const { dataset, created } = await makes(service.application, "sample", "CCCO");
    expect([dataset.projectId, created]).toEqual(["shared", false]);
  });

  it("cannot be that of a thing in a third project where something is made of it", async () => {
    const both = as("ant", "wasp");
    const input = { name: "mixed", baseModel: "base", dataset: wasp.dataset, target: "superclass" };
    await expect(both.runs.startFinetune(input)).rejects.toMatchObject({ code: "CONFLICT", param: "dataset" });
    const models = [ant.model, wasp.model];
    await expect(createEnsemble(both, { name: "mixed", models })).rejects.toMatchObject({ code: "CONFLICT" });
  });
});

describe("what is made", () => {
  it("belongs to the project and to the key: run, model, group, ensemble, dataset", async () => {
    const { prisma } = service.store;
    const where = { projectId: "ant" };
    expect(await prisma.run.count({ where })).toBe(4);
    expect(await prisma.runGroup.count({ where })).toBe(1);
    const names = (await prisma.model.findMany({ where, orderBy: { name: "asc" } })).map(({ name }) => name);
    expect(names.filter((name) => !name.startsWith("taken"))).toEqual([
      "group-ant",
      "group-ant-1",
      "group-ant-2",
      "other-ant",
      "run-ant",
    ]);
    const keyed = applicationFor(service.application, { ...principalOf("ant"), keyId: "some-key" });
    const { dataset } = await importRows(keyed, {
      dataset: "keyed",
      rows: [{ line: 1, smiles: "CCO", labels: {} }],
    });
    expect(dataset).toMatchObject({ projectId: "ant", createdById: "some-key" });
  });

  it("by a shared model belongs to the project that asked", async () => {
    const { prisma } = service.store;
    const rows = await prisma.embedding.findMany({ where: { model: { name: "base" } }, distinct: ["projectId"] });
    expect(rows.map(({ projectId }) => projectId).sort()).toEqual(["ant", "wasp"]);
    expect(await as("ant").store.prisma.embedding.count({ where: { projectId: { not: "ant" } } })).toBe(0);
  });

  it("by a model of a project belongs to that project, whoever asks", async () => {
    const request = { smiles: ["CCCCCCCCCCO"], topK: null, averageOver: 1, signal };
    const [row] = await predict(service.application, { ...request, model: ant.model });
    expect(row).toMatchObject({ projectId: "ant" });
    await expect(predict(as("wasp"), { ...request, model: ant.model })).rejects.toMatchObject({ code: "NOT_FOUND" });
    expect((await findModel(service.store, ant.model)).projectId).toBe("ant");
  });
});

describe("a molecule that two projects have", () => {
  const COMPOUND = `query ($smiles: String!) {
    compound(smiles: $smiles) {
      id name smiles scaffold datasets { name } labels { labelSet } predictions { id } embeddings { id }
    }
  }`;
  const keys: Record<string, string> = {};
  const asked = <T>(key: string, query: string, variables: object = {}): Promise<Answer<T>> =>
    post<T>(service.url, { query, variables }, key ? { authorization: `Bearer ${keys[key]}` } : {});

  beforeAll(async () => {
    const make = async (name: string, role: string, projects: string[]): Promise<void> => {
      const query = `mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { key } }`;
      const { data } = await asked<{ createApiKey: { key: string } }>(keys.admin ? "admin" : "", query, {
        input: { name, role, projects },
      });
      keys[name] = data?.createApiKey.key as string;
    };
    await make("admin", "ADMIN", ["default"]);
    await make("ant", "MEMBER", ["ant"]);
    await make("wasp", "READER", ["wasp"]);
    await make("fresh", "MEMBER", ["fresh"]);
  });

  it("has in each the project's own name and form; an administrator sees the first project's", async () => {
    const found: Record<string, { id: string; name: string; smiles: string; datasets: object[] }> = {};
    for (const key of ["ant", "wasp", "admin"]) {
      const { data } = await asked<{ compound: (typeof found)[string] }>(key, COMPOUND, { smiles: TAUTOMER });
      found[key] = data?.compound as (typeof found)[string];
    }
    expect(found.ant).toMatchObject({
      name: "molecule 37 of ant",
      smiles: MOLECULE,
      datasets: [{ name: ant.dataset }],
    });
    expect(found.wasp).toMatchObject({ name: "molecule 37 of wasp", smiles: TAUTOMER });
    expect(found.admin).toMatchObject({ name: "molecule 37 of wasp", smiles: TAUTOMER });
    expect(found.admin.datasets).toHaveLength(2);
    // One row, whose id does not tell when it was made: version 4.
    expect(new Set([found.ant.id, found.wasp.id, found.admin.id]).size).toBe(1);
    expect(Buffer.from(found.ant.id, "base64url").toString()).toMatch(/^Compound:[\da-f]{8}-[\da-f]{4}-4/);
  });

  it("is searched in the project's own form", async () => {
    const SEARCH = `query ($smarts: String!) { compounds(first: 9, filter: { substructure: $smarts }) {
      totalCount edges { node { smiles } } } }`;
    const hits = async (key: string, smarts: string) =>
      (await asked<{ compounds: { edges: { node: { smiles: string } }[] } }>(key, SEARCH, { smarts })).data?.compounds
        .edges.length;
    const [ketone, alcohol] = ["O=c1cccc[nH]1", "[OX2H]c1ccccn1"];
    expect([await hits("ant", ketone), await hits("ant", alcohol)]).toEqual([0, 1]);
    expect([await hits("wasp", ketone), await hits("wasp", alcohol)]).toEqual([1, 0]);
  });

  it("is asked for by a key that may look at itself", async () => {
    const { data, errors } = await asked<{ viewer: object }>("ant", "{ viewer { name role projects } }");
    expect([errors, data?.viewer]).toEqual([undefined, { name: "ant", role: "MEMBER", projects: ["ant"] }]);
  });

  it("is not there for a third project, also when that asks a shared model of it", async () => {
    for (const smiles of [MOLECULE, "CCCCCCCCCCCCCCCCO"])
      expect((await asked("fresh", COMPOUND, { smiles })).data).toEqual({ compound: null });
    const EMBED = `query ($smiles: [String!]!) { embed(smiles: $smiles, model: "base") { ... on Embedding {
      compound { name smiles datasets { name } predictions { id } embeddings { model { name } } }
    } } }`;
    const { data } = await asked<{ embed: object[] }>("fresh", EMBED, { smiles: [MOLECULE] });
    expect(data?.embed).toEqual([
      {
        compound: {
          name: null,
          smiles: MOLECULE,
          datasets: [],
          predictions: [],
          embeddings: [{ model: { name: "base" } }],
        },
      },
    ]);
  });

  it("is listed in the order of the project, by its names and by words of them alone", async () => {
    const LIST = `query ($filter: CompoundFilter, $orderBy: CompoundOrder) {
      compounds(first: 3, filter: $filter, orderBy: $orderBy) { totalCount edges { node { name } } }
    }`;
    interface List {
      compounds: { totalCount: number; edges: { node: { name: string | null } }[] };
    }
    const names = async (key: string, variables: object): Promise<(string | null)[]> =>
      ((await asked<List>(key, LIST, variables)).data?.compounds.edges ?? []).map(({ node }) => node.name);
    for (const key of ["ant", "wasp"]) {
      // After the two molecules of the sample, whose names are null.
      expect(await names(key, {})).toEqual([null, null, `molecule 0 of ${key}`]);
      expect(await names(key, { orderBy: "NAME_ASC" })).toEqual([0, 1, 10].map((n) => `molecule ${n} of ${key}`));
      expect(await names(key, { filter: { text: `37 ${key}` } })).toEqual([`molecule 37 of ${key}`]);
      expect(await names(key, { filter: { text: `37 ${key === "ant" ? "wasp" : "ant"}` } })).toEqual([]);
    }
    const { data } = await asked<List>("admin", LIST);
    expect(data?.compounds.totalCount).toBe(await service.store.prisma.compound.count());
  });

  it.each(["CREATED_ASC", "CREATED_DESC", "NAME_ASC", "MOLECULAR_WEIGHT_DESC"])(
    "is on one page of a list by %s, forwards and backwards",
    async (orderBy) => {
      const PAGE = `query ($after: String, $before: String, $first: Int, $last: Int, $orderBy: CompoundOrder) {
        compounds(after: $after, before: $before, first: $first, last: $last, orderBy: $orderBy) {
          totalCount edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage }
        }
      }`;
      interface Page {
        compounds: {
          totalCount: number;
          edges: { cursor: string; node: { id: string } }[];
          pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean };
        };
      }
      const total = await as("wasp").store.prisma.compound.count();
      expect(total).toBeGreaterThan(39);
      const walk = async (backwards: boolean): Promise<string[]> => {
        const ids: string[] = [];
        for (let cursor: string | undefined, more = true; more; ) {
          const range = backwards ? { last: 9, before: cursor } : { first: 9, after: cursor };
          const { data } = await asked<Page>("wasp", PAGE, { ...range, orderBy });
          const { edges, pageInfo, totalCount } = (data as Page).compounds;
          expect(totalCount).toBe(total);
          const found = edges.map(({ node }) => node.id);
          if (backwards) ids.unshift(...found);
          else ids.push(...found);
          more = backwards ? pageInfo.hasPreviousPage : pageInfo.hasNextPage;
          cursor = (backwards ? edges[0] : edges.at(-1))?.cursor;
        }
        return ids;
      };
      const forwards = await walk(false);
      expect(new Set(forwards).size).toBe(total);
      expect(await walk(true)).toEqual(forwards);
    },
  );

  it("imported by upload goes to the key's project; a shared name is refused", async () => {
    const upload = async (key: string, dataset: string): Promise<Record<string, unknown>[]> => {
      const response = await fetch(`${service.url}/import/csv?dataset=${dataset}`, {
        method: "POST",
        headers: {
          authorization: `Bearer ${keys[key]}`,
          "x-maillard-client": "test",
          "content-type": "application/octet-stream",
        },
        body: "smiles,name\nOc1ccccc1,uploaded\n",
      });
      return (await response.text())
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line));
    };
    expect((await upload("fresh", wasp.dataset)).at(-1)).toMatchObject({ dataset: { name: wasp.dataset, size: 1 } });
    const row = await service.store.prisma.dataset.findFirstOrThrow({ where: { project: { name: "fresh" } } });
    expect(row.name).toBe(wasp.dataset);
    expect((await upload("fresh", "sample")).at(-1)).toMatchObject({ error: { code: "CONFLICT" } });
  });
});
