/**
 * A first start registers the models of the package's folder models/ and imports the sample. A second start changes
 * nothing.
 */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { parse } from "csv-parse/sync";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createApplication, PACKAGE_ROOT } from "../../../src/service/application.js";
import { loadShippedModels } from "../../../src/service/shipped-models.js";
import { findModel } from "../../../src/store/find.js";
import { countStatements } from "../../../src/store/pool.js";
import { startTestService, type TestService } from "../../support/api.js";

const folder = join(PACKAGE_ROOT, "models");
const shipped = existsSync(folder)
  ? readdirSync(folder).filter((name) => existsSync(join(folder, name, "README.md")))
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
  kind: "CHECKPOINT" | "PROBE" | "ENSEMBLE";
  baseModel: { name: string } | null;
  members: { name: string }[];
  memberWeights: number[];
}

describe("the models that ship", () => {
  let models: Model[];
  beforeAll(async () => {
    const answer = await service.data<{ models: { edges: { node: Model }[] } }>(
      `{
        models(first: 100) {
          edges {
            node { name task target labels card width kind baseModel { name } members { name } memberWeights } } } }`,
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

  it("have at most 25 MB together", () => {
    const weights = shipped.flatMap((name) =>
      readdirSync(join(folder, name))
        .filter((file) => file.endsWith(".safetensors") || file === "probe.json")
        .map((file) => statSync(join(folder, name, file)).size),
    );
    // An ensemble has no weights of its own.
    const ensembles = models.filter(({ kind }) => kind === "ENSEMBLE");
    expect(weights).toHaveLength(shipped.length - ensembles.length);
    expect(weights.reduce((sum, size) => sum + size, 0)).toBeLessThan(25_000_000);
  });

  it("have their base model and their targets", () => {
    for (const { name, target, baseModel, members, memberWeights } of models) {
      const file = join(folder, name, "maillard.json");
      const manifest = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {};
      const { ensemble = {} } = manifest;
      const own = Object.keys(ensemble).map((member) => models.find((model) => model.name === member)?.target);
      expect({ target, base: baseModel?.name ?? null }).toEqual({
        target: manifest.target ?? own[0] ?? null,
        base: manifest.baseModel ?? null,
      });
      expect(members.map((member) => member.name)).toEqual(Object.keys(ensemble));
      const sum = Object.values<number>(ensemble).reduce((total, weight) => total + weight, 0);
      expect(memberWeights).toEqual(Object.values<number>(ensemble).map((weight) => weight / sum));
    }
  });

  it.skipIf(shipped.length === 0)("embed, and those with a head predict the sample's compounds", async () => {
    for (const { name, width, labels, kind } of models) {
      const EMBED = `query ($name: String!) {
        embed(smiles: ["OCC1OC(O)C(O)C(O)C1O"], model: $name, pooling: CLS) {
          ... on Embedding { dimension vector } } }`;
      if (kind === "CHECKPOINT") {
        const { embed } = await service.data<{ embed: { dimension: number; vector: number[] }[] }>(EMBED, { name });
        expect([embed[0].dimension, embed[0].vector.length]).toEqual([width, width]);
      } else expect(await service.refusal(EMBED, { name })).toMatchObject({ code: "MODEL_IS_COMPOSED" });
      if (labels === null) continue;
      expect(labels).toContain((await predict(name))[0].label);
    }
  });

  it("an ensemble answers the weighted mean of its members", async () => {
    const ensembles = models.filter(({ kind }) => kind === "ENSEMBLE");
    expect(ensembles.map(({ name }) => name)).toEqual(["superclass-ensemble"]);
    for (const { name, members, memberWeights, labels } of ensembles) {
      const answers = await Promise.all([name, ...members.map((member) => member.name)].map(predict));
      const [own, ...others] = answers.map(([{ labels: scores }]) =>
        labels!.map((label) => scores.find((one) => one.label === label)!.score),
      );
      own.forEach((score, place) => {
        const mean = others.reduce((sum, scores, member) => sum + memberWeights[member] * scores[place], 0);
        expect(score).toBeCloseTo(mean, 6);
      });
      expect(Math.abs(others[0][0] - others[1][0])).toBeGreaterThan(1e-6);
    }
  });
});

type Scores = { label: string; labels: { label: string; score: number }[] }[];
const predict = async (name: string): Promise<Scores> => {
  const QUERY = `query ($name: String!) {
    predict(smiles: ["CC(=O)OCCC1=CC=CC=C1"], model: $name, topK: 11) {
      ... on Prediction { label labels { label score } } } }`;
  return (await service.data<{ predict: Scores }>(QUERY, { name })).predict;
};

describe("the sample", () => {
  it("holds every row of its file, and has its source", async () => {
    const { dataset } = await service.data<{
      dataset: { size: number; source: string; report: object; labelSets: { name: string; kind: string }[] };
    }>(
      `{
        dataset(name: "sample") {
          size source report { rows imported merged dropped problemCount } labelSets { name kind } } }`,
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
      { name: "flavors", kind: "MULTI_LABEL" },
      { name: "function_level_1", kind: "SINGLE_LABEL" },
      { name: "function_level_2", kind: "SINGLE_LABEL" },
      { name: "health_effects", kind: "MULTI_LABEL" },
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
  // Migrations, models, one query about the sample, set-up of the queue: no import of hundreds of rows.
  expect(statements).toBeLessThan(60);
  await second.runs.close();
  await second.library.fingerprints.close();
  await second.chemistry.close();
  await second.store.close();
});

it("a user's model keeps its name in its project, and the shipped one is everyone's beside it", async () => {
  const taken = "superclass-fingerprint";
  const own = await startTestService({ models: { [taken]: "tiny-bert" }, serve: false });
  try {
    const before = await findModel(own.store, taken);
    const said: string[] = [];
    const log = { info: () => undefined, error: (message: string) => void said.push(message) };
    await loadShippedModels(own.store, PACKAGE_ROOT, log);
    expect(said).toEqual([]);
    expect(await findModel(own.store, taken)).toEqual(before);
    const rows = await own.store.prisma.model.findMany({ orderBy: [{ name: "asc" }, { createdAt: "asc" }] });
    expect(rows.map(({ name, projectId }) => [name, projectId])).toEqual([
      ["base", "shared"],
      ["superclass", "shared"],
      ["superclass-ensemble", "shared"],
      [taken, "default"],
      [taken, "shared"],
    ]);
  } finally {
    await own.close();
  }
});
