/** What a first start holds: the models of the package's folder models/ and the sample; a second start changes nothing. */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { parse } from "csv-parse/sync";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createApplication, PACKAGE_ROOT } from "../../src/api/application.js";
import { countStatements } from "../../src/store/statements.js";
import { startTestService, type TestService } from "../support/api.js";

const folder = join(PACKAGE_ROOT, "models");
const shipped = existsSync(folder)
  ? readdirSync(folder).filter((name) => existsSync(join(folder, name, "config.json")))
  : [];
const rows: Record<string, string>[] = parse(readFileSync(join(PACKAGE_ROOT, "samples", "food-compounds.csv")), {
  columns: true,
});

let service: TestService;
beforeAll(async () => {
  service = await startTestService({ models: {}, packageRoot: PACKAGE_ROOT });
});
afterAll(() => service.close());

interface Model {
  name: string;
  task: string;
  target: string | null;
  labels: string[] | null;
  card: string;
  width: number;
  baseModel: { name: string } | null;
}

describe("the models that ship", () => {
  let models: Model[];
  beforeAll(async () => {
    const answer = await service.data<{ models: { edges: { node: Model }[] } }>(
      "{ models(first: 100) { edges { node { name task target labels card width baseModel { name } } } } }",
    );
    models = answer.models.edges.map(({ node }) => node);
  });

  it("are the folders under models/, the base first, each with its card", () => {
    expect(models.map(({ name }) => name).sort()).toEqual([...shipped].sort());
    if (shipped.includes("base")) expect(models[0].name).toBe("base");
    for (const { name, card } of models) {
      const file = join(folder, name, "README.md");
      expect(card).toBe(existsSync(file) ? readFileSync(file, "utf8") : "");
    }
  });

  it("weigh 25 MB at most, all of them together", () => {
    const weights = shipped.flatMap((name) =>
      readdirSync(join(folder, name))
        .filter((file) => file.endsWith(".safetensors"))
        .map((file) => statSync(join(folder, name, file)).size),
    );
    expect(weights.length).toBeGreaterThanOrEqual(shipped.length);
    expect(weights.reduce((sum, size) => sum + size, 0)).toBeLessThan(25_000_000);
  });

  it("know what they were made from and what they predict", () => {
    for (const { name, target, baseModel } of models) {
      const file = join(folder, name, "maillard.json");
      const manifest = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {};
      expect({ target, base: baseModel?.name ?? null }).toEqual({
        ...{ target: manifest.target ?? null, base: manifest.baseModel ?? null },
      });
    }
  });

  it.skipIf(shipped.length === 0)("embed, and those with a head predict the sample's compounds", async () => {
    for (const { name, width, labels } of models) {
      const { embed } = await service.data<{ embed: { dimension: number; vector: number[] }[] }>(
        `query ($name: String!) { embed(smiles: ["OCC1OC(O)C(O)C(O)C1O"], model: $name, pooling: CLS) { ... on Embedding { dimension vector } } }`,
        { name },
      );
      expect([embed[0].dimension, embed[0].vector.length]).toEqual([width, width]);
      if (labels === null) continue;
      const { predict } = await service.data<{ predict: { label: string; labels: { label: string }[] }[] }>(
        `query ($name: String!) { predict(smiles: ["CC(=O)OCCC1=CC=CC=C1"], model: $name) { ... on Prediction { label labels { label score } } } }`,
        { name },
      );
      expect(labels).toContain(predict[0].label);
    }
  });
});

describe("the sample", () => {
  it("holds every row of its file, and knows where it comes from", async () => {
    const { dataset } = await service.data<{
      dataset: { size: number; source: string; report: object; labelSets: { name: string; kind: string }[] };
    }>(
      `{ dataset(name: "sample") { size source report { rows imported merged dropped problemCount } labelSets { name kind } } }`,
    );
    expect(dataset.report).toEqual({
      rows: rows.length,
      imported: rows.length,
      merged: 0,
      dropped: 0,
      problemCount: 0,
    });
    expect(dataset.size).toBe(rows.length);
    expect(dataset.source).toMatch(/sha256 [0-9a-f]{64}$/);
    expect(dataset.labelSets).toEqual([
      ...[
        { name: "flavors", kind: "MULTI_LABEL" },
        { name: "function_level_1", kind: "SINGLE_LABEL" },
      ],
      ...[
        { name: "function_level_2", kind: "SINGLE_LABEL" },
        { name: "health_effects", kind: "MULTI_LABEL" },
      ],
      { name: "superclass", kind: "SINGLE_LABEL" },
    ]);
  });

  it.skipIf(!shipped.includes("base"))("is drawn by the base model, coloured by superclass", async () => {
    const { projection } = await service.data<{
      projection: { points: { label: string }[]; svg: string; explainedVarianceRatio: number[] };
    }>(
      `{ projection(model: "base", dataset: "sample", method: PCA, components: 2, colorBy: "superclass") {
         explainedVarianceRatio points { compound { id name smiles } label split coordinates } svg } }`,
    );
    expect(projection.points).toHaveLength(rows.length);
    expect(projection.points.map(({ label }) => label)).toEqual(rows.map(({ superclass }) => superclass || null));
    expect(projection.explainedVarianceRatio[0]).toBeLessThan(1);
    expect(projection.svg).toMatch(/<svg .*<\/svg>/s);
  });
});

it("a second start over the same data imports and registers nothing", async () => {
  const state = async () =>
    service.store.prisma.$transaction([
      service.store.prisma.dataset.findMany(),
      service.store.prisma.model.findMany({ orderBy: { id: "asc" } }),
      service.store.prisma.label.count(),
    ]);
  const before = await state();
  const { result: second, statements } = await countStatements(service.store, () =>
    createApplication({
      home: service.home,
      databaseUrl: service.databaseUrl,
      compute: service.application.compute,
      log: service.application.log,
    }),
  );
  expect(await state()).toEqual(before);
  // Migrations, models, one question about the sample, the queue's own set-up: not an import of hundreds of rows.
  expect(statements).toBeLessThan(60);
  await second.runs.close();
  await second.library.fingerprints.close();
  await second.chemistry.close();
  await second.store.close();
});
