/**
 * What an item is answered does not depend on the items beside it: for every encoder family and output, the values of
 * random batches, in any order and cut into any requests, are those of the item alone, to 1e-5 (float32, CPU).
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ObservedComputePool, startComputePool } from "../../src/compute/pool.js";
import { readCheckpointInfo } from "../../src/model/checkpoint/checkpoint.js";
import { FAMILIES, maxTokens } from "../../src/model/families/index.js";

const FIXTURES = join(import.meta.dirname, "..", "fixtures");
const TOLERANCE = 1e-5;
/** Items of each family, from 1 token to the longest. */
const ITEMS = 24;

let pool: ObservedComputePool;
beforeAll(async () => {
  // Several batches of a request of all items, so that items change their company.
  pool = await startComputePool({ threads: 1, tokenBudget: 256 });
});
afterAll(() => pool.close());

const distance = (a: Float32Array, b: Float32Array) => Math.max(...a.map((value, at) => Math.abs(value - b[at])));

/** Ids that are no padding, of lengths spread over what the model takes. */
function itemsOf({ vocabularySize, padId, longest }: { vocabularySize: number; padId: number; longest: number }) {
  let state = 2_024;
  const next = (below: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return (state >> 8) % below;
  };
  const id = (): number => {
    const one = next(vocabularySize);
    return one === padId ? id() : one;
  };
  return Array.from({ length: ITEMS }, (_, n) => {
    const length = 1 + Math.round((n * (longest - 1)) / (ITEMS - 1));
    return Int32Array.from({ length }, id);
  });
}

/** A batch of random company in random order, each item with the request that it comes in. */
const company = fc.array(fc.record({ item: fc.nat(ITEMS - 1), request: fc.nat(2) }), { minLength: 1, maxLength: 32 });

describe.each(Object.keys(FAMILIES))("%s", (family) => {
  test.each(["LOGITS", "CLS", "MEAN"] as const)("%s", async (output) => {
    const folder = join(FIXTURES, `tiny-${family}`);
    const weights = readFileSync(join(folder, "model.safetensors"));
    const model = { folder, checksum: createHash("sha256").update(weights).digest("hex") };
    const { config } = await readCheckpointInfo(folder);
    const items = itemsOf({ ...config, longest: maxTokens(config) });
    const alone: Float32Array[] = [];
    for (const item of items) alone.push(...(await pool.infer({ model, output, tokenIds: [item] })));
    // The items differ: what is equal below is not equal for another reason.
    const nearest = alone.flatMap((a, n) => alone.slice(n + 1).map((b) => distance(a, b)));
    expect(Math.min(...nearest)).toBeGreaterThan(10 * TOLERANCE);

    await fc.assert(
      fc.asyncProperty(company, async (members) => {
        const requests = [0, 1, 2].map((request) => members.filter((member) => member.request === request));
        const answers = await Promise.all(
          requests.map((own) => pool.infer({ model, output, tokenIds: own.map(({ item }) => items[item]) })),
        );
        for (const [request, own] of requests.entries())
          for (const [at, { item }] of own.entries())
            expect(distance(answers[request][at], alone[item])).toBeLessThanOrEqual(TOLERANCE);
      }),
      { numRuns: 40, seed: 7 },
    );
  });
});
