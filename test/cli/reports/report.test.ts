/**
 * `maillard report` and `maillard compare` against a real server that computes nothing; and a leaky split in tables.
 */
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { RUN_COLUMNS } from "../../../src/cli/commands/runs.js";
import { type ReportedEvaluation, type ReportedRun, reportPage } from "../../../src/cli/reports/evaluation-report.js";
import { evaluationTables } from "../../../src/cli/reports/evaluation-tables.js";
import { alkyls, importLibrary, startTestService, type TestService } from "../../support/api.js";
import { maillard } from "../../support/command-line.js";
import { FakeCompute } from "../../support/fake-compute.js";

let service: TestService;
let url: string;
let folder: string;
beforeAll(async () => {
  // Answers every molecule with class 0, the alcohols: a third of them is right.
  service = await startTestService({ compute: new FakeCompute() });
  url = `${service.url}/graphql`;
  folder = await mkdtemp(join(tmpdir(), "maillard-report-"));
  await importLibrary(service, "sample", alkyls(16));
  for (const name of ["first", "second"]) {
    const flags = [
      "--recipe",
      "published",
      "--name",
      name,
      "--epochs",
      "2",
      "--batch-size",
      "12",
      "--split",
      "stratified",
      "--watch",
    ];
    const { exitCode } = await maillard(url, [
      "finetune",
      "--target",
      "superclass",
      "--fractions",
      "0.5,0.25,0.25",
      ...flags,
    ]);
    expect(exitCode).toBe(0);
  }
});
afterAll(async () => {
  await service?.close();
  await rm(folder, { recursive: true, force: true });
});

describe("report", () => {
  it("prints scores with intervals, classes, mistakes and leakage; --out writes page and figures", async () => {
    const { exitCode, out, err } = await maillard(url, ["report", "second", "--out", folder]);
    expect(exitCode).toBe(0);
    expect(out).toContain("second: superclass of sample, from base");
    expect(out).toContain("TEST of a STRATIFIED split (24 train, 12 validation, 12 test).");
    expect(out).toMatch(/^accuracy +0\.333 \(0\.083 to 0\.583\) +0\.500$/m);
    expect(out).toMatch(/^class +precision +recall +F1 +molecules$/m);
    expect(out).toMatch(/^the molecule itself +12 +0 +0\.0 %$/m);
    expect(out).toMatch(/^a near-duplicate \(Tanimoto similarity 0\.9 or more\) +12 +\d+ +\d+\.\d %$/m);
    expect(err).toContain("report.md");
    const files = await readdir(folder);
    for (const file of ["report.md", "confusion-matrix.svg", "calibration.svg", "roc.svg", "precision-recall.svg"])
      expect(files).toContain(file);
    expect(files).not.toContain("predicted-true.svg");
    const page = await readFile(join(folder, "report.md"), "utf8");
    expect(page).toContain("# second: superclass of sample, from base");
    for (const file of files.filter((name) => name.endsWith(".svg"))) {
      expect(page).toContain(`(${file})`);
      expect(await readFile(join(folder, file), "utf8")).toMatch(/<svg/);
    }
    expect(page).toMatch(/^\| accuracy \| 0\.333 \(0\.083 to 0\.583\) \| 0\.500 \|$/m);
  });

  it("--json is the answer; a split without scores and an unknown run are errors", async () => {
    const { out } = await maillard(url, ["report", "first", "--split", "validation", "--json"]);
    const run = JSON.parse(out) as ReportedRun & { evaluation: ReportedEvaluation };
    expect(run).toMatchObject({ name: "first", evaluation: { split: "VALIDATION", count: 12 } });
    // Labels are data: neither a fence nor HTML nor a cell of their own.
    const hostile = "```\n<b>|x|</b> # ![a](b)";
    const { mistakes } = run.evaluation;
    for (const mistake of mistakes ?? []) mistake.truth = hostile;
    run.evaluation.classes[0].label = hostile;
    const page = reportPage(run, run.evaluation, { figures: [], drawings: [] });
    expect(mistakes?.length).toBeGreaterThan(0);
    expect(page).not.toMatch(/^```/m);
    for (const line of page.split("\n")) if (/(?<!\\)<b>/.test(line)) expect(line).toMatch(/^ {4}/);
    expect(page).toContain("\\`\\`\\` \\<b\\>\\|x\\|");
    expect((await maillard(url, ["report", "nobody"])).err).toContain("NOT_FOUND");
    expect((await maillard(url, ["report", "first", "--split", "train"])).exitCode).toBe(1);
    await service.store.prisma.evaluation.deleteMany({ where: { split: "VALIDATION" } });
    const missing = await maillard(url, ["report", "first", "--split", "validation"]);
    expect([missing.exitCode, missing.err.split(" ")[0]]).toEqual([1, "NOT_EVALUATED"]);
  });
});

describe("compare", () => {
  it("prints differences with intervals and McNemar's test; --out draws the curves of both", async () => {
    const { exitCode, out } = await maillard(url, ["compare", "first", "second", "--out", folder]);
    expect(exitCode).toBe(0);
    expect(out).toMatch(/^test, 12 molecules of both +first +second +difference +95 % interval$/m);
    expect(out).toMatch(/^accuracy +0\.3333 +0\.3333 +0 +0 to 0$/m);
    expect(out).toMatch(/McNemar's exact test: only first right 0, only second right 0, p = 1$/m);
    const curves = await readFile(join(folder, "curves.svg"), "utf8");
    for (const text of [">first<", ">second<", "macroF1, validation"]) expect(curves).toContain(text);
    const refused = await maillard(url, ["compare", "first", "first"]);
    expect([refused.exitCode, refused.err.split(" ")[0]]).toEqual([1, "BAD_INPUT"]);
  });
});

it("a score of a split by rows is marked beside the number, in the list of runs too", () => {
  type Evaluation = Parameters<typeof evaluationTables>[1];
  const leaky = {
    split: "TEST",
    splitStrategy: "ROW",
    count: 10,
    task: "SINGLE_LABEL",
    scores: [],
    baselines: [],
    classes: [],
    labelScores: [],
    targetScores: [],
  } as unknown as Evaluation;
  expect(evaluationTables("mine", leaky)[0]).toContain("test, 10 rows, LEAKY SPLIT");
  const column = RUN_COLUMNS.find(({ title }) => title === "test score");
  type Run = Parameters<NonNullable<typeof column>["value"]>[0];
  const row = (splitStrategy: string, task = "SINGLE_LABEL", targets = ["one"]) => {
    const values = { accuracy: 0.98, rocAuc: 0.75, rmse: 12.3456, r2: 0.5 };
    const scores = Object.entries(values).map(([name, value]) => ({ name, value }));
    return { targets, evaluation: { task, splitStrategy, scores } } as unknown as Run;
  };
  expect(column?.value(row("ROW"))).toBe("accuracy leaky 0.980");
  expect(column?.value(row("RANDOM"))).toBe("accuracy 0.980");
  // Each task has its own.
  expect(column?.value(row("RANDOM", "MULTI_LABEL"))).toBe("ROC-AUC 0.750");
  expect(column?.value(row("RANDOM", "REGRESSION"))).toBe("RMSE 12.35");
  expect(column?.value(row("RANDOM", "REGRESSION", ["one", "two"]))).toBe("R² 0.500");
  expect(column?.value({ ...row("RANDOM"), evaluation: null } as Run)).toBe("–");
  const one = { ...leaky, splitStrategy: "RANDOM", count: 1 } as Evaluation;
  expect(evaluationTables("mine", one)[0]).toContain("test, 1 molecule ");
});
