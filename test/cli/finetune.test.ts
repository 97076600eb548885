/**
 * From `maillard finetune --watch` to `maillard predict`, on a small library and a tiny model, against a real server.
 */
import { cp, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startServer } from "../../src/api/transport/server.js";
import { runCommandLine } from "../../src/cli/program.js";
import { registerModel } from "../../src/store/index.js";
import { alkyls, FIXTURES, importLibrary, startTestService, type TestService } from "../support/api.js";
import { keptTerminal, maillard } from "../support/command-line.js";
import { FOODS } from "../support/data/foods.js";

let service: TestService;
let url: string;

beforeAll(async () => {
  service = await startTestService();
  url = `${service.url}/graphql`;
  await importLibrary(service, "sample", alkyls(20));
});
afterAll(() => service?.close());

const FINETUNE = [
  "finetune",
  "--recipe",
  "published",
  "--target",
  "superclass",
  "--split",
  "stratified",
  "--fractions",
  "0.6,0.2,0.2",
  "--learning-rate",
  "5e-3",
  "--batch-size",
  "12",
  "--dropout",
  "0",
];
/** Far more steps than any of these tests waits for. */
const ENDLESS = [...FINETUNE, "--epochs", "1000"];

async function status(name: string): Promise<string> {
  const { out } = await maillard(url, ["runs", "--json"]);
  return (JSON.parse(out) as { name: string; status: string }[]).find((run) => run.name === name)?.status ?? "absent";
}

async function until(name: string, wanted: string): Promise<void> {
  while ((await status(name)) !== wanted) await new Promise((resolve) => setTimeout(resolve, 100));
}

describe("a first finetune, of 59 molecules in four classes with default options", () => {
  const rows = FOODS.map(([smiles, kind]) => ({ smiles, labels: { kind } }));

  it("says what its recipe chose, learns, and is shown beside a constant answer and fingerprints", async () => {
    await importLibrary(service, "foods", rows);
    const args = ["finetune", "-d", "foods", "-t", "kind", "--name", "first", "--split", "stratified", "--watch"];
    const { exitCode, out, err } = await maillard(url, args);
    expect(exitCode).toBe(0);
    const [first] = err.split("\n");
    expect(first).toMatch(/^recipe AUTO, by 4\d training molecules of 4 classes: \d+ epochs, batch 8, AdamW, peak /);
    const scoreOf = (who: string) => Number(new RegExp(`^${who} +(\\d\\.\\d{3}) +\\d\\.\\d{3}$`, "m").exec(out)?.[1]);
    const [own, constant] = [scoreOf("first"), scoreOf('always "[a-z ]+" \\(majority class\\)')];
    const linear = scoreOf("linear model on fingerprints");
    expect(constant).toBeLessThan(0.5);
    expect(linear).toBeGreaterThan(constant);
    // Six molecules or so: what they tell is said.
    expect(out).toMatch(/^TEST_SMALL .*95 % interval of Wilson/m);
    // A real score, or the warning that it is none.
    expect(own > constant || out.includes("BELOW_BASELINE")).toBe(true);
    const { data } = await service.ask<{ runs: { edges: { node: Record<"input" | "typed", AnyInput> }[] } }>(
      `{ runs(first: 1) { edges { node { input: inputJson
         typed: input { ... on FinetuneSettings { epochs recipeChoice { options molecules classes } } } } } } }`,
    );
    const { input, typed } = data!.runs.edges[0].node;
    expect(input).toMatchObject({ recipe: "auto", batchSize: 8, recipeChoice: { classes: 4 } });
    expect(typed).toEqual({ epochs: input.epochs, recipeChoice: input.recipeChoice });
    expect(first).toContain(`${input.epochs} epochs`);
  });

  it("of which nothing is learned, ends with a warning that names the numbers and what to try", async () => {
    const untrained = ["--learning-rate", "1e-9", "--max-steps", "1", "--split", "stratified"];
    const args = ["finetune", "-d", "foods", "-t", "kind", "--name", "nothing", ...untrained, "--watch"];
    const { exitCode, out } = await maillard(url, args);
    expect(exitCode).toBe(0);
    const [warning = ""] = /^BELOW_BASELINE .*$/m.exec(out) ?? [];
    expect(warning).toMatch(
      /On the TEST split the model's accuracy is [\d.]+; always answering ".*" has [\d.]+, a linear/,
    );
    expect(warning).toMatch(/fingerprints has [\d.]+\. It is (not better|worse) .* Try .*--features fingerprint/);
    const report = await maillard(url, ["report", "nothing"]);
    expect(report.out).toMatch(/^score .*majority class {2}fingerprints, linear {2}model less fingerprints \(95 %\)$/m);
    expect(report.out).toMatch(/^accuracy .* -0\.\d{3} \(-[\d.]+ to [-+]?[\d.]+\)$/m);
    expect(report.out).toContain("McNemar's exact test of accuracy");
    // The same numbers as the baseline as a run of its own.
    const probe = ["probe", "-d", "foods", "-t", "kind", "--features", "fingerprint", "--name", "bits"];
    expect((await maillard(url, [...probe, "--split", "stratified", "--watch"])).exitCode).toBe(0);
    const { data } = await service.ask<{ runs: { edges: { node: { name: string; evaluation: Scored } }[] } }>(
      `{ runs(first: 2) { edges { node { name evaluation(split: TEST) {
         scores { name value } baselines { kind scores { name value } differences { name a b } } } } } } }`,
    );
    const [bits, nothing] = data!.runs.edges.map(({ node }) => node);
    expect([bits.name, nothing.name]).toEqual(["bits", "nothing"]);
    expect(nothing.evaluation.baselines[1]).toMatchObject({ kind: "FINGERPRINT", scores: bits.evaluation.scores });
    const own = new Map(nothing.evaluation.scores.map(({ name, value }) => [name, value]));
    for (const { name, b } of nothing.evaluation.baselines[1].differences) expect(b).toBe(own.get(name));
  });
});

type AnyInput = Record<string, unknown>;

interface Scored {
  scores: { name: string; value: number | null }[];
  baselines: {
    kind: string;
    scores: Scored["scores"];
    differences: { name: string; a: number | null; b: number | null }[];
  }[];
}

describe("finetune", () => {
  it("--watch shows every epoch, then test scores beside the majority class; the model predicts at once", async () => {
    const { exitCode, out, err } = await maillard(url, [...FINETUNE, "--name", "alkyls", "--epochs", "20", "--watch"]);
    expect(exitCode).toBe(0);
    const epochs =
      err.match(/^epoch \d+ .*training loss \d\.\d{3} .*accuracy \d\.\d{3} {3}macro-F1 \d\.\d{3}$/gm) ?? [];
    expect(epochs.map((line) => Number(line.split(/\s+/)[1]))).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
    expect(err).toMatch(/^alkyls 100 % {2}epoch 20\.0 of 20 {2}step 60 of 60 {2}loss/m);
    expect(err).toContain("--model alkyls");
    expect(out).toMatch(/alkyls {2}SUCCEEDED in .* sample\.superclass, from base/);
    expect(out).toContain("STRATIFIED split: 36 molecules to train on, 12 to validate, 12 to test");
    const [, accuracy, macroF1] = /^alkyls +(\d\.\d{3}) +(\d\.\d{3})$/m.exec(out) ?? [];
    const [, baseline] = /^always "\w+" \(majority class\) +(\d\.\d{3}) +\d\.\d{3}$/m.exec(out) ?? [];
    expect(Number(baseline)).toBeCloseTo(4 / 12, 2);
    expect(Number(accuracy)).toBeGreaterThan(Number(baseline) + 0.1);
    const { data } = await service.ask<{
      runs: { edges: { node: { evaluation: { accuracy: number; macroF1: number } } }[] };
    }>("{ runs(first: 1) { edges { node { evaluation(split: TEST) { accuracy macroF1 } } } } }");
    const kept = data!.runs.edges[0].node.evaluation;
    expect([accuracy, macroF1]).toEqual([kept.accuracy.toFixed(3), kept.macroF1.toFixed(3)]);

    const good = await maillard(url, ["predict", "CCCCCCO", "C1CC", "--model", "alkyls"]);
    expect(good.exitCode).toBe(0);
    expect(good.out).toMatch(/^CCCCCCO {2}alcohol 6 {2}C6H14O\n {2}(alcohol|ester|amine) +[01]\.\d{3} {2}█/m);
    expect(good.out).toMatch(/^C1CC\n {2}INVALID_SMILES {2}\S/m);
    const bad = await maillard(url, ["predict", "C1CC", "--model", "alkyls"]);
    expect(bad.exitCode).toBe(1);
  });

  it("watch replays a finished run and --json answers it whole", async () => {
    const { exitCode, out, err } = await maillard(url, ["watch", "alkyls", "--json"]);
    expect(exitCode).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      name: "alkyls",
      status: "SUCCEEDED",
      model: { name: "alkyls" },
      error: null,
    });
    expect(err.match(/^epoch /gm)).toHaveLength(20);
  });

  it("runs export writes what the API answers: metrics, scores with intervals, classes, molecules", async () => {
    type Exported = {
      metrics: { sequence: number; step: number; epoch: number; split: string; name: string; value: number }[];
      evaluation: {
        labels: string[];
        scores: { name: string; value: number | null }[];
        intervals: { name: string; low: number; high: number }[];
        molecules: { scores: number[]; truth: number[] }[];
      };
    };
    const { runs } = await service.data<{ runs: { edges: { node: Exported }[] } }>(
      `{ runs(first: 1) { edges { node { metrics(first: 10000) { sequence step epoch split name value }
         evaluation { labels scores { name value } intervals { name low high } molecules { scores truth } } } } } }`,
    );
    const { metrics, evaluation } = runs.edges[0].node;
    const table = async (...args: string[]): Promise<string[][]> => {
      const { exitCode, out, err } = await maillard(url, ["runs", "export", "alkyls", ...args]);
      expect([exitCode, err]).toEqual([0, ""]);
      return out.split("\n").map((line) => line.split(","));
    };
    const shown = metrics.map(({ sequence, step, epoch, split, name, value }) =>
      [sequence, step, epoch, split, name, value].map(String),
    );
    expect((await table()).map((row) => row.slice(0, 6))).toEqual([
      ["sequence", "step", "epoch", "split", "name", "value"],
      ...shown,
    ]);
    const bounds = new Map(evaluation.intervals.map(({ name, low, high }) => [name, [String(low), String(high)]]));
    expect(bounds.size).toBeGreaterThan(1);
    expect(await table("--table", "scores", "--format", "csv")).toEqual([
      ["name", "value", "low", "high"],
      ...evaluation.scores.map(({ name, value }) => [name, String(value ?? ""), ...(bounds.get(name) ?? ["", ""])]),
    ]);
    const [head, ...molecules] = await table("--table", "molecules");
    const columns = ["true", "probability"].flatMap((what) => evaluation.labels.map((label) => `${what}_${label}`));
    expect(head).toEqual(["name", "smiles", "inchi_key", ...columns]);
    expect(molecules.map((row) => row.slice(3).map(Number))).toEqual(
      evaluation.molecules.map(({ truth, scores }) => [...truth, ...scores]),
    );
    expect((await table("--table", "classes"))[0].join()).toBe("label,precision,recall,f1,support");

    const folder = await mkdtemp(join(tmpdir(), "maillard-export-"));
    try {
      const run = (...args: string[]) => maillard(url, ["runs", "export", "alkyls", ...args]);
      const events = await run("--format", "tensorboard", "-o", folder);
      expect(events.err).toContain(`wrote ${metrics.length} values`);
      const [name] = await readdir(folder);
      expect(name).toMatch(/^events\.out\.tfevents\.\d{10}\./);
      expect((await readFile(join(folder, name))).toString("latin1")).toContain("validation/accuracy");
      expect((await run("-o", join(folder, "m.parquet"))).err).toMatch(/^wrote \d+ rows/);
      expect((await readFile(join(folder, "m.parquet"))).subarray(-4).toString()).toBe("PAR1");
      for (const wrong of [
        ["--format", "tensorboard"],
        ["--format", "parquet"],
        ["-o", "a.doc"],
        ["--table", "all"],
      ])
        expect((await run(...wrong)).exitCode).toBe(1);
      expect(await readdir(folder)).toHaveLength(2);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  it("watching continues after a restart of the server: every epoch once, and the end", async () => {
    const { application } = service;
    const first = await startServer({ application, port: 0 });
    const terminal = keptTerminal({ MAILLARD_URL: `${first.url}/graphql` });
    const order = [...FINETUNE, "--name", "restarted", "--epochs", "60", "--watch"];
    const watching = runCommandLine(order, terminal);
    while (!terminal.beside.some((line) => line.startsWith("epoch 1 "))) await new Promise((r) => setTimeout(r, 20));
    await first.close();
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    const second = await startServer({ application, port: first.port });
    expect(await watching).toBe(0);
    await second.close();
    const epochs = terminal.beside.filter((line) => line.startsWith("epoch "));
    expect(epochs.map((line) => Number(line.split(/\s+/)[1]))).toEqual(Array.from({ length: 60 }, (_, i) => i + 1));
    expect(terminal.answer[0]).toMatch(/^restarted {2}SUCCEEDED/);
  });

  it("makes a name when none is given, and the same key starts one run", async () => {
    const first = await maillard(url, [...ENDLESS, "--idempotency-key", "once", "--json"]);
    const run = JSON.parse(first.out) as { id: string; name: string };
    expect(run.name).toMatch(/^superclass-sample-[0-9a-f]{6}$/);
    const again = await maillard(url, [...ENDLESS, "--idempotency-key", "once", "--json"]);
    expect(JSON.parse(again.out).id).toBe(run.id);
    const other = await maillard(url, [...ENDLESS, "--idempotency-key", "once", "--seed", "1"]);
    expect({ code: other.exitCode, conflict: /^CONFLICT /m.test(other.err) }).toEqual({ code: 1, conflict: true });
    await maillard(url, ["cancel", run.id]);
    await until(run.name, "CANCELLED");
  });

  it("Ctrl-C does not end the run and prints how to watch it; cancel ends it, and watchers see it", async () => {
    const terminal = keptTerminal({ MAILLARD_URL: url });
    const watching = runCommandLine([...ENDLESS, "--name", "endless", "--watch"], terminal);
    while (!terminal.beside.some((line) => line.startsWith("epoch 1 "))) await new Promise((r) => setTimeout(r, 50));
    terminal.interrupt();
    expect(await watching).toBe(130);
    expect(terminal.beside.at(-1)).toBe(
      "endless goes on without this terminal. Come back with: npx maillard watch endless",
    );
    expect(await status("endless")).toBe("RUNNING");

    const watcher = maillard(url, ["watch", "endless"]);
    const cancelled = await maillard(url, ["cancel", "endless"]);
    expect(cancelled).toMatchObject({ exitCode: 0, out: expect.stringMatching(/^endless/) });
    const { exitCode, out } = await watcher;
    expect(exitCode).toBe(1);
    expect(out).toContain("endless  CANCELLED");
    // One that had ended is said to have.
    const again = await maillard(url, ["cancel", "endless"]);
    expect([again.exitCode, again.out, again.err]).toEqual([0, "", expect.stringContaining("CANCELLED")]);
    const late = await maillard(url, ["cancel", "alkyls"]);
    expect([late.exitCode, late.out]).toEqual([1, ""]);
    expect(late.err).toBe("alkyls had ended before: SUCCEEDED. Nothing was cancelled.");
  });

  it("runs are listed by kind, dataset, base model, target, a part of the name, and time", async () => {
    const named = async (...args: string[]): Promise<string[]> => {
      const { exitCode, out } = await maillard(url, ["runs", "--json", ...args]);
      return exitCode === 0 ? (JSON.parse(out) as { name: string }[]).map(({ name }) => name) : ["failed"];
    };
    expect(await named("--kind", "PROBE")).toEqual(["bits"]);
    expect(await named("--dataset", "foods")).toEqual(["bits", "nothing", "first"]);
    expect(await named("--text", "ALK")).toEqual(["alkyls"]);
    expect(await named("--target", "kind", "--kind", "FINETUNE", "--since", "1d")).toEqual(["nothing", "first"]);
    expect(await named("--base", "classifier")).toEqual([]);
    expect(await named("--since", "2999-01-01")).toEqual([]);
    expect((await maillard(url, ["runs", "--dataset", "none"])).err).toMatch(/^NOT_FOUND /);
    const { out } = await maillard(url, ["runs", "--dataset", "foods"]);
    expect(out).toMatch(/^first .* accuracy \d\.\d{3} +\d\.\d{3} +\d+ /m);
  });

  it("a run that fails ends the watch with 1, its code and its message", async () => {
    const { store } = service;
    const folder = store.artifacts.path("models/broken");
    await cp(join(FIXTURES, "tiny-bert"), folder, { recursive: true });
    await registerModel(store, { name: "broken", folder, artifact: "models/broken" });
    await rm(join(folder, "model.safetensors"));
    const { exitCode, out } = await maillard(url, [...FINETUNE, "--name", "lost", "--base", "broken", "--watch"]);
    expect(exitCode).toBe(1);
    expect(out).toMatch(/^lost {2}FAILED/m);
    expect(out).toMatch(/^CHECKPOINT_INVALID {2}\S.*/m);
  });

  it.each([
    [["--dataset", "nothing"], 1, /^NOT_FOUND .*sample/m],
    [["--column", "fold", "--split", "random"], 1, /^USAGE .*--column fold is for --split COLUMN/m],
    [["--fractions", "0.5,0.1,0.1"], 1, /add up to 1/],
    [["--learning-rate", "0"], 1, /Give a number above 0 and at most 1/],
    [["--split", "alphabetical"], 1, /Give one of SCAFFOLD, RANDOM, STRATIFIED, COLUMN/],
  ])("refuses %j", async (more, code, text) => {
    const { exitCode, err } = await maillard(url, ["finetune", "--target", "superclass", ...more]);
    expect(exitCode).toBe(code);
    expect(err).toMatch(text);
  });

  it("ends with 2 when no server answers", async () => {
    const nowhere = "http://127.0.0.1:9/graphql";
    for (const args of [["finetune", "--target", "superclass"], ["runs"], ["predict", "CCO"], ["watch", "alkyls"]]) {
      const { exitCode, err } = await maillard(nowhere, args);
      expect({ args, exitCode }).toEqual({ args, exitCode: 2 });
      expect(err).toContain(`No server answers at ${nowhere}; start it with: npm start`);
    }
  });
});
