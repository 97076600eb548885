/** A sweep with real training: started and shown on the command line, and as the API has it. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { searchOf } from "../../../src/cli/flags/runs/search-flags.js";
import { countStatements } from "../../../src/store/pool.js";
import { alkyls, importLibrary, startTestService, type TestService } from "../../support/api.js";
import { maillard } from "../../support/command-line.js";

let service: TestService;
let url: string;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "maillard-sweep-"));
  service = await startTestService();
  url = `${service.url}/graphql`;
  await importLibrary(service, "sample", alkyls(12));
});
afterAll(async () => {
  await service?.close();
  await rm(folder, { recursive: true, force: true });
});

const COMMON = ["--target", "superclass", "--split", "stratified", "--fractions", "0.6,0.2,0.2", "--epochs", "3"];
const SWEEP = `query ($id: ID!) { runGroup(id: $id) { kind status scores { name }
  input { seeds folds finetune { name } }
  sweep { method metric greaterIsBetter seed factor rungs sizes done figure cost { steps fullSteps share seconds }
    trials { index options { option value } epochs score best run { name status model { name } } }
    best { index score run { evaluation(split: VALIDATION) { macroF1 } } } } } }`;

interface Trial {
  index: number;
  options: { option: string; value: unknown }[];
  epochs: number;
  score: number | null;
  best: boolean;
  run: { name: string; status: string; model: { name: string } | null };
}
interface Answer {
  runGroup: {
    kind: string;
    status: string;
    scores: unknown[];
    input: { seeds: null; folds: null; finetune: { name: string } };
    sweep: {
      metric: string;
      rungs: number[];
      sizes: number[];
      done: boolean;
      figure: string;
      cost: { steps: number; fullSteps: number; share: number; seconds: number };
      trials: Trial[];
      best: { index: number; score: number; run: { evaluation: { macroF1: number } } };
    };
  };
}

describe("maillard sweep", () => {
  it("stops trials early, marks the best, and shows its table and figure", async () => {
    const search = ["--search", "learning-rate=1e-9,5e-3", "--search", "dropout=0..0.2:2"];
    const args = ["sweep", ...COMMON, ...search, "--name", "searched", "--batch-size", "9", "--watch"];
    const { exitCode, out, err } = await maillard(url, args);
    expect({ exitCode, err: /FAILED/.test(err) }, `${out}\n${err}`).toEqual({ exitCode: 0, err: false });
    expect(out).toContain("searched  SUCCEEDED  HALVING, 4 trials: 4 to epoch 1, 1 to epoch 3");

    const { runGroups } = await service.data<{ runGroups: { edges: { node: { id: string } }[] } }>(
      "{ runGroups(first: 1) { edges { node { id } } } }",
    );
    const { id } = runGroups.edges[0].node;
    const { runGroup } = await service.data<Answer>(SWEEP, { id });
    expect(runGroup).toMatchObject({
      kind: "SWEEP",
      status: "SUCCEEDED",
      scores: [],
      input: { seeds: null, folds: null },
    });
    const { sweep } = runGroup;
    expect(sweep).toMatchObject({ metric: "macroF1", rungs: [1, 3], sizes: [4, 1], done: true });
    expect(sweep.trials.map(({ options }) => options.map(({ value }) => value))).toEqual([
      [1e-9, 0],
      [1e-9, 0.2],
      [5e-3, 0],
      [5e-3, 0.2],
    ]);
    // Four trials for an epoch and one for two more: 6 of 12 epochs, in steps of 3.
    expect(sweep.trials.map(({ epochs }) => epochs).sort()).toEqual([1, 1, 1, 3]);
    expect(sweep.cost).toMatchObject({ steps: 6 * 3, fullSteps: 12 * 3, share: 0.5 });
    expect(sweep.cost.seconds).toBeGreaterThan(0);
    // The one that went on was the best after the first epoch; it alone has a model.
    const { best } = sweep;
    const after = await service.store.prisma.metric.findMany({
      where: { split: "VALIDATION", name: "macroF1", epoch: 1, run: { group: { name: "searched" } } },
      orderBy: { run: { groupIndex: "asc" } },
    });
    const values = after.map(({ value }) => value);
    expect(best.index).toBe(values.indexOf(Math.max(...values)));
    expect(best.score).toBe(best.run.evaluation.macroF1);
    expect(sweep.trials.filter(({ run }) => run.model !== null).map(({ index }) => index)).toEqual([best.index]);
    expect(sweep.trials.filter((trial) => trial.best).map(({ index }) => index)).toEqual([best.index]);
    expect(sweep.trials.map(({ run }) => run.status).sort()).toEqual([
      "CANCELLED",
      "CANCELLED",
      "CANCELLED",
      "SUCCEEDED",
    ]);

    const file = join(folder, "figure.svg");
    const shown = await maillard(url, ["sweep", "show", "searched", "--out", file]);
    expect(shown.exitCode, shown.err).toBe(0);
    const [line] = shown.out.split("\n").filter((text) => text.startsWith("best"));
    expect(line).toMatch(new RegExp(`^best +${best.index + 1} .* 3 +${best.score.toFixed(3)} +SUCCEEDED$`));
    expect(shown.out).toContain("18 steps, 50.0 % of 36 if all ran to their end");
    expect(shown.out).toMatch(/^searched-\d, on the \d+ molecules of the test split/m);
    const svg = await readFile(file, "utf8");
    expect(svg).toBe(sweep.figure);
    for (const text of ["learningRate", "dropout", "macro-F1"]) expect(svg).toContain(`>${text}<`);
  });

  it("costs the same number of statements for one sweep and for several", async () => {
    const LIST = `query ($first: Int!) { runGroups(first: $first) { edges { node {
      status sweep { done metric cost { share } trials { score options { value } run { name } } } } } } }`;
    const counted = async (first: number): Promise<number> =>
      (await countStatements(service.store, () => service.data(LIST, { first }))).statements;
    const input = (name: string) => ({
      finetune: { name, baseModel: "base", dataset: "sample", target: "superclass", epochs: 3 },
      search: [{ option: "dropout", values: [0, 0.1, 0.2] }],
    });
    for (const name of ["one", "two", "three"]) {
      const { startSweep } = await service.data<{ startSweep: { group: { id: string } } }>(
        "mutation ($input: StartSweepInput!) { startSweep(input: $input) { group { id status } } }",
        { input: input(name) },
      );
      await service.data("mutation ($id: ID!) { cancelRunGroup(id: $id) { group { id } } }", {
        id: startSweep.group.id,
      });
    }
    await service.application.runs.close();
    expect(await counted(4)).toBe(await counted(1));
  });

  it("names the trial and the option that is refused", async () => {
    const wrong = ["sweep", ...COMMON, "--name", "wrong", "--method", "grid", "--search"];
    const { exitCode, err } = await maillard(url, [...wrong, "frozenLayers=0,99"]);
    expect({ exitCode, said: /^INVALID_CONFIG .*Trial 2 \(frozenLayers 99\)/m.test(err) }, err).toEqual({
      exitCode: 1,
      said: true,
    });
    expect((await maillard(url, [...wrong, "speed=1,2"])).exitCode).toBe(1);
  });
});

describe("--search", () => {
  it.each([
    ["batchSize=8,16", { option: "batchSize", values: [8, 16] }],
    ["--lr-scheduler-type=cosine,linear", { option: "lrSchedulerType", values: ["COSINE", "LINEAR"] }],
    ["early-stopping-patience=none,2", { option: "earlyStoppingPatience", values: [null, 2] }],
    ["groupByLength=true,false", { option: "groupByLength", values: [true, false] }],
    ["dropout=0..0.3", { option: "dropout", from: 0, to: 0.3 }],
    ["dropout=0.1..0.3:3", { option: "dropout", from: 0.1, to: 0.3, count: 3 }],
    ["learningRate=1e-5..1e-3:log", { option: "learningRate", from: 1e-5, to: 1e-3, scale: "LOG" }],
    ["learningRate=1e-5..1e-3:log:4", { option: "learningRate", from: 1e-5, to: 1e-3, scale: "LOG", count: 4 }],
  ])("%s", (text, expected) => {
    expect(searchOf(text)).toEqual([expected]);
  });

  it.each(["batchSize", "batchSize=", "speed=1", "batchSize=0", "dropout=a..b", "dropout=..1", "lora=8"])(
    "refuses %s",
    (text) => {
      expect(() => searchOf(text)).toThrow();
    },
  );
});
