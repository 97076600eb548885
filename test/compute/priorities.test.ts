/** What somebody waits for goes first; what nobody waits for does not stand still. */
import { describe, expect, test } from "vitest";
import { PriorityQueues } from "../../src/compute/priorities.js";
import { BatchQueue } from "../../src/compute/queue.js";
import { PendingRequest } from "../../src/compute/request.js";
import { TokenBudgets } from "../../src/compute/token-budget.js";
import type { InferencePriority } from "../../src/compute/types.js";
import { fakeModel, fakePool, rejection, tokens, until } from "../support/compute.js";
import { GATE } from "../support/fake-tokens.js";

const queues = (limit = 100) => new PriorityQueues(() => new BatchQueue(limit, new TokenBudgets(1)));

function request(priority: InferencePriority | undefined, items: number): PendingRequest {
  const tokenIds = Array.from({ length: items }, () => new Int32Array(2));
  const model = { checksum: "a", folder: "/models/a" };
  const pending = new PendingRequest({ model, output: "CLS", tokenIds, priority }, false, () => undefined);
  pending.outcome.catch(() => undefined);
  return pending;
}

/** First letters of the priorities of so many batches. */
function order(queue: PriorityQueues, batches: number): string {
  return Array.from({ length: batches }, () => queue.take()?.[0].request.priority[1] ?? "-").join("");
}

describe("queues by priority", () => {
  test("the highest goes first, whenever it came; a request without one is interactive", () => {
    const queue = queues();
    for (const priority of ["BACKGROUND", "BULK", undefined] as const) queue.admit(request(priority, 2), 1);
    expect(queue.sizes).toEqual([
      ["INTERACTIVE", 2],
      ["BULK", 2],
      ["BACKGROUND", 2],
    ]);
    // iNteractive, bUlk, bAckground
    expect(order(queue, 7)).toBe("NNUUAA-");
    expect(queue.size).toBe(0);
  });

  test("one that has let seven batches pass has the next one, and then waits again", () => {
    const queue = queues();
    queue.admit(request("BACKGROUND", 3), 1);
    queue.admit(request("INTERACTIVE", 30), 1);
    expect(order(queue, 24)).toBe("NNNNNNNANNNNNNNANNNNNNNA");
    queue.admit(request("BULK", 1), 1);
    expect(order(queue, 9)).toBe("NNNNNNNUN");
  });

  test("of two that have let seven pass, each has one of the next two", () => {
    const queue = queues();
    queue.admit(request("BULK", 2), 1);
    queue.admit(request("BACKGROUND", 2), 1);
    queue.admit(request("INTERACTIVE", 30), 1);
    expect(order(queue, 9)).toBe("NNNNNNNAU");
  });

  test("each has the limit of its own, and is told of what goes before it alone", () => {
    const queue = queues(4);
    queue.admit(request("BACKGROUND", 4), 1);
    expect(() => queue.admit(request("BACKGROUND", 1), 7)).toThrow("7 ms");
    queue.admit(request("INTERACTIVE", 3), 1);
    queue.admit(request("BULK", 1), 1);
    expect([queue.tokensBefore("INTERACTIVE"), queue.tokensBefore("BULK"), queue.tokensBefore("BACKGROUND")]).toEqual([
      6, 8, 16,
    ]);
    expect(queue.requests()).toHaveLength(3);
  });

  test("a repeated batch and a request that leaves are found in their own queue", () => {
    const queue = queues();
    const [bulk, other] = [request("BULK", 2), request("BACKGROUND", 2)];
    queue.admit(bulk, 1);
    queue.admit(other, 1);
    const batch = queue.take() ?? [];
    queue.repeat(batch, false);
    expect(queue.sizes[1]).toEqual(["BULK", 2]);
    queue.remove(bulk);
    queue.remove(other);
    expect([queue.size, queue.take()]).toEqual([0, null]);
  });

  test("a pool that is full of background work answers one molecule first, and does not refuse it", async () => {
    const pool = await fakePool({ queueLimit: 8, tokenBudget: 1 });
    const { model, open } = fakeModel();
    const done: string[] = [];
    const ask = async (name: string, count: number, id: number, priority?: InferencePriority): Promise<void> => {
      const tokenIds = Array.from({ length: count }, () => tokens(id));
      await pool.infer({ model, output: "CLS", tokenIds, priority });
      done.push(name);
    };
    const held = ask("held", 1, GATE);
    await until(() => pool.gauges().runningItems === 1);
    const background = ask("background", 8, 2, "BACKGROUND");
    expect((await rejection(ask("more", 1, 3, "BACKGROUND"))).code).toBe("OVERLOADED");
    const one = ask("one", 1, 4);
    expect(pool.statistics().waiting).toEqual({ INTERACTIVE: 1, BULK: 0, BACKGROUND: 8, ANALYSIS: 0 });
    open();
    await Promise.all([held, background, one]);
    expect(done).toEqual(["held", "one", "background"]);
  });
});
