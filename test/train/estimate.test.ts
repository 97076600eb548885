/** The estimate of a finetune's memory against measured ones (bench/estimates.ts). */
import { expect, it } from "vitest";
import { finetuneBytes } from "../../src/train/estimate.js";

it.each([
  { layers: 2, width: 64, heads: 4, tokens: 128, batchTokens: 64 * 128, parameters: 0.13e6, measured: 397e6 },
  { layers: 4, width: 128, heads: 8, tokens: 64, batchTokens: 32 * 64, parameters: 0.86e6, measured: 321e6 },
])("is within a tenth for $layers layers of $width", ({ measured, ...size }) => {
  expect(Math.abs(finetuneBytes(size) / measured - 1)).toBeLessThan(0.1);
});
