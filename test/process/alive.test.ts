/** A noted process is alive until it ends, and not because a later one has its number. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { afterEach, expect, it, vi } from "vitest";
import { isAlive, noteOf } from "../../src/process/alive.js";

const hasProc = existsSync("/proc/self/stat");
afterEach(() => void vi.restoreAllMocks());

it("is alive until it ends", async () => {
  const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { argv0: "a (b) c" });
  await once(child, "spawn");
  const noted = noteOf(child.pid);
  expect(noted).toEqual({ pid: child.pid, started: hasProc ? expect.any(Number) : null });
  expect([isAlive(noted), isAlive({ pid: noted.pid })]).toEqual([true, true]);
  child.kill("SIGKILL");
  await once(child, "exit");
  expect([isAlive(noted), isAlive({ pid: noted.pid })]).toEqual([false, false]);
});

it.skipIf(!hasProc)("is not one that has its number and began at another time", () => {
  const noted = noteOf();
  expect(isAlive(noted)).toBe(true);
  expect(isAlive({ ...noted, started: (noted.started as number) - 1 })).toBe(false);
});

it("of another user is alive, unless it began at another time", () => {
  vi.spyOn(process, "kill").mockImplementation(() => {
    throw Object.assign(new Error("kill EPERM"), { code: "EPERM" });
  });
  const noted = noteOf();
  expect([isAlive({ pid: noted.pid }), isAlive(noted)]).toEqual([true, true]);
  if (hasProc) expect(isAlive({ ...noted, started: 1 })).toBe(false);
});
