/** A finetune whose checkpoint meets a full disk: it waits, and goes on from its last checkpoint when there is room. */
import { execFileSync } from "node:child_process";
import { appendFile, mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FaultReport, type Runs, startRuns } from "../../src/runs/index.js";
import type { Run, RunStatus } from "../../src/store/generated/client.js";
import type { Store } from "../../src/store/index.js";
import { createTestStore } from "../support/database.js";
import { mountDisk } from "../support/machine/small-disk.js";
import { realTraining } from "../support/real-training.js";
import { ended, order, seedBase, seedDataset } from "../support/run-fixtures.js";

let store: Store;
let runs: Runs;
let unmount: (() => void) | null;
const problems: unknown[] = [];
/** Called with the step of each checkpoint when its row is written. */
let afterCheckpoint: (step: number) => Promise<void> = async () => undefined;

beforeAll(async () => {
  store = await createTestStore();
  await seedBase(store);
  await seedDataset(store);
  const folder = store.artifacts.path("runs");
  await mkdir(folder, { recursive: true });
  unmount = mountDisk(folder, 8);
  const compute = realTraining();
  const { train } = compute;
  compute.train = (job, onEvent, signal) =>
    train(
      job,
      async (event) => {
        await onEvent(event);
        if (event.kind === "checkpoint") await afterCheckpoint(event.step);
      },
      signal,
    );
  runs = await startRuns({ store, compute, onError: (error) => problems.push(error) });
});
afterAll(async () => {
  await runs?.close();
  unmount?.();
  await store?.close();
});

const statusIs = async (id: string, status: RunStatus): Promise<Run> => {
  for await (const row of runs.updates(id, new AbortController().signal)) if (row.status === status) return row;
  throw new Error(`it never was ${status}`);
};
const metricsOf = (runId: string) =>
  store.prisma.metric.findMany({
    where: { runId },
    orderBy: { sequence: "asc" },
    select: { sequence: true, step: true, split: true, name: true, value: true },
  });
const asked = () => order({ seed: 5, dropout: 0.1, learningRate: 1e-3, saveTotalLimit: 1 });

/** Until nothing fits any more. */
async function fill(file: string): Promise<void> {
  for (let bytes = 1 << 20; bytes >= 1; )
    await appendFile(file, Buffer.alloc(bytes)).catch(() => {
      bytes = Math.floor(bytes / 2);
    });
}

describe("a finetune on a disk that fills", () => {
  it("waits with its fault, and repeats the uninterrupted one bit for bit when there is room", async ({ skip }) => {
    if (unmount === null) {
      console.warn("skipped: a small disk can be mounted by root alone");
      skip();
    }
    const whole = await ended(runs, (await runs.startFinetune(asked())).id);
    expect(whole).toMatchObject({ status: "SUCCEEDED", errorMessage: null });

    const filler = join(store.artifacts.path("runs"), "filler");
    afterCheckpoint = async (step) => {
      if (step === 3) await fill(filler);
    };
    const { id } = await runs.startFinetune(asked());
    await statusIs(id, "RUNNING");
    const waiting = await statusIs(id, "QUEUED");
    expect(waiting).toMatchObject({ attempt: 1, faults: 1, errorCode: null });
    expect((waiting.notBefore as Date).getTime()).toBeGreaterThan(Date.now() - 60_000);
    const fault = await store.prisma.runEvent.findFirstOrThrow({ where: { runId: id, kind: "FAULT" } });
    expect(fault).toMatchObject({ level: "WARNING", data: { code: "DISK_FULL", retryAt: expect.any(String) } });
    const attempt = await store.prisma.runAttempt.findFirstOrThrow({ where: { runId: id, attempt: 1 } });
    expect(attempt).toMatchObject({ ending: "requeue", code: "DISK_FULL" });
    await expect.poll(() => problems, { timeout: 10_000 }).toHaveLength(1);
    const [report] = problems as FaultReport[];
    expect(report).toBeInstanceOf(FaultReport);
    expect(report.fields).toMatchObject({ run: id, code: "DISK_FULL", faults: 1, retryAt: expect.any(String) });

    afterCheckpoint = async () => undefined;
    await rm(filler);
    // It would wait for an hour: the person who made room does not.
    await store.pool.query(`UPDATE "Run" SET "notBefore" = now() + interval '1 hour' WHERE id = $1`, [id]);
    await store.pool.query(`UPDATE pgboss.job SET start_after = now() + interval '1 hour' WHERE data->>'runId' = $1`, [
      id,
    ]);
    await runs.resume(id);
    const run = await ended(runs, id);
    expect(run).toMatchObject({ status: "SUCCEEDED", attempt: 2, faults: 0, lastSequence: whole.lastSequence });
    expect(await metricsOf(id)).toEqual(await metricsOf(whole.id));
    const { fromStep } = await store.prisma.runAttempt.findFirstOrThrow({ where: { runId: id, attempt: 2 } });
    expect(fromStep).toBe(3);
    const checksum = async ({ modelId }: Run) =>
      (await store.prisma.model.findUniqueOrThrow({ where: { id: modelId as string } })).checksum;
    expect(await checksum(run)).toBe(await checksum(whole));
  });

  it("answers DISK_FULL where an artifact is written, and leaves nothing of it", async ({ skip }) => {
    if (unmount === null) skip();
    const filler = join(store.artifacts.path("runs"), "filler");
    await fill(filler);
    await expect(store.artifacts.write("runs/x/answers", Buffer.alloc(1 << 20))).rejects.toMatchObject({
      code: "DISK_FULL",
      retryable: true,
    });
    await rm(filler);
    expect(execFileSync("find", [store.artifacts.path("runs"), "-name", "*.tmp"], { encoding: "utf8" })).toBe("");
  });
});
