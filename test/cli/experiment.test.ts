/**
 * `maillard experiment` on small libraries and a tiny model: every step through the API, the report, and a second call
 * that continues.
 */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { marked } from "marked";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { figureStems } from "../../src/cli/experiment/chapter.js";
import { separationText } from "../../src/cli/experiment/sections.js";
import { code, text } from "../../src/cli/experiment/text.js";
import type { Chapter, Experiment } from "../../src/cli/experiment/types.js";
import { alkyls, importLibrary, startTestService, type TestService } from "../support/api.js";
import { maillard } from "../support/command-line.js";
import { foodbArchive } from "../support/data/foodb.js";

let service: TestService;
let url: string;
let folder: string;

beforeAll(async () => {
  service = await startTestService();
  url = `${service.url}/graphql`;
  folder = await mkdtemp(join(tmpdir(), "maillard-experiment-"));
});
afterAll(async () => {
  await service?.close();
  await rm(folder, { recursive: true, force: true });
});

const read = (...path: string[]) => readFile(join(folder, ...path), "utf8");

describe("an experiment", () => {
  const args = (output: string) => [
    "experiment",
    "alkyls",
    "--target",
    "superclass",
    "--epochs",
    "3",
    "--split",
    "stratified",
    "--output",
    join(folder, output),
  ];

  it("embeds, draws, finetunes, tests and draws again; the report has the API's numbers and every figure", async () => {
    await importLibrary(service, "alkyls", alkyls(50));
    const { exitCode, out, err } = await maillard(url, args("one"));
    expect(err).toContain("epoch 3");
    expect(exitCode).toBe(0);
    type Interval = { name: string; low: number; high: number };
    type Scores = { accuracy: number; macroF1: number; count: number; splitStrategy: string; intervals: Interval[] };
    const { runs } = await service.data<{
      runs: { edges: { node: { id: string; kind: string; name: string; evaluation: Scores } }[] };
    }>(
      "{ runs(first: 10) { edges { node { id kind name evaluation(split: TEST) { accuracy macroF1 count " +
        "splitStrategy intervals { name low high } } } } } }",
    );
    const finetunes = runs.edges.map(({ node }) => node).filter(({ kind }) => kind === "FINETUNE");
    expect(finetunes).toHaveLength(2);
    const finetune = finetunes.find(({ evaluation }) => evaluation.splitStrategy === "STRATIFIED")!;
    const { accuracy, macroF1, count, intervals } = finetune.evaluation;
    expect(out).toMatch(new RegExp(`^superclass +${accuracy.toFixed(3)} +${macroF1.toFixed(3)}`, "m"));
    const report = await read("one", "report.md");
    const scored = (name: string, value: number): string => {
      const { low, high } = intervals.find((interval) => interval.name === name)!;
      return `${value.toFixed(3)} (${low.toFixed(3)} to ${high.toFixed(3)})`;
    };
    expect(report).toContain(
      `accuracy ${scored("accuracy", accuracy)}, macro-F1 ${scored("macroF1", macroF1)} (STRATIFIED)`,
    );
    const random = finetunes.find(({ evaluation }) => evaluation.splitStrategy === "RANDOM")!;
    expect(report).toContain(`| accuracy ${random.evaluation.accuracy.toFixed(3)}, macro-F1`);
    expect(report).toContain(`| ${random.name} |`.slice(2, -2));
    expect(report).toContain(`| ${count} |`);
    expect(report).toContain("3 epochs, batch 32, AdamW, peak learning rate 0.0004");
    expect(report).toContain("### Before: embeddings of base, no label seen");
    const figures = [...report.matchAll(/!\[[^\]]*\]\(([^)]+)\)/g)].map(([, file]) => file);
    const mistakes = figures.filter((file) => file.includes("-mistake-"));
    expect(mistakes).toHaveLength(Math.min(5, Math.round(count * (1 - accuracy))));
    expect(figures.filter((file) => !mistakes.includes(file))).toEqual(
      ["before", "curves", "confusion", "calibration", "after"].map((name) => `superclass-${name}.svg`),
    );
    for (const file of figures) expect(await read("one", file)).toContain("<svg");
    const html = await read("one", "report.html");
    expect(html.match(/<svg /g)).toHaveLength(figures.length);
    expect(html).not.toMatch(/<script|src=|href="http/);
    // What fingerprints of the same molecules give, and how far the finetune is from it.
    const probes = runs.edges.map(({ node }) => node).filter(({ kind }) => kind === "PROBE");
    expect(probes.map(({ evaluation }) => [evaluation.splitStrategy, evaluation.count]).sort()).toEqual([
      ["RANDOM", random.evaluation.count],
      ["STRATIFIED", count],
    ]);
    const [own, others] = ["STRATIFIED", "RANDOM"].map(
      (strategy) => probes.find(({ evaluation }) => evaluation.splitStrategy === strategy)!,
    );
    const two = ({ evaluation }: typeof own) =>
      [evaluation.accuracy, evaluation.macroF1].map((x) => x.toFixed(3)).join(" / ");
    expect(report).toMatch(
      new RegExp(`^\\| superclass \\|.*\\| ${two(own)} \\|.*; fingerprints ${two(others)} \\|$`, "m"),
    );
    expect(out).toContain(two(own));
    const { compareRuns } = await service.data<{
      compareRuns: { count: number; scores: { name: string; difference: number; low: number; high: number }[] };
    }>("query ($a: ID!, $b: ID!) { compareRuns(a: $a, b: $b) { count scores { name difference low high } } }", {
      a: own.id,
      b: finetune.id,
    });
    const sign = (value: number) => (value > 0 ? "+" : "") + value.toFixed(3);
    const [gap, gapOfClasses] = ["accuracy", "macroF1"].map((name) => {
      const { difference, low, high } = compareRuns.scores.find((score) => score.name === name)!;
      return `${sign(difference)} (${sign(low)} to ${sign(high)})`;
    });
    expect(report).toContain(
      `on the same ${count} molecules (95 %, paired bootstrap): accuracy ${gap}, macro-F1 ${gapOfClasses}.`,
    );
    // The separation of the held-out molecules is what the API measures of them.
    const { separation } = await service.data<{
      separation: { computedOn: number; rows: { model: string; probeAccuracy: { value: number } }[] };
    }>(
      'query ($run: ID!, $models: [String!]!) { separation(dataset: "alkyls", labelSet: "superclass", run: ' +
        "$run, models: $models) { computedOn rows { model probeAccuracy { value } } } }",
      { run: finetune.id, models: ["base", finetune.name] },
    );
    expect(separation.computedOn).toBe(count);
    expect(report).toContain(`${count} of ${count} test molecules with one of 3 classes`);
    for (const { model, probeAccuracy } of separation.rows.slice(0, 2)) {
      const name = model.replaceAll("-", "\\-");
      expect(report).toMatch(
        new RegExp(`^\\| ${name.replaceAll("\\", "\\\\")} \\|.* ${probeAccuracy.value.toFixed(3)} ±`, "m"),
      );
    }
    // Ids of several drawings in one page are different.
    const ids = [...html.matchAll(/\bid="([^"]+)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it("given again, finds the finished runs and starts nothing", async () => {
    const before = await service.store.prisma.run.count();
    const { exitCode } = await maillard(url, args("two"));
    expect(exitCode).toBe(0);
    expect(await service.store.prisma.run.count()).toBe(before);
    const [one, two] = [await read("one", "report.md"), await read("two", "report.md")];
    expect(two).toBe(one);
  });

  it("starts new runs after a cancelled one, for a larger dataset and for other weights of the base", async () => {
    const finetune = { kind: "FINETUNE", name: { startsWith: "alkyls-superclass-" } } as const;
    const [first] = await service.store.prisma.run.findMany({ where: finetune, orderBy: { createdAt: "asc" } });
    await service.store.prisma.run.update({ where: { id: first.id }, data: { status: "CANCELLED" } });
    const again = [...args("again"), "--no-row-split"];
    expect((await maillard(url, again)).exitCode).toBe(0);
    const count = await service.store.prisma.run.count({ where: finetune });
    expect((await maillard(url, again)).exitCode).toBe(0);
    expect(await service.store.prisma.run.count({ where: finetune })).toBe(count);
    expect(await service.store.prisma.run.count({ where: { ...finetune, status: "CANCELLED" } })).toBe(1);
    await importLibrary(service, "alkyls", alkyls(51));
    expect((await maillard(url, again)).exitCode).toBe(0);
    expect(await service.store.prisma.run.count({ where: finetune })).toBe(count + 1);
    expect(await read("again", "report.md")).toContain("alkyls, 153 molecules");
    // As an update of the package does when another base ships.
    const { id, checksum } = await service.store.prisma.model.findFirstOrThrow({ where: { name: "base" } });
    await service.store.prisma.model.update({
      where: { id },
      data: { checksum: checksum.replace(/^./, (c) => (c === "0" ? "1" : "0")) },
    });
    expect((await maillard(url, again)).exitCode).toBe(0);
    await service.store.prisma.model.update({ where: { id }, data: { checksum } });
    expect(await service.store.prisma.run.count({ where: finetune })).toBe(count + 2);
  });

  it("of a CSV file imports it first; labels and numbers get chapters of their own; names stay text", async () => {
    const rows = alkyls(20).map(({ smiles, labels }, n) => {
      const taste = ["sharp", "fruity|<b>sweet</b>", "fishy|sharp"][n % 3];
      return [smiles, labels!.superclass, taste, n % 10 < 7 ? "train" : n % 10 < 8 ? "val" : "test"].join(",");
    });
    const file = join(folder, "my data.csv");
    // Columns, their kinds and the separators are found.
    await writeFile(file, `structure,superclass,taste,fold\n${rows.join("\n")}\n`);
    const { exitCode, out, err } = await maillard(url, [
      "experiment",
      file,
      "--target",
      "superclass,taste",
      "--column",
      "fold",
      "--epochs",
      "2",
      "--output",
      join(folder, "three"),
    ]);
    expect(exitCode, err).toBe(0);
    expect(out).toContain("dataset my-data: 60 molecules");
    const report = await read("three", "report.md");
    expect(report).toContain("COLUMN (fold), by molecule");
    expect(report.match(/^## /gm)).toHaveLength(3);
    expect(report).toMatch(/^\| taste \| ROC-AUC \d\.\d{3}( \(\d\.\d{3} to \d\.\d{3}\))? \(COLUMN\) \| 0\.500 \|/m);
    expect(report).toContain("published split of rows: LEAKY");
    expect(report).toMatch(
      /^\| taste .*ROC-AUC \d\.\d{3}, accuracy .* \(ROW, LEAKY\); baseline \d\.\d{3} \/ \d\.\d{3} \|$/m,
    );
    expect(report).toContain("Not measured: taste has no label that at least 5 different molecules have and 5 lack");
    expect(await read("three", "report.html")).not.toContain("<b>");
  });

  it("that cannot learn one target continues with the next; report and exit code say what is missing", async () => {
    const labels = [{ set: "lonely", value: "x" }];
    const input = { name: "my-data", rows: [{ line: 1, smiles: alkyls(1)[0].smiles, labels }] };
    await service.data("mutation ($input: ImportDatasetInput!) { importDataset(input: $input) { dataset { id } } }", {
      input,
    });
    const { exitCode, err } = await maillard(url, [
      "experiment",
      "my-data",
      "--target",
      "lonely,superclass",
      "--column",
      "fold",
      "--epochs",
      "2",
      "--output",
      join(folder, "five"),
    ]);
    expect(exitCode).toBe(1);
    expect(err).toContain("The report so far: ");
    const report = await read("five", "report.md");
    expect(report).toContain("**Not finished: lonely.**");
    expect(report).toMatch(/^lonely: .{20}/m);
    expect(err).toMatch(/lonely is left out: [A-Z_]+ {2}/);
    expect(report).toMatch(/^## superclass$/m);
    expect(await read("three", "report.md")).not.toContain("Not finished");
  });

  it("of a FooDB dump imports it, learns the published label sets, and says what was left out", async () => {
    const archive = join(folder, "foodb.tar.gz");
    await writeFile(archive, await foodbArchive());
    const { exitCode, err } = await maillard(url, [
      "experiment",
      "foodb",
      "--data",
      archive,
      "--targets",
      "superclass,flavor",
      "--min-class-size",
      "1",
      "--top-classes",
      "4",
      "--epochs",
      "1",
      "--split",
      "random",
      "--output",
      join(folder, "four"),
    ]);
    expect(exitCode, err).toBe(0);
    const report = await read("four", "report.md");
    expect(report).toContain("| dataset | foodb, 27 molecules; FooDB \\(CC BY\\-NC 4.0\\), foodb.ca |");
    expect(report).toContain("of these the 4 most frequent");
    expect(report.match(/^## /gm)).toHaveLength(3);
  });

  it("does not read a folder as a file: it may have the name of a dataset", async () => {
    const { exitCode, err } = await maillard(url, ["experiment", folder, "--target", "superclass"]);
    expect([exitCode, err]).toEqual([1, expect.stringContaining("NOT_FOUND")]);
  });

  it.each([
    [["experiment", "alkyls", "--data", "x.tar", "--target", "superclass"], "USAGE"],
    [["experiment", "alkyls"], "USAGE"],
    [["experiment", "nothing", "--target", "superclass"], "NOT_FOUND"],
    [["experiment", "alkyls", "--target", "taste"], "NOT_FOUND"],
    [["experiment", "alkyls", "--target", "superclass", "--base", "nobody"], "NOT_FOUND"],
    [["experiment", "alkyls", "--target", "superclass", "--split", "column"], "USAGE"],
    [["experiment", "alkyls", "--target", "superclass", "--split", "row"], "USAGE"],
  ])("%j ends with %s", async (wrong, code) => {
    const { exitCode, err } = await maillard(url, [...wrong, "--output", join(folder, "wrong")]);
    expect(exitCode).toBe(1);
    expect(err).toContain(code);
  });
});

it("files of several targets never have one name, and a label or a name is text in the report, not a link", () => {
  expect(figureStems(["a/b", "a-b", "A b", "味", "香", "taste"])).toEqual([
    "a-b",
    "a-b-2",
    "A-b-3",
    "-",
    "--2",
    "taste",
  ]);
  const names = [
    "https://evil.example/x",
    "www.evil.example",
    "somebody@evil.example",
    "[x](https://evil.example)",
    "<b>",
    "$a$",
  ];
  for (const name of names) {
    const html = marked.parse(`| ${text(name)} |\n|---|\n| ${text(name)} |`, { async: false }) as string;
    expect(html).not.toMatch(/<a |<b>/);
    expect(html).toContain(`<td>${name.replace("<", "&lt;").replace(">", "&gt;")}</td>`);
  }
});

it("a name with an end of line stays in its row of a table, whichever end it is", () => {
  for (const end of ["\n", "\r", "\u0085", "\u2028", "\u2029"]) {
    const html = marked.parse(`| title |\n|---|\n| ${text(`a${end}b`)} |\n| ${code(`a${end}b`)} |`, { async: false });
    expect(html).toContain("<td>a b</td>");
    expect(html).toContain("<td><code>a b</code></td>");
  }
});

it("of a base model that was finetuned before, the report does not say that it has seen no label", () => {
  const none = { value: 0, standardError: 0 };
  const row = (model: string) => ({
    representation: "EMBEDDING",
    model,
    dimension: 2,
    silhouette: none,
    neighbourAccuracy: none,
    probeAccuracy: none,
  });
  const separation = {
    computedOn: 9,
    labelled: 9,
    classes: ["a", "b"],
    dropped: [],
    folds: 5,
    majority: 0.5,
    neighbours: 5,
    rows: [row("one"), row("two")],
  };
  const chapter = { target: "class", separation, neighbours: { before: 0, after: 1 }, test: { task: "MULTI_LABEL" } };
  const said = (task: string) =>
    separationText(chapter as unknown as Chapter, { name: "one", task } as Experiment["base"]).join("\n");
  for (const task of ["ENCODER", "MASKED_LANGUAGE_MODEL"]) expect(said(task)).toContain("one has seen no label");
  expect(said("SINGLE_LABEL")).toContain("one was finetuned before");
  expect(said("SINGLE_LABEL")).toContain("of several, the first in the order of the alphabet");
  Object.assign(separation, { majority: null, dropped: [{ label: "rare", count: 1 }] });
  for (const row of separation.rows)
    Object.assign(row, { neighbourAccuracy: null, probeAccuracy: null, neighbourRocAuc: none, probeRocAuc: none });
  expect(said("ENCODER")).toMatch(
    /test molecules with labels of class, means over the \d+ most frequent \(.*chance: 0\.500\. /,
  );
  expect(said("ENCODER")).toMatch(/nearest neighbours, ROC-AUC \| linear probe, ROC-AUC/);
  expect(said("ENCODER")).not.toContain("Left out");
});
