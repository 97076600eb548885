/** The size of batches that a model is fastest with, found by its own batches. */
import { describe, expect, it } from "vitest";
import { TokenBudgets } from "../../src/compute/token-budget.js";

/** Full batches, each with the time that its budget takes; answers the budgets that were used. */
function run(budgets: TokenBudgets, batches: number, msOf: (budget: number) => number, key = "model"): number[] {
  return Array.from({ length: batches }, () => {
    const budget = budgets.of(key);
    budgets.measured(key, { budget, isFull: true, tokens: 0.9 * budget, ms: msOf(budget) });
    return budget;
  });
}
/** Of the last 15, without the one that tries a neighbour. */
function usual(used: number[]): number {
  const last = used.slice(-15);
  const [first, second] = last;
  const most = last.filter((budget) => budget === first).length > 7 ? first : second;
  expect(last.filter((budget) => budget !== most).length).toBeLessThanOrEqual(1);
  return most;
}

describe("the budget of tokens", () => {
  it("tries each size three times, then takes the fastest", () => {
    // 10 ms for the call, and 50 tokens a millisecond up to 1,536, then 30.
    const used = run(new TokenBudgets(), 31, (budget) => 10 + budget / (budget > 1_536 ? 30 : 50));
    expect(used.slice(0, 15)).toEqual([512, 768, 1_024, 1_536, 2_048].flatMap((size) => [size, size, size]));
    expect(usual(used)).toBe(1_536);
  });

  it("is the smallest of those that are nearly as fast", () => {
    expect(usual(run(new TokenBudgets(), 31, (budget) => budget / 50))).toBe(512);
  });

  it("is not one of which a batch takes long, and those above are not tried", () => {
    const used = run(new TokenBudgets(), 31, (budget) => 90 + budget / 10);
    expect([...new Set(used)]).toEqual([512, 768]);
    expect(used.at(-1)).toBe(512);
    expect([...new Set(run(new TokenBudgets(), 31, () => 1_000))]).toEqual([512]);
  });

  it("is found anew when the machine changes", () => {
    const budgets = new TokenBudgets();
    expect(run(budgets, 31, (budget) => 10 + budget / 50).at(-1)).toBe(2_048);
    // Now each token costs more in a large batch.
    const later = run(budgets, 2_000, (budget) => 1 + (budget / 512) ** 2);
    expect(usual(later)).toBe(512);
  });

  it("is of each model by itself, and fixed where it is given", () => {
    const budgets = new TokenBudgets();
    run(budgets, 31, (budget) => budget / 50, "small");
    expect([budgets.of("small"), budgets.of("large")]).toEqual([512, 512]);
    run(budgets, 31, (budget) => 10 + budget / 50, "large");
    expect([budgets.of("small"), budgets.of("large")]).toEqual([512, 2_048]);
    const fixed = new TokenBudgets(40);
    expect(run(fixed, 40, () => 1)).toEqual(new Array(40).fill(40));
  });
});
