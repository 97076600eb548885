/** A finetune through the API, with real training: the mutation, both subscriptions, the scores and the new model. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { alkyls, importLibrary, startTestService, type TestService } from "../support/api.js";
import { all, type Subscriber, subscriber } from "../support/sockets.js";

const START = `mutation ($input: StartFinetuneInput!) { startFinetune(input: $input) { run { id status } } }`;
const METRICS = `subscription ($runId: ID!, $after: Int!) {
  runMetrics(runId: $runId, after: $after) { sequence step epoch split name value at } }`;
const UPDATES = `subscription ($runId: ID!) {
  runUpdated(runId: $runId) {
    id status progress { step totalSteps epoch secondsLeft } error { code message } model { name } } }`;

interface Metric {
  sequence: number;
  step: number;
  epoch: number;
  split: string;
  name: string;
  value: number;
}
interface Update {
  id: string;
  status: string;
  progress: { step: number; totalSteps: number; epoch: number; secondsLeft: number | null };
  error: { code: string } | null;
  model: { name: string } | null;
}

let service: TestService;
let socket: Subscriber;
beforeAll(async () => {
  service = await startTestService();
  socket = subscriber(service.url);
  await importLibrary(service, "alkyls", alkyls(14));
});
afterAll(async () => {
  await socket.close();
  await service.close();
});

const input = (name: string, rest: object = {}) => ({
  name,
  baseModel: "base",
  dataset: "alkyls",
  target: "superclass",
  recipe: "PUBLISHED",
  epochs: 15,
  batchSize: 8,
  dropout: 0,
  learningRate: 7e-3,
  split: { strategy: "STRATIFIED", fractions: [0.6, 0.2, 0.2] },
  ...rest,
});
const start = async (name: string, rest: object = {}): Promise<string> =>
  (await service.data<{ startFinetune: { run: { id: string } } }>(START, { input: input(name, rest) })).startFinetune
    .run.id;
const metrics = async (runId: string, after = 0): Promise<Metric[]> =>
  (await all(socket.events<{ runMetrics: Metric }>(METRICS, { runId, after }))).map(
    ({ data, errors }) => data?.runMetrics ?? expect.fail(JSON.stringify(errors)),
  );
const updates = async (runId: string): Promise<Update[]> =>
  (await all(socket.events<{ runUpdated: Update }>(UPDATES, { runId }))).map(({ data }) => data?.runUpdated as Update);

describe("a finetune", () => {
  let runId: string;
  let live: Metric[];
  let seen: Update[];
  beforeAll(async () => {
    runId = await start("my-superclass");
    [live, seen] = await Promise.all([metrics(runId), updates(runId)]);
  });

  it("streams every metric once, in order, then completes", () => {
    expect(live.length).toBeGreaterThan(20);
    expect(live.map(({ sequence }) => sequence)).toEqual(live.map((_, index) => index + 1));
    const kinds = new Set(live.map(({ split, name }) => `${split} ${name}`));
    for (const split of ["VALIDATION", "TEST"])
      for (const name of ["loss", "accuracy", "macroF1"]) expect(kinds).toContain(`${split} ${name}`);
    for (const name of ["loss", "learningRate", "gradientNorm"]) expect(kinds).toContain(`TRAIN ${name}`);
    expect(live.filter(({ split, name }) => split === "VALIDATION" && name === "loss")).toHaveLength(15);
  });

  it("streams the same to a late subscriber, and what follows a cursor to one that has it", async () => {
    expect(await metrics(runId)).toEqual(live);
    expect(await metrics(runId, 10)).toEqual(live.slice(10));
    expect(await metrics(runId, live.length)).toEqual([]);
    expect(await metrics(runId, 2_147_483_647)).toEqual([]);
  });

  it("goes from QUEUED or RUNNING to SUCCEEDED, and its progress never decreases", () => {
    const last = seen.at(-1) as Update;
    expect(last).toMatchObject({ id: runId, status: "SUCCEEDED", error: null, model: { name: "my-superclass" } });
    expect(last.progress).toMatchObject({ step: last.progress.totalSteps, epoch: 15, secondsLeft: null });
    const steps = seen.map(({ progress }) => progress.step);
    expect(steps).toEqual([...steps].sort((a, b) => a - b));
    const order = ["QUEUED", "RUNNING", "SUCCEEDED"];
    const places = seen.map(({ status }) => order.indexOf(status));
    expect(places).toEqual([...places].sort());
    expect(places).not.toContain(-1);
  });

  it("is scored on each split, beside the majority class", async () => {
    const { run } = await service.data<{ run: Record<string, never> }>(
      `query ($id: ID!) { run(id: $id) { target attempt splitSizes { split count } warnings { code }
         input { ... on FinetuneSettings { batchSize weightDecay seed split { strategy fractions } } }
         environment { threads }
         dataset { name } baseModel { name } model { name task labels target baseModel { name } producedBy { id } }
         validation: evaluation(split: VALIDATION) { split count }
         evaluation(split: TEST) { split splitStrategy count loss accuracy macroF1 labels confusionMatrix
           classes { label precision recall f1 support } baseline { label accuracy macroF1 } warnings { code } }
         metrics(split: TEST, name: "macroF1") { value } } }`,
      { id: runId },
    );
    const { evaluation, splitSizes, metrics: kept, ...rest } = run as unknown as { evaluation: Evaluation } & Run;
    expect(rest).toMatchObject({
      target: "superclass",
      attempt: 1,
      dataset: { name: "alkyls" },
      baseModel: { name: "base" },
      input: {
        batchSize: 8,
        weightDecay: 0.01,
        seed: 42,
        split: { strategy: "STRATIFIED", fractions: [0.6, 0.2, 0.2] },
      },
      environment: { threads: expect.any(Number) },
      model: {
        name: "my-superclass",
        task: "SINGLE_LABEL",
        target: "superclass",
        labels: ["alcohol", "amine", "ester"],
        baseModel: { name: "base" },
        producedBy: { id: runId },
      },
    });
    expect(splitSizes.reduce((sum, { count }) => sum + count, 0)).toBe(42);
    const { confusionMatrix: matrix, count } = evaluation;
    expect(evaluation).toMatchObject({
      split: "TEST",
      splitStrategy: "STRATIFIED",
      labels: ["alcohol", "amine", "ester"],
    });
    expect(splitSizes).toContainEqual({ split: "TEST", count });
    expect(matrix.flat().reduce((sum, value) => sum + value, 0)).toBe(count);
    expect(evaluation.accuracy).toBeCloseTo((matrix[0][0] + matrix[1][1] + matrix[2][2]) / count, 10);
    const mean = evaluation.classes.reduce((sum, { f1 }) => sum + f1, 0) / 3;
    expect(evaluation.macroF1).toBeCloseTo(mean, 10);
    expect(kept.map(({ value }) => value)).toEqual([evaluation.macroF1]);
    for (const [row, { support }] of evaluation.classes.entries())
      expect(matrix[row].reduce((sum, value) => sum + value, 0)).toBe(support);
    expect(evaluation.baseline.accuracy).toBeCloseTo(1 / 3, 10);
    expect(evaluation.accuracy).toBeGreaterThan(evaluation.baseline.accuracy);
  });

  it("makes a model that predicts, embeds and projects at once", async () => {
    const answer = await service.data<{
      predict: { label: string }[];
      embed: { dimension: number }[];
      projection: { points: { split: string }[] };
    }>(
      `query ($run: ID!, $smiles: [String!]!) {
        predict(smiles: $smiles, model: "my-superclass") { ... on Prediction { label } }
        embed(smiles: ["CCCCO"], model: "my-superclass") { ... on Embedding { dimension } }
        projection(model: "my-superclass", dataset: "alkyls", run: $run, split: [TEST]) { points { split } } }`,
      { run: runId, smiles: alkyls(14).map(({ smiles }) => smiles) },
    );
    const right = answer.predict.filter(({ label }, index) => label === alkyls(14)[index].labels?.superclass);
    expect(right.length).toBeGreaterThan(25);
    expect(answer.embed[0].dimension).toBe(32);
    expect(new Set(answer.projection.points.map(({ split }) => split))).toEqual(new Set(["TEST"]));
  });

  it("pages its metrics", async () => {
    const page = async (rest: string) =>
      (
        await service.data<{ run: { metrics: Metric[] } }>(
          `query ($id: ID!) { run(id: $id) { metrics(${rest}) { sequence step epoch split name value at } } }`,
          { id: runId },
        )
      ).run.metrics;
    expect(await page("after: 3, first: 4")).toEqual(live.slice(3, 7));
    expect(await page('split: VALIDATION, name: "accuracy"')).toEqual(
      live.filter(({ split, name }) => split === "VALIDATION" && name === "accuracy"),
    );
    expect(await page('name: "nothing"')).toEqual([]);
    for (const first of [0, 10_001])
      expect(
        await service.refusal(`query ($id: ID!) { run(id: $id) { metrics(first: ${first}) { step } } }`, { id: runId }),
      ).toMatchObject({ code: "BAD_INPUT", param: "first" });
  });
});

describe("an order", () => {
  it("with the same key is the same run; with another input it is CONFLICT", async () => {
    const idempotencyKey = "once";
    const answers = await Promise.all([1, 2, 3].map(() => start("once", { idempotencyKey, epochs: 1 })));
    expect(new Set(answers).size).toBe(1);
    const other = { input: input("once", { idempotencyKey, epochs: 2 }) };
    expect(await service.refusal(START, other)).toMatchObject({ code: "CONFLICT", param: "idempotencyKey" });
    await updates(answers[0]);
  });

  it("takes null as absent", async () => {
    const id = await start("nulls", { epochs: 1, dropout: null, maxLength: null, device: null, idempotencyKey: null });
    expect((await updates(id)).at(-1)?.status).toBe("SUCCEEDED");
  });

  it.each([
    [{ baseModel: "nobody" }, "NOT_FOUND", "baseModel"],
    [{ dataset: "nothing" }, "NOT_FOUND", "dataset"],
    [{ target: "colour" }, "UNKNOWN_TARGET", "target"],
    [{ minClassSize: 15 }, "TOO_FEW_CLASSES", "minClassSize"],
    [{ name: "base" }, "CONFLICT", "name"],
    [{ name: "a/b" }, "BAD_INPUT", "name"],
    [{ epochs: 0 }, "INVALID_CONFIG", "epochs"],
    [{ learningRate: 2 }, "INVALID_CONFIG", "learningRate"],
    [{ maxLength: 65 }, "INVALID_CONFIG", "maxLength"],
    [{ idempotencyKey: "a\0" }, "BAD_INPUT", "input.idempotencyKey"],
    [{ device: "cuda:3" }, "DEVICE_UNAVAILABLE", "device"],
    [{ split: { strategy: "RANDOM", fractions: [1, 1, 1] } }, "INVALID_CONFIG", "split.fractions"],
    [{ split: { strategy: "COLUMN", column: "colour" } }, "UNKNOWN_TARGET", "split.column"],
  ])("%j is refused as %s", async (rest, code, param) => {
    expect(await service.refusal(START, { input: input("refused", rest) })).toMatchObject({ code, param });
    expect(await service.store.prisma.run.count({ where: { name: "refused" } })).toBe(0);
    expect(service.problems).toEqual([]);
  });
});

describe("cancelRun", () => {
  const CANCEL = "mutation ($id: ID!) { cancelRun(id: $id) { run { status } } }";
  it("ends a running run within a step and a queued one at once; a second call changes nothing", async () => {
    const long = await start("long", { epochs: 1_000 });
    const queued = await start("queued");
    const stream = socket.events<{ runMetrics: Metric }>(METRICS, { runId: long, after: 0 });
    await stream.next();
    expect(await service.data(CANCEL, { id: queued })).toEqual({ cancelRun: { run: { status: "CANCELLED" } } });
    const { cancelRun } = await service.data<{ cancelRun: { run: { status: string } } }>(CANCEL, { id: long });
    expect(["RUNNING", "CANCELLED"]).toContain(cancelRun.run.status);
    await all(stream);
    expect((await updates(long)).map(({ status }) => status)).toEqual(["CANCELLED"]);
    expect(await service.data(CANCEL, { id: long })).toEqual({ cancelRun: { run: { status: "CANCELLED" } } });
    expect(await metrics(queued)).toEqual([]);
  });

  it("of an id that is not a run is refused", async () => {
    const id = Buffer.from("Run:nobody").toString("base64url");
    expect(await service.refusal(CANCEL, { id })).toMatchObject({ code: "NOT_FOUND" });
    const events = await all(socket.events(METRICS, { runId: id, after: 0 }));
    expect(events.map(({ errors }) => errors?.[0].extensions)).toMatchObject([{ code: "NOT_FOUND", param: "runId" }]);
  });
});

interface Evaluation {
  count: number;
  accuracy: number;
  macroF1: number;
  confusionMatrix: number[][];
  classes: { f1: number; support: number }[];
  baseline: { accuracy: number };
}
interface Run {
  splitSizes: { split: string; count: number }[];
  metrics: { value: number }[];
}
