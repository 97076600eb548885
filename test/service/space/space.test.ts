/** Maps, clusters, neighbours, outliers, separation and hidden layers through the API, on a small library. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { alkyls, importLibrary, startTestService, type TestService } from "../../support/api.js";

let service: TestService;
/** A run whose test part is empty. */
let emptyTest: string;
beforeAll(async () => {
  service = await startTestService();
  await importLibrary(service, "alkyls", alkyls(12));
});
afterAll(() => service.close());

interface Point {
  coordinates: number[];
}
const MAP = `query (
  $method: ProjectionMethod!, $components: Int! = 2, $layer: Int, $whiten: Boolean! = false, $map: MapInput,
  $pooling: Pooling! = MEAN
) {
  projection(
    model: "base", dataset: "alkyls", method: $method, components: $components, layer: $layer, whiten: $whiten,
    map: $map, pooling: $pooling
  ) { layer computedOn datasetSize trustworthiness explainedVarianceRatio points { coordinates } svg } }`;
interface Projection {
  layer: number;
  computedOn: number;
  datasetSize: number;
  trustworthiness: number | null;
  explainedVarianceRatio: number[];
  points: Point[];
  svg: string;
}
const project = async (variables: object): Promise<Projection> =>
  (await service.data<{ projection: Projection }>(MAP, variables)).projection;

describe("projection", () => {
  it.each(["TSNE", "UMAP"])("%s: seeded, with its trustworthiness, and kept", async (method) => {
    const map = { seed: 3, perplexity: 8, neighbours: 8, iterations: 100 };
    const first = await project({ method, map });
    expect(first).toMatchObject({ computedOn: 36, datasetSize: 36, explainedVarianceRatio: [] });
    expect(first.trustworthiness).toBeGreaterThan(0.6);
    expect(first.trustworthiness).toBeLessThanOrEqual(1);
    expect(first.svg).toContain(`trustworthiness ${first.trustworthiness?.toFixed(3)}`);
    const rows = await service.store.prisma.projection.count({ where: { method } });
    expect((await project({ method, map })).points).toEqual(first.points);
    expect(await service.store.prisma.projection.count({ where: { method } })).toBe(rows);
    await service.store.prisma.projection.deleteMany({ where: { method } });
    expect((await project({ method, map })).points).toEqual(first.points);
  });

  it("of a sample gives its size", async () => {
    const sampled = await project({ method: "UMAP", map: { neighbours: 5, iterations: 20, sample: 20 } });
    expect(sampled).toMatchObject({ computedOn: 20, datasetSize: 36 });
    expect(sampled.points).toHaveLength(20);
    expect(sampled.svg).toContain("a seeded sample of 36");
  });

  it("PCA whitens, and takes as many components as there are dimensions", async () => {
    const { points, explainedVarianceRatio } = await project({ method: "PCA", whiten: true, components: 3 });
    for (let j = 0; j < 3; j++) {
      const squares = points.reduce((sum, { coordinates }) => sum + coordinates[j] ** 2, 0);
      expect(squares / 35).toBeCloseTo(1, 6);
    }
    const all = await project({ method: "PCA", components: 32 });
    expect(all.explainedVarianceRatio.slice(0, 3)).toEqual(explainedVarianceRatio);
    expect(all.explainedVarianceRatio.reduce((a, b) => a + b)).toBeCloseTo(1, 6);
  });

  it("refuses by code", async () => {
    const refusal = (variables: object) => service.refusal(MAP, variables);
    expect(await refusal({ method: "TSNE", whiten: true })).toMatchObject({ code: "BAD_INPUT", param: "whiten" });
    expect(await refusal({ method: "TSNE" })).toMatchObject({ code: "BAD_INPUT", param: "perplexity" });
    expect(await refusal({ method: "UMAP", map: { sample: 5_001 } })).toMatchObject({
      code: "BAD_INPUT",
      param: "sample",
      details: { limit: 5_000 },
    });
    expect(await refusal({ method: "UMAP", map: { seed: -1 } })).toMatchObject({ code: "BAD_INPUT", param: "seed" });
    expect(await refusal({ method: "PCA", layer: 3 })).toMatchObject({ code: "BAD_INPUT", param: "layer" });
  });
});

describe("a hidden layer", () => {
  const EMBED = `query ($layer: Int, $pooling: Pooling! = CLS) {
    embed(smiles: ["CCO", "CCN"], model: "base", layer: $layer, pooling: $pooling) {
      ... on Embedding { id layer vector } } }`;
  interface Embedding {
    id: string;
    layer: number;
    vector: number[];
  }
  const embed = async (variables: object): Promise<Embedding[]> =>
    (await service.data<{ embed: Embedding[] }>(EMBED, variables)).embed;

  it("by its number: the last one is the default, layer 0 does not depend on the other tokens", async () => {
    const [last, named] = [await embed({}), await embed({ layer: 2 })];
    expect(named).toEqual(last);
    expect(last[0].layer).toBe(2);
    const first = await embed({ layer: 1 });
    expect(first[0].id).not.toBe(last[0].id);
    expect(first[0].vector).not.toEqual(last[0].vector);
    // Position 0 is the start token, before any attention.
    const [ethanol, ethylamine] = await embed({ layer: 0 });
    expect(ethanol.vector).toEqual(ethylamine.vector);
    expect((await project({ method: "PCA", layer: 1 })).layer).toBe(1);
  });

  it("is embedded by a run too", async () => {
    const START = `mutation ($layer: Int) {
      startEmbedding(input: { model: "base", dataset: "alkyls", pooling: CLS, layer: $layer }) { run { name } } }`;
    expect(await service.data(START, { layer: 1 })).toEqual({
      startEmbedding: { run: { name: "alkyls-by-base-cls-layer-1" } },
    });
    expect(await service.refusal(START, { layer: 9 })).toMatchObject({ code: "BAD_INPUT", param: "layer" });
  });
});

describe("the space of embeddings", () => {
  it("clusters: every molecule once, the number chosen by silhouette, kept", async () => {
    const CLUSTERS = `query ($k: Int) { clusters(model: "base", dataset: "alkyls", k: $k, pooling: MEAN) {
      k inertia computedOn scan { k silhouette } clusters { index size compounds { id } } } }`;
    const { clusters } = await service.data<{
      clusters: {
        k: number;
        scan: { k: number; silhouette: number }[];
        clusters: { size: number; compounds: { id: string }[] }[];
      };
    }>(CLUSTERS);
    expect(clusters.scan.map(({ k }) => k)).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    const best = Math.max(...clusters.scan.map(({ silhouette }) => silhouette));
    expect(clusters.scan.find(({ k }) => k === clusters.k)?.silhouette).toBe(best);
    const ids = clusters.clusters.flatMap(({ compounds }) => compounds.map(({ id }) => id));
    expect(new Set(ids).size).toBe(36);
    expect(await service.data(CLUSTERS)).toEqual({ clusters });
    expect(await service.store.prisma.analysis.count({ where: { kind: "CLUSTERS" } })).toBe(1);
    expect(await service.refusal(CLUSTERS, { k: 37 })).toMatchObject({ code: "BAD_INPUT", param: "k" });
  });

  it("neighbours: nearest first, without the molecule itself; a SMILES need not be a member", async () => {
    const NEIGHBOURS = `query ($smiles: String!, $k: Int! = 5) {
      neighbours(model: "base", dataset: "alkyls", smiles: $smiles, k: $k, pooling: MEAN) {
        distance compound { smiles } } }`;
    const ask = async (smiles: string) =>
      (await service.data<{ neighbours: { distance: number; compound: { smiles: string } }[] }>(NEIGHBOURS, { smiles }))
        .neighbours;
    const near = await ask("OCCCCCC");
    expect(near).toHaveLength(5);
    expect(near.map(({ compound }) => compound.smiles)).not.toContain("CCCCCCO");
    expect(near.map(({ distance }) => distance)).toEqual(near.map(({ distance }) => distance).sort((a, b) => a - b));
    expect(await ask("c1ccccc1")).toHaveLength(5);
    expect(await service.refusal(NEIGHBOURS, { smiles: "C1CC" })).toMatchObject({
      code: "INVALID_SMILES",
      param: "smiles",
    });
    expect(await service.refusal(NEIGHBOURS, { smiles: "C", k: 0 })).toMatchObject({ code: "BAD_INPUT", param: "k" });
  });

  it("outliers: those above the threshold, farthest first", async () => {
    const OUTLIERS = `query ($threshold: Float!) {
      outliers(model: "base", dataset: "alkyls", threshold: $threshold, pooling: MEAN) {
        computedOn medianDistance count outliers { distance score compound { smiles } } } }`;
    const { outliers } = await service.data<{
      outliers: { medianDistance: number; count: number; outliers: { distance: number; score: number }[] };
    }>(OUTLIERS, { threshold: 0 });
    expect(outliers.count).toBe(18); // half of the distances are above their median
    for (const { distance } of outliers.outliers) expect(distance).toBeGreaterThan(outliers.medianDistance);
    expect(outliers.outliers.map(({ score }) => score)).toEqual(
      outliers.outliers.map(({ score }) => score).sort((a, b) => b - a),
    );
    expect(await service.refusal(OUTLIERS, { threshold: -1 })).toMatchObject({ code: "BAD_INPUT", param: "threshold" });
  });
});

describe("the molecules of a run's splits alone", () => {
  const ARGS = 'dataset: "alkyls", model: "base", pooling: MEAN, run: $run, split: $split';
  const CLUSTERS = `query ($run: ID, $split: [Split!]) {
    clusters(${ARGS}, k: 2) { computedOn clusters { compounds { smiles } } } }`;
  const NEIGHBOURS = `query ($run: ID, $split: [Split!]) {
    neighbours(${ARGS}, smiles: "CCCCO", k: 100) { compound { smiles } } }`;
  const OUTLIERS = `query ($run: ID, $split: [Split!]) {
    outliers(${ARGS}, threshold: 0) { computedOn count outliers { compound { smiles } } } }`;
  const UMAP = `query ($run: ID, $split: [Split!], $sample: Int) {
    projection(${ARGS}, method: UMAP, map: { neighbours: 3, iterations: 20, sample: $sample }) {
      computedOn sampledFrom datasetSize points { split compound { smiles } } svg } }`;
  type Named = { compound: { smiles: string } }[];
  const smilesOf = (list: Named): string[] => list.map(({ compound }) => compound.smiles);
  const all = alkyls(12).map(({ smiles }) => smiles);
  /** 24, 6 and 6 molecules: SMILES by split. */
  const dealt: Record<string, string[]> = {};
  let run: string;

  beforeAll(async () => {
    const { startFinetune } = await service.data<{ startFinetune: { run: { id: string } } }>(
      `mutation {
        startFinetune(input: {
          name: "part", baseModel: "base", dataset: "alkyls", target: "superclass", recipe: PUBLISHED, epochs: 1,
          split: { strategy: RANDOM, fractions: [0.66, 0.17, 0.17] }
        }) { run { id } } }`,
    );
    run = startFinetune.run.id;
    const { projection } = await service.data<{
      projection: { points: { split: string; compound: { smiles: string } }[] };
    }>(
      `query ($run: ID) {
        projection(dataset: "alkyls", model: "base", run: $run) { points { split compound { smiles } } } }`,
      {
        run,
      },
    );
    for (const split of ["TRAIN", "VALIDATION", "TEST"])
      dealt[split] = smilesOf(projection.points.filter((point) => point.split === split));
  });

  it("are clustered, neighbours or outliers; a map and its sample are of them alone", async () => {
    const held = [...dealt.TEST, ...dealt.VALIDATION].sort();
    const split = ["VALIDATION", "TEST"];
    const { clusters } = await service.data<{
      clusters: { computedOn: number; clusters: { compounds: { smiles: string }[] }[] };
    }>(CLUSTERS, { run, split });
    expect(clusters.computedOn).toBe(held.length);
    expect(clusters.clusters.flatMap(({ compounds }) => compounds.map(({ smiles }) => smiles)).sort()).toEqual(held);
    const { neighbours } = await service.data<{ neighbours: Named }>(NEIGHBOURS, { run, split });
    expect(smilesOf(neighbours).sort()).toEqual(held.filter((smiles) => smiles !== "CCCCO"));
    const { outliers } = await service.data<{ outliers: { computedOn: number; count: number; outliers: Named } }>(
      OUTLIERS,
      { run, split },
    );
    expect([outliers.computedOn, outliers.count]).toEqual([held.length, Math.floor(held.length / 2)]);
    expect(held).toEqual(expect.arrayContaining(smilesOf(outliers.outliers)));
    type Answer = { projection: { svg: string; points: ({ split: string } & Named[number])[] } };
    const { projection } = await service.data<Answer>(UMAP, { run, split });
    expect(projection).toMatchObject({ computedOn: held.length, sampledFrom: held.length, datasetSize: 36 });
    expect(smilesOf(projection.points).sort()).toEqual(held);
    expect(projection.svg).not.toContain("a seeded sample");
    const { projection: sampled } = await service.data<Answer>(UMAP, { run, split, sample: 11 });
    expect(sampled).toMatchObject({ computedOn: 11, sampledFrom: held.length });
    expect(sampled.svg).toContain(`a seeded sample of ${held.length}`);
  });

  it("a run alone means all its splits; a split without a run, no split and an unknown run are refused", async () => {
    const { outliers } = await service.data<{ outliers: { computedOn: number } }>(OUTLIERS, { run });
    expect(outliers.computedOn).toBe(all.length);
    for (const query of [CLUSTERS, NEIGHBOURS, OUTLIERS, UMAP]) {
      expect(await service.refusal(query, { split: ["TEST"] })).toMatchObject({ code: "BAD_INPUT", param: "split" });
      expect(await service.refusal(query, { run, split: [] })).toMatchObject({ code: "BAD_INPUT", param: "split" });
      expect(await service.refusal(query, { run: "nonsense" })).toMatchObject({ code: "BAD_INPUT", param: "run" });
    }
    // The split is empty.
    const { startFinetune } = await service.data<{ startFinetune: { run: { id: string } } }>(
      `mutation {
        startFinetune(input: {
          name: "no-test", baseModel: "base", dataset: "alkyls", target: "superclass", recipe: PUBLISHED, epochs: 1,
          split: { strategy: RANDOM, fractions: [0.8, 0.2, 0] }
        }) { run { id } } }`,
    );
    emptyTest = startFinetune.run.id;
    for (const query of [CLUSTERS, NEIGHBOURS, OUTLIERS, UMAP])
      expect(await service.refusal(query, { run: emptyTest, split: ["TEST"] })).toMatchObject({
        code: "BAD_INPUT",
        param: "split",
      });
  });
});

describe("separation", () => {
  const SEPARATION = `query (
    $labelSet: String! = "superclass", $models: [String!]! = ["base", "classifier"], $classes: [String!],
    $split: [Split!]
  ) {
    separation(
      models: $models, dataset: "alkyls", labelSet: $labelSet, sample: 50, classes: $classes, split: $split
    ) {
      computedOn labelled classes majority folds dropped { label count }
      rows {
        representation model dimension silhouette { value standardError } neighbourAccuracy { value }
        probeAccuracy { value } neighbourRocAuc { value } probeRocAuc { value } } } }`;

  it("one row per model, then the controls; fingerprints and tokens separate alcohols, esters and amines", async () => {
    type Row = { representation: string; model: string | null; dimension: number; probeAccuracy: { value: number } };
    const { separation } = await service.data<{ separation: { rows: Row[] } }>(SEPARATION);
    expect(separation).toMatchObject({ computedOn: 36, labelled: 36, folds: 5, dropped: [], majority: 1 / 3 });
    expect(separation.rows.map(({ representation, model, dimension }) => [representation, model, dimension])).toEqual([
      ["EMBEDDING", "base", 32],
      ["EMBEDDING", "classifier", 32],
      ["RANDOM_WEIGHTS", "base", 32],
      ["TOKEN_COUNTS", "base", separation.rows[3].dimension],
      ["MORGAN_FINGERPRINT", null, 2_048],
    ]);
    // An O, an N, or a double bond: one token says which.
    expect(separation.rows[3].probeAccuracy.value).toBeGreaterThan(0.9);
    expect(separation.rows[4].probeAccuracy.value).toBeGreaterThan(0.9);
    expect(await service.data(SEPARATION)).toEqual({ separation });
    expect(await service.store.prisma.analysis.count({ where: { kind: "SEPARATION" } })).toBe(1);
  });

  it("of some classes only; of several labels a molecule each label is asked of every molecule", async () => {
    const [first, second] = [...new Set(alkyls(12).map(({ labels }) => labels!.superclass as string))];
    const { separation } = await service.data<{ separation: unknown }>(SEPARATION, {
      models: ["base"],
      classes: [first, second],
    });
    expect(separation).toMatchObject({ computedOn: 24, classes: expect.arrayContaining([first, second]) });
    const rows = alkyls(12).flatMap(({ smiles, labels }, n) =>
      (n % 4 === 0 ? [labels!.superclass as string, "sharp"] : [labels!.superclass as string]).map((value) => ({
        line: n + 1,
        smiles,
        value,
      })),
    );
    // Of 33 molecules: 18, 12 and too few.
    const rank = (line: number): string[] => (line > 33 ? [] : [line > 30 ? "c" : line > 18 ? "b" : "a"]);
    const input = {
      name: "tastes",
      labelKinds: [{ set: "taste", kind: "MULTI_LABEL" }],
      rows: rows.map(({ line, smiles, value }) => ({
        line,
        smiles,
        labels: [{ set: "taste", value }, ...rank(line).map((place) => ({ set: "rank", value: place }))],
      })),
    };
    await service.data("mutation ($input: ImportDatasetInput!) { importDataset(input: $input) { dataset { id } } }", {
      input,
    });
    type Mean = { value: number };
    type Row = { silhouette: Mean; representation: string } & Record<
      "neighbourAccuracy" | "probeAccuracy" | "neighbourRocAuc" | "probeRocAuc",
      Mean | null
    >;
    type Tastes = { separation: { classes: string[]; rows: Row[] } };
    const { separation: tastes } = await service.data<Tastes>(SEPARATION.replace("alkyls", "tastes"), {
      models: ["base"],
      labelSet: "taste",
    });
    // All 36, 9 of them with two labels: accuracies are not defined.
    expect(tastes).toMatchObject({ computedOn: 36, labelled: 36, majority: null, dropped: [] });
    expect(tastes.classes).toEqual([
      ...alkyls(1)
        .map(({ labels }) => labels!.superclass)
        .sort(),
      "sharp",
    ]);
    for (const row of tastes.rows) {
      expect([row.neighbourAccuracy, row.probeAccuracy]).toEqual([null, null]);
      expect(row.silhouette.value).toBeGreaterThanOrEqual(-1);
    }
    // Of the four labels three are one token each, and "sharp" is chance.
    expect(tastes.rows[2]).toMatchObject({ representation: "TOKEN_COUNTS" });
    expect(tastes.rows[2].probeRocAuc?.value).toBeGreaterThan(0.75);
    const [only] = tastes.classes;
    const { separation: one } = await service.data<{ separation: unknown }>(SEPARATION.replace("alkyls", "tastes"), {
      models: ["base"],
      labelSet: "taste",
      classes: [only],
    });
    expect(one).toMatchObject({ computedOn: 36, classes: [only] });
    const { separation: ranks } = await service.data<{ separation: unknown }>(SEPARATION.replace("alkyls", "tastes"), {
      models: ["base"],
      labelSet: "rank",
    });
    // The majority is of those that are measured: 18 of 30, not of the 33 that have a rank.
    expect(ranks).toMatchObject({ computedOn: 30, majority: 18 / 30, dropped: [{ label: "c", count: 3 }] });
  });

  it("refuses by code", async () => {
    const none = SEPARATION.replace("labelSet: $labelSet", "labelSet: $labelSet, run: $run").replace(
      "query (",
      "query ($run: ID, ",
    );
    expect(await service.refusal(none, { run: emptyTest })).toMatchObject({
      code: "TOO_FEW_CLASSES",
      param: "labelSet",
    });
    expect(await service.refusal(SEPARATION, { split: ["TEST"] })).toMatchObject({ code: "BAD_INPUT", param: "split" });
    for (const classes of [[], ["nothing"]])
      expect(await service.refusal(SEPARATION, { classes })).toMatchObject({
        code: "TOO_FEW_CLASSES",
        param: "labelSet",
      });
    expect(await service.refusal(SEPARATION, { labelSet: "colour" })).toMatchObject({
      code: "UNKNOWN_TARGET",
      param: "labelSet",
    });
    expect(await service.refusal(SEPARATION, { models: [] })).toMatchObject({ code: "BAD_INPUT", param: "models" });
    expect(await service.refusal(SEPARATION, { models: ["nobody"] })).toMatchObject({
      code: "NOT_FOUND",
      param: "model",
    });
    expect(service.problems).toEqual([]);
  });
});

it("an analysis whose caller has left is killed, and the next one is answered", async () => {
  const line = service.application.compute.analysisLine;
  const vectors = Float32Array.from({ length: 1_500 * 4 }, (_, i) => Math.sin(i * i));
  const options = {
    method: "TSNE",
    components: 2,
    seed: 0,
    perplexity: 30,
    neighbours: 15,
    minDist: 0.1,
    iterations: 5_000,
  } as const;
  const leave = new AbortController();
  const long = line.analyse({ kind: "MAP", vectors, dimension: 4, options }, leave.signal);
  setTimeout(() => leave.abort(), 50);
  await expect(long).rejects.toMatchObject({ code: "CANCELLED" });
  const answer = await line.analyse({ kind: "OUTLIERS", vectors: Float32Array.of(1, 2, 3), dimension: 1, options: {} });
  expect(answer.medianDistance).toBe(1);
});
