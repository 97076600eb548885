import { expect, it } from "vitest";
import { processorShare, shareOf } from "../../src/process/processor-share.js";

it("is the time that threads ran, of the time that they ran or waited; nothing is said before a minute", () => {
  expect(shareOf(30, 70)).toBe(0.3);
  expect(shareOf(60, 0)).toBe(1);
  expect(shareOf(10, 49)).toBeNull();
  const share = processorShare();
  if (share !== null) expect(share).toBeGreaterThan(0);
  if (share !== null) expect(share).toBeLessThanOrEqual(1);
});
