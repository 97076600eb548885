/** The next batch waits in the process that is nearly done with the one before it. */
import { describe, expect, test } from "vitest";
import { TokenBudgets } from "../../src/compute/token-budget.js";
import { fakeModel, fakePool, rejection, tokens, until } from "../support/compute.js";
import { CRASH, GATE } from "../support/fake-tokens.js";

const IDLE = { queuedItems: 0, runningItems: 0, trainingRuns: 0 };

/** A pool that knows how fast the model is: its batches take less than the time by which the next one is early. */
async function knownPool(options: Parameters<typeof fakePool>[0] = {}) {
  const pool = await fakePool({ tokenBudget: 1, ...options });
  const fake = fakeModel();
  const ask = (...ids: number[]) => pool.infer({ model: fake.model, output: "CLS", tokenIds: [tokens(...ids)] });
  // The first one loads the model, and says nothing of its speed.
  for (const id of [1, 1]) await ask(id);
  return { ...fake, pool, ask };
}

describe("room for the next batch", () => {
  test("one batch waits in the process, the others in the queue; answers are those of their own batches", async () => {
    const { pool, ask, open } = await knownPool();
    const held = ask(GATE);
    await until(() => pool.gauges().runningItems === 1);
    const others = [ask(2), ask(3), ask(4)];
    await until(() => pool.gauges().runningItems === 2);
    expect(pool.gauges()).toEqual({ queuedItems: 2, runningItems: 2, trainingRuns: 0 });
    open();
    expect((await Promise.all(others)).map(([vector]) => vector[0])).toEqual([2, 3, 4]);
    await held;
    expect(pool.gauges()).toEqual(IDLE);
  });

  test("nothing waits behind a batch of a model whose speed is not known", async () => {
    const pool = await fakePool({ tokenBudget: 1 });
    const { model, open } = fakeModel();
    const ask = (id: number) => pool.infer({ model, output: "CLS", tokenIds: [tokens(id)] });
    const asked = [ask(GATE), ask(2), ask(3)];
    await until(() => pool.gauges().runningItems === 1);
    expect(pool.gauges().queuedItems).toBe(2);
    open();
    await Promise.all(asked);
  });

  test("what waits behind an item that ends the process twice is answered: it is not its cause", async () => {
    const { pool, ask, open } = await knownPool();
    const held = ask(GATE);
    await until(() => pool.gauges().runningItems === 1);
    const [crash, neighbour] = [ask(CRASH), ask(7)];
    await until(() => pool.gauges().runningItems === 2);
    open();
    const [error, [vector]] = await Promise.all([rejection(crash), neighbour, held]);
    expect([error.code, vector[0]]).toEqual(["COMPUTE_CRASHED", 7]);
    expect(pool.statistics().devices[0].crashes).toBe(2);
    expect(pool.gauges()).toEqual(IDLE);
  });

  test("a process is replaced only when nothing waits in it", async () => {
    const { pool, ask } = await knownPool({ recycleAfter: 1 });
    const ids = Array.from({ length: 60 }, (_, index) => index + 1);
    const answers = await Promise.all(ids.map((id) => ask(id)));
    expect(answers.map(([vector]) => vector[0])).toEqual(ids);
    await until(() => pool.statistics().devices[0].recycled > 0);
    expect([pool.statistics().devices[0].crashes, pool.gauges()]).toEqual([0, IDLE]);
  });

  test("the time of a batch follows from the tokens of the last batches, full or not", () => {
    const budgets = new TokenBudgets();
    expect(budgets.expectedMs("a", 100)).toBeNull();
    budgets.measured("a", { budget: 512, isFull: false, tokens: 50, ms: 10 });
    expect(budgets.expectedMs("a", 100)).toBe(20);
    budgets.measured("a", { budget: 512, isFull: true, tokens: 100, ms: 40 });
    // 0.7 x 0.2 + 0.3 x 0.4 ms a token.
    expect(budgets.expectedMs("a", 100)).toBeCloseTo(26, 9);
    expect(budgets.expectedMs("b", 100)).toBeNull();
  });
});
