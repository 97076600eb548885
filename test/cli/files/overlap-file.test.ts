/**
 * Files as they come: sorted by split, with molecules of several splits and label sets of one stem. From the file to
 * the order of a run, by the command line and the API.
 */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestService, type TestService } from "../../support/api.js";
import { maillard } from "../../support/command-line.js";
import { FakeCompute } from "../../support/fake-compute.js";

/** Chains with a chiral centre: the other form of the molecules 0 to 3 is in another split. */
const chain = (index: number, at: "@" | "@@"): string => `${"C".repeat(2 + index)}[C${at}H](N)O`;
const SPLIT = (row: number): string => (row < 40 ? "train" : row < 50 ? "dev" : "holdout");
const ROWS = Array.from({ length: 60 }, (_, row) => {
  // 58 and 59 are in training too, 57 in dev, 49 in training.
  const twin = new Map([
    [58, 0],
    [59, 1],
    [57, 40],
    [49, 2],
  ]).get(row);
  const smiles = chain(twin ?? row, twin === undefined ? "@" : "@@");
  return [smiles, `m${row}`, SPLIT(row), row % 2, (row + 1) % 2, row % 3 === 0 ? 1 : 0, row / 8].join(",");
});

let service: TestService;
let url: string;
let folder: string;
beforeAll(async () => {
  service = await startTestService({ compute: new FakeCompute() });
  url = `${service.url}/graphql`;
  folder = await mkdtemp(join(tmpdir(), "maillard-overlap-"));
  await writeFile(join(folder, "tox.csv"), `smiles,name,split,NR-AR,NR-AhR,SR-p53,logP\n${ROWS.join("\n")}\n`);
});
afterAll(async () => {
  await service?.close();
  await rm(folder, { recursive: true, force: true });
});

const run = (...args: string[]) => maillard(url, args);
const started = async (...args: string[]) => {
  const { exitCode, out, err } = await run(...args, "--json");
  expect(exitCode, err).toBe(0);
  const { id } = JSON.parse(out) as { id: string };
  const answer = await service.data<{ run: { inputJson: Record<string, unknown>; warnings: { code: string }[] } }>(
    "query ($id: ID!) { run(id: $id) { inputJson warnings { code } } }",
    { id },
  );
  return answer.run;
};
const PROBE = ["probe", "--dataset", "tox", "--features", "fingerprint", "--min-class-size", "1"];

it("the split column is found, and proposed", async () => {
  const { exitCode, err } = await run("import", join(folder, "tox.csv"), "--dataset", "tox", "--labels", "*");
  expect(exitCode).toBe(0);
  expect(err.trim().split("\n").at(-1)).toBe(
    "Try: npx maillard finetune --dataset tox --target NR-AR --column split --watch",
  );
});

describe("targets by pattern", () => {
  const targets = async (...args: string[]) => (await started(...PROBE, ...args)).inputJson.targets;

  it("are the label sets that match, in the order of the dataset, without the column of the split", async () => {
    expect(await targets("-t", "NR-*")).toEqual(["NR-AR", "NR-AhR"]);
    expect(await targets("-t", "SR-p53", "NR-A?", "*R-*")).toEqual(["SR-p53", "NR-AR", "NR-AhR"]);
    expect(await targets("-t", "log*")).toEqual(["logP"]);
    const column = ["--column", "split", "--on-overlap", "drop-from-train"];
    expect(await targets("-t", "?R-*", ...column)).toEqual(["NR-AR", "NR-AhR", "SR-p53"]);
  });

  it("are the same order as their names: one key, one run", async () => {
    const rest = {
      dataset: "tox",
      baseModel: "base",
      name: "keyed",
      features: "MORGAN_FINGERPRINT",
      idempotencyKey: "k",
    };
    const START = "mutation ($input: StartProbeInput!) { startProbe(input: $input) { run { id target targets } } }";
    const start = async (input: object) =>
      (await service.data<{ startProbe: { run: object } }>(START, { input: { ...rest, ...input } })).startProbe.run;
    const first = await start({ target: "NR-*" });
    expect(first).toMatchObject({ target: null, targets: ["NR-AR", "NR-AhR"] });
    expect(await start({ targets: ["NR-AR", "NR-AhR"] })).toEqual(first);
    const refusal = (input: object) =>
      service.refusal(START, { input: { ...rest, name: "other", idempotencyKey: null, ...input } });
    expect(await refusal({ targets: ["NR_*"] })).toMatchObject({
      code: "UNKNOWN_TARGET",
      param: "targets",
      details: { pattern: "NR_*", nearest: expect.arrayContaining(["NR-AR", "NR-AhR"]) },
    });
    // All of them: of several kinds, named.
    expect(await refusal({ target: "*" })).toMatchObject({ code: "INVALID_CONFIG", param: "targets" });
    expect(await refusal({ target: "NR-?" })).toMatchObject({ code: "UNKNOWN_TARGET", param: "target" });
  });
});

describe("molecules of several splits", () => {
  const FINETUNE = ["finetune", "--dataset", "tox", "-t", "NR-AR", "--min-class-size", "1", "--column", "split"];

  it("are refused with their number, and written to a file", async () => {
    const out = join(folder, "pairs.csv");
    const { exitCode, err } = await run(...FINETUNE, "--overlap-out", out);
    expect(exitCode).toBe(1);
    expect(err).toMatch(/SPLIT_OVERLAP.*4 molecules/);
    const lines = (await readFile(out, "utf8")).trim().split("\n");
    expect(lines[0]).toBe("molecule,position,name,smiles,split");
    expect(lines.slice(1).map((line) => line.split(",").filter((_, at) => [1, 2, 4].includes(at)))).toEqual([
      ["0", "m0", "TRAIN"],
      ["58", "m58", "TEST"],
      ["1", "m1", "TRAIN"],
      ["59", "m59", "TEST"],
      ["2", "m2", "TRAIN"],
      ["49", "m49", "VALIDATION"],
      ["40", "m40", "VALIDATION"],
      ["57", "m57", "TEST"],
    ]);
    expect((await run(...FINETUNE.slice(0, -2), "--overlap-out", out)).err).toContain("USAGE");
  });

  it("leave training, with a warning", async () => {
    const { inputJson, warnings } = await started(...FINETUNE, "--on-overlap", "drop-from-train");
    expect(inputJson.onOverlap).toBe("dropFromTrain");
    expect(warnings.map(({ code }) => code)).toContain("OVERLAP_DROPPED");
    const probe = await started(...PROBE, "-t", "logP", "--column", "split", "--on-overlap", "drop-from-train");
    expect(probe.warnings.map(({ code }) => code)).toContain("OVERLAP_DROPPED");
    const { exitCode, err } = await run(...PROBE, "-t", "logP", "--on-overlap", "drop-from-train");
    expect([exitCode, err]).toEqual([1, expect.stringContaining("INVALID_CONFIG")]);
  });

  it("are a field of the label set, page by page", async () => {
    const QUERY = `query ($targets: [String!], $first: Int!, $after: Int!) { dataset(name: "tox") {
      labelSet(name: "split") { splitOverlap(targets: $targets) { count rows
        molecules(first: $first, after: $after) { key members { position split } } } }
      none: labelSet(name: "logP") { splitOverlap { count rows } } nothing: labelSet(name: "x") { name } } }`;
    type Found = { splitOverlap: { count: number; rows: number; molecules: { members: { position: number }[] }[] } };
    const ask = async (variables: object) =>
      (await service.data<{ dataset: { labelSet: Found; none: Found; nothing: null } }>(QUERY, variables)).dataset;
    const { labelSet, none, nothing } = await ask({ first: 2, after: 1 });
    expect(labelSet.splitOverlap).toMatchObject({ count: 4, rows: 8 });
    expect(labelSet.splitOverlap.molecules.map(({ members }) => members.map(({ position }) => position))).toEqual([
      [1, 59],
      [2, 49],
    ]);
    expect(none.splitOverlap).toEqual({ count: 0, rows: 0 });
    expect(nothing).toBeNull();
    expect((await ask({ targets: ["NR-*", "logP"], first: 9, after: 0 })).labelSet.splitOverlap.count).toBe(4);
    expect(await service.refusal(QUERY, { first: 0, after: 0 })).toMatchObject({ code: "BAD_INPUT", param: "first" });
    expect(await service.refusal(QUERY, { first: 1, after: 0, targets: ["y*"] })).toMatchObject({
      code: "UNKNOWN_TARGET",
    });
  });
});
