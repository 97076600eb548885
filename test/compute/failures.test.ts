/** A failure stays limited to one item, one request, one process; the pool and its caller continue. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, onTestFinished, test } from "vitest";
import { MaillardError } from "../../src/errors.js";
import { fakeModel, fakePool, isAlive, rejection, tokens, until } from "../support/compute.js";
import { BUSY, CRASH, CRASH_ONCE, GATE, LOAD_CRASH, NAN, THROW } from "../support/fake-tokens.js";
import { cpuTime } from "../support/machine/cpu-time.js";

const IDLE = { queuedItems: 0, runningItems: 0, trainingRuns: 0 };

test("past its limit the queue answers OVERLOADED, for 1 as for 256 items, and admits all or nothing", async () => {
  const pool = await fakePool({ queueLimit: 300, tokenBudget: 1 });
  const { model, open } = fakeModel();
  const ask = (count: number, id = 5) =>
    pool.infer({ model, output: "CLS", tokenIds: Array.from({ length: count }, () => tokens(id)) });
  const held = ask(1, GATE);
  await until(() => pool.gauges().runningItems === 1);
  const queued = ask(100);
  const partly = await rejection(ask(256));
  expect([partly.code, partly.retryable, pool.gauges().queuedItems]).toEqual(["OVERLOADED", true, 100]);
  const fill = ask(200);
  const [one, many] = await Promise.all([rejection(ask(1)), rejection(ask(256))]);
  expect(one.toJSON()).toEqual(many.toJSON());
  expect(one.details).toEqual({ retryAfterMs: 1000, limit: 300 });
  const never = await rejection(ask(301));
  expect([never.code, never.details]).toEqual(["TOO_MANY_ITEMS", { limit: 300, count: 301 }]);
  open();
  expect((await Promise.all([held, queued, fill])).map((vectors) => vectors.length)).toEqual([1, 100, 200]);
  expect(pool.gauges()).toEqual(IDLE);
});

test("a caller that leaves removes its waiting items; neighbours are answered; gauges return to zero", async () => {
  const pool = await fakePool();
  const { model, open } = fakeModel();
  const leaving = new AbortController();
  const running = pool.infer({ model, output: "CLS", tokenIds: [tokens(GATE)], signal: leaving.signal });
  await until(() => pool.gauges().runningItems === 1);
  const waiting = pool.infer({ model, output: "CLS", tokenIds: [tokens(1), tokens(2)], signal: leaving.signal });
  const neighbour = pool.infer({ model, output: "CLS", tokenIds: [tokens(3)] });
  expect(pool.gauges()).toEqual({ queuedItems: 3, runningItems: 1, trainingRuns: 0 });
  leaving.abort();
  expect(pool.gauges().queuedItems).toBe(1);
  expect((await rejection(running)).code).toBe("CANCELLED");
  expect((await rejection(waiting)).details).toEqual({ reason: "SIGNAL" });
  const late = pool.infer({ model, output: "CLS", tokenIds: [tokens(1)], signal: leaving.signal });
  expect((await rejection(late)).code).toBe("CANCELLED");
  open();
  // It was alone in its run: the items of the departed caller were not computed.
  expect([...(await neighbour)[0].slice(0, 2)]).toEqual([3, 1]);
  expect(pool.gauges()).toEqual(IDLE);
});

test("a caller that leaves a full queue makes place at once, for one as for many, whoever asks again", async () => {
  const pool = await fakePool({ queueLimit: 300, tokenBudget: 1 });
  const { model, open } = fakeModel();
  const ask = (count: number, signal?: AbortSignal, id = 5) =>
    pool.infer({ model, output: "CLS", tokenIds: Array.from({ length: count }, () => tokens(id)), signal });
  const held = ask(1, undefined, GATE);
  await until(() => pool.gauges().runningItems === 1);
  const [first, second] = [new AbortController(), new AbortController()];
  const leaving = [ask(44, first.signal), ask(256, second.signal)];
  for (const count of [1, 44, 256]) expect((await rejection(ask(count))).code).toBe("OVERLOADED");
  first.abort();
  expect((await rejection(leaving[0])).code).toBe("CANCELLED");
  const one = ask(1);
  expect((await rejection(ask(44))).details).toEqual({ retryAfterMs: 1000, limit: 300 });
  second.abort();
  expect((await rejection(leaving[1])).code).toBe("CANCELLED");
  const many = ask(256);
  expect(pool.gauges().queuedItems).toBe(257);
  open();
  expect((await Promise.all([held, one, many])).map(({ length }) => length)).toEqual([1, 1, 256]);
  expect(pool.gauges()).toEqual(IDLE);
});

test("a bad item of any kind fails alone, in one request and between requests", async () => {
  const pool = await fakePool();
  const { model } = fakeModel();
  const bad = [tokens(1000), tokens(1, -1), new Int32Array(65), new Int32Array(0), tokens(THROW), tokens(NAN)];
  const codes = ["BAD_INPUT", "BAD_INPUT", "BAD_INPUT", "BAD_INPUT", "INTERNAL", "NON_FINITE_OUTPUT"];
  const good = [tokens(1), tokens(2, 2), new Int32Array(64).fill(1)];

  const mixed = await pool.inferEach({ model, output: "CLS", tokenIds: [...bad, ...good] });
  expect(mixed.map((result) => (result instanceof MaillardError ? result.code : result[0]))).toEqual([
    ...codes,
    1,
    4,
    64,
  ]);
  expect(pool.statistics().failedItems).toBe(6);

  const apart = await Promise.allSettled(
    [...bad, ...good].map((ids) => pool.infer({ model, output: "CLS", tokenIds: [ids] })),
  );
  expect(apart.map((result) => (result.status === "rejected" ? result.reason.code : result.value[0][0]))).toEqual([
    ...codes,
    1,
    4,
    64,
  ]);

  const error = await rejection(pool.infer({ model, output: "CLS", tokenIds: [tokens(1), tokens(2, 1000)] }));
  expect([error.code, error.details]).toEqual(["BAD_INPUT", { index: 1, position: 1, id: 1000, vocabularySize: 1000 }]);
  expect(pool.devices()[0].state).toBe("READY");
  expect(pool.statistics().devices[0].crashes).toBe(0);
  expect(pool.gauges()).toEqual(IDLE);
});

test("another type than Int32Array, an unsendable model and an empty request are answered at once", async () => {
  const pool = await fakePool();
  const { model } = fakeModel();
  const wrong = pool.infer({ model, output: "CLS", tokenIds: [tokens(1), [1, 2] as unknown as Int32Array] });
  expect((await rejection(wrong)).details).toEqual({ index: 1 });
  const odd = { ...model, checksum: "odd", toString: () => "" };
  expect((await rejection(pool.infer({ model: odd, output: "CLS", tokenIds: [tokens(1)] }))).code).toBe("INTERNAL");
  expect(await pool.infer({ model, output: "CLS", tokenIds: [] })).toEqual([]);
  expect((await pool.infer({ model, output: "CLS", tokenIds: [tokens(8)] }))[0][0]).toBe(8);
});

test("an error message from inside carries no path of this machine", async () => {
  const pool = await fakePool();
  const error = await rejection(pool.infer({ model: fakeModel().model, output: "CLS", tokenIds: [tokens(THROW)] }));
  expect(error.message).toBe("this item cannot be computed (path.onnx)");
});

test("a model that does not load is CHECKPOINT_INVALID, without a head MODEL_HAS_NO_HEAD; others serve", async () => {
  const pool = await fakePool();
  const [fine, headless] = [fakeModel(), fakeModel()];
  headless.put("headless");
  const ask = (model: typeof fine.model, output: "LOGITS" | "CLS") =>
    pool.infer({ model, output, tokenIds: [tokens(1)] });
  const [missing, head, logits, cls] = await Promise.allSettled([
    ask({ checksum: "missing", folder: "/nowhere/missing" }, "CLS"),
    ask(headless.model, "LOGITS"),
    ask(fine.model, "LOGITS"),
    ask(headless.model, "CLS"),
  ]);
  expect([missing, head].map((result) => result.status === "rejected" && result.reason.code)).toEqual([
    "CHECKPOINT_INVALID",
    "MODEL_HAS_NO_HEAD",
  ]);
  expect([logits, cls].map((result) => result.status)).toEqual(["fulfilled", "fulfilled"]);
});

test("kill -9 in the middle of a batch: the process is started again and the items are answered", async () => {
  const pool = await fakePool();
  const { model, open } = fakeModel();
  const before = pool.statistics().devices[0].pid!;
  const answer = pool.infer({ model, output: "CLS", tokenIds: [tokens(GATE), tokens(2)] });
  await until(() => pool.gauges().runningItems === 2);
  process.kill(before, "SIGKILL");
  await until(() => pool.devices()[0].state === "RESTARTING");
  expect(pool.devices()[0].reason).toBe("its process ended with signal SIGKILL");
  open();
  const vectors = await answer;
  expect(vectors.map((vector) => vector[0])).toEqual([GATE, 2]);
  const [device] = pool.statistics().devices;
  expect([device.crashes, pool.devices()[0].state, device.pid === before]).toEqual([1, "READY", false]);
  expect(pool.gauges()).toEqual(IDLE);
});

test("an item that kills its process twice is COMPUTE_CRASHED; its batch neighbours are answered", async () => {
  const pool = await fakePool();
  const { model } = fakeModel();
  const results = await pool.inferEach({
    model,
    output: "CLS",
    tokenIds: [tokens(1), tokens(CRASH), tokens(3)],
  });
  expect(results.map((result) => (result instanceof MaillardError ? result.code : result[0]))).toEqual([
    1,
    "COMPUTE_CRASHED",
    3,
  ]);
  expect(pool.statistics().devices[0].crashes).toBe(2);
  const once = await pool.infer({ model, output: "CLS", tokenIds: [tokens(CRASH_ONCE), tokens(5)] });
  expect(once.map((vector) => vector[0])).toEqual([CRASH_ONCE, 5]);
  expect(pool.gauges()).toEqual(IDLE);
});

test("an item that kills its process twice fails its own request, and none that shared its batch", async () => {
  const pool = await fakePool();
  const { model } = fakeModel();
  const before = pool.statistics().devices[0].pid;
  const asked = [[tokens(1), tokens(2)], [tokens(3), tokens(CRASH)], [tokens(4)]];
  const answers = await Promise.allSettled(asked.map((tokenIds) => pool.infer({ model, output: "CLS", tokenIds })));
  expect(
    answers.map((one) => (one.status === "fulfilled" ? one.value.map(([value]) => value) : one.reason.code)),
  ).toEqual([[1, 2], "COMPUTE_CRASHED", [4]]);
  const { reason } = answers[1] as PromiseRejectedResult;
  expect(reason).toMatchObject({ retryable: true, details: { index: 1 } });
  const [device] = pool.statistics().devices;
  expect(device.pid).not.toBe(before);
  expect(pool.gauges()).toEqual(IDLE);
});

test("a model whose loading kills the process fails its requests after one repetition, as one batch", async () => {
  const pool = await fakePool();
  const [deadly, fine] = [fakeModel(), fakeModel()];
  deadly.put(LOAD_CRASH);
  const failing = pool.inferEach({ model: deadly.model, output: "CLS", tokenIds: [tokens(1), tokens(2), tokens(3)] });
  const other = pool.infer({ model: fine.model, output: "CLS", tokenIds: [tokens(4)] });
  expect((await failing).map((result) => (result as MaillardError).code)).toEqual(new Array(3).fill("COMPUTE_CRASHED"));
  expect((await other)[0][0]).toBe(4);
  expect(deadly.log()).toHaveLength(2);
});

test("a process that does not answer within batchTimeoutMs is killed and replaced", async () => {
  const pool = await fakePool({ batchTimeoutMs: 60 });
  const { model } = fakeModel();
  const error = await rejection(pool.infer({ model, output: "CLS", tokenIds: [tokens(GATE)] }));
  expect([error.code, error.details]).toEqual(["COMPUTE_CRASHED", { index: 0, reason: "no answer within 60 ms" }]);
  await until(() => pool.devices()[0].state === "READY");
  expect((await pool.infer({ model, output: "CLS", tokenIds: [tokens(9)] }))[0][0]).toBe(9);
});

test("a device that cannot be started again is UNAVAILABLE: waiting and later work is DEVICE_UNAVAILABLE", async () => {
  const broken = fakeModel();
  process.env.FAKE_BROKEN_START = `${broken.model.folder}/broken`;
  onTestFinished(() => void delete process.env.FAKE_BROKEN_START);
  const pool = await fakePool();
  const { model } = fakeModel();
  const waiting = pool.infer({ model, output: "CLS", tokenIds: [tokens(GATE)] });
  await until(() => pool.gauges().runningItems === 1);
  broken.put("broken");
  process.kill(pool.statistics().devices[0].pid!, "SIGKILL");
  const error = await rejection(waiting);
  expect([error.code, error.retryable]).toEqual(["DEVICE_UNAVAILABLE", true]);
  expect(pool.devices()).toEqual([{ id: "cpu", provider: "cpu", state: "UNAVAILABLE", reason: "out of memory" }]);
  const next = await rejection(pool.infer({ model, output: "CLS", tokenIds: [tokens(1)] }));
  expect([next.code, next.message]).toEqual(["DEVICE_UNAVAILABLE", "No compute device is ready. cpu: out of memory"]);
  expect(pool.gauges()).toEqual(IDLE);
});

test("the caller's event loop never waits for a batch", async () => {
  const pool = await fakePool();
  const { model } = fakeModel();
  await pool.infer({ model, output: "CLS", tokenIds: [tokens(1)] });
  // Turns of the loop, not the longest gap: a busy machine makes gaps, but only a loop that waits has no turns at all.
  let turns = 0;
  const clock = setInterval(() => void turns++, 5);
  const spent = cpuTime();
  const begin = performance.now();
  await pool.infer({ model, output: "CLS", tokenIds: Array.from({ length: 500 }, () => tokens(BUSY)) });
  const elapsed = performance.now() - begin;
  clearInterval(clock);
  expect(elapsed).toBeGreaterThan(480);
  expect(turns).toBeGreaterThan(20);
  expect(spent()).toBeLessThan(350);
});

test("10,000 requests: memory stays on a plateau", async () => {
  const pool = await fakePool();
  const { model } = fakeModel();
  const ask = async (count: number) => {
    for (let done = 0; done < count; done += 100) {
      await Promise.all(
        Array.from({ length: 100 }, () => pool.infer({ model, output: "CLS", tokenIds: [tokens(1, 2, 3)] })),
      );
    }
    return { heap: heapAfterCollection(), child: pool.statistics().devices[0].residentBytes };
  };
  const before = await ask(4000);
  const after = await ask(10_000);
  expect((after.heap - before.heap) / 2 ** 20).toBeLessThan(4);
  expect((after.child - before.child) / 2 ** 20).toBeLessThan(40);
  expect(pool.gauges()).toEqual(IDLE);
});

test("close: the running batch is answered, waiting and later calls are CANCELLED, no process is left", async () => {
  const pool = await fakePool();
  const { model, open } = fakeModel();
  const pid = pool.statistics().devices[0].pid!;
  const running = pool.infer({ model, output: "CLS", tokenIds: [tokens(GATE)] });
  await until(() => pool.gauges().runningItems === 1);
  const waiting = pool.infer({ model, output: "CLS", tokenIds: [tokens(1)] });
  const closed = Promise.all([pool.close(), pool.close()]);
  const cancelled = await rejection(waiting);
  expect([cancelled.code, cancelled.details]).toEqual(["CANCELLED", { reason: "SHUTDOWN" }]);
  open();
  expect((await running)[0][0]).toBe(GATE);
  await closed;
  expect(isAlive(pid)).toBe(false);
  expect((await rejection(pool.infer({ model, output: "CLS", tokenIds: [tokens(1)] }))).code).toBe("CANCELLED");
  expect(pool.gauges()).toEqual(IDLE);
});

test("close does not wait longer than closeGraceMs for a batch", async () => {
  const pool = await fakePool({ closeGraceMs: 20 });
  const { model } = fakeModel();
  const pid = pool.statistics().devices[0].pid!;
  const running = pool.infer({ model, output: "CLS", tokenIds: [tokens(GATE)] });
  await until(() => pool.gauges().runningItems === 1);
  const [error] = await Promise.all([rejection(running), pool.close()]);
  expect([error.code, isAlive(pid)]).toEqual(["CANCELLED", false]);
});

function heapAfterCollection(): number {
  setFlagsFromString("--expose-gc");
  runInNewContext("gc")();
  return process.memoryUsage().heapUsed;
}
