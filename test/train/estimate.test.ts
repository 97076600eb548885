/** The estimates of a training's memory and time against measured ones (bench/estimates.ts). */
import { expect, it } from "vitest";
import {
  finetuneBytes,
  operationsOfMasked,
  operationsOfStep,
  operationsOfToken,
  pretrainingBytes,
  THREAD_SPEED,
} from "../../src/train/estimate.js";

it.each([
  { layers: 2, width: 64, heads: 4, tokens: 128, batchTokens: 64 * 128, parameters: 0.13e6, measured: 397e6 },
  { layers: 4, width: 128, heads: 8, tokens: 64, batchTokens: 32 * 64, parameters: 0.86e6, measured: 321e6 },
  { layers: 6, width: 768, heads: 12, tokens: 100, batchTokens: 4 * 100, parameters: 42.9e6, measured: 1_629e6 },
])("the bytes of a finetune are within a tenth for $layers layers of $width", ({ measured, ...size }) => {
  expect(Math.abs(finetuneBytes(size) / measured - 1)).toBeLessThan(0.1);
});

it("a finetune that trains few numbers keeps no moments of the others", () => {
  const size = { layers: 4, width: 256, heads: 4, tokens: 80, batchTokens: 1_280, parameters: 3.3e6 };
  expect(finetuneBytes(size) - finetuneBytes({ ...size, trained: 0.1e6 })).toBe(3.2e6 * 5 * 4);
});

const TOKENS = { layers: 4, width: 128, heads: 8, tokens: 250, batchTokens: 8 * 250, parameters: 0.9e6 };
it.each([
  { what: "long molecules", ...TOKENS, vocabulary: 15, maskedTokens: 300, corpusTokens: 22_000, measured: 395e6 },
  {
    what: "a large vocabulary",
    ...{ layers: 2, width: 128, heads: 4, tokens: 100, batchTokens: 3_200, parameters: 3.0e6 },
    ...{ vocabulary: 20_000, maskedTokens: 480, corpusTokens: 35_200, measured: 670e6 },
  },
  {
    what: "many molecules",
    ...{ layers: 2, width: 128, heads: 4, tokens: 64, batchTokens: 2_048, parameters: 0.5e6 },
    ...{ vocabulary: 15, maskedTokens: 307, corpusTokens: 200_000 * 64, measured: 318e6 },
  },
])("the bytes of a pretraining are within 15 % for $what", ({ measured, what: _, ...size }) => {
  expect(Math.abs(pretrainingBytes(size) / measured - 1)).toBeLessThan(0.15);
});

it("the time of a step is that of its tokens, its layers and its weights", () => {
  const size = { layers: 4, width: 256, tokens: 80, parameters: 3.3e6 };
  // 16 molecules of 80 tokens: 0.34 s were measured.
  const seconds = (16 * 80 * operationsOfToken(size) + operationsOfStep(size)) / THREAD_SPEED;
  expect(Math.abs(seconds / 0.341 - 1)).toBeLessThan(0.25);
  expect(operationsOfStep({ ...size, trained: 0 })).toBe(2.6e8 * 4);
  expect(operationsOfMasked({ width: 10, vocabulary: 20 })).toBe(3 * (200 + 400));
});
