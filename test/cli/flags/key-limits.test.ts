/** `maillard key create`, `limit` and `usage` with limits of a key. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bytes } from "../../../src/cli/flags/key-limits.js";
import { startTestService, type TestService } from "../../support/api.js";
import { type Finished, maillard } from "../../support/command-line.js";
import { FakeCompute } from "../../support/fake-compute.js";

const OPERATOR = "an-operator's-key";
let service: TestService;
beforeAll(async () => {
  service = await startTestService({ compute: new FakeCompute(), models: {}, hub: null, apiKeys: [OPERATOR] });
});
afterAll(() => service?.close());

const run = (args: string, key = OPERATOR): Promise<Finished> =>
  maillard(service.url, args.split(" "), { MAILLARD_API_KEY: key });

it("gives a key limits, shows what it has used, and replaces all of them", async () => {
  const { out: lab } = await run("key create --name lab --role member --points 5000 --runs 3 --bytes 2G");
  const usage = JSON.parse((await run("key usage --json", lab)).out);
  expect(usage).toMatchObject({
    rateLimit: { limit: 5_000 },
    quota: { runs: { used: 0, limit: 3 }, bytes: { used: 0, limit: 2 * 1024 ** 3 } },
  });
  const text = (await run("key usage", lab)).out.split("\n");
  expect(text[0]).toMatch(/^points this minute {2}[\d,]+ of 5,000, all again at /);
  expect(text.slice(1)).toEqual([
    "unfinished runs     0 of 3",
    `bytes on disk       0 of ${(2 * 1024 ** 3).toLocaleString("en-US")}`,
  ]);

  expect((await run("key limit lab --runs 7")).out).toBe(
    "lab: points a minute as the server allows, runs 7, bytes as the server allows",
  );
  const { maxBytes, pointsPerMinute } = service.store.accessLimits;
  expect(JSON.parse((await run("key usage --json", lab)).out)).toMatchObject({
    rateLimit: { limit: pointsPerMinute },
    quota: { runs: { limit: 7 }, bytes: { limit: maxBytes } },
  });
  const unlimited = (await run("key usage")).out.split("\n");
  expect(unlimited).toEqual([
    "points this minute  no limit",
    "unfinished runs     0 of any number",
    "bytes on disk       0 of any number",
  ]);
  const unknown = await run("key limit nobody --runs 1");
  expect([unknown.exitCode, unknown.err.split(" ")[0]]).toEqual([1, "NOT_FOUND"]);
});

describe("a size", () => {
  it.each([
    ["0", 0],
    ["1000", 1_000],
    ["1K", 1_024],
    ["500M", 500 * 1024 ** 2],
    ["50G", 50 * 1024 ** 3],
    ["50GiB", 50 * 1024 ** 3],
    ["2T", 2 * 1024 ** 4],
  ])("%s is %d bytes", (text, expected) => expect(bytes(text)).toBe(expected));

  it.each(["", "G", "-1", "1.5G", "1P", "9007199254740992", "100000T"])("%s is refused", (text) =>
    expect(() => bytes(text)).toThrow(),
  );
});
