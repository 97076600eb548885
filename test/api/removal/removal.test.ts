/** Deleting and renaming through the API and the command line: answers, questions, audit log, quota, what ships. */
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { globalId } from "../../../src/api/ids.js";
import { createApplication } from "../../../src/service/application.js";
import { alkyls, FIXTURES, importLibrary, post, startTestService, type TestService } from "../../support/api.js";
import { maillard } from "../../support/command-line.js";
import { FakeCompute } from "../../support/fake-compute.js";
import { ended } from "../../support/run-fixtures.js";

let service: TestService;
let packageRoot: string;
const compute = new FakeCompute();

beforeAll(async () => {
  packageRoot = await mkdtemp(join(tmpdir(), "maillard-package-"));
  await cp(join(FIXTURES, "tiny-bert"), join(packageRoot, "models", "shipped"), { recursive: true });
  service = await startTestService({ compute, packageRoot });
  await importLibrary(service, "alkyls", alkyls());
});
afterAll(async () => {
  await service.close();
  await rm(packageRoot, { recursive: true });
});

const finetune = async (name: string, baseModel = "classifier") => {
  const split = { strategy: "RANDOM", fractions: [0.8, 0.1, 0.1] as [number, number, number] };
  const order = { name, baseModel, dataset: "alkyls", target: "superclass", epochs: 1, split };
  return ended(service.application.runs, (await service.application.runs.startFinetune(order)).id);
};
const predict = (model: string, smiles = "CCO") =>
  service.ask(
    "query ($model: String!, $smiles: [String!]!) { predict(model: $model, smiles: $smiles) { __typename } }",
    {
      model,
      smiles: [smiles],
    },
  );
const DELETE = `($id: ID!, $cascade: Boolean! = false, $dryRun: Boolean! = false)`;
const ASKED = `(id: $id, cascade: $cascade, dryRun: $dryRun) {
  deleted { kind id name diskUsage { files database } } freed { files database } }`;
const deleteModel = `mutation ${DELETE} { deleteModel${ASKED} }`;

describe("a deletion by the API", () => {
  it("is refused with the global ids of what is in use, and says what it freed; both are audited", async () => {
    const run = await finetune("one");
    const later = await finetune("two", "one");
    const id = globalId("Model", run.modelId as string);
    const used = await service.refusal(deleteModel, { id });
    const usedBy = [{ kind: "RUN", id: globalId("Run", later.id), name: "two" }];
    expect(used).toMatchObject({ code: "CONFLICT", param: "id", details: { usedBy, count: 1 } });
    const { model } = await service.data<{ model: { diskUsage: { files: number; database: number } } }>(
      `{ model(name: "one") { diskUsage { files database } } }`,
    );
    expect(model.diskUsage).toEqual({ files: expect.any(Number), database: 0 });
    expect(model.diskUsage.files).toBeGreaterThan(50_000);
    const { deleteModel: done } = await service.data<{
      deleteModel: { deleted: { name: string; diskUsage: object }[]; freed: { files: number } };
    }>(deleteModel, { id, cascade: true });
    expect(done.deleted.map(({ name }) => name)).toEqual(["one", "two", "two"]);
    expect(done.deleted[0].diskUsage).toEqual(model.diskUsage);
    expect(done.freed.files).toBe(2 * model.diskUsage.files);
    expect((await service.refusal(deleteModel, { id })).code).toBe("NOT_FOUND");
    const entries = await service.store.prisma.auditEntry.findMany({
      where: { action: "deleteModel" },
      orderBy: { id: "asc" },
    });
    expect(entries.map(({ outcome }) => outcome)).toEqual(["CONFLICT", "OK", "NOT_FOUND"]);
    expect(entries[1].details).toMatchObject({ id, cascade: true, deletedCount: 3 });
    expect((entries[1].details as { deleted: string[] }).deleted[0]).toBe(`MODEL one ${id}`);
  });

  it("meanwhile, a prediction is answered NOT_FOUND, and nothing is stored", async () => {
    const run = await finetune("doomed");
    const id = globalId("Model", run.modelId as string);
    let deleted = false;
    compute.beforeInfer = async () => {
      if (!deleted) await service.data(deleteModel, { id });
      deleted = true;
    };
    const { errors } = await predict("doomed");
    compute.beforeInfer = () => undefined;
    expect(errors?.[0].extensions).toMatchObject({ code: "NOT_FOUND", param: "model" });
    expect(errors?.[0].message).toContain("deleted meanwhile");
    expect(await service.store.prisma.prediction.count({ where: { modelId: run.modelId as string } })).toBe(0);
  });

  it("of a dataset ends an import of it", async () => {
    const load = (name: string, continues: boolean) => ({
      input: { name, continues, rows: [{ line: 1, smiles: "CCO", labels: [] }] },
    });
    const query = "mutation ($input: ImportDatasetInput!) { importDataset(input: $input) { dataset { id } } }";
    const { importDataset } = await service.data<{ importDataset: { dataset: { id: string } } }>(
      query,
      load("half", false),
    );
    await service.data(`mutation ${DELETE} { deleteDataset${ASKED} }`, { id: importDataset.dataset.id });
    expect((await service.refusal(query, load("half", true))).code).toBe("CONFLICT");
    expect(await service.store.prisma.dataset.count({ where: { name: "half" } })).toBe(0);
  });
});

describe("the command line", () => {
  const command = (args: string, said: string | null = null) => maillard(service.url, args.split(" "), {}, said);

  it("asks before it deletes; without a person it wants --yes", async () => {
    const run = await finetune("asked");
    const alone = await command("delete run asked");
    expect([alone.exitCode, alone.err.split("\n").at(-1)?.split(" ")[0]]).toEqual([1, "USAGE"]);
    expect(alone.err).toMatch(/^would be deleted +name +files +database\n.*\nrun +asked +0 B +\d/);
    const no = await command("delete run asked --cascade", "n");
    expect([no.exitCode, no.err.split("\n").at(-1)?.split(" ")[0]]).toEqual([1, "CANCELLED"]);
    expect(await service.store.prisma.run.count({ where: { id: run.id } })).toBe(1);
    const used = await command("delete dataset alkyls --yes");
    expect([used.exitCode, used.err]).toEqual([1, expect.stringContaining("CONFLICT")]);
    expect((await command("models")).out).toMatch(/asked .* 8\d\.\d kB/);
    const dry = JSON.parse((await command("delete run asked --cascade --dry-run --json")).out);
    expect(dry.deleted.map(({ kind, name }: { kind: string; name: string }) => `${kind} ${name}`)).toEqual([
      "RUN asked",
      "MODEL asked",
    ]);
    const done = await command("delete run asked --cascade", "y");
    expect(done.out.split("\n").slice(0, 2)).toEqual(["deleted run asked", "deleted model asked"]);
    expect(done.out).toMatch(/8\d\.\d kB of files and about \d+\.\d kB of the database are free\.$/);
    const unknown = await command("delete model asked --yes");
    expect([unknown.exitCode, unknown.err.split(" ")[0]]).toEqual([1, "NOT_FOUND"]);
    expect((await command("delete thing asked")).exitCode).toBe(1);
  });

  it("renames, and takes no run of two that have the name", async () => {
    await finetune("old");
    expect((await command("rename model old new")).out).toBe("The model old is called new.");
    await finetune("old");
    const two = await command("rename run old newer");
    expect(two.err).toMatch(/^CONFLICT {2}2 runs have the name old: give one of the ids /);
    const taken = await command("rename model old new");
    expect(taken.err).toContain("CONFLICT");
    expect((await command("runs")).out).toMatch(/run .* disk +id\n/);
    expect((await command("datasets")).out).toMatch(/alkyls +36 +144\.0 kB/);
  });

  it("removes what nothing needs", async () => {
    const { prisma } = service.store;
    const { compoundId: _none, ...nobody } = {
      compoundId: "",
      inchiKey: "A-B-C",
      skeletonKey: "A",
      smiles: "C",
      formula: "C",
    };
    await prisma.compound.create({ data: { id: "nobody", ...nobody, molecularWeight: 1, scaffold: "" } });
    expect((await command("gc --dry-run")).out).toMatch(/molecules that nothing has +\d+ +\d\.\d kB/);
    expect((await command("gc")).err).toContain("USAGE");
    expect((await command("gc --yes")).out).toMatch(/removed \d+ molecules that nothing has.*\nThe server takes /);
    expect(await prisma.compound.count({ where: { id: "nobody" } })).toBe(0);
    expect((await command("gc")).out).toMatch(/^Nothing is left over\.\n/);
  });
});

describe("what ships", () => {
  it("is deleted by an administrator, stays away, and comes back when asked; its files stay", async () => {
    const { prisma } = service.store;
    const there = () => prisma.model.count({ where: { name: "shipped" } });
    const { id } = await prisma.model.findFirstOrThrow({ where: { name: "shipped", projectId: "shared" } });
    const renamed = `mutation { renameModel(id: "${globalId("Model", id)}", name: "mine") { model { id } } }`;
    expect((await service.refusal(renamed)).code).toBe("CONFLICT");
    await service.data(deleteModel, { id: globalId("Model", id) });
    expect(await there()).toBe(0);
    const { home, databaseUrl } = service;
    const log = { info: () => undefined, error: () => undefined };
    await (await createApplication({ home, databaseUrl, packageRoot, compute: new FakeCompute(), log })).close();
    expect(await there()).toBe(0);
    expect((await maillard(service.url, ["gc", "--restore-shipped"])).out).toBe("There again: shipped");
    expect(await there()).toBe(1);
  });
});

// Last: from then on a key is needed.
describe("a key of a member", () => {
  it("deletes what it made, gets its quota back, and nothing of another key", async () => {
    const asked = <T>(query: string, key: string, variables: object = {}) =>
      post<T>(service.url, { query, variables }, key ? { authorization: `Bearer ${key}` } : {});
    const make = async (name: string, role: string, key: string): Promise<string> => {
      const query = `mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { key } }`;
      const { data } = await asked<{ createApiKey: { key: string } }>(query, key, { input: { name, role } });
      return data?.createApiKey.key as string;
    };
    const admin = await make("admin", "ADMIN", "");
    const [mine, others] = [await make("mine", "MEMBER", admin), await make("others", "MEMBER", admin)];
    const used = async () =>
      (await asked<{ quota: { bytes: { used: number } } }>("{ quota { bytes { used } } }", mine)).data?.quota.bytes
        .used;
    expect(await used()).toBe(0);
    const rows = ["CCCl", "CCCCl"].map((smiles, index) => ({ line: index + 1, smiles, labels: [] }));
    const load = "mutation ($input: ImportDatasetInput!) { importDataset(input: $input) { dataset { id } } }";
    const { data } = await asked<{ importDataset: { dataset: { id: string } } }>(load, mine, {
      input: { name: "own", rows },
    });
    const { id: keyId } = await service.store.prisma.apiKey.findUniqueOrThrow({ where: { name: "mine" } });
    const { id: modelId } = await service.store.prisma.model.findFirstOrThrow({ where: { name: "new" } });
    await service.store.prisma.model.update({ where: { id: modelId }, data: { createdById: keyId } });
    expect(await used()).toBeGreaterThan(50_000);
    const ids = { deleteDataset: data?.importDataset.dataset.id, deleteModel: globalId("Model", modelId) };
    for (const [name, id] of Object.entries(ids)) {
      const query = `mutation { ${name}(id: "${id}") { freed { files } } }`;
      expect((await asked(query, others)).errors?.[0].extensions.code).toBe("FORBIDDEN");
      expect((await asked(query, mine)).errors).toBeUndefined();
    }
    expect(await used()).toBe(0);
    const { data: whole } = await asked<{ diskUsage: { files: number; database: number } }>(
      "{ diskUsage { files database } }",
      admin,
    );
    expect(whole?.diskUsage.database).toBeGreaterThan(1_000_000);
  });
});
