/**
 * Runs are logged to MLflow while they go on: by a server of this process that keeps what it is sent, and by a real one
 * where MAILLARD_TEST_MLFLOW names the program `mlflow`.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { readTracking, type TrackingSettings } from "../../../src/service/tracking/settings.js";
import { Tracker } from "../../../src/service/tracking/tracker.js";
import { alkyls, importLibrary, startTestService, type TestService } from "../../support/api.js";
import { type FakeMlflow, startFakeMlflow } from "../../support/peers/mlflow.js";

let service: TestService;
let mlflow: FakeMlflow;
const lines: { level: string; message: string }[] = [];
const log = {
  info: (message: string) => void lines.push({ level: "info", message }),
  error: (message: string) => void lines.push({ level: "error", message }),
};
const trackers: Tracker[] = [];

beforeAll(async () => {
  service = await startTestService({ serve: true });
  await importLibrary(service, "sample", alkyls(20));
});
afterAll(() => service?.close());
beforeEach(async () => {
  lines.length = 0;
  mlflow = await startFakeMlflow();
});
afterEach(async () => {
  for (const tracker of trackers.splice(0)) await tracker.close();
  await service.store.prisma.trackedRun.updateMany({ data: { done: true } });
  await mlflow.close();
});

function track(settings: Partial<TrackingSettings> = {}): Tracker {
  const { store, reports } = service.application;
  const all = { uri: mlflow.uri, experiment: "maillard", authorization: "Bearer secret", ...settings };
  const tracker = new Tracker({ store, reports, log }, all, 20);
  trackers.push(tracker);
  return tracker;
}

async function finetune(name: string, rest = ""): Promise<string> {
  const { startFinetune } = await service.data<{ startFinetune: { run: { id: string } } }>(
    `mutation { startFinetune(input: { name: "${name}", baseModel: "base", dataset: "sample", target: "superclass",
       epochs: 2, dropout: 0, split: { strategy: STRATIFIED } ${rest} }) { run { id } } }`,
  );
  return Buffer.from(startFinetune.run.id, "base64url").toString().slice("Run:".length);
}

async function until(isTrue: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isTrue())) await new Promise((resolve) => setTimeout(resolve, 20));
}
const isDone = (runId: string) => async (): Promise<boolean> =>
  (await service.store.prisma.trackedRun.findUnique({ where: { runId } }))?.done ?? false;

/** "train/loss 1 0.69 …" of every metric in the database. */
async function metricsOf(runId: string): Promise<string[]> {
  const rows = await service.store.prisma.metric.findMany({ where: { runId } });
  return rows.map(
    ({ split, name, step, value, at }) => `${split.toLowerCase()}/${name} ${step} ${value} ${at.getTime()}`,
  );
}

describe("a run", () => {
  it("has its parameters, every metric, scores, figures and the model's files", async () => {
    track();
    const id = await finetune("logged");
    await until(isDone(id));
    const [run] = mlflow.runs;
    expect(mlflow.runs).toHaveLength(1);
    expect([run.name, run.status, run.tags.get("maillard.run")]).toEqual(["logged", "FINISHED", id]);
    expect(run.tags.get("maillard.dataset")).toBe("sample");
    expect([run.params.get("epochs"), run.params.get("split.strategy")]).toEqual(["2", "STRATIFIED"]);
    const metrics = await metricsOf(id);
    expect(metrics.length).toBeGreaterThan(5);
    expect([...run.metrics]).toEqual(expect.arrayContaining(metrics));
    expect([...run.metrics].filter((metric) => metric.startsWith("test/final/accuracy "))).toHaveLength(1);
    expect([...mlflow.keys]).toEqual(["Bearer secret"]);
    const names = [...mlflow.files.keys()].map((path) => path.replace("7/run0/artifacts/", ""));
    expect(names).toEqual(
      expect.arrayContaining([
        "figures/curves-train.svg",
        "figures/test-confusion-matrix.svg",
        "model/config.json",
        "model/model.safetensors",
      ]),
    );
    const row = await service.store.prisma.run.findUniqueOrThrow({ where: { id }, include: { model: true } });
    const folder = service.store.artifacts.path(row.model?.artifact as string);
    const sent = mlflow.files.get("7/run0/artifacts/model/model.safetensors");
    expect(sent?.equals(await readFile(join(folder, "model.safetensors")))).toBe(true);
    expect(lines).toEqual([]);
  });

  it("goes on while MLflow is away, and is logged whole when it is back; the outage is in the log once", async () => {
    mlflow.refuse = () => 503;
    track();
    const id = await finetune("away");
    await until(async () => (await service.store.prisma.run.findUnique({ where: { id } }))?.status === "SUCCEEDED");
    await until(() => lines.length > 0);
    mlflow.refuse = null;
    await until(isDone(id));
    await until(() => lines.length > 1);
    expect([...mlflow.runs[0].metrics]).toEqual(expect.arrayContaining(await metricsOf(id)));
    expect(lines).toEqual([
      { level: "error", message: "Runs cannot be logged to MLflow now; they will be later." },
      { level: "info", message: "Runs are logged to MLflow again." },
    ]);
  });

  it("is one run there, although the process ended between any two requests", async () => {
    let asked = 0;
    let fails = 1;
    // Each request fails once, at first the first one, then the second one, …
    mlflow.refuse = () => (++asked < fails ? null : asked === fails ? 502 : null);
    const id = await finetune("interrupted");
    for (let round = 0; round < 200 && !(await isDone(id)()); round++) {
      asked = 0;
      fails = round + 1;
      const tracker = track();
      await until(async () => asked >= fails || (await isDone(id)()));
      await tracker.close();
    }
    expect(mlflow.runs.map(({ name, status }) => [name, status])).toEqual([["interrupted", "FINISHED"]]);
    expect([...mlflow.runs[0].metrics]).toEqual(expect.arrayContaining(await metricsOf(id)));
  });

  it("can be deleted while it is sent, and one that was removed there is made again", async () => {
    let open = (): void => undefined;
    const opened = new Promise<void>((resolve) => {
      open = resolve;
    });
    mlflow.wait = (path) => (path.endsWith("/runs/update") ? opened : undefined);
    const id = await finetune("removed");
    track();
    await until(() => mlflow.waiting > 0 && mlflow.runs.length > 0);
    const { deleteRun } = await service.data<{ deleteRun: { deleted: object[] } }>(
      "mutation ($id: ID!) { deleteRun(id: $id, cascade: true) { deleted { name } } }",
      { id: Buffer.from(`Run:${id}`).toString("base64url") },
    );
    expect(deleteRun.deleted).toContainEqual({ name: "removed" });
    open();
    mlflow.wait = null;
    mlflow.runs.length = 0;

    const other = await finetune("again");
    await until(() => mlflow.runs.length > 0);
    mlflow.runs.length = 0;
    await until(isDone(other));
    expect(mlflow.runs.map(({ name, status }) => [name, status])).toEqual([["again", "FINISHED"]]);
    expect([...mlflow.runs[0].metrics]).toEqual(expect.arrayContaining(await metricsOf(other)));
  });

  it("that MLflow does not take does not keep the others waiting", async () => {
    mlflow.refuse = (path) => (path.endsWith("/log-batch") && mlflow.runs.length === 1 ? 400 : null);
    const [first, second] = [await finetune("refused"), await finetune("taken")];
    track();
    await until(isDone(first));
    await until(isDone(second));
    expect(mlflow.runs.map(({ name, status }) => [name, status])).toEqual([
      ["refused", "RUNNING"],
      ["taken", "FINISHED"],
    ]);
    expect(lines.map(({ message }) => message)).toEqual(["MLflow does not take this run; it is not logged any more."]);
  });
});

it("the settings are MLflow's own variables; the password is no part of the address", () => {
  expect(readTracking({})).toEqual({ tracking: null, problems: [] });
  expect(readTracking({ MLFLOW_TRACKING_URI: "sqlite:///mlflow.db" }).problems).toMatchObject([
    { param: "MLFLOW_TRACKING_URI" },
  ]);
  const MLFLOW_TRACKING_URI = "http://me:secret@mlflow.example:5000/";
  expect(readTracking({ MLFLOW_TRACKING_URI, MLFLOW_EXPERIMENT_NAME: "food" }).tracking).toEqual({
    uri: "http://mlflow.example:5000",
    experiment: "food",
    authorization: `Basic ${Buffer.from("me:secret").toString("base64")}`,
  });
  const decoded = readTracking({ MLFLOW_TRACKING_URI: "http://me:p%40ss@mlflow.example" }).tracking?.authorization;
  expect(decoded).toBe(`Basic ${Buffer.from("me:p@ss").toString("base64")}`);
  expect(readTracking({ MLFLOW_TRACKING_URI, MLFLOW_TRACKING_TOKEN: "t" }).tracking?.authorization).toBe("Bearer t");
});

const program = process.env.MAILLARD_TEST_MLFLOW;
if (!program) console.log("A real MLflow server: skipped, MAILLARD_TEST_MLFLOW names no program mlflow.");
describe.skipIf(!program)("a real MLflow server", () => {
  let server: ChildProcess;
  let folder: string;
  let uri: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "maillard-mlflow-"));
    const port = await freePort();
    uri = `http://127.0.0.1:${port}`;
    const place = [
      "--backend-store-uri",
      `sqlite:///${folder}/mlflow.db`,
      "--artifacts-destination",
      `${folder}/files`,
    ];
    server = spawn(
      program as string,
      ["server", "--host", "127.0.0.1", "--port", String(port), "--workers", "1", ...place],
      {
        stdio: "ignore",
        detached: true,
      },
    );
    await until(async () => (await fetch(`${uri}/health`).catch(() => null))?.ok === true);
  });
  afterAll(async () => {
    if (server?.pid) process.kill(-server.pid);
    await rm(folder, { recursive: true, force: true });
  });

  it("has the run with its parameters, metrics and files", async () => {
    track({ uri, authorization: null });
    const id = await finetune("real");
    await until(isDone(id));
    expect(lines).toEqual([]);
    const ask = async <T>(path: string, body?: object): Promise<T> =>
      (await (
        await fetch(`${uri}/api/2.0/mlflow/${path}`, {
          ...(body ? { method: "POST", body: JSON.stringify(body) } : {}),
          headers: { "content-type": "application/json" },
        })
      ).json()) as T;
    type Pairs = { key: string; value: string }[];
    const { experiment } = await ask<{ experiment: { experiment_id: string } }>(
      "experiments/get-by-name?experiment_name=maillard",
    );
    const { runs } = await ask<{
      runs: { info: { run_id: string; run_name: string; status: string }; data: { params: Pairs; metrics: Pairs } }[];
    }>("runs/search", { experiment_ids: [experiment.experiment_id] });
    const [{ info, data }] = runs;
    expect([runs.length, info.run_name, info.status]).toEqual([1, "real", "FINISHED"]);
    expect(data.params).toContainEqual({ key: "learningRate", value: expect.any(String) });
    expect(data.metrics.map(({ key }) => key)).toEqual(expect.arrayContaining(["train/loss", "test/final/accuracy"]));
    const { metrics: history } = await ask<{ metrics: { step: number; value: number }[] }>(
      `metrics/get-history?run_id=${info.run_id}&metric_key=train/loss`,
    );
    const rows = await service.store.prisma.metric.findMany({
      where: { runId: id, split: "TRAIN", name: "loss" },
      orderBy: { step: "asc" },
    });
    expect(history.map(({ step, value }) => [step, value])).toEqual(rows.map(({ step, value }) => [step, value]));
    const { files } = await ask<{ files: { path: string }[] }>(`artifacts/list?run_id=${info.run_id}&path=model`);
    expect(files.map(({ path }) => path)).toEqual(
      expect.arrayContaining(["model/config.json", "model/model.safetensors"]),
    );
  });
});

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const probe = createServer().listen(0, "127.0.0.1", () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    });
  });
