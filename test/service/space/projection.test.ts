/** What `projection` promises: every molecule in the order of the dataset, checked numbers, and a complete drawing. */
import { SaxesParser } from "saxes";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { alkyls, importLibrary, startTestService, type TestService } from "../../support/api.js";

const PROJECT = `query (
  $dataset: String! = "alkyls", $components: Int! = 2, $pooling: Pooling! = CLS, $colorBy: String,
  $colorRules: ColorRules, $run: ID, $split: [Split!], $fitOn: [Split!]
) {
  projection(
    model: "base", dataset: $dataset, method: PCA, components: $components, pooling: $pooling,
    colorBy: $colorBy, colorRules: $colorRules, run: $run, split: $split, fitOn: $fitOn
  ) {
    method components explainedVarianceRatio model { name } dataset { name }
    points { compound { id name smiles } label split coordinates } } }`;
const SVG = `query ($width: Int! = 800, $height: Int! = 600, $components: Int! = 2) {
  projection(model: "base", dataset: "alkyls", components: $components, colorBy: "superclass") {
    svg(width: $width, height: $height) } }`;
interface Projection {
  components: number;
  explainedVarianceRatio: number[];
  points: {
    compound: { name: string; smiles: string };
    label: string | null;
    split: string | null;
    coordinates: number[];
  }[];
}

let service: TestService;
beforeAll(async () => {
  service = await startTestService();
  await importLibrary(service, "alkyls", alkyls(12));
});
afterAll(() => service.close());

const project = async (variables: object = {}): Promise<Projection> =>
  (await service.data<{ projection: Projection }>(PROJECT, variables)).projection;
const refusal = (variables: object) => service.refusal(PROJECT, variables);

describe("projection", () => {
  it("draws every molecule in the order of the dataset, with its label", async () => {
    const { points, explainedVarianceRatio } = await project({ colorBy: "superclass" });
    expect(points.map(({ compound }) => compound.name)).toEqual(alkyls(12).map(({ name }) => name));
    expect(points.map(({ label }) => label)).toEqual(alkyls(12).map(({ labels }) => labels?.superclass));
    expect(new Set(points.map(({ split }) => split))).toEqual(new Set([null]));
    expect(explainedVarianceRatio).toHaveLength(2);
    expect(explainedVarianceRatio[0]).toBeGreaterThanOrEqual(explainedVarianceRatio[1]);
  });

  it("colours the classes that rules choose by their number of molecules", async () => {
    const shades = (size: number) => (size < 3 ? ["rare"] : size < 6 ? ["some", "also rare"] : ["common"]);
    const rows = [2, 5, 7].flatMap((size) =>
      Array.from({ length: size }, (_, index) => ({
        smiles: `${"C".repeat(10 * size + index)}N`,
        shades: shades(size),
      })),
    );
    const lines = rows.map(({ smiles, shades: values }, index) => ({
      line: index + 1,
      smiles,
      labels: values.map((value) => ({ set: "shade", value })),
    }));
    await service.data("mutation ($input: ImportDatasetInput!) { importDataset(input: $input) { dataset { size } } }", {
      input: { name: "shades", rows: lines, labelKinds: [{ set: "shade", kind: "MULTI_LABEL" }] },
    });
    const labels = async (colorRules: object | null) => {
      const { points } = await project({ dataset: "shades", colorBy: "shade", colorRules });
      return [...new Set(points.map(({ label }) => label))].map(
        (label) => [label, points.filter((point) => point.label === label).length] as const,
      );
    };
    expect(await labels(null)).toEqual([
      ["rare", 2],
      ["also rare", 5],
      ["common", 7],
    ]);
    expect(await labels({ first: 1 })).toEqual([
      [null, 7],
      ["common", 7],
    ]);
    expect(await labels({ minCount: 3, maxCount: 6 })).toEqual([
      [null, 9],
      ["also rare", 5],
    ]);
    expect(await labels({ maxCount: 6, first: 1 })).toEqual([
      [null, 9],
      ["also rare", 5],
    ]);
    expect(await refusal({ colorBy: "superclass", colorRules: { first: -1 } })).toMatchObject({
      code: "BAD_INPUT",
      param: "colorRules.first",
    });
    expect(await refusal({ colorRules: { first: 1 } })).toMatchObject({ code: "BAD_INPUT", param: "colorRules" });
  });

  it("gives the numbers of a label set of numbers, and draws them with a colour bar", async () => {
    const lines = [0.5, 20, 3000].map((mass, index) => ({
      line: index + 1,
      smiles: `${"C".repeat(index + 3)}N`,
      labels: [{ set: "mass", value: String(mass) }],
    }));
    const rows = [...lines, { line: 4, smiles: "CCCCCCCCN", labels: [] }];
    await service.data("mutation ($input: ImportDatasetInput!) { importDataset(input: $input) { dataset { size } } }", {
      input: { name: "masses", rows, labelKinds: [{ set: "mass", kind: "NUMBER" }] },
    });
    const { projection } = await service.data<{ projection: { points: object[]; svg: string } }>(
      '{ projection(model: "base", dataset: "masses", colorBy: "mass") { points { label number } svg } }',
    );
    expect(projection.points).toEqual([
      { label: "0.5", number: 0.5 },
      { label: "20", number: 20 },
      { label: "3000", number: 3000 },
      { label: null, number: null },
    ]);
    for (const text of ["mass (log scale)", "unlabelled", "1,000"]) expect(projection.svg).toContain(text);
  });

  it("is the PCA of the stored vectors: centred, uncorrelated, variances in the ratio it says", async () => {
    const { points, explainedVarianceRatio } = await project({ components: 10, pooling: "MEAN" });
    const rows = await service.store.prisma.embedding.findMany({ where: { pooling: "MEAN" } });
    const vectors = rows.map(({ vector }) => new Float32Array(new Uint8Array(vector).buffer));
    const total = Array.from({ length: 32 }, (_, column) => variance(vectors.map((vector) => vector[column]))).reduce(
      (sum, value) => sum + value,
    );
    for (let axis = 0; axis < 10; axis++) {
      const values = points.map(({ coordinates }) => coordinates[axis]);
      expect(values.reduce((sum, value) => sum + value, 0) / values.length).toBeCloseTo(0, 5);
      expect(variance(values) / total).toBeCloseTo(explainedVarianceRatio[axis], 4);
    }
    const product = points.reduce((sum, { coordinates: [x, y] }) => sum + x * y, 0) / points.length;
    expect(product).toBeCloseTo(0, 5);
  });

  it("computes once: the second answer is the kept one", async () => {
    const first = await project({ components: 3 });
    expect(await service.store.prisma.projection.count({ where: { components: 3 } })).toBe(1);
    await service.store.prisma.projection.updateMany({
      where: { components: 3 },
      data: { explainedVarianceRatio: [0.5, 0.25, 0.125] },
    });
    const second = await project({ components: 3 });
    expect(second.explainedVarianceRatio).toEqual([0.5, 0.25, 0.125]);
    expect(second.points).toEqual(first.points);
    // The key has the members of the dataset: with one more molecule it is computed again.
    await importLibrary(service, "growing", alkyls(4));
    const before = await project({ dataset: "growing" });
    await importLibrary(service, "growing", [{ smiles: "OCCO" }]);
    const after = await project({ dataset: "growing" });
    expect([before.points.length, after.points.length]).toEqual([12, 13]);
  });

  it("is drawn as valid SVG, in the requested size, naming every class and the explained variance", async () => {
    const { projection } = await service.data<{ projection: { svg: string } }>(SVG, { width: 500, height: 400 });
    const texts: string[] = [];
    const root: Record<string, string> = {};
    const parser = new SaxesParser();
    parser.on("opentag", ({ name, attributes }) => name === "svg" && Object.assign(root, { ...attributes, ...root }));
    parser.on("text", (text) => texts.push(text));
    parser.on("error", (error) => {
      throw error;
    });
    parser.write(projection.svg).close();
    expect(root).toMatchObject({ width: "500", height: "400" });
    const shown = texts.join(" ");
    for (const word of ["alcohol", "ester", "amine", "alkyls", "base"]) expect(shown).toContain(word);
    expect(shown).toMatch(/\d ?%/);
  });

  it("refuses by code", async () => {
    expect(await refusal({ dataset: "nothing" })).toMatchObject({ code: "NOT_FOUND", param: "dataset" });
    expect(await refusal({ colorBy: "colour" })).toMatchObject({
      code: "UNKNOWN_TARGET",
      param: "colorBy",
      details: { existing: ["superclass"] },
    });
    for (const components of [0, 33])
      expect(await refusal({ components })).toMatchObject({ code: "BAD_INPUT", param: "components" });
    expect(await refusal({ split: ["TEST"] })).toMatchObject({ code: "BAD_INPUT", param: "split" });
    expect(await refusal({ fitOn: ["TEST"] })).toMatchObject({ code: "BAD_INPUT", param: "fitOn" });
    expect(await refusal({ run: "nonsense" })).toMatchObject({ code: "BAD_INPUT", param: "run" });
    const missing = Buffer.from("Run:00000000-0000-7000-8000-000000000000").toString("base64url");
    expect(await refusal({ run: missing })).toMatchObject({ code: "NOT_FOUND", param: "run" });
    await service.store.prisma.dataset.create({ data: { id: "empty", name: "empty" } });
    expect(await refusal({ dataset: "empty" })).toMatchObject({ code: "EMPTY_DATASET", param: "dataset" });
    for (const size of [{ width: 39 }, { height: 2_001 }])
      expect(await service.refusal(SVG, size)).toMatchObject({ code: "BAD_INPUT", param: Object.keys(size)[0] });
    expect(await service.refusal(SVG, { components: 1 })).toMatchObject({ code: "BAD_INPUT", param: "components" });
    expect(service.problems).toEqual([]);
  });

  it("of more than 2,000 molecules without embeddings is EMBEDDINGS_REQUIRED", async () => {
    // Rows alone are enough: a refused projection is never computed.
    const { store } = service;
    await store.pool.query(`INSERT INTO "Dataset" (id, name, size) VALUES ('many', 'many', 2001)`);
    await store.pool.query(
      `INSERT INTO "Compound" (id, "inchiKey", "skeletonKey", smiles, formula, "molecularWeight", scaffold)
       SELECT 'many-' || n, 'many-' || n, 'many-' || n, 'many-' || n, 'C', 12, '' FROM generate_series(1, 2001) AS n`,
    );
    await store.pool.query(
      `INSERT INTO "DatasetCompound" (id, "datasetId", "compoundId", position, smiles)
       SELECT 'many-' || n, 'many', 'many-' || n, n - 1, 'many-' || n FROM generate_series(1, 2001) AS n`,
    );
    expect(await refusal({ dataset: "many" })).toMatchObject({
      code: "EMBEDDINGS_REQUIRED",
      param: "dataset",
      details: { missing: 2_001, maximum: 2_000 },
    });
  });
});

describe("projection of a run", () => {
  let run: string;
  beforeAll(async () => {
    const { startFinetune } = await service.data<{ startFinetune: { run: { id: string } } }>(
      `mutation {
        startFinetune(input: {
          name: "drawn", baseModel: "base", dataset: "alkyls", target: "superclass", recipe: PUBLISHED, epochs: 1,
          split: { strategy: RANDOM, fractions: [0.6, 0.2, 0.2] }
        }) { run { id } } }`,
    );
    run = startFinetune.run.id;
  });

  it("has the split of each molecule, colours by the target, and shows only the requested splits", async () => {
    const every = await project({ run });
    const held = await project({ run, split: ["TEST", "VALIDATION"] });
    const dealt = new Map(every.points.map(({ compound, split }) => [compound.smiles, split]));
    expect(new Set(dealt.values())).toEqual(new Set(["TRAIN", "VALIDATION", "TEST"]));
    expect(held.points).toEqual(every.points.filter(({ split }) => split !== "TRAIN"));
    expect(every.points.map(({ label }) => label)).toEqual(alkyls(12).map(({ labels }) => labels?.superclass));
  });

  it("fits mean and axes on `fitOn` alone", async () => {
    const { points } = await project({ run, fitOn: ["TRAIN"] });
    const mean = (list: typeof points) => list.reduce((sum, { coordinates: [x] }) => sum + x, 0) / list.length;
    expect(mean(points.filter(({ split }) => split === "TRAIN"))).toBeCloseTo(0, 5);
    expect(Math.abs(mean(points))).toBeGreaterThan(1e-4);
  });

  it("is for a finetune on the same dataset only", async () => {
    await importLibrary(service, "others", alkyls(3));
    expect(await refusal({ run, dataset: "others" })).toMatchObject({ code: "BAD_INPUT", param: "run" });
    expect(await refusal({ run, split: [] })).toMatchObject({ code: "BAD_INPUT", param: "split" });
  });
});

const variance = (values: number[]): number => {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
};
