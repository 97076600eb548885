/** From a CSV file with several labels a cell and with numbers to scores and predictions, by the command line alone. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestService, type TestService } from "../support/api.js";
import { maillard } from "../support/command-line.js";

/** 60 alkanols, formates and amines; a tenth of the tastes and a fifth of the masses were not measured. */
const ROWS = Array.from({ length: 60 }, (_, n) => {
  const carbons = 1 + Math.floor(n / 3);
  const chain = "C".repeat(carbons);
  const smiles = [`${chain}O`, `${chain}OC=O`, `${chain}N`][n % 3];
  const taste = n % 10 === 9 ? "" : ["sharp", "fruity|sweet", "fishy|sharp"][n % 3];
  const mass = n % 5 === 3 ? "" : String(100 + 14 * carbons);
  const fold = n % 10 === 7 ? "val" : n % 10 === 8 || n % 10 === 2 ? "test" : "train";
  return [smiles, taste, mass, carbons, fold].join(",");
});

let service: TestService;
let url: string;
let folder: string;
let file: string;

beforeAll(async () => {
  service = await startTestService();
  url = `${service.url}/graphql`;
  folder = await mkdtemp(join(tmpdir(), "maillard-targets-"));
  file = join(folder, "alkyls.csv");
  await writeFile(file, `smiles,taste,mass,carbons,fold\n${ROWS.join("\n")}\n`);
});
afterAll(async () => {
  await service?.close();
  await rm(folder, { recursive: true, force: true });
});

const FINETUNE = [
  "finetune",
  "--recipe",
  "published",
  "--dataset",
  "alkyls",
  "--column",
  "fold",
  "--learning-rate",
  "5e-3",
  "--batch-size",
  "8",
  "--dropout",
  "0",
  "--watch",
];

describe("targets other than classes", () => {
  it("import takes several labels a cell and numbers", async () => {
    const kinds = ["--kind", "taste=MULTI_LABEL", "--kind", "mass=NUMBER", "--kind", "carbons=NUMBER"];
    const { exitCode, out } = await maillard(url, [
      "import",
      file,
      "--dataset",
      "alkyls",
      "--labels",
      "fold",
      ...kinds,
    ]);
    expect(exitCode).toBe(0);
    expect(out).toContain("60 rows: 60 imported");
    const shown = await maillard(url, ["datasets", "--json"]);
    const [{ labelSets }] = JSON.parse(shown.out) as { labelSets: { name: string; kind: string }[] }[];
    expect(Object.fromEntries(labelSets.map(({ name, kind }) => [name, kind]))).toMatchObject({
      taste: "MULTI_LABEL",
      mass: "NUMBER",
      carbons: "NUMBER",
      fold: "SINGLE_LABEL",
    });
  });

  it("several labels: a row for each label, and predict answers all of them", async () => {
    const { exitCode, out } = await maillard(url, [
      ...FINETUNE,
      "--target",
      "taste",
      "--name",
      "tastes",
      "--epochs",
      "60",
      // Without it 5e-3 is too much for the first steps: by seed, one molecule of the test part may stay wrong.
      "--warmup-ratio",
      "0.1",
    ]);
    expect(exitCode).toBe(0);
    expect(out).toContain("tastes  SUCCEEDED");
    const [, area] = /^tastes +(\d\.\d{3}) +\d\.\d{3} +\d\.\d{3}$/m.exec(out) ?? [];
    expect(Number(area)).toBeGreaterThan(0.9);
    const labels = out.match(/^(fishy|fruity|sharp|sweet) +[\d.–]+ +[\d.–]+ +[\d.–]+ +\d+ +\d+$/gm) ?? [];
    expect(labels.map((line) => line.split(" ")[0])).toEqual(["fishy", "fruity", "sharp", "sweet"]);
    // 12 molecules of the test part, of which none has n % 10 = 9: all have a taste.
    expect(labels.map((line) => line.split(/ +/).at(-1))).toEqual(["12", "12", "12", "12"]);
    const predicted = await maillard(url, ["predict", "CCCCCOC=O", "--model", "tastes"]);
    const scores = Object.fromEntries(
      [...predicted.out.matchAll(/^ {2}(\w+) +(\d\.\d{3})/gm)].map(([, label, score]) => [label, Number(score)]),
    );
    expect(Object.keys(scores)).toHaveLength(4);
    expect(Math.min(scores.fruity, scores.sweet)).toBeGreaterThan(Math.max(scores.fishy, scores.sharp));
  });

  it("several numbers: errors in units beside the mean's, and predict answers in units", async () => {
    const { exitCode, out } = await maillard(url, [
      ...FINETUNE,
      "--target",
      "mass",
      "carbons",
      "--name",
      "sizes",
      "--epochs",
      "60",
      "--load-best-model-at-end",
      "--early-stopping-patience",
      "40",
    ]);
    expect(exitCode).toBe(0);
    const [, rmse, mean] = /^mass +([\d.]+) +[\d.]+ +[\d.–-]+ +([\d.]+) +\d+$/m.exec(out) ?? [];
    expect(Number(rmse)).toBeLessThan(Number(mean) / 2);
    const predicted = await maillard(url, ["predict", `${"C".repeat(10)}O`, "--model", "sizes", "--json"]);
    const [{ values }] = JSON.parse(predicted.out) as { values: { target: string; value: number }[] }[];
    expect(values.map(({ target }) => target)).toEqual(["mass", "carbons"]);
    expect(Math.abs(values[0].value - 240)).toBeLessThan(60);
    expect(Math.abs(values[1].value - 10)).toBeLessThan(60 / 14);
  });

  it("runs are listed with the score of their task and the number of molecules", async () => {
    const { out } = await maillard(url, ["runs"]);
    expect(out).toMatch(/^tastes .* ROC-AUC \d\.\d{3} +\d\.\d{3} +12 /m);
    expect(out).toMatch(/^sizes .* R² -?\d\.\d{3} +– +12 /m);
  });

  it("options that do not fit are refused before there is a run, by name", async () => {
    const { exitCode, err } = await maillard(url, [
      ...FINETUNE,
      "--target",
      "mass",
      "--name",
      "smooth",
      "--label-smoothing-factor",
      "0.1",
    ]);
    expect(exitCode).not.toBe(0);
    expect(err).toContain("INVALID_CONFIG");
    expect(err).toContain("labelSmoothingFactor");
    const { out } = await maillard(url, ["runs", "--json"]);
    expect((JSON.parse(out) as { name: string }[]).map(({ name }) => name)).not.toContain("smooth");
  });
});
