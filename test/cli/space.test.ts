/** `maillard project`, `clusters`, `neighbours` and `separation` against a real server, and figures as PNG. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { renderGroup } from "../../src/cli/follow/watch-group.js";
import { pngOf, writeFigureInto } from "../../src/cli/output/figure-file.js";
import { comparisonLines } from "../../src/cli/reports/comparison-lines.js";
import { alkyls, importLibrary, startTestService, type TestService } from "../support/api.js";
import { maillard } from "../support/command-line.js";

let service: TestService;
let url: string;
let folder: string;

beforeAll(async () => {
  service = await startTestService();
  url = `${service.url}/graphql`;
  folder = await mkdtemp(join(tmpdir(), "maillard-space-"));
  await importLibrary(service, "alkyls", alkyls(12));
  const rows = alkyls(12).map(({ smiles, labels }, n) => ({
    line: n + 1,
    smiles,
    labels: [labels!.superclass, ...(n % 4 === 0 ? ["sharp"] : [])].map((value) => ({ set: "taste", value })),
  }));
  const input = { name: "tastes", rows, labelKinds: [{ set: "taste", kind: "MULTI_LABEL" }] };
  await service.data("mutation ($input: ImportDatasetInput!) { importDataset(input: $input) { dataset { id } } }", {
    input,
  });
});
afterAll(async () => {
  await service?.close();
  await rm(folder, { recursive: true, force: true });
});

/** Width and height of a PNG in pixels, from its header. */
function sizeOf(png: Uint8Array): [number, number] {
  expect(Buffer.from(png.subarray(0, 8)).toString("latin1")).toBe("\x89PNG\r\n\x1a\n");
  const view = new DataView(png.buffer, png.byteOffset);
  return [view.getUint32(16), view.getUint32(20)];
}

it("project writes SVG, or PNG at twice its size; another ending is refused before anything is computed", async () => {
  const args = ["project", "-d", "alkyls", "--color-by", "superclass", "--width", "400", "--height", "300", "--out"];
  expect((await maillard(url, [...args, join(folder, "a.svg")])).exitCode).toBe(0);
  expect(await readFile(join(folder, "a.svg"), "utf8")).toContain('viewBox="0 0 400 300"');
  expect((await maillard(url, [...args, join(folder, "deep", "a.PNG")])).exitCode).toBe(0);
  expect(sizeOf(await readFile(join(folder, "deep", "a.PNG")))).toEqual([800, 600]);
  const refused = await maillard(url, [...args, join(folder, "a.pdf")]);
  expect([refused.exitCode, refused.err.split(" ")[0]]).toEqual([1, "USAGE"]);
});

it("project writes its points as a table, in the formats of its name", async () => {
  const path = join(folder, "points.csv");
  const args = ["project", "-d", "alkyls", "--target", "superclass", "--components", "3", "--out"];
  expect((await maillard(url, [...args, path])).exitCode).toBe(0);
  const [head, ...rows] = (await readFile(path, "utf8")).trimEnd().split("\n");
  expect(head).toBe("name,smiles,inchi_key,label,number,split,pc1,pc2,pc3");
  expect(rows).toHaveLength(36);
  const { out } = await maillard(url, ["project", "-d", "alkyls", "--components", "3", "--json"]);
  const { points } = JSON.parse(out) as { points: { coordinates: number[]; compound: { smiles: string } }[] };
  expect(rows.map((row) => row.split(",").slice(-3).map(Number))).toEqual(points.map(({ coordinates }) => coordinates));
  expect(rows.map((row) => row.split(",")[1])).toEqual(points.map(({ compound }) => compound.smiles));
  expect(rows[0]).toMatch(/^[^,]+,[^,]+,[A-Z]{14}-[A-Z]{10}-[A-Z],[^,]+,,,/);
  expect((await maillard(url, [...args, join(folder, "points.parquet")])).exitCode).toBe(0);
  expect((await readFile(join(folder, "points.parquet"))).subarray(0, 4).toString()).toBe("PAR1");
});

it("a folder of figures gets each as PNG too, on request", async () => {
  const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="30" height="20"><rect width="9" height="9"/></svg>';
  await writeFigureInto(folder, "one.svg", svg);
  await expect(readFile(join(folder, "one.png"))).rejects.toMatchObject({ code: "ENOENT" });
  await writeFigureInto(folder, "one.svg", svg, true);
  expect(sizeOf(await readFile(join(folder, "one.png")))).toEqual([60, 40]);
  expect(await readFile(join(folder, "one.svg"), "utf8")).toBe(svg);
  // Not one colour: something was drawn.
  expect((await pngOf(svg)).length).toBeGreaterThan((await pngOf(svg.replace(/<rect.*\/>/, ""))).length);
});

it("clusters prints k, sizes and inertia; neighbours the nearest first, without the molecule itself", async () => {
  const clusters = await maillard(url, ["clusters", "-d", "alkyls", "-k", "3", "--layer", "1"]);
  expect(clusters.out).toMatch(/^3 clusters of 36 molecules, inertia \d/m);
  const { exitCode, out } = await maillard(url, ["neighbours", "CCCO", "-d", "alkyls", "-k", "2", "--layer", "1"]);
  expect(exitCode).toBe(0);
  const [first, second] = [...out.matchAll(/^ *(\d\.\d{4}) +(.+)$/gm)];
  expect(Number(first[1])).toBeLessThanOrEqual(Number(second[1]));
  expect([first[2], second[2]].join()).not.toMatch(/ CCCO\b/);
  const last = await maillard(url, ["neighbours", "CCCO", "-d", "alkyls", "-k", "2"]);
  expect(last.out).not.toBe(out);
});

it("outliers prints counts and the farthest; --run and --split restrict every command", async () => {
  const outliers = await maillard(url, ["outliers", "-d", "alkyls", "--threshold", "0", "--pooling", "mean"]);
  expect(outliers.out).toMatch(/^18 of 36 molecules have a score above 0; median distance \d/m);
  const scores = [...outliers.out.matchAll(/^ *(\d+\.\d\d) +\S+ +/gm)].map(([, score]) => Number(score));
  expect(scores).toHaveLength(18);
  expect(scores).toEqual([...scores].sort((a, b) => b - a));
  await service.data(
    `mutation { startFinetune(input: { name: "part", baseModel: "base", dataset: "alkyls", target: "superclass",
       recipe: PUBLISHED, epochs: 1, split: { strategy: RANDOM, fractions: [0.5, 0.25, 0.25] } }) { run { id } } }`,
  );
  const part = ["-d", "alkyls", "--run", "part", "--split", "Test,validation"];
  expect((await maillard(url, ["outliers", ...part, "--threshold", "0"])).out).toContain("of 18 molecules");
  expect((await maillard(url, ["clusters", ...part, "-k", "2"])).out).toMatch(/^2 clusters of 18 molecules/m);
  const near = await maillard(url, ["neighbours", "c1ccccc1", ...part, "-k", "100"]);
  expect(near.out.match(/^ *\d\.\d{4} /gm)).toHaveLength(18);
  const map = ["project", ...part, "--method", "UMAP", "--neighbours", "3", "--iterations", "20"];
  expect((await maillard(url, map)).out).toMatch(/^UMAP of 18 molecules of alkyls, by base/m);
  expect((await maillard(url, ["project", ...part, "--fit-on", "train"])).exitCode).toBe(0);
  const refused = await maillard(url, ["clusters", "-d", "alkyls", "--run", "part", "--split", "training"]);
  expect([refused.exitCode, refused.err]).toEqual([1, expect.stringContaining("train, validation, test")]);
});

it("separation prints accuracies of classes, and of several labels a molecule ROC-AUC", async () => {
  const classes = await maillard(url, ["separation", "-d", "alkyls", "--sample", "50", "--layer", "1"]);
  expect(classes.out).toMatch(/^36 of 36 molecules, 3 classes of superclass, 5 folds by molecule/m);
  expect(classes.out).toMatch(/^always the most frequent class: 33\.3 %$/m);
  const labels = await maillard(url, ["separation", "-d", "tastes", "--labels", "taste", "--sample", "50"]);
  expect(labels.out).toMatch(/^36 of 36 molecules, 4 labels of taste, 5 folds by molecule/m);
  expect(labels.out).toMatch(/5 neighbours, ROC-AUC +linear probe, ROC-AUC$/m);
  expect(labels.out).toMatch(
    /^token counts \(base\) +\d+ +-?0\.\d{3} ± 0\.\d{3} +[01]\.\d{3} ± 0\.\d{3} +[01]\.\d{3} ± /m,
  );
  expect(labels.out).toMatch(/^means over the labels .*sharp; chance: 0\.500$/m);
});

it("a comparison and a group of runs on rows are marked beside the numbers", () => {
  type Comparison = Parameters<typeof comparisonLines>[0];
  const comparison = { split: "TEST", count: 9, onlyA: 0, onlyB: 0, scores: [], mcnemar: null };
  const lines = (leaky: boolean) => comparisonLines({ ...comparison, leaky } as unknown as Comparison, "a", "b");
  expect(lines(true)[0]).toContain("9 rows of both, LEAKY SPLIT");
  expect(lines(false)[0]).toContain("9 molecules of both");
  type Group = Parameters<typeof renderGroup>[0];
  const runs = [{ name: "g-1", status: "SUCCEEDED", error: null, evaluation: { count: 9 } }];
  const group = { name: "g", status: "SUCCEEDED", runs, scores: [], model: null };
  const printed = (leaky: boolean) => renderGroup({ ...group, leaky } as unknown as Group).join("\n");
  expect([printed(true), printed(false)].map((text) => text.includes("LEAKY SPLIT"))).toEqual([true, false]);
});
