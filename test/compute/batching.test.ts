/** How batches are cut: by token budget, neighbours in length, fair between models and between requests. */
import { describe, expect, test } from "vitest";
import { BatchQueue, pack } from "../../src/compute/queue.js";
import { PendingRequest } from "../../src/compute/request.js";
import { TokenBudgets } from "../../src/compute/token-budget.js";
import { fakeModel, fakePool, rejection, tokens, until } from "../support/compute.js";
import { GATE } from "../support/fake-tokens.js";

const model = (checksum: string) => ({ checksum, folder: `/models/${checksum}` });

function request(checksum: string, lengths: number[], output: "CLS" | "LOGITS" = "CLS"): PendingRequest {
  const tokenIds = lengths.map((length) => new Int32Array(length));
  const pending = new PendingRequest({ model: model(checksum), output, tokenIds }, false, () => {});
  pending.outcome.catch(() => {});
  return pending;
}

const lengthsOf = (batch: { length: number }[] | null) => batch?.map((item) => item.length);
const modelOf = (batch: ReturnType<BatchQueue["take"]>) => batch?.[0].request.source.model.checksum;

describe("the queue", () => {
  test("a batch is the neighbours in length of the item whose turn it is, items x longest within the budget", () => {
    const queue = new BatchQueue(100, new TokenBudgets(40));
    queue.admit(request("a", [10, 50, 4, 11, 9, 30, 10, 3]), 1);
    expect([queue.size, queue.tokens]).toEqual([8, 127]);
    // Around 10: the nearest are 10 and 11; a fourth would make 4 x 11 = 44.
    expect(lengthsOf(queue.take())).toEqual([10, 10, 11]);
    // 50 is above the budget: alone.
    expect(lengthsOf(queue.take())).toEqual([50]);
    // Around 4: 3 x 9 = 27; with 30 it would be 120.
    expect(lengthsOf(queue.take())).toEqual([3, 4, 9]);
    expect(lengthsOf(queue.take())).toEqual([30]);
    expect(queue.take()).toBeNull();
    expect([queue.size, queue.tokens]).toEqual([0, 0]);
  });

  test("1,000 items of random length: each exactly once, no batch above the budget, little padding", () => {
    let state = 42;
    const random = () => {
      state = (state * 1103515245 + 12345) & 0x7fffffff;
      return state / 0x7fffffff;
    };
    const queue = new BatchQueue(1000, new TokenBudgets(512));
    const requests = Array.from({ length: 100 }, () =>
      request(
        "a",
        Array.from({ length: 10 }, () => 5 + Math.floor(75 * random())),
      ),
    );
    for (const pending of requests) queue.admit(pending, 1);
    const seen = new Set<unknown>();
    let real = 0;
    let padded = 0;
    for (let batch = queue.take(); batch; batch = queue.take()) {
      const cost = batch.length * Math.max(...batch.map((item) => item.length));
      expect(cost).toBeLessThanOrEqual(512);
      for (const item of batch) seen.add(item);
      real += batch.reduce((sum, item) => sum + item.length, 0);
      padded += cost;
    }
    expect(seen.size).toBe(1000);
    expect(padded / real).toBeLessThan(1.1);
  });

  test("models take turns; the outputs of one model never share a batch", () => {
    const queue = new BatchQueue(1000, new TokenBudgets(10));
    queue.admit(request("a", [10, 10, 10]), 1);
    queue.admit(request("b", [10, 10]), 1);
    queue.admit(request("b", [10], "LOGITS"), 1);
    const turns = Array.from({ length: 6 }, () => queue.take()![0].request.source);
    expect(turns.map((source) => source.model.checksum).join("")).toBe("abbaba");
    expect(turns[2].output).toBe("LOGITS");
  });

  test("one item does not wait behind a request of 500", () => {
    const queue = new BatchQueue(1000, new TokenBudgets(100));
    queue.admit(request("a", new Array(500).fill(20)), 1);
    const single = request("a", [60]);
    queue.admit(single, 1);
    const first = queue.take()!;
    const second = queue.take()!;
    expect(first).toHaveLength(5);
    expect(second.map((item) => item.request)).toContain(single);
  });

  test("items after a crash come first, alone or as they were; a settled request leaves the queue whole", () => {
    const queue = new BatchQueue(6, new TokenBudgets(1000));
    const one = request("a", [1, 2, 3]);
    const two = request("a", [4]);
    queue.admit(one, 1);
    queue.admit(two, 1);
    const batch = queue.take()!;
    queue.admit(request("a", [9]), 1);
    queue.repeat(batch.slice(0, 2), false);
    queue.repeat(batch.slice(2), true);
    expect(queue.size).toBe(5);
    expect(lengthsOf(queue.take())).toEqual([1]);
    queue.remove(one);
    expect([queue.size, queue.tokens]).toEqual([2, 13]);
    expect(lengthsOf(queue.take())).toEqual([4]);
    expect(lengthsOf(queue.take())).toEqual([9]);
  });

  test("an exception while cutting fails that group's requests and never the next group's", async () => {
    const queue = new BatchQueue(10, new TokenBudgets(100), (window, anchor, budget) => {
      if (anchor.request.source.model.checksum === "a") throw new Error("broken");
      return pack(window, anchor, budget);
    });
    const requests = ["a", "b"].map((checksum) => {
      const pending: PendingRequest = new PendingRequest(
        { model: model(checksum), output: "CLS", tokenIds: [new Int32Array(3)] },
        true,
        () => queue.remove(pending),
      );
      queue.admit(pending, 1);
      return pending;
    });
    expect(modelOf(queue.take())).toBe("b");
    expect((await rejection(requests[0].outcome)).code).toBe("INTERNAL");
    expect([queue.size, queue.tokens]).toEqual([0, 0]);
  });
});

describe("batches in a process", () => {
  test("items queued together run together, up to the budget, sorted by length; answers come in order", async () => {
    const pool = await fakePool({ tokenBudget: 12 });
    const { model } = fakeModel();
    const tokenIds = [tokens(1, 1, 1, 1), tokens(2), tokens(3, 3, 3, 3), tokens(4), tokens(5, 5, 5)];
    const vectors = await pool.infer({ model, output: "CLS", tokenIds });
    expect(vectors.map((vector) => vector[0])).toEqual([4, 2, 12, 4, 15]);
    // [items of the run, longest of the run] for each item.
    expect(vectors.map((vector) => [...vector.slice(1, 3)])).toEqual([
      [3, 4],
      [2, 1],
      [3, 4],
      [2, 1],
      [3, 4],
    ]);
    const statistics = pool.statistics();
    expect([statistics.batchItems.count, statistics.batchItems.sum]).toEqual([2, 5]);
    expect(statistics.batchTokens.sum).toBe(13);
    // Batches of 2 tokens (bucket <= 2) and of 11 (bucket <= 16).
    expect(statistics.batchTokens.bounds.filter((_, bucket) => statistics.batchTokens.counts[bucket] > 0)).toEqual([
      2, 16,
    ]);
    expect([statistics.queueMs.count, statistics.inferenceMs.count, statistics.loadMs.count]).toEqual([5, 2, 1]);
  });

  test("calls of the same turn share a batch", async () => {
    const pool = await fakePool();
    const { model } = fakeModel();
    const answers = await Promise.all(
      [1, 2, 3].map((id) => pool.infer({ model, output: "LOGITS", tokenIds: [tokens(id)] })),
    );
    expect(answers.map(([logits]) => [...logits])).toEqual([
      [1, 3],
      [2, 3],
      [3, 3],
    ]);
  });

  test("two models side by side; a fourth beyond maxModels releases the least recently used", async () => {
    const pool = await fakePool({ maxModels: 2 });
    const [a, b, c] = [fakeModel(), fakeModel(), fakeModel()];
    const ask = ({ model }: typeof a) => pool.infer({ model, output: "CLS", tokenIds: [tokens(7)] });
    await Promise.all([ask(a), ask(b)]);
    await ask(a);
    await ask(c);
    await ask(a);
    expect([a, b, c].map((one) => one.log().map((line) => line.split(" ")[0]))).toEqual([
      ["load"],
      ["load", "release"],
      ["load"],
    ]);
    expect(pool.statistics().devices[0].models).toEqual([c.model.checksum, a.model.checksum]);
    await ask(b);
    expect(c.log()).toHaveLength(2);
  });

  test("after recycleAfter loads a fresh process takes over; no request of a steady stream is dropped", async () => {
    const pool = await fakePool({ maxModels: 1, recycleAfter: 3 });
    const models = [fakeModel(), fakeModel()];
    const first = pool.statistics().devices[0].pid!;
    let answered = 0;
    let turn = 0;
    while (pool.statistics().devices[0].recycled === 0) {
      // Small ids: large ones are orders to the fake process.
      const id = turn % 10;
      const [vector] = await pool.infer({ model: models[turn++ % 2].model, output: "CLS", tokenIds: [tokens(id)] });
      expect(vector[0]).toBe(id);
      answered++;
    }
    expect(answered).toBeGreaterThanOrEqual(3);
    const [device] = pool.statistics().devices;
    expect(device.pid).not.toBe(first);
    expect([device.crashes, pool.devices()[0].state]).toEqual([0, "READY"]);
    await until(() => {
      try {
        return process.kill(first, 0) && false;
      } catch {
        return true;
      }
    });
  });

  test("several devices share the queue", async () => {
    const pool = await fakePool({ devices: "cpu,webgpu" });
    const [a, b] = [fakeModel(), fakeModel()];
    const answers = [a, b].map(({ model }) => pool.infer({ model, output: "CLS", tokenIds: [tokens(GATE)] }));
    await until(() => pool.gauges().runningItems === 2);
    a.open();
    b.open();
    const pids = (await Promise.all(answers)).map(([vector]) => vector[3]);
    expect(new Set(pids).size).toBe(2);
  });
});
