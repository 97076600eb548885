/** The pool with the real runtime: the answer to a molecule depends on the molecule and the model alone. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ObservedComputePool, startComputePool } from "../../src/compute/pool.js";
import type { InferenceOutput, ModelReference } from "../../src/compute/types.js";
import { MaillardError } from "../../src/errors.js";
import { saveCheckpoint } from "../../src/model/checkpoint/checkpoint.js";
import { maxTokens } from "../../src/model/families/index.js";
import { initializeWeights } from "../../src/model/initialize.js";
import type { EncoderConfig, Family } from "../../src/model/types.js";
import { rejection, scratchFolder } from "../support/compute.js";

const VOCABULARY = 50;

const config = (family: Family): EncoderConfig => ({
  family,
  vocabularySize: VOCABULARY,
  width: 32,
  layers: 2,
  heads: 4,
  intermediateWidth: 64,
  positions: 66,
  typeVocabularySize: family === "roberta" ? 1 : 2,
  padId: family === "roberta" ? 1 : 0,
  activation: "gelu",
  layerNormEpsilon: 1e-12,
  hiddenDropout: 0.1,
  attentionDropout: 0.1,
  classifierDropout: null,
  // Large, so that attention is sharp and every token has an effect.
  initializerRange: 0.4,
});

/** A checkpoint of random weights with a head of 3 classes, or none. */
async function savedModel(family: Family, labels: string[]): Promise<ModelReference> {
  const folder = scratchFolder();
  await saveCheckpoint(
    folder,
    initializeWeights(config(family), labels.length ? "SINGLE_LABEL" : "ENCODER", labels, 7),
  );
  const checksum = createHash("sha256")
    .update(readFileSync(join(folder, "model.safetensors")))
    .digest("hex");
  return { folder, checksum };
}

/** Deterministic items, one of each length from 1 to the longest, in shuffled order. */
function items(longest: number): Int32Array[] {
  let state = 12345;
  const next = () => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return state;
  };
  const lengths = Array.from({ length: longest }, (_, n) => n + 1).sort(() => (next() & 1024 ? 1 : -1));
  return lengths.map((length) => Int32Array.from({ length }, () => 2 + ((next() >> 8) % (VOCABULARY - 2))));
}

const distance = (a: Float32Array, b: Float32Array) => Math.max(...a.map((value, at) => Math.abs(value - b[at])));

let pool: ObservedComputePool;
beforeAll(async () => {
  pool = await startComputePool({ threads: 1, tokenBudget: 512 });
});
afterAll(() => pool.close());

describe.each(["bert", "roberta"] as const)("%s", (family) => {
  test.each(["LOGITS", "CLS", "MEAN"] as const)(
    "%s of an item is the same alone and among any neighbours, to 1e-5",
    async (output: InferenceOutput) => {
      const model = await savedModel(family, ["a", "b", "c"]);
      const all = items(maxTokens(config(family)));
      const alone: Float32Array[] = [];
      for (const tokenIds of all) alone.push(...(await pool.infer({ model, output, tokenIds: [tokenIds] })));
      expect(alone.map((vector) => vector.length)).toEqual(all.map(() => (output === "LOGITS" ? 3 : 32)));
      // The items differ, so the equality below is not trivial.
      expect(distance(alone[0], alone[1])).toBeGreaterThan(1e-2);

      const together = await pool.infer({ model, output, tokenIds: all });
      const pairs = await Promise.all(
        all.map((tokenIds, n) => pool.infer({ model, output, tokenIds: [all[(n + 1) % all.length], tokenIds] })),
      );
      const repeated = await pool.infer({ model, output, tokenIds: [...all.slice(0, 9), ...all.slice(0, 9)] });
      for (const [n, vector] of alone.entries()) {
        expect(distance(vector, together[n])).toBeLessThan(1e-5);
        expect(distance(vector, pairs[n][1])).toBeLessThan(1e-5);
        if (n < 9) expect(distance(repeated[n], repeated[n + 9])).toBeLessThan(1e-5);
      }
    },
  );

  test("limits of the model: the longest item is answered; one token more or a larger id is BAD_INPUT", async () => {
    const model = await savedModel(family, ["a", "b", "c"]);
    const longest = maxTokens(config(family));
    const results = await pool.inferEach({
      model,
      output: "CLS",
      tokenIds: [longest, longest + 1]
        .map((length) => new Int32Array(length).fill(3))
        .concat(Int32Array.of(3, VOCABULARY), Int32Array.of(3, VOCABULARY - 1)),
    });
    expect(results.map((result) => (result instanceof MaillardError ? result.code : result.length))).toEqual([
      32,
      "BAD_INPUT",
      "BAD_INPUT",
      32,
    ]);
  });

  test("without a head: vectors yes, logits MODEL_HAS_NO_HEAD", async () => {
    const model = await savedModel(family, []);
    const ask = (output: InferenceOutput) => pool.infer({ model, output, tokenIds: [Int32Array.of(3, 4, 5)] });
    expect((await ask("MEAN"))[0]).toHaveLength(32);
    expect((await rejection(ask("LOGITS"))).code).toBe("MODEL_HAS_NO_HEAD");
  });
});

test("a folder without a model and broken weights are named in the error, and the process continues", async () => {
  const folder = scratchFolder();
  const error = await rejection(
    pool.infer({ model: { checksum: "none", folder }, output: "CLS", tokenIds: [Int32Array.of(1)] }),
  );
  expect(error.code).toMatch(/^CHECKPOINT_(INVALID|UNSUPPORTED)$/);
  expect(error.message).not.toContain(folder);
  expect(pool.devices()[0].state).toBe("READY");
  expect(pool.statistics().devices[0].crashes).toBe(0);
});

test("PCA in the process: points on a line have one component that explains all", async () => {
  const vectors = Float32Array.from({ length: 30 }, (_, n) => Math.floor(n / 3) * [1, 2, -2][n % 3]);
  const { coordinates, explainedVarianceRatio } = await pool.pca({
    vectors,
    dimension: 3,
    components: 2,
    fitRows: null,
  });
  expect(explainedVarianceRatio[0]).toBeCloseTo(1, 6);
  // Steps of (1, 2, -2) are 3 long.
  for (let row = 1; row < 10; row++)
    expect(Math.abs(coordinates[2 * row] - coordinates[2 * row - 2])).toBeCloseTo(3, 5);
});
