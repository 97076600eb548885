/**
 * The seeds of the fuzz script and some changes of each, read by the parsers in this process: every input is read or
 * refused by a MaillardError. `npm run fuzz` does the same with 200,000 inputs, and against a server.
 */
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { seedsOf } from "../../bench/fuzz/corpus.js";
import { inputOf, isRefusal, makeTools, PARSERS } from "../../bench/fuzz/parsers.js";
import { Random } from "../../bench/fuzz/random.js";

const MORE = 60;
const tools = makeTools(mkdtempSync(join(tmpdir(), "maillard-fuzz-")));
afterAll(() => tools.close());

describe.each(Object.keys(PARSERS))("%s", (kind) => {
  it("is read or refused, never anything else", async () => {
    const faults: string[] = [];
    for (let index = 0; index < seedsOf(kind).length + MORE; index++) {
      const input = inputOf(kind, "suite", index);
      await PARSERS[kind].run(input, tools).catch((error: Error) => {
        if (!isRefusal(error)) faults.push(`${index}: ${error.stack}`);
      });
    }
    expect(faults).toEqual([]);
  });

  it("is the same input for the same seed and number, and another for another", () => {
    const index = seedsOf(kind).length + 3;
    expect(inputOf(kind, "a", index).equals(inputOf(kind, "a", index))).toBe(true);
    const others = Array.from({ length: 20 }, (_, more) => inputOf(kind, "a", index + more).toString("base64"));
    expect(new Set(others).size).toBeGreaterThan(10);
  });
});

it("the numbers of a seed are spread", () => {
  const random = new Random("seed", 1);
  const counts = [0, 0, 0, 0];
  for (let left = 4_000; left > 0; left--) counts[random.below(4)]++;
  for (const count of counts) expect(Math.abs(count - 1_000)).toBeLessThan(150);
});
