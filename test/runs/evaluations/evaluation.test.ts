/**
 * Evaluations through the API with a pool that answers by the length of a molecule: what is left out, what was trained
 * on, interruptions, refusals, comparisons and the command.
 */
import { readdir } from "node:fs/promises";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import type { InferenceRequest } from "../../../src/compute/types.js";
import { MaillardError } from "../../../src/errors.js";
import { stopped } from "../../../src/process/refusals.js";
import { bytesOfOutputs, MOST_OUTPUT_BYTES } from "../../../src/runs/evaluations/output-bytes.js";
import { ArtifactStore } from "../../../src/store/artifacts.js";
import { alkyls, startTestService, type TestService } from "../../support/api.js";
import { maillard } from "../../support/command-line.js";
import { FakeCompute } from "../../support/fake-compute.js";
import { ended } from "../../support/run-fixtures.js";

const said = vi.hoisted(() => ({ bytes: null as number | null }));
vi.mock("../../../src/runs/evaluations/output-bytes.js", async (original) => {
  const real = await original<typeof import("../../../src/runs/evaluations/output-bytes.js")>();
  const bytesOfOutputs: typeof real.bytesOfOutputs = (...given) => said.bytes ?? real.bytesOfOutputs(...given);
  return { ...real, bytesOfOutputs };
});

/** Of alcohol, ester, other: by the number of tokens. */
class ByLength extends FakeCompute {
  override async infer({ tokenIds }: InferenceRequest): Promise<Float32Array[]> {
    return tokenIds.map(({ length }) => Float32Array.of(length / 8, (length * 3) % 5, 0.5));
  }
}

const START = "mutation ($input: StartEvaluationInput!) { startEvaluation(input: $input) { run { id } } }";
const RUN = `query ($id: ID!) { run(id: $id) {
  name status task targets splitSizes { split count } warnings { code } baseModel { name }
  input { ... on EvaluationSettings { model dataset targets averageOver part { column split } } }
  evaluation { count accuracy newMolecules { count scores { name value } } newScaffolds { count }
    molecules(first: 1000) { scores truth compound { smiles } } } } }`;
const FIRST = alkyls(12);
/** The first 36 molecules are those of "first", of which the model "trained" was made. */
const LATER = alkyls(15);

let service: TestService;
const rawId = (id: string): string => Buffer.from(id, "base64url").toString().split(":")[1];
async function start(input: object): Promise<string> {
  const { startEvaluation } = await service.data<{ startEvaluation: { run: { id: string } } }>(START, { input });
  return startEvaluation.run.id;
}
async function evaluate(input: object): Promise<Run> {
  const id = await start(input);
  const { warnings } = await ended(service.application.runs, rawId(id));
  const { run } = await service.data<{ run: Run }>(RUN, { id });
  expect(run.warnings).toEqual((warnings as unknown as Run["warnings"]).map(({ code }) => ({ code })));
  return { ...run, warnings: warnings as unknown as Run["warnings"] };
}
const detailsOf = ({ warnings }: Run) => new Map(warnings.map(({ code, details }) => [code, details]));

beforeAll(async () => {
  service = await startTestService({ compute: new ByLength() });
  const set = (name: string, value: string | number) => ({ set: name, value: String(value) });
  const importRows = (name: string, rows: object[]) =>
    service.data("mutation ($input: ImportDatasetInput!) { importDataset(input: $input) { dataset { id } } }", {
      input: {
        name,
        rows,
        labelKinds: [
          { set: "carbons", kind: "NUMBER" },
          { set: "taste", kind: "MULTI_LABEL" },
        ],
      },
    });
  const rowsOf = (rows: typeof LATER) =>
    rows.map(({ smiles, labels = {} }, n) => ({
      line: n + 1,
      smiles,
      labels: [
        set("superclass", labels.superclass),
        set("kind", `${labels.superclass} of another file`),
        set("fold", n < 30 ? "train" : "test"),
        set("carbons", n),
        set("taste", ["sweet", "sour"][n % 2]),
      ],
    }));
  await importRows("first", rowsOf(FIRST));
  await importRows("later", rowsOf(LATER));
  const finetune = { name: "trained", baseModel: "base", dataset: "first", target: "superclass", recipe: "PUBLISHED" };
  const { startFinetune } = await service.data<{ startFinetune: { run: { id: string } } }>(
    "mutation ($input: StartFinetuneInput!) { startFinetune(input: $input) { run { id } } }",
    { input: { ...finetune, baseModel: "classifier", epochs: 1, split: { strategy: "RANDOM" } } },
  );
  expect((await ended(service.application.runs, rawId(startFinetune.run.id))).errorMessage).toBeNull();
  await service.data("mutation ($input: CreateEnsembleInput!) { createEnsemble(input: $input) { model { name } } }", {
    input: { name: "both", models: ["trained", "classifier"] },
  });
});
afterAll(() => service?.close());
afterEach(() => void vi.restoreAllMocks());

/** SMILES of a split of the finetune, alcohols and esters alone: its model knows no amine. */
async function splitOf(split: "TRAIN" | "VALIDATION"): Promise<Set<string>> {
  const rows = await service.store.prisma.runAssignment.findMany({
    where: { split, label: { in: ["alcohol", "ester"] }, run: { kind: "FINETUNE" } },
    select: { member: { select: { smiles: true } } },
  });
  return new Set(rows.map(({ member }) => member.smiles));
}

describe("an evaluation", () => {
  it("leaves out classes that the model does not know, and says what it was trained on", async () => {
    const run = await evaluate({ model: "trained", dataset: "later" });
    expect(run).toMatchObject({
      ...{ name: "later-evaluated-by-trained", status: "SUCCEEDED", task: "SINGLE_LABEL", targets: ["superclass"] },
      splitSizes: [{ split: "TEST", count: 30 }],
      input: { model: "trained", dataset: "later", targets: ["superclass"], averageOver: 1, part: null },
    });
    const [train, validation] = [await splitOf("TRAIN"), await splitOf("VALIDATION")];
    const details = detailsOf(run);
    expect(details.get("UNKNOWN_CLASSES")).toEqual({ classes: { amine: 15 } });
    expect(details.get("CLASS_MISSING")).toEqual({ split: "TEST", classes: ["other"] });
    expect(details.get("TRAINED_ON")).toEqual({ count: train.size, validation: validation.size, molecules: 30 });
    // The base of the finetune was added from files: nothing says what it was trained on.
    expect(details.get("TRAINING_UNKNOWN")).toEqual({ models: ["classifier"] });
    const { molecules, newMolecules, accuracy, count, newScaffolds } = run.evaluation;
    const rights = (of: Molecule[]): number =>
      of.filter(({ scores, truth }) => truth[scores.indexOf(Math.max(...scores))] === 1).length;
    expect(molecules).toHaveLength(count);
    expect(accuracy).toBeCloseTo(rights(molecules) / 30, 12);
    const fresh = molecules.filter(({ compound }) => !train.has(compound.smiles));
    expect(newMolecules?.count).toBe(30 - train.size);
    expect(newMolecules?.scores.find(({ name }) => name === "accuracy")?.value).toBeCloseTo(
      rights(fresh) / fresh.length,
      12,
    );
    expect(newScaffolds).toBeNull();
  });

  it("of an ensemble knows what each member was trained on", async () => {
    const run = await evaluate({ model: "both", dataset: "later" });
    expect(detailsOf(run).get("TRAINED_ON")).toMatchObject({ count: (await splitOf("TRAIN")).size });
    expect(detailsOf(run).get("TRAINING_UNKNOWN")).toEqual({ models: ["classifier"] });
  });

  it("scores one part alone, and several ways of writing each molecule", async () => {
    const run = await evaluate({ model: "trained", dataset: "later", part: { column: "fold" }, averageOver: 2 });
    expect(run.evaluation.count).toBe(10);
    expect(run.input).toMatchObject({ averageOver: 2, part: { column: "fold", split: "TEST" } });
    expect(detailsOf(run).has("TRAINED_ON")).toBe(true);
  });

  it("goes on after its last part when it is interrupted, with the same answers", async () => {
    const whole = await evaluate({ model: "trained", dataset: "later" });
    // Two members for each part of 2,048 positions.
    const { id: datasetId } = await service.store.prisma.dataset.findFirstOrThrow({ where: { name: "later" } });
    const move = (sql: string) =>
      service.store.pool.query(`UPDATE "DatasetCompound" SET position = ${sql} WHERE "datasetId" = $1`, [datasetId]);
    await move("-1 - position * 1024");
    await move("-1 - position");
    const { compute } = service.application;
    const infer = compute.infer.bind(compute);
    let calls = 0;
    vi.spyOn(compute, "infer").mockImplementation(async (request) => {
      calls += 1;
      if (calls === 4) throw stopped("The compute pool is closing.", "SHUTDOWN");
      return infer(request);
    });
    const id = await start({ model: "trained", dataset: "later" });
    const row = await ended(service.application.runs, rawId(id));
    // 45 positions make 23 parts, of which one was begun twice; parts of amines alone ask nothing.
    expect([row.status, row.attempt, calls]).toEqual(["SUCCEEDED", 2, 22 + 1]);
    const { run } = await service.data<{ run: Run }>(RUN, { id });
    expect(run.evaluation.molecules).toEqual(whole.evaluation.molecules);
    expect(await readdir(service.store.artifacts.path(`runs/${rawId(id)}`)).catch(() => [])).toEqual([]);
    // 30 molecules of three classes in float32: what the database holds of it counts for the key.
    expect(Number(row.outputBytes)).toBe(30 * 3 * 4);
    await move("-1 - position / 1024");
    await move("-1 - position");
  });

  it("scores the others where a molecule has no answer, and says so", async () => {
    const { compute } = service.application;
    const infer = compute.infer.bind(compute);
    vi.spyOn(compute, "infer").mockImplementation(async (request) => {
      if (request.tokenIds.some(({ length }) => length === 17))
        throw new MaillardError("COMPUTE_CRASHED", "The process did not survive this item, twice.");
      return infer(request);
    });
    const run = await evaluate({ model: "trained", dataset: "later" });
    const lost = detailsOf(run).get("UNANSWERED") as { count: number };
    expect(lost).toEqual({ count: lost.count, molecules: 30, errors: { COMPUTE_CRASHED: lost.count } });
    expect(lost.count).toBeGreaterThan(0);
    expect([run.status, run.evaluation.count]).toEqual(["SUCCEEDED", 30 - lost.count]);
    expect(run.splitSizes).toEqual([{ split: "TEST", count: 30 - lost.count }]);
    expect(run.evaluation.molecules).toHaveLength(30 - lost.count);
  });

  it("that is cancelled at its end and retried anew asks for all molecules again", async () => {
    const { compute } = service.application;
    const infer = compute.infer.bind(compute);
    const asked = vi.spyOn(compute, "infer").mockImplementation(async (request) => {
      // Without a word to its worker: it finds the request when it has succeeded.
      await service.store.pool.query(`UPDATE "Run" SET "cancelRequestedAt" = now() WHERE status = 'RUNNING'`);
      if (request.tokenIds.some(({ length }) => length === 17)) throw new MaillardError("COMPUTE_CRASHED", "Twice.");
      return infer(request);
    });
    const id = await start({ model: "trained", dataset: "later" });
    expect((await ended(service.application.runs, rawId(id))).status).toBe("CANCELLED");
    asked.mockRestore();
    await service.application.runs.retry(rawId(id), { anew: true });
    const { status, warnings } = await ended(service.application.runs, rawId(id));
    const { run } = await service.data<{ run: Run }>(RUN, { id });
    expect([status, run.evaluation.count, run.splitSizes[0]]).toEqual(["SUCCEEDED", 30, { split: "TEST", count: 30 }]);
    expect((warnings as { code: string }[]).map(({ code }) => code)).not.toContain("UNANSWERED");
  });

  it("of which a file of answers is gone fails: it takes no molecule for one without an answer", async () => {
    const { artifacts } = service.store;
    const write = ArtifactStore.prototype.write;
    vi.spyOn(ArtifactStore.prototype, "write").mockImplementation(async function (this: ArtifactStore, ...file) {
      await write.apply(this, file);
      if (file[0].includes("/predictions/")) await artifacts.remove(file[0]);
    });
    const id = await start({ model: "trained", dataset: "later" });
    expect(await ended(service.application.runs, rawId(id))).toMatchObject({
      status: "FAILED",
      errorCode: "NOT_FOUND",
    });
  });

  it.each([
    ["no such model", { model: "none" }, "NOT_FOUND", "model"],
    ["no such dataset", { dataset: "none" }, "NOT_FOUND", "dataset"],
    ["a model without a head", { model: "base" }, "MODEL_HAS_NO_HEAD", "model"],
    ["no such label set", { target: "none" }, "UNKNOWN_TARGET", "target"],
    ["numbers for classes", { target: "carbons" }, "TASK_MISMATCH", "target"],
    ["labels for classes", { target: "taste" }, "TASK_MISMATCH", "target"],
    ["several sets for one class", { targets: ["superclass", "kind"] }, "INVALID_CONFIG", "targets"],
    ["classes that the model does not know", { target: "kind" }, "LABEL_MISMATCH", "target"],
    ["a part without molecules", { part: { column: "fold", split: "VALIDATION" } }, "EMPTY_DATASET", "part"],
    ["a column that names no splits", { part: { column: "superclass" } }, "INVALID_CONFIG", "part.column"],
    ["too many ways of writing", { averageOver: 33 }, "BAD_INPUT", "averageOver"],
  ])("is refused with %s", async (_, changes, code, param) => {
    const refusal = await service.refusal(START, { input: { model: "trained", dataset: "later", ...changes } });
    expect(refusal).toMatchObject({ code, param });
  });

  it("of more outputs than are scored at once is refused before there is a run", async () => {
    const count = await service.store.prisma.run.count();
    said.bytes = MOST_OUTPUT_BYTES + 1;
    const refusal = await service.refusal(START, { input: { model: "trained", dataset: "later" } });
    said.bytes = null;
    const details = { limit: 128 * 1_048_576, molecules: 30, labels: 3 };
    expect(refusal).toMatchObject({ code: "TOO_MANY_ITEMS", param: "dataset", details });
    expect(await service.store.prisma.run.count()).toBe(count);
    const head = { task: "SINGLE_LABEL" as const, labels: ["a", "b"] };
    const plain = { composition: null };
    expect([bytesOfOutputs(plain, { head }, 10), bytesOfOutputs(plain, { head, averageOver: 2 }, 10)]).toEqual([
      80, 160,
    ]);
    expect(bytesOfOutputs(plain, { head: { ...head, task: "REGRESSION" } }, 10)).toBe(160);
  });

  it("is one run for one key, and a CONFLICT for another order", async () => {
    const input = { model: "trained", dataset: "later", idempotencyKey: "once" };
    const id = await start(input);
    expect(await start(input)).toBe(id);
    expect(await service.refusal(START, { input: { ...input, model: "both" } })).toMatchObject({ code: "CONFLICT" });
    await ended(service.application.runs, rawId(id));
  });
});

describe("scores of evaluations", () => {
  it("are compared with those of another model", async () => {
    const ids: string[] = [];
    for (const model of ["trained", "both"]) {
      ids.push(await start({ model, dataset: "later" }));
      await ended(service.application.runs, rawId(ids.at(-1) as string));
    }
    const COMPARE = `query ($a: ID!, $b: ID!) { compareRuns(a: $a, b: $b, split: TEST) {
      leaky count onlyA onlyB scores { name difference } } }`;
    const { compareRuns } = await service.data<{ compareRuns: object }>(COMPARE, { a: ids[0], b: ids[1] });
    // Both members answer the same, so that their mean does, too.
    expect(compareRuns).toMatchObject({ leaky: false, count: 30, onlyA: 0, onlyB: 0 });
    expect(
      (compareRuns as { scores: { difference: number }[] }).scores.every((one) => Math.abs(one.difference) < 1e-9),
    ).toBe(true);
  });

  it("are what maillard evaluate shows, and maillard report", async () => {
    const { exitCode, out } = await maillard(service.url, ["evaluate", "trained", "-d", "later", "-t", "superclass"]);
    expect(exitCode).toBe(0);
    expect(out).toContain("30 molecules");
    expect(out).toMatch(/TRAINED_ON {2}trained/);
    expect(out).toMatch(/the \d+ that it was not trained on/);
    const report = await maillard(service.url, ["report", "later-evaluated-by-trained"]);
    expect([report.exitCode, report.out]).toEqual([0, expect.stringMatching(/\d+ not trained on +majority class/)]);
    const json = await maillard(service.url, ["evaluate", "both", "-d", "later", "--column", "fold", "--json"]);
    expect(JSON.parse(json.out)).toMatchObject({ kind: "EVALUATION", evaluation: { count: 10, splitStrategy: null } });
    const missing = await maillard(service.url, ["evaluate", "trained", "-d", "later", "-t", "carbons"]);
    expect([missing.exitCode, missing.err]).toEqual([1, expect.stringContaining("TASK_MISMATCH")]);
  });
});

it("of a model whose training run was deleted meanwhile says so, and has no new molecules", async () => {
  const { compute, runs } = service.application;
  const { prisma } = service.store;
  const infer = compute.infer.bind(compute);
  vi.spyOn(compute, "infer").mockImplementation(async (request) => {
    await prisma.run.deleteMany({ where: { kind: "FINETUNE" } });
    return infer(request);
  });
  const id = await start({ model: "trained", dataset: "later" });
  await ended(runs, rawId(id));
  const { run } = await service.data<{ run: Run }>(RUN, { id });
  expect([run.status, run.evaluation.count, run.evaluation.newMolecules]).toEqual(["SUCCEEDED", 30, null]);
  const { warnings } = await prisma.run.findUniqueOrThrow({ where: { id: rawId(id) } });
  expect(warnings).toContainEqual(
    expect.objectContaining({ code: "TRAINING_UNKNOWN", details: expect.objectContaining({ models: ["trained"] }) }),
  );
});

interface Molecule {
  scores: number[];
  truth: number[];
  compound: { smiles: string };
}
interface Run {
  status: string;
  input: object;
  splitSizes: object[];
  warnings: { code: string; details: unknown }[];
  evaluation: {
    count: number;
    accuracy: number;
    newMolecules: { count: number; scores: { name: string; value: number }[] } | null;
    newScaffolds: object | null;
    molecules: Molecule[];
  };
}
