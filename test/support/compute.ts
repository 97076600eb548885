/** Pools of real forked processes around the fake model, and their clean-up. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { onTestFinished } from "vitest";
import type { ComputePoolOptions } from "../../src/compute/options.js";
import { type ObservedComputePool, startComputePool } from "../../src/compute/pool.js";
import type { ModelReference } from "../../src/compute/types.js";
import type { MaillardError } from "../../src/errors.js";
import { processScript } from "./child.js";

export const FAKE_INFERENCE = pathToFileURL(processScript("fake-inference-process"));
const FAKE_TRAINING = pathToFileURL(processScript("fake-training-process"));

/** A pool on the fake entries, closed at the end of the test. */
export async function fakePool(options: ComputePoolOptions = {}): Promise<ObservedComputePool> {
  const pool = await startComputePool({
    entry: { inference: FAKE_INFERENCE, training: FAKE_TRAINING },
    threads: 1,
    backOffMs: 1,
    ...options,
  });
  onTestFinished(() => pool.close());
  return pool;
}

/** A folder that is gone at the end of the test. */
export function scratchFolder(): string {
  const folder = mkdtempSync(join(os.tmpdir(), "maillard-compute-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A model of the fake process: an empty folder, an identity, a gate that `open` opens. */
export function fakeModel(): { model: ModelReference; open(): void; log(): string[]; put(file: string): void } {
  const folder = scratchFolder();
  const put = (file: string) => writeFileSync(join(folder, file), "");
  return {
    model: { checksum: folder.slice(-6), folder },
    put,
    open: () => put("gate"),
    log: () => readFileSync(join(folder, "log"), "utf8").trim().split("\n"),
  };
}

export const tokens = (...ids: number[]): Int32Array => Int32Array.from(ids);

/** The error a promise rejects with; a resolved promise is a failure of the test. */
export async function rejection(promise: Promise<unknown>): Promise<MaillardError> {
  return promise.then(
    (value) => Promise.reject(new Error(`expected a rejection, got ${JSON.stringify(value)}`)),
    (error: MaillardError) => error,
  );
}

/** Waits for a condition without a fixed time; the test's own time limit ends it. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2));
}

export const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};
