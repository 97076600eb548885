/** One child for one question: in order, bounded in number and time, stopped at once, and never left behind. */

import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";
import { OneAnswer, type OneAnswerSettings } from "../../src/process/one-answer.js";
import { processScript } from "../support/child.js";
import { isAlive, rejection, until } from "../support/compute.js";
import type { Part } from "../support/processes/scripted-child.js";

function processes(settings: Partial<OneAnswerSettings> = {}, clock?: () => number) {
  const printed: [string, string][] = [];
  const folder = mkdtempSync(join(os.tmpdir(), "maillard-one-answer-"));
  const chosen: OneAnswerSettings = {
    entry: pathToFileURL(processScript("scripted-child")),
    name: "sum",
    words: { one: "sum", many: "sums" },
    atOnce: 2,
    waiting: 2,
    usualMs: 700,
    timeoutMs: null,
    advice: { late: "Add fewer numbers.", crashed: "Add again." },
    background: false,
    onOutput: (name, output) => void printed.push([name, output]),
    ...settings,
  };
  const line = new OneAnswer<Part, unknown>(chosen, clock);
  onTestFinished(async () => {
    await line.close();
    rmSync(folder, { recursive: true });
  });
  /** A question that runs until `open` is called; `pid` is known once its child runs. */
  const wait = (name: string, signal?: AbortSignal) => {
    const file = join(folder, name);
    const gate = `${file}.gate`;
    const answer = line.ask([{ kind: "wait", file, gate }], signal);
    answer.catch(() => undefined);
    return {
      answer,
      open: () => writeFileSync(gate, ""),
      runs: () => existsSync(file) && readFileSync(file, "utf8") !== "",
      pid: () => Number(readFileSync(file, "utf8")),
    };
  };
  return { line, printed, wait };
}

describe("a question", () => {
  it("is answered after all its parts; its error crosses with code, param and details, without paths", async () => {
    const { line, printed } = processes();
    const numbers = Array.from({ length: 500 }, (_, value): Part => ({ kind: "number", value }));
    expect(await line.ask([...numbers, { kind: "answer" }])).toBe(124_750);
    const error = await rejection(line.ask([{ kind: "throw", path: "/home/user/model.onnx" }]));
    expect(error.toJSON()).toMatchObject({
      code: "BAD_INPUT",
      message: "cannot read model.onnx",
      param: "k",
      details: { k: 0 },
    });
    expect(printed).toEqual([]);
  });

  it("has its parts read one at a time: not before the child runs, and no further once it is stopped", async () => {
    const { line, wait } = processes({ atOnce: 1 });
    const first = wait("first");
    const stop = new AbortController();
    let read = 0;
    function* parts(): Generator<Part> {
      for (; ; read++) {
        if (read === 50) stop.abort();
        yield { kind: "number", value: read };
      }
    }
    const endless = line.ask(parts(), stop.signal);
    await until(first.runs);
    expect(read).toBe(0);
    first.open();
    expect(await rejection(endless)).toMatchObject({ code: "CANCELLED" });
    expect(read).toBeLessThan(52);
  });

  it("whose parts cannot be made or sent leaves no child behind", async () => {
    const { line } = processes({ atOnce: 1 });
    const broken = function* (): Generator<Part> {
      yield { kind: "number", value: 1 };
      throw new Error("no more numbers");
    };
    expect((await rejection(line.ask(broken()))).message).toBe("no more numbers");
    const unsendable = { kind: "number", value: () => 1 } as unknown as Part;
    expect((await rejection(line.ask([unsendable]))).code).toBe("INTERNAL");
    expect(await line.ask([{ kind: "answer" }])).toBe(0);
  });

  it("gets a child without secrets", async () => {
    const { line } = processes();
    const before = process.env.MAILLARD_TEST_TOKEN;
    process.env.MAILLARD_TEST_TOKEN = "secret";
    const answer = line.ask([{ kind: "environment", names: ["MAILLARD_TEST_TOKEN", "PATH"] }]);
    if (before === undefined) delete process.env.MAILLARD_TEST_TOKEN;
    expect(await answer).toEqual([null, process.env.PATH]);
  });
});

describe("a child", () => {
  it("that is late is killed: TIMEOUT with the limit and what to do", async () => {
    const error = await rejection(processes({ timeoutMs: 1_500 }).wait("late").answer);
    expect([error.code, error.message, error.details]).toEqual([
      "TIMEOUT",
      "The sum did not end within 1.5 s. Add fewer numbers.",
      { timeoutMs: 1_500 },
    ]);
  });

  it("that was stopped before its limit is CANCELLED, even where its end is reported after the limit", async () => {
    const { line } = processes({ timeoutMs: 300 });
    const stop = new AbortController();
    function* parts(): Generator<Part> {
      yield { kind: "number", value: 1 };
      stop.abort();
      // Blocks the event loop past the limit: its timer fires before the end of the child is read.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 600);
      yield { kind: "answer" };
    }
    expect(await rejection(line.ask(parts(), stop.signal))).toMatchObject({ code: "CANCELLED" });
  });

  it("that crashes is COMPUTE_CRASHED, retryable, and its output is passed on", async () => {
    const { line, printed } = processes();
    const error = await rejection(line.ask([{ kind: "crash" }]));
    expect(error.toJSON()).toMatchObject({
      code: "COMPUTE_CRASHED",
      message: "The sum process ended with signal SIGKILL. Add again.",
      details: { ending: "signal SIGKILL" },
      retryable: true,
    });
    expect(printed).toHaveLength(1);
    expect(printed[0][0]).toBe("sum");
    expect(printed[0][1]).toContain("on stdout");
    expect(printed[0][1]).toContain("on stderr");
  });

  it("has exited when the signal of its caller ended it: CANCELLED, not retryable", async () => {
    const { wait } = processes();
    const stop = new AbortController();
    const asked = wait("stopped", stop.signal);
    await until(asked.runs);
    stop.abort();
    const error = await rejection(asked.answer);
    expect([error.code, error.retryable, error.details]).toEqual(["CANCELLED", false, { reason: "SIGNAL" }]);
    expect(error.message).toBe("The sum was stopped: its caller has left.");
    expect(isAlive(asked.pid())).toBe(false);
    expect((await rejection(wait("late", stop.signal).answer)).code).toBe("CANCELLED");
  });
});

describe("more questions than children", () => {
  it("wait in order; past the bound they are OVERLOADED with a time to retry", async () => {
    const { line, wait } = processes({}, () => 0);
    const running = [wait("0"), wait("1")];
    const waiting = [wait("2"), wait("3")];
    const error = await rejection(line.ask([{ kind: "answer" }]));
    expect(error.toJSON()).toMatchObject({
      code: "OVERLOADED",
      // Four are ahead, two at a time.
      message: "2 sums may wait, and the queue is full. Try again in 1400 ms.",
      details: { retryAfterMs: 1_400, limit: 2 },
      retryable: true,
    });
    await until(() => running.every(({ runs }) => runs()));
    expect(waiting.map(({ runs }) => runs())).toEqual([false, false]);
    for (const { open } of [...running, ...waiting]) open();
    const answers = await Promise.all([...running, ...waiting].map(({ answer }) => answer));
    expect(new Set(answers).size).toBe(4);
    expect(await line.ask([{ kind: "answer" }])).toBe(0);
  });

  it("are told to come back when those ahead have ended, by the time that recent ones took", async () => {
    let now = 0;
    const { line, wait } = processes({ atOnce: 1, waiting: 1 }, () => now);
    const toldAfter = async (): Promise<number> => {
      const stop = new AbortController();
      const asked = [wait("running", stop.signal), wait("waiting", stop.signal)];
      const { details } = await rejection(line.ask([{ kind: "answer" }]));
      stop.abort();
      await Promise.all(asked.map(({ answer }) => rejection(answer)));
      return details?.retryAfterMs as number;
    };
    const sumOf = (ms: number): Promise<unknown> => {
      // Read when the child runs.
      function* parts(): Generator<Part> {
        now += ms;
        yield { kind: "answer" };
      }
      return line.ask(parts());
    };
    expect(await toldAfter()).toBe(2 * 700);
    await sumOf(3_000);
    expect(await toldAfter()).toBe(2 * 3_000);
    await sumOf(1_000);
    // Those that were stopped in between count for nothing.
    expect(await toldAfter()).toBe(2 * 2_000);
  });

  it("leave the queue with their signal, at once and without a child; the place is free for another", async () => {
    const { wait } = processes({ atOnce: 1, waiting: 1 });
    const running = wait("running");
    const stop = new AbortController();
    const waiting = wait("waiting", stop.signal);
    stop.abort();
    expect((await rejection(waiting.answer)).details).toEqual({ reason: "SIGNAL" });
    const next = wait("next");
    for (const { open } of [running, next]) open();
    await Promise.all([running.answer, next.answer]);
    expect(waiting.runs()).toBe(false);
  });

  it("are CANCELLED by close, retryable, and no child is left", async () => {
    const { line, wait } = processes();
    const asked = ["0", "1", "2", "3"].map((name) => wait(name));
    await until(() => asked[0].runs() && asked[1].runs());
    const pids = [asked[0].pid(), asked[1].pid()];
    await line.close();
    expect(pids.map(isAlive)).toEqual([false, false]);
    const errors = await Promise.all(asked.map(({ answer }) => rejection(answer)));
    expect(errors.map(({ code, retryable, details }) => [code, retryable, details])).toEqual(
      new Array(4).fill(["CANCELLED", true, { reason: "SHUTDOWN" }]),
    );
    expect(errors[0].message).toBe("The sum was stopped: the service is closing.");
    expect((await rejection(line.ask([{ kind: "answer" }]))).details).toEqual({ reason: "SHUTDOWN" });
  });
});
