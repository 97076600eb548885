/** A training run in a process of its own: ordered events, back-pressure, cancel, crash, and no orphan. */
import { fork } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { EVENT_WINDOW } from "../../src/compute/jobs/training-server.js";
import type { TaskReport } from "../../src/scores/types.js";
import type { TrainingEvent as Event, Example, FinetuneJob } from "../../src/train/types.js";
import { LOADER, processScript } from "../support/child.js";
import { fakeModel, fakePool, isAlive, rejection, scratchFolder, tokens, until } from "../support/compute.js";
import { BUSY } from "../support/data/fake-tokens.js";

type TrainingEvent = Event<TaskReport>;

const IDLE = { queuedItems: 0, runningItems: 0, trainingRuns: 0 };
const SPLITS = ["TRAIN", "VALIDATION", "TEST"] as const;

/** @param script what the fake trainer does: "", "diverges", "crashes", "deaf" */
function job(script: string, steps: number, examples: Example[] = []): FinetuneJob {
  const folder = scratchFolder();
  return {
    kind: "FINETUNE",
    baseFolder: script,
    outputFolder: folder,
    checkpointFolder: folder,
    classes: ["a", "b"],
    examples,
    resumeFrom: null,
    hyperparameters: {
      epochs: steps,
      batchSize: 1,
      learningRate: 1e-4,
      weightDecay: 0,
      warmupSteps: 0,
      gradientClip: 1,
      dropout: null,
      seed: 1,
      logEvery: 1,
      checkpointEvery: 10,
      threads: 1,
    },
  };
}

const steps = (events: TrainingEvent[]) => events.flatMap((event) => (event.kind === "metric" ? [event.step] : []));
const environmentOf = (events: TrainingEvent[]) => {
  const [first] = events;
  if (first?.kind !== "started") throw new Error("not started");
  return first.environment as { pid: number; examples: number; tokens: number; last: Example; database: string | null };
};

test("examples arrive whole, events in order and before the outcome; secrets are not in the environment", async () => {
  const pool = await fakePool();
  const examples = Array.from({ length: 2345 }, (_, n) => ({
    tokenIds: new Int32Array(1 + (n % 7)).fill(n),
    label: n % 2,
    split: SPLITS[n % 3],
  }));
  const events: TrainingEvent[] = [];
  process.env.DATABASE_URL = "postgres://secret";
  const training = pool.train(job("", 50, examples), async (event) => void events.push(event));
  expect(pool.gauges().trainingRuns).toBe(1);
  await training;
  delete process.env.DATABASE_URL;
  expect(steps(events)).toEqual(Array.from({ length: 50 }, (_, n) => n + 1));
  expect(events.map((event) => event.kind).filter((kind) => kind !== "metric")).toEqual(["started", "finished"]);
  const environment = environmentOf(events);
  expect([environment.examples, environment.database]).toEqual([2345, null]);
  expect(environment.tokens).toBe(examples.reduce((sum, example) => sum + example.tokenIds.length, 0));
  expect(environment.last).toEqual(examples.at(-1));
  expect(isAlive(environment.pid)).toBe(false);
  expect(pool.gauges()).toEqual(IDLE);
});

test("a slow handler holds the trainer, which is exactly the window ahead", async () => {
  const pool = await fakePool();
  const run = job("", 40);
  const trainerAt = () => Number(readFileSync(`${run.outputFolder}/step`, "utf8"));
  const furthest: number[] = [];
  await pool.train(run, async (event) => {
    if (event.kind !== "metric") return;
    await until(() => trainerAt() >= Math.min(event.step + EVENT_WINDOW - 1, 40));
    furthest.push(trainerAt() - event.step);
  });
  expect(furthest).toEqual(Array.from({ length: 40 }, (_, n) => Math.min(EVENT_WINDOW - 1, 39 - n)));
});

test("training and inference do not wait for each other", async () => {
  const pool = await fakePool();
  const { model } = fakeModel();
  const kinds: string[] = [];
  const stop = new AbortController();
  const training = pool.train(job("", 1e9), async (event) => void kinds.push(event.kind), stop.signal);
  await pool.infer({ model, output: "CLS", tokenIds: [tokens(1)] });
  await until(() => kinds.length > 0);
  const busy = pool.infer({ model, output: "CLS", tokenIds: [tokens(BUSY)] });
  const before = kinds.length;
  await until(() => kinds.length > before + 10);
  expect(pool.gauges()).toEqual({ queuedItems: 0, runningItems: 1, trainingRuns: 1 });
  await busy;
  stop.abort();
  expect((await rejection(training)).code).toBe("CANCELLED");
});

test("cancel stops within one step and settles when the process is gone", async () => {
  const pool = await fakePool();
  const stop = new AbortController();
  const events: TrainingEvent[] = [];
  const training = pool.train(
    job("", 1e9),
    async (event) => {
      events.push(event);
      if (event.kind === "metric" && event.step === 5) stop.abort();
    },
    stop.signal,
  );
  const error = await rejection(training);
  expect([error.code, error.details, error.retryable]).toEqual(["CANCELLED", { reason: "SIGNAL" }, false]);
  // Events in transit when it stopped are still delivered, in order, and no more than the window.
  expect(steps(events)).toEqual(steps(events).map((_, n) => n + 1));
  expect(steps(events).length).toBeLessThanOrEqual(5 + EVENT_WINDOW);
  expect(isAlive(environmentOf(events).pid)).toBe(false);
  const late = await rejection(pool.train(job("", 1), async () => {}, stop.signal));
  expect(late.code).toBe("CANCELLED");
  expect(pool.gauges()).toEqual(IDLE);
});

test("a process that does not listen is killed after stopTimeoutMs", async () => {
  const pool = await fakePool({ stopTimeoutMs: 30 });
  const stop = new AbortController();
  const events: TrainingEvent[] = [];
  const training = pool.train(
    job("deaf", 1),
    async (event) => {
      events.push(event);
      stop.abort();
    },
    stop.signal,
  );
  expect((await rejection(training)).code).toBe("CANCELLED");
  expect(isAlive(environmentOf(events).pid)).toBe(false);
});

test("cancel against success has one winner: a run that said finished is not cancelled", async () => {
  const pool = await fakePool();
  const stop = new AbortController();
  const training = pool.train(
    job("", 2),
    async (event) => {
      if (event.kind === "finished") stop.abort();
    },
    stop.signal,
  );
  await expect(training).resolves.toBeUndefined();
});

test("a handler that rejects stops the job and is not called again; its own error is passed on", async () => {
  const pool = await fakePool();
  const heard: number[] = [];
  const reason = new Error("the database is gone");
  const training = pool.train(job("", 1e9), async (event) => {
    if (event.kind !== "metric") return;
    heard.push(event.step);
    if (event.step === 3) throw reason;
  });
  expect(await rejection(training)).toBe(reason);
  expect(heard).toEqual([1, 2, 3]);
  expect(pool.gauges()).toEqual(IDLE);
});

test("an error keeps its code; a crash is COMPUTE_CRASHED after every event; the pool continues", async () => {
  const printed: string[][] = [];
  const pool = await fakePool({ onOutput: (...output) => void printed.push(output) });
  const diverged = await rejection(pool.train(job("diverges", 9), async () => {}));
  expect([diverged.code, diverged.message, diverged.details]).toEqual(["DIVERGED", "loss is NaN", { step: 3 }]);
  const events: TrainingEvent[] = [];
  const crashed = await rejection(pool.train(job("crashes", 9), async (event) => void events.push(event)));
  expect([crashed.code, crashed.details, crashed.retryable]).toEqual([
    "COMPUTE_CRASHED",
    { ending: "signal SIGKILL" },
    true,
  ]);
  expect(steps(events)).toEqual([1, 2]);
  expect(printed).toEqual([["training", "the trainer crashes\n"]]);
  await pool.train(job("", 2), async () => {});
});

test("a device that is not there cannot train: DEVICE_UNAVAILABLE; a wrong name is INVALID_CONFIG", async () => {
  const pool = await fakePool({ devices: "cpu,cuda:0" });
  const train = (device: string) => rejection(pool.train({ ...job("", 1), device }, async () => {}));
  const [known, unknown, wrong] = [await train("cuda:0"), await train("webgpu"), await train("abacus")];
  expect([known.code, known.details]).toEqual([
    "DEVICE_UNAVAILABLE",
    { device: "cuda:0", reason: "Failed to load libcudart.so.12" },
  ]);
  expect([unknown.code, wrong.code]).toEqual(["DEVICE_UNAVAILABLE", "INVALID_CONFIG"]);
});

test("close stops a run: CANCELLED, to be resumed", async () => {
  const pool = await fakePool();
  let pid = 0;
  const training = pool.train(job("", 1e9), async (event) => {
    if (event.kind === "started") pid = event.environment.pid as number;
  });
  await until(() => pid > 0);
  const [error] = await Promise.all([rejection(training), pool.close()]);
  expect([error.code, error.details, error.retryable]).toEqual(["CANCELLED", { reason: "SHUTDOWN" }, true]);
  expect([isAlive(pid), pool.gauges()]).toEqual([false, IDLE]);
});

test("kill -9 of the parent leaves no child behind; Ctrl-C does not reach them", async () => {
  const folder = scratchFolder();
  const parent = fork(processScript("compute-parent"), [folder], {
    execArgv: LOADER,
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const pids = await new Promise<number[]>((resolve) =>
    parent.once("message", (message) => resolve(message as number[])),
  );
  expect(pids).toHaveLength(3);
  for (const pid of pids) process.kill(pid, "SIGINT");
  const before = readFileSync(`${folder}/step`, "utf8");
  await until(() => existsSync(`${folder}/step`) && readFileSync(`${folder}/step`, "utf8") !== before);
  expect(pids.map(isAlive)).toEqual([true, true, true]);
  parent.kill("SIGKILL");
  await until(() => !pids.some(isAlive));
});

test("targets arrive as sent, NaN where nothing was measured; rows of another width are refused", async () => {
  const pool = await fakePool();
  const example = (...targets: number[]): Example => ({
    tokenIds: tokens(1, 2),
    label: 0,
    split: "TRAIN",
    targets: Float32Array.from(targets),
  });
  const events: TrainingEvent[] = [];
  const examples = [example(0, 1), example(1, 0), example(-2.5, Number.NaN)];
  await pool.train(job("", 1, examples), async (event) => void events.push(event));
  expect(environmentOf(events).last).toEqual(examples[2]);
  const ragged = pool.train(job("", 1, [example(0, 1), example(1)]), async () => undefined);
  expect(await rejection(ragged)).toMatchObject({ code: "BAD_INPUT", details: { row: 1 } });
  expect(pool.gauges()).toEqual(IDLE);
});
