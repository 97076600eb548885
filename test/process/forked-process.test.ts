/** One child process: messages in order, output kept, secrets not passed on, its end reported after everything else. */
import os from "node:os";
import { pathToFileURL } from "node:url";
import { afterEach, describe, expect, it, vi } from "vitest";
import { entryBeside, ForkedProcess, type ForkOptions } from "../../src/process/forked-process.js";
import { processScript } from "../support/child.js";
import type { FromEcho, ToEcho } from "../support/processes/echo-child.js";

const ENTRY = pathToFileURL(processScript("echo-child"));
const started: ForkedProcess<ToEcho, FromEcho>[] = [];
afterEach(() => Promise.all(started.splice(0).map((child) => child.kill())));

function start(options: Partial<ForkOptions> = {}, entry = ENTRY) {
  const child = new ForkedProcess<ToEcho, FromEcho>(entry, { title: "maillard echo", ...options });
  const received: FromEcho[] = [];
  child.onMessage = (message) => void received.push(message);
  started.push(child);
  return { child, received };
}

const stateOf = async (options: Partial<ForkOptions>, names: string[] = []) => {
  const { child } = start(options);
  const state = new Promise<FromEcho>((resolve) => {
    child.onMessage = resolve;
  });
  await child.send({ kind: "state", names });
  return (await state) as Extract<FromEcho, { kind: "state" }>;
};

describe("a child process", () => {
  it("gets messages in order, typed arrays as such, and its end comes after the last of its answers", async () => {
    const { child, received } = start();
    const values = [Float32Array.of(1, Number.NaN), { nested: [new Map([["a", 1]])] }, ...Array(200).keys()];
    for (const value of values) await child.send({ kind: "echo", value });
    await child.send({ kind: "exit", code: 3 });
    expect(await child.ended).toEqual({ reason: "exit code 3", output: "" });
    expect(received.map((message) => "value" in message && message.value)).toEqual(values);
    expect(child.connected).toBe(false);
  });

  it("has its title and the environment without secrets", async () => {
    process.env.MAILLARD_TEST_PLAIN = "plain";
    const secrets = ["DATABASE_URL", "PGPASSWORD", "HF_TOKEN", "MAILLARD_KEY", "AWS_SECRET_ACCESS_KEY", "SOME_API_KEY"];
    const before = secrets.map((name) => process.env[name]);
    for (const name of secrets) process.env[name] = "secret";
    try {
      const { title, environment } = await stateOf({}, ["MAILLARD_TEST_PLAIN", ...secrets]);
      expect(title).toBe("maillard echo");
      expect(environment).toEqual(["plain", ...secrets.map(() => null)]);
    } finally {
      delete process.env.MAILLARD_TEST_PLAIN;
      for (const [index, name] of secrets.entries()) {
        if (before[index] === undefined) delete process.env[name];
        else process.env[name] = before[index];
      }
    }
  });

  it("runs at normal priority, or below it with all its threads", async () => {
    const own = os.getPriority();
    const below = Math.max(own, os.constants.priority.PRIORITY_BELOW_NORMAL);
    expect(new Set((await stateOf({})).priorities)).toEqual(new Set([own]));
    vi.stubEnv("MAILLARD_NICE", undefined);
    expect(new Set((await stateOf({ background: true })).priorities)).toEqual(new Set([below]));
    vi.stubEnv("MAILLARD_NICE", "15");
    expect(new Set((await stateOf({ background: true })).priorities)).toEqual(new Set([Math.max(own, 15)]));
    vi.stubEnv("MAILLARD_NICE", "0");
    expect(new Set((await stateOf({ background: true })).priorities)).toEqual(new Set([own]));
    vi.unstubAllEnvs();
  });

  it("has the last 4,000 characters of its output kept: of both streams, or of stderr alone", async () => {
    for (const [output, expected] of [
      ["all", /^x{3990}y{10}$|^y{10}x{3990}$/],
      ["stderr", /^y{10}$/],
    ] as const) {
      const { child } = start({ output });
      await child.send({ kind: "print", stdout: "x".repeat(3990), stderr: "y".repeat(10) });
      await child.send({ kind: "print", stdout: "", stderr: "" });
      await child.send({ kind: "exit", code: 0 });
      expect((await child.ended).output).toMatch(expected);
    }
    const { child } = start();
    await child.send({ kind: "print", stdout: `start${"x".repeat(5000)}end`, stderr: "" });
    await child.send({ kind: "exit", code: 0 });
    const { output } = await child.ended;
    expect([output.length, output.slice(-4)]).toEqual([4000, "xend"]);
  });

  it("that is killed or does not start reports it; messages to it are discarded", async () => {
    const { child } = start();
    expect((await child.kill()).reason).toBe("signal SIGKILL");
    await child.send({ kind: "echo", value: 1 });
    const { child: missing } = start({}, new URL("./missing.mjs", import.meta.url));
    const { reason, output } = await missing.ended;
    expect(reason).toBe("exit code 1");
    expect(output).toContain("missing.mjs");
  });
});

it("the entry beside a module has the ending of that module", () => {
  expect(entryBeside("file:///a/src/pool.ts", "./jobs/x").pathname).toBe("/a/src/jobs/x.ts");
  expect(entryBeside("file:///a/dist/pool.js", "./jobs/x").pathname).toBe("/a/dist/jobs/x.js");
});
