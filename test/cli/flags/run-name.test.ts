/** Names made up for runs: allowed characters, lengths, and the same for the same idempotency key. */
import { describe, expect, it } from "vitest";
import { madeUpName, nameStem } from "../../../src/cli/flags/run-name.js";

const RULE = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;
const request = { target: ["health effect", "taste"], dataset: "foods" };

describe("a made-up name", () => {
  it("is made of the first target and the dataset, and is another each time", () => {
    expect(madeUpName(request)).toMatch(/^health-effect-foods-[0-9a-f]{6}$/);
    expect(madeUpName(request, { kind: "-probe" })).toMatch(/^health-effect-foods-probe-[0-9a-f]{6}$/);
    expect(madeUpName(request)).not.toBe(madeUpName(request));
  });

  it("is the same for the same idempotency key, and another for another", () => {
    // The first six digits of sha256("monday").
    expect(madeUpName({ ...request, idempotencyKey: "monday" })).toBe("health-effect-foods-d618fb");
    expect(madeUpName({ ...request, idempotencyKey: "tuesday" })).not.toBe("health-effect-foods-d618fb");
  });

  it.each([
    ["", 64],
    ["-probe", 64],
    ["", 60],
  ])("keeps to its longest: %j, %i", (kind, most) => {
    const name = madeUpName({ target: ["x".repeat(100)], dataset: "foods" }, { kind, most });
    expect([name.length, RULE.test(name)]).toEqual([most, true]);
  });

  it("of characters that no name may hold is the word given instead", () => {
    expect(nameStem("味-气", 20, "run")).toBe("run");
    expect(nameStem("-.odor/smell", 20, "run")).toBe("odor-smell");
  });
});
