/** The database server is killed during a run and restarted later: nothing acknowledged is lost. */
import { chmod, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startRuns } from "../../src/runs/index.js";
import { openStore, type Store } from "../../src/store/index.js";
import { FakeCompute } from "../support/fake-compute.js";
import { ended, order, seedBase, seedDataset } from "../support/run-fixtures.js";

let home: string;
let store: Store;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "maillard-outage-"));
  await chmod(home, 0o755);
  store = await openStore({ home });
  await seedBase(store);
  await seedDataset(store);
});
afterEach(async () => {
  await store.close();
  await rm(home, { recursive: true, force: true });
});

describe("a run under which PostgreSQL is killed", () => {
  it("continues when it is back, under the same attempt, with every metric once", async () => {
    const { rows } = await store.pool.query<{ data: string }>("SELECT current_setting('data_directory') AS data");
    const killServer = async (): Promise<void> => {
      process.kill(Number((await readFile(join(rows[0].data, "postmaster.pid"), "utf8")).split("\n")[0]), "SIGKILL");
    };
    const compute = new FakeCompute();
    const killedAt: number[] = [];
    compute.beforeStep = async (step) => {
      if (step !== 1 && step !== 5 && step !== 9) return;
      killedAt.push(step);
      await killServer();
    };
    compute.beforeEnd = killServer;
    const outages: (number | null)[] = [];
    store.notifications.watchOutages((lastedMs) => outages.push(lastedMs));
    // A lease that has ended while the database was away: the run is not taken from the worker that works on it.
    const runs = await startRuns({ store, compute, leaseMs: 400, onError: () => undefined });
    const { id } = await runs.startFinetune(order());
    const seen: number[] = [];
    const following = (async () => {
      for await (const { sequence } of runs.metricsFrom(id, 0, new AbortController().signal)) seen.push(sequence);
    })();
    const run = await ended(runs, id);
    await following;
    const expected = { status: "SUCCEEDED", errorCode: null, errorMessage: null, attempt: 1, lastSequence: 12 };
    expect(run).toMatchObject(expected);
    expect(killedAt).toEqual([1, 5, 9]);
    expect(seen).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    await runs.close();
    // What an operator sees: lost and back in turn, and in the run's own log each time that it went on after.
    expect(outages.length).toBeGreaterThanOrEqual(3);
    expect(outages.map((lastedMs) => lastedMs === null)).toEqual(outages.map((_, index) => index % 2 === 0));
    const noted = await store.prisma.runEvent.findMany({ where: { runId: id, kind: "DATABASE_BACK" } });
    expect(noted.length).toBeGreaterThanOrEqual(1);
    expect(noted[0]).toMatchObject({ level: "WARNING", attempt: 1, data: { seconds: expect.any(Number) } });
  });
});
