import { setMaxListeners } from "node:events";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { type Runs, startRuns } from "../../../src/runs/index.js";
import { note } from "../../../src/runs/queue/events.js";
import { claim, type Fence, fail } from "../../../src/runs/queue/lease.js";
import { metricTopic, stopTopic } from "../../../src/runs/queue/topics.js";
import { Recorder } from "../../../src/runs/record/recorder.js";
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

  it("with 1,000 subscribers reads the database once for each batch of metrics", async () => {
    const arrived = Array.from({ length: 1_000 }, () => 0);
    let reached = (): void => undefined;
    const followers = arrived.map(async (_, n) => {
      for await (const { sequence } of runs.metricsFrom(fence.runId, 0, forever)) {
        arrived[n] = sequence;
        if (arrived.every((last) => last === sequence)) reached();
      }
    });
    const all = async (from: number, to: number): Promise<void> => {
      const everybody = new Promise<void>((resolve) => {
        reached = () => arrived[0] === to && resolve();
      });
      await write(from, to);
      await everybody;
    };
    await all(1, 10);
    let batches = 0;
    const unsubscribe = store.notifications.subscribe(metricTopic(fence.runId), () => batches++);
    const query = vi.spyOn(store.pool, "query");
    for (let batch = 1; batch <= 5; batch++) await all(10 * batch + 1, 10 * batch + 10);
    const reads = query.mock.calls.filter(([text]) => /FROM "(Run|Metric)"/.test(textOf(text)));
    query.mockRestore();
    unsubscribe();
    expect(batches).toBeGreaterThanOrEqual(5);
    expect(reads.length).toBeLessThanOrEqual(batches);
    await finish();
    await Promise.all(followers);
    expect(new Set(arrived)).toEqual(new Set([60]));
  });

  it("in lists is the same, each as long as there are metrics, and shared by those at one place", async () => {
    await write(1, 2_500);
    const lists = async (after: number, most: number) => {
      const seen: (readonly Metric[])[] = [];
      for await (const list of runs.live.metricLists(fence.runId, after, most, forever)) seen.push(list);
      return seen;
    };
    const following = [lists(0, 1_000), lists(0, 1_000), lists(7, 300), lists(2_499, 1)];
    await write(2_501, 2_510);
    await finish();
    const [first, second, third, last] = await Promise.all(following);
    expect(first.flat().map(({ sequence }) => sequence)).toEqual(range(1, 2_510));
    expect(Math.max(...first.map(({ length }) => length))).toBe(1_000);
    expect(second.some((list) => first.includes(list))).toBe(true);
    expect(third.flat().map(({ sequence }) => sequence)).toEqual(range(8, 2_510));
    expect(Math.max(...third.map(({ length }) => length))).toBe(300);
    expect(last.map((list) => list.map(({ sequence }) => sequence))).toEqual(range(2_500, 2_510).map((n) => [n]));
  });

  it("of a run that was retried anew begins with its first metric again", async () => {
    await write(1, 20);
    const seen: number[] = [];
    const [client, lists] = [new AbortController(), runs.live.metricLists(fence.runId, 0, 5, forever)];
    for (let part = 0; part < 2; part++)
      seen.push(...((await lists.next()).value as Metric[]).map(({ sequence }) => sequence));
    await finish("FAILED");
    await runs.retry(fence.runId, { anew: true });
    fence = (await claim(store.pool, fence.runId, "host/1/test", 60_000)) as Fence;
    recorder = new Recorder(store, fence, client.signal);
    await write(101, 106);
    await finish();
    for await (const list of lists) seen.push(...list.map(({ sequence }) => sequence));
    // What had been read before goes on to the end of its list; nothing of the new curve is missing.
    expect(seen.slice(0, 10)).toEqual(range(1, 10));
    expect(seen.slice(-6)).toEqual(range(1, 6));
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

describe("runEvents", () => {
  it("replays from the cursor, continues live, and completes with the end of the run", async () => {
    const follow = async (after: number) => {
      const seen: [number, string][] = [];
      for await (const { sequence, kind } of runs.live.events(fence.runId, after, forever)) seen.push([sequence, kind]);
      return seen;
    };
    const following = [follow(0), follow(1)];
    await note(store.pool, [fence.runId], { kind: "WARNING", message: "said", data: { code: "CLASS_MISSING" } });
    await fail(store.pool, fence, { code: "DIVERGED", message: "the loss is NaN" });
    const [all, later] = await Promise.all([...following, follow(0)]);
    expect(all.map(([sequence]) => sequence)).toEqual(range(1, all.length));
    expect(all.map(([, kind]) => kind)).toEqual(["ORDERED", "CLAIMED", "WARNING", "FAILED"]);
    expect(later).toEqual(all.slice(1));
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

/** Of a statement as the pool is asked it, by Prisma too. */
const textOf = (asked: unknown): string => (typeof asked === "string" ? asked : (asked as { text: string }).text);
