/** MAILLARD_THREADS: checked at the start, else the processors that this process may use. */
import os from "node:os";
import { expect, it, vi } from "vitest";
import { readSettings } from "../../src/cli/settings.js";
import { resolveNumbers } from "../../src/compute/options.js";
import { defaultThreads } from "../../src/compute/threads.js";

it("is the threads of a computation, unless a pool is given a number of its own", () => {
  expect(["1", "3", "1024"].map((MAILLARD_THREADS) => defaultThreads({ MAILLARD_THREADS }))).toEqual([1, 3, 1024]);
  expect([defaultThreads({}), defaultThreads({ MAILLARD_THREADS: "" })]).toEqual(
    Array(2).fill(os.availableParallelism()),
  );
  vi.stubEnv("MAILLARD_THREADS", "3");
  expect([resolveNumbers({}).threads, resolveNumbers({ threads: 2 }).threads]).toEqual([3, 2]);
  vi.unstubAllEnvs();
});

it.each(["0", "-1", "1.5", "1025", "all"])("%j stops the start, by name", (MAILLARD_THREADS) => {
  expect(() => defaultThreads({ MAILLARD_THREADS })).toThrow(
    expect.objectContaining({ code: "INVALID_CONFIG", param: "MAILLARD_THREADS" }),
  );
  expect(() => readSettings({ MAILLARD_THREADS })).toThrow(
    expect.objectContaining({ code: "STARTUP", param: "MAILLARD_THREADS" }),
  );
});
