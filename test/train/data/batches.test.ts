/** The order of an epoch is a permutation that depends on (count, seed, epoch) alone. */
import { describe, expect, it } from "vitest";
import { Philox } from "../../../src/model/philox-stream.js";
import { batchesOf, epochOrder } from "../../../src/train/data/batches.js";

describe("epochOrder", () => {
  it("is a permutation, the same for the same arguments in any order of calls", () => {
    const first = epochOrder(1000, 7, 0);
    const second = epochOrder(1000, 7, 1);
    expect([...first].sort((a, b) => a - b)).toEqual(Array.from({ length: 1000 }, (_, index) => index));
    expect(epochOrder(1000, 7, 0)).toEqual(first);
    expect(epochOrder(1000, 7, 1)).toEqual(second);
  });

  it("differs by epoch, by seed and by the upper half of the seed", () => {
    const base = epochOrder(1000, 7, 0);
    for (const other of [epochOrder(1000, 7, 1), epochOrder(1000, 8, 0), epochOrder(1000, 7 + 2 ** 32, 0)]) {
      // Two independent permutations agree in one place on average.
      expect(other.filter((value, index) => value === base[index]).length).toBeLessThan(8);
    }
  });

  it("is the caller's to change", () => {
    const order = epochOrder(10, 1, 1);
    const copy = order.slice();
    order.fill(0);
    expect(epochOrder(10, 1, 1)).toEqual(copy);
  });

  it("takes every order of three with equal probability", () => {
    const counts = new Map<string, number>();
    for (let epoch = 0; epoch < 6000; epoch++) {
      const order = epochOrder(3, 1, epoch).join("");
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(6);
    // chi squared with 5 degrees of freedom: 20.5 is the 0.1 % point
    const chiSquared = [...counts.values()].reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0);
    expect(chiSquared).toBeLessThan(20.5);
  });

  it("is empty for an empty set", () => {
    expect(epochOrder(0, 1, 0).length).toBe(0);
  });
});

describe("batchesOf", () => {
  it("keeps the last short batch", () => {
    const batches = batchesOf(Int32Array.of(5, 3, 1, 0, 2, 4, 6), 3);
    expect(batches.map((batch) => [...batch])).toEqual([[5, 3, 1], [0, 2, 4], [6]]);
  });

  it.each([0, -1, 1.5, Number.NaN])("refuses batches of %d", (size) => {
    expect(() => batchesOf(Int32Array.of(1), size)).toThrow(
      expect.objectContaining({ code: "INVALID_CONFIG", param: "batchSize" }),
    );
  });
});

describe("Philox", () => {
  it("draws Random123's first block for seed 0, then the next", () => {
    const random = new Philox(0, 0);
    expect([1, 2, 3, 4].map(() => random.next())).toEqual([0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8]);
    expect(new Set(Array.from({ length: 1000 }, () => random.next())).size).toBe(1000);
  });

  it("is uniform below a bound that does not divide 2^32", () => {
    const counts = new Int32Array(7);
    const random = new Philox(5, 1, 2, 3);
    for (let draw = 0; draw < 70_000; draw++) counts[random.below(7)]++;
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(4 * Math.sqrt((10_000 * 6) / 7));
    expect(Math.max(...Array.from({ length: 1000 }, () => random.uniform()))).toBeLessThan(1);
  });
});
