/**
 * Work that really ends its process, three times (SIGKILL of the process, or of its training process): it is FAILED
 * with COMPUTE_CRASHED, the next server starts, serves other work, and a cancel takes effect.
 */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { Downloads, type Runs, startRuns } from "../../src/runs/index.js";
import type { Store } from "../../src/store/index.js";
import { LOADER, processScript } from "../support/child.js";
import { createTestStore } from "../support/database.js";
import { FakeCompute } from "../support/fake-compute.js";
import { REPOSITORY, startHub, type TestHub } from "../support/peers/hub.js";
import { KilledWorkers } from "../support/processes/killed-workers.js";
import { ended, order, seedBase, seedDataset } from "../support/run-fixtures.js";

let store: Store;
beforeAll(async () => {
  store = await createTestStore();
});
afterAll(() => store.close());

describe("a run that ends its worker", () => {
  const workers = new KilledWorkers();
  let runs: Runs;
  beforeAll(async () => {
    await seedBase(store);
    await seedDataset(store);
    // This process only sends requests and reads.
    runs = await startRuns({ store, compute: new FakeCompute(), worker: false });
  });
  afterAll(async () => {
    workers.killAll();
    await runs.close();
  });

  it("is FAILED after three kills; the fourth worker leaves it alone, and another run is cancelled", async () => {
    const { id } = await runs.startFinetune(order());
    for (let kill = 1; kill <= 3; kill++) {
      expect(await workers.start(store, { event: "started", step: 0 }).ended).toBe("SIGKILL");
      expect(await store.prisma.run.findUniqueOrThrow({ where: { id } })).toMatchObject({
        status: "RUNNING",
        attempt: kill,
        losses: kill,
      });
    }
    const waiting = await runs.startFinetune(order({ seed: 7 }));
    expect(await runs.cancel(waiting.id)).toMatchObject({ status: "CANCELLED" });
    const fourth = workers.start(store);
    expect(await ended(runs, id)).toMatchObject({ status: "FAILED", errorCode: "COMPUTE_CRASHED", attempt: 3 });
    await fourth.close();
    // Nothing is left for the worker after it.
    expect(await store.prisma.run.count({ where: { status: { in: ["QUEUED", "RUNNING"] } } })).toBe(0);
  });
});

describe("a download that ends its process", () => {
  const SCRIPT = processScript("run-download");
  let hub: TestHub;
  beforeEach(async () => {
    // The process waits for the first file until it is killed.
    hub = await startHub({ stalls: { "config.json": [0, 0, 0, 0, 0, 0] } });
  });
  afterEach(() => hub.close());

  const rowOf = (id: string) => store.prisma.modelDownload.findUniqueOrThrow({ where: { id } });
  const children: ChildProcess[] = [];
  afterAll(() => children.map((child) => child.kill("SIGKILL")));

  /** A server that works on the download until it is killed. `repository`: it orders it and answers the id. */
  async function killed(attempt: number, repository: string, known = ""): Promise<string> {
    const child = fork(SCRIPT, [store.url, store.home, hub.endpoint, repository], { execArgv: LOADER });
    children.push(child);
    const [message] = (await once(child, "message")) as [string];
    const id = known || message;
    await expect.poll(async () => (await rowOf(id)).attempts, { timeout: 60_000 }).toBe(attempt);
    child.kill("SIGKILL");
    expect(await once(child, "exit")).toEqual([null, "SIGKILL"]);
    expect(await rowOf(id)).toMatchObject({ status: "RUNNING", attempts: attempt });
    return id;
  }

  it("is FAILED after three kills; the fourth server starts, and another download is cancelled", async () => {
    const id = await killed(1, REPOSITORY);
    for (const attempt of [2, 3]) await killed(attempt, "", id);
    hub.asked.length = 0;
    const fourth = new Downloads({ store, hub: { endpoint: hub.endpoint }, tickMs: 10, pollMs: 30 });
    await expect.poll(async () => (await rowOf(id)).status, { timeout: 60_000 }).toBe("FAILED");
    expect(await rowOf(id)).toMatchObject({ errorCode: "COMPUTE_CRASHED", attempts: 3 });
    expect(hub.rangesOf("config.json")).toEqual([]);
    const other = await fourth.start({ name: "other", hub: REPOSITORY });
    await fourth.cancel(other.id);
    await expect.poll(async () => (await rowOf(other.id)).status, { timeout: 60_000 }).toBe("CANCELLED");
    await fourth.close();
  });
});
