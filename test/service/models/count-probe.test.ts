/** A probe on counts of environments, from the order to its answers: what fitProbe makes of RDKit's environments. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { countVector, packed } from "../../../src/chem/morgan/counts.js";
import type { Environments } from "../../../src/chem/morgan/environments.js";
import { PROBE_FILE, type Probe, probeScores } from "../../../src/model/probe.js";
import { COUNTS_STRENGTHS } from "../../../src/runs/orders/probe-order.js";
import type { SplitName } from "../../../src/scores/types.js";
import { fitProbe } from "../../../src/train/probe/probe.js";
import { alkyls, startTestService, type TestService } from "../../support/api.js";
import { ended } from "../../support/run-fixtures.js";

const PROBE = `mutation ($input: StartProbeInput!) { startProbe(input: $input) { run { id } } }`;
const RUN = `query ($id: ID!) {
  run(id: $id) { status error { code message }
    input { ... on ProbeSettings { features inverseRegularization } }
    test: evaluation(split: TEST) { count } } }`;
const PREDICT = `query ($smiles: [String!]!, $model: String!, $averageOver: Int! = 1) {
  predict(smiles: $smiles, model: $model, averageOver: $averageOver) {
    ... on Prediction { note labels { label score } } } }`;

/** 60 alkanols, formates and amines; all follows from the index. */
const SPLITS = ["TRAIN", "TRAIN", "VALIDATION", "TRAIN", "TEST"] as const satisfies SplitName[];
const ROWS = alkyls(20).map(({ smiles }, n) => ({
  smiles,
  split: SPLITS[(n + Math.floor(n / 5)) % 5],
  oxygen: n % 3 === 2 ? 0 : 1,
  long: Math.floor(n / 3) >= 9 ? 1 : 0,
}));
const TARGETS = ["oxygen", "long"] as const;

let service: TestService;
beforeAll(async () => {
  service = await startTestService({ models: { base: "tiny-bert-masked" } });
  const rows = ROWS.map((row, index) => ({
    line: index + 1,
    smiles: row.smiles,
    labels: [
      ...TARGETS.map((set) => ({ set, value: String(row[set]) })),
      { set: "fold", value: row.split.toLowerCase() },
      { set: "tested", value: row.split === "VALIDATION" ? "test" : row.split.toLowerCase() },
    ],
  }));
  await service.data("mutation ($input: ImportDatasetInput!) { importDataset(input: $input) { dataset { id } } }", {
    input: { name: "alkyls", rows },
  });
});
afterAll(() => service?.close());

interface Found {
  status: string;
  input: { features: string; inverseRegularization: number[] };
  test: { count: number };
}
async function startProbe(name: string, rest: object): Promise<Found> {
  const input = { name, baseModel: "base", dataset: "alkyls", targets: TARGETS, features: "MORGAN_COUNTS", ...rest };
  const { startProbe: answer } = await service.data<{ startProbe: { run: { id: string } } }>(PROBE, { input });
  const { id } = answer.run;
  await ended(service.application.runs, Buffer.from(id, "base64url").toString().split(":")[1]);
  const { run } = await service.data<{ run: Found }>(RUN, { id });
  expect(run).toMatchObject({ status: "SUCCEEDED", error: null });
  return run;
}
const column = (name: string) => ({ split: { strategy: "COLUMN", column: name } });
interface Answer {
  note: string | null;
  labels: { label: string; score: number }[];
}
const predict = async (model: string, smiles: readonly string[], averageOver = 1): Promise<Answer[]> =>
  (await service.data<{ predict: Answer[] }>(PREDICT, { smiles, model, averageOver })).predict;
const modelOf = (name: string) => service.store.prisma.model.findFirstOrThrow({ where: { name } });
const savedProbe = async (name: string): Promise<Probe> => {
  const { artifact } = await modelOf(name);
  return JSON.parse(await readFile(join(service.store.artifacts.path(artifact), PROBE_FILE), "utf8"));
};
const scoresIn = ({ labels }: Answer): number[] =>
  TARGETS.map((name) => labels.find(({ label }) => label === name)!.score);

async function fitted() {
  const made = await service.application.chemistry.environments(
    ROWS.map(({ smiles }) => smiles),
    2,
  );
  return fitProbe({
    task: "MULTI_LABEL",
    labels: [...TARGETS],
    vectors: packed(made as Environments[]),
    dimension: 0,
    environments: { radius: 2, leastMolecules: 2 },
    examples: ROWS.map((row) => ({
      label: 0,
      split: row.split,
      targets: Float32Array.from(TARGETS, (name) => row[name]),
    })),
    inverseRegularization: COUNTS_STRENGTHS,
    classWeights: "none",
  });
}

it("is what fitProbe makes of RDKit's environments; validation chooses among the default strengths", async () => {
  const run = await startProbe("counts", column("fold"));
  expect(run.input).toEqual({ features: "MORGAN_COUNTS", inverseRegularization: COUNTS_STRENGTHS });
  expect(run.test.count).toBe(ROWS.filter(({ split }) => split === "TEST").length);
  const { probe, inverseRegularization } = await fitted();
  expect(await savedProbe("counts")).toEqual(probe);
  const { ids } = probe.environments!;
  expect(await modelOf("counts")).toMatchObject({ family: "morgan", width: ids.length, baseModelId: null });
  expect((await modelOf("counts")).card).toContain(`C ${inverseRegularization}.`);
  // Another SMILES of the same molecule has the same environments.
  const [first, second] = await predict("counts", ["CCCCO", "OCCCC"]);
  expect(first).toEqual(second);
  const [own] = (await service.application.chemistry.environments(["CCCCO"], 2)) as Environments[];
  const expected = probeScores(probe, countVector(own, ids));
  scoresIn(first).forEach((score, place) => {
    expect(score).toBeCloseTo(expected[place], 6);
  });
  expect(await predict("counts", ["CCCCO"], 3)).toEqual([first]);
});

it("says of a molecule how many of its environments were not in the training data, above 35 %", async () => {
  const { ids } = (await savedProbe("counts")).environments!;
  const smiles = ["CCCCO", "c1ccc2ccccc2c1", "CCCCCCOCCCCCC", "CCCCCCBr", "OCCCCCC=O"];
  const made = (await service.application.chemistry.environments(smiles, 2)) as Environments[];
  const shares = made.map((own) => own.ids.filter((id) => !ids.includes(id)).length / own.ids.length);
  const notes = (await predict("counts", smiles)).map(({ note }) => note);
  expect(notes).toEqual(
    shares.map((share) =>
      share > 0.35 ? `${Math.round(100 * share)} % of its environments were not in the training data.` : null,
    ),
  );
  expect(notes.slice(0, 2)).toEqual([null, expect.stringContaining("100 %")]);
  expect(shares.some((share) => share > 0.1 && share <= 0.35)).toBe(true);
  expect(shares.some((share) => share > 0.35 && share < 1)).toBe(true);
});

it("without a validation part takes the first strength, and several that were given are refused", async () => {
  const split = column("tested");
  await startProbe("untuned", split);
  expect((await modelOf("untuned")).card).toContain(`C ${COUNTS_STRENGTHS[0]}.`);
  const input = { name: "no", baseModel: "base", dataset: "alkyls", targets: TARGETS, features: "MORGAN_COUNTS" };
  const refusal = await service.refusal(PROBE, { input: { ...input, ...split, inverseRegularization: [1, 2] } });
  expect(refusal).toMatchObject({ code: "INVALID_CONFIG", param: "inverseRegularization" });
});

it("is averaged with a probe on fingerprints", async () => {
  await startProbe("bits", { ...column("fold"), features: "MORGAN_FINGERPRINT", inverseRegularization: null });
  await service.data("mutation ($input: CreateEnsembleInput!) { createEnsemble(input: $input) { model { name } } }", {
    input: { name: "mixed", models: ["counts", "bits"] },
  });
  const [mixed, counts, bits] = (
    await Promise.all(["mixed", "counts", "bits"].map((name) => predict(name, ["CCCCN", "c1ccc2ccccc2c1"])))
  ).map(([answer]) => scoresIn(answer));
  expect(Math.abs(counts[0] - bits[0])).toBeGreaterThan(1e-3);
  mixed.forEach((score, place) => {
    expect(score).toBeCloseTo((counts[place] + bits[place]) / 2, 6);
  });
  const [, { note }] = await predict("mixed", ["CCCCN", "c1ccc2ccccc2c1"]);
  expect(note).toContain("100 % of its environments");
});
