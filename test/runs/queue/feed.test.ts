import { setMaxListeners } from "node:events";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Runs, startRuns } from "../../../src/runs/index.js";
import { claim, type Fence } from "../../../src/runs/queue/lease.js";
import { metricTopic, stopTopic } from "../../../src/runs/queue/topics.js";
import { Recorder } from "../../../src/runs/work/recorder.js";
import type { Metric, Run } from "../../../src/store/generated/client.js";
import { countStatements, type Store } from "../../../src/store/index.js";
import { createTestStore } from "../../support/database.js";
import { FakeCompute } from "../../support/fake-compute.js";
import { order, seedBase, seedDataset } from "../../support/run-fixtures.js";

let store: Store;
let runs: Runs;
let fence: Fence;
let recorder: Recorder;
const forever = new AbortController().signal;
setMaxListeners(0, forever); // a thousand subscribers share it here

beforeAll(async () => {
  store = await createTestStore();
  await seedBase(store);
  await seedDataset(store);
  // No worker: these tests hold the run themselves.
  runs = await startRuns({ store, compute: new FakeCompute(), worker: false });
});
afterAll(async () => {
  await runs.close();
  await store.close();
});
beforeEach(async () => {
  const { id } = await runs.startFinetune(order());
  fence = (await claim(store.pool, id, "host/1/test", 60_000)) as Fence;
  recorder = new Recorder(store, fence, forever);
});

const write = async (from: number, to: number): Promise<void> => {
  for (let step = from; step <= to; step++)
    await recorder.metric({ kind: "metric", step, epoch: 0, split: "TRAIN", name: "loss", value: 1 / step });
  await recorder.flush();
};
const finish = (status: Run["status"] = "SUCCEEDED") =>
  store.pool.query(
    `WITH done AS (UPDATE "Run" SET status = $2::"RunStatus" WHERE id = $1) SELECT pg_notify('maillard', 'run:' || $1)`,
    [fence.runId, status],
  );
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);
const follow = async (after = 0, signal = forever): Promise<number[]> => {
  const seen: number[] = [];
  for await (const { sequence } of runs.metricsFrom(fence.runId, after, signal)) seen.push(sequence);
  return seen;
};

describe("runMetrics", () => {
  it("replays from the cursor, continues live, and completes: no gap, no duplicate", async () => {
    await write(1, 2_500);
    const followers = [0, 1, 999, 1_000, 1_001, 2_500, 2_600].map((after) => follow(after));
    for (let step = 2_501; step <= 3_100; step += 100) await write(step, step + 99);
    await finish();
    const seen = await Promise.all(followers);
    expect(seen).toEqual([
      range(1, 3_100),
      range(2, 3_100),
      range(1_000, 3_100),
      range(1_001, 3_100),
      range(1_002, 3_100),
      range(2_501, 3_100),
      range(2_601, 3_100),
    ]);
  });

  it("joined at any moment while metrics are written shows each once", async () => {
    const followers: Promise<number[]>[] = [];
    for (let step = 1; step <= 400; step += 10) {
      followers.push(follow());
      await write(step, step + 9);
    }
    await finish("FAILED");
    for (const seen of await Promise.all(followers)) expect(seen).toEqual(range(1, 400));
  });

  it("of a run that has ended is the whole history, then the end", async () => {
    await write(1, 30);
    await finish("CANCELLED");
    expect(await follow()).toEqual(range(1, 30));
    expect(await follow(30)).toEqual([]);
  });

  it("with 1,000 subscribers reads the database as often as with one", async () => {
    const live = async (subscribers: number): Promise<number> => {
      const { result, statements } = await countStatements(store, async () => {
        const followers = Array.from({ length: subscribers }, () => follow());
        for (let part = 0; part < 5; part++) {
          const woken = nextNews();
          await write(part * 10 + 1, part * 10 + 10);
          await woken;
        }
        await finish();
        return Promise.all(followers);
      });
      for (const seen of result) expect(seen).toEqual(range(1, 50));
      return statements;
    };
    const one = await live(1);
    const { id } = await runs.startFinetune(order());
    fence = (await claim(store.pool, id, "host/1/test", 60_000)) as Fence;
    recorder = new Recorder(store, fence, forever);
    const thousand = await live(1_000);
    // Notifications may be combined; the count must not grow with the number of subscribers.
    expect(thousand).toBeLessThanOrEqual(one + 12);
  });

  it("ends when the client leaves, and nothing is left behind", async () => {
    const topics = store.notifications.topics;
    const client = new AbortController();
    const following = follow(0, client.signal);
    await write(1, 3);
    expect(runs.followed).toBe(1);
    client.abort();
    expect((await following).length).toBeLessThanOrEqual(3);
    for await (const metric of runs.metricsFrom(fence.runId, 0, forever)) if (metric.sequence === 2) break;
    expect(runs.followed).toBe(0);
    expect(store.notifications.topics).toBe(topics);
  });

  it("catches up by its cursor when the connection that listens was cut", async () => {
    await write(1, 5);
    const seen: number[] = [];
    let reached = () => {};
    const five = new Promise<void>((resolve) => {
      reached = resolve;
    });
    const following = (async () => {
      for await (const { sequence } of runs.metricsFrom(fence.runId, 0, forever)) {
        seen.push(sequence);
        if (sequence === 5) reached();
      }
    })();
    await five;
    await store.pool.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE application_name = 'maillard-listen' AND datname = current_database()`,
    );
    await write(6, 20);
    await finish();
    await following;
    expect(seen).toEqual(range(1, 20));
  });

  it("of a run that does not exist is NOT_FOUND", async () => {
    await expect(
      (async () => {
        for await (const _ of runs.metricsFrom("nobody", 0, forever));
      })(),
    ).rejects.toMatchObject({ code: "NOT_FOUND" });
  });
});

describe("runUpdated", () => {
  it("shows the row now, after changes, and at its end", async () => {
    const seen: [string, number][] = [];
    let isFollowed: () => void = () => undefined;
    const followed = new Promise<void>((resolve) => {
      isFollowed = resolve;
    });
    const following = (async () => {
      for await (const { status, step } of runs.updates(fence.runId, forever)) {
        seen.push([status, step]);
        isFollowed();
      }
    })();
    await followed;
    for (let step = 1; step <= 5; step++) {
      const woken = nextNews("run");
      await recorder.progress({ step, totalSteps: 5, epoch: step, secondsLeft: 5 - step });
      await recorder.flush();
      await woken;
    }
    await finish();
    await following;
    expect(seen[0][0]).toBe("RUNNING");
    expect(seen.at(-1)).toEqual(["SUCCEEDED", 5]);
    const steps = seen.map(([, step]) => step);
    expect([...steps].sort((a, b) => a - b)).toEqual(steps);
  });

  it("is silent when nothing that a client sees has changed", async () => {
    const seen: Run[] = [];
    const client = new AbortController();
    const following = (async () => {
      for await (const run of runs.updates(fence.runId, client.signal)) seen.push(run);
    })();
    for (let round = 0; round < 3; round++) {
      const woken = nextNews("run");
      await store.pool.query(
        `WITH lease AS (UPDATE "Run" SET "leaseExpiresAt" = now()
           WHERE id = $1) SELECT pg_notify('maillard', 'run:' || $1)`,
        [fence.runId],
      );
      await woken;
    }
    client.abort();
    await following;
    expect(seen.length).toBeLessThanOrEqual(1);
  });
});

describe("metrics", () => {
  it("are unique by split, name and step: a batch that is sent again adds nothing", async () => {
    await write(1, 10);
    await write(6, 15);
    const rows = await store.prisma.metric.findMany({ where: { runId: fence.runId }, orderBy: { sequence: "asc" } });
    expect(rows.map(({ sequence, step }: Metric) => [sequence, step])).toEqual(range(1, 15).map((n) => [n, n]));
    expect(await store.prisma.run.findUnique({ where: { id: fence.runId } })).toMatchObject({ lastSequence: 15 });
  });

  it("go in by batches: 100,000 points in under 200 transactions", async () => {
    const { statements } = await countStatements(store, () => write(1, 100_000));
    expect(await store.prisma.metric.count({ where: { runId: fence.runId } })).toBe(100_000);
    expect(statements).toBeLessThan(200 * 9);
  });
});

/** Resolves after the next notification about the run. */
function nextNews(kind: "metric" | "run" = "metric"): Promise<void> {
  return new Promise((resolve) => {
    const topic = kind === "metric" ? metricTopic(fence.runId) : `run:${fence.runId}`;
    const unsubscribe = store.notifications.subscribe(topic, () => {
      unsubscribe();
      resolve();
    });
  });
}

it("topics carry ids only", () => {
  expect([metricTopic("x"), stopTopic("x")]).toEqual(["metric:x", "cancel:x"]);
});
