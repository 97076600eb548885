/**
 * Slow molecules in front of RDKit: one plain molecule beside them is answered in less than a second, each slow one has
 * a limit, a call has one for all of them, and a molecule that was too slow is refused at once afterwards. The same for
 * a SMARTS.
 */
import { afterEach, describe, expect, it } from "vitest";
import { ChemistryClient, type ChemistryOptions } from "../../src/chem/chemistry.js";

let client: ChemistryClient;
const start = async (options: ChemistryOptions = {}) => {
  client = new ChemistryClient({ processes: 2, timeoutMs: 2_000, ...options });
  await client.start();
};
afterEach(() => client.close());

/** Of 280 atoms: RDKit takes longer than ten seconds. */
const SLOW = "C12C3C1C23".repeat(70);
/** 37 cubanes in a row: not finished after half a minute. */
const CUBANES = "C12C3C4C1C5C2C3C45".repeat(37);
/** Other SMILES that take as long. */
const slow = (index: number) => `${"C".repeat(index + 1)}${"C12C3C1C23".repeat(65)}`;
const codes = async (smiles: string[], signal?: AbortSignal) =>
  (await client.parse(smiles, signal)).map((result) => (result.ok ? "ok" : result.error.code));
const elapsed = async (work: () => Promise<unknown>): Promise<number> => {
  const began = performance.now();
  await work();
  return performance.now() - began;
};

it("answers a plain molecule in less than a second beside 12 requests of 16 slow ones", async () => {
  await start({ timeoutMs: 10_000 });
  const stop = new AbortController();
  const requests = Array.from({ length: 12 }, (_, request) =>
    codes(
      Array.from({ length: 16 }, (_, index) => slow((request + index) % 14)),
      stop.signal,
    ).catch((error) => error.code),
  );
  const times: number[] = [];
  for (let turn = 0; turn < 10; turn++) {
    times.push(await elapsed(async () => expect(await codes(["CCO"])).toEqual(["ok"])));
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  expect(Math.max(...times)).toBeLessThan(1_000);
  stop.abort();
  expect(await Promise.all(requests)).toEqual(requests.map(() => "CANCELLED"));
  // The process of the slow molecule was ended with its request: the next slow one does not wait for it.
  expect(await codes(["CCN"])).toEqual(["ok"]);
});

it("keeps plain molecules quick beside slow ones that do not look so", async () => {
  // Every molecule but the smallest overruns such a limit.
  await start({ quickMs: 150 });
  const unseen = "C12C3C4C1C5C2C3C45".repeat(10).slice(0, 200);
  const hidden = client.parse(Array.from({ length: 5 }, () => unseen));
  expect(await codes(["CCO", "CCN"])).toEqual(["ok", "ok"]);
  expect(await hidden).toHaveLength(5);
});

describe("a slow molecule", () => {
  it("is TIMEOUT in its place, then at once in every call, until it is forgotten", async () => {
    await start({ rememberMs: 3_000 });
    expect(await codes(["CCO", SLOW, "CCN", SLOW])).toEqual(["ok", "TIMEOUT", "ok", "TIMEOUT"]);
    expect(await elapsed(async () => expect(await codes([SLOW])).toEqual(["TIMEOUT"]))).toBeLessThan(200);
    await new Promise((resolve) => setTimeout(resolve, 3_100));
    expect(await elapsed(async () => expect(await codes([SLOW])).toEqual(["TIMEOUT"]))).toBeGreaterThan(1_500);
  });

  it("uses the time of its call: those that are left are TIMEOUT, the plain ones are answered", async () => {
    await start({ callMs: 1_500 });
    const endless = ["", "C", "N", "O", "CC", "CN", "CO", "CCC"].map((chain) => chain + CUBANES);
    const smiles = endless.flatMap((text, index) => [text, "C".repeat(index + 1)]);
    const results = await client.parse(smiles);
    const answers = results.map((result) => (result.ok ? "ok" : result.error.code));
    expect(answers).toEqual(smiles.map((_, index) => (index % 2 ? "ok" : "TIMEOUT")));
    // Two reach their limit of 2 s, of which 1 s counts each; the other six are not tried.
    const spent = results.filter((result) => !result.ok && result.error.message.includes("(1.5 s) is spent"));
    expect(spent).toHaveLength(6);
  });

  it("ends with the client that left", async () => {
    await start({ timeoutMs: 60_000 });
    const stop = new AbortController();
    const leaving = codes([SLOW], stop.signal);
    setTimeout(() => stop.abort(), 1_500);
    await expect(leaving).rejects.toMatchObject({ code: "CANCELLED" });
    // With one slow process of two this would wait for a minute.
    expect(await codes(["C1CC1".repeat(46)])).toEqual(["ok"]);
  });
});

describe("a slow SMARTS", () => {
  /** Every path of so many atoms is tried before RDKit finds that there is no silicon. */
  const pattern = (atoms: number) => `${"*~".repeat(atoms)}[Si]`;
  const CAGE = "C12C3C4C1C5C2C3C45".repeat(14);
  const matched = (smarts: string, smiles: string[], signal?: AbortSignal) =>
    client.search
      .match(smarts, smiles, () => undefined, signal)
      .then(
        () => "ok",
        (error) => error.code,
      );

  it("does not take all processes: plain molecules and patterns are answered while it runs", async () => {
    await start({ patternMs: 60_000 });
    const stop = new AbortController();
    const running = new Set(Array.from({ length: 4 }, (_, index) => matched(pattern(70 + index), [CAGE], stop.signal)));
    for (const search of running) void search.then(() => running.delete(search));
    for (let turn = 0; turn < 4; turn++) {
      expect(await codes(["CCO"])).toEqual(["ok"]);
      expect(await matched("[#8]", ["CCO"])).toBe("ok");
      await new Promise((resolve) => setTimeout(resolve, 400));
    }
    expect(running.size).toBe(4);
    const all = [...running];
    stop.abort();
    expect(await Promise.all(all)).toEqual(all.map(() => "CANCELLED"));
  });

  it("is TIMEOUT, then at once with other molecules too, without another process", async () => {
    await start({ patternMs: 500 });
    expect(await matched(pattern(70), [CAGE])).toBe("TIMEOUT");
    expect(await codes(["CCO"])).toEqual(["ok"]);
    const { pids } = client;
    expect(await matched(pattern(70), ["CCO"])).toBe("TIMEOUT");
    expect(await matched(pattern(70), ["CCN", CAGE])).toBe("TIMEOUT");
    expect(client.pids).toEqual(pids);
    expect(await matched(pattern(3), ["CCO"])).toBe("ok");
  });

  it("uses the time of its search, whatever the number of its parts", async () => {
    await start({ patternMs: 60_000, callMs: 1 });
    // 200 molecules are one part, of two to nine seconds.
    const smiles = Array.from({ length: 600 }, () => "C12C3C4C1C5C2C3C45".repeat(3));
    const parts: number[] = [];
    const search = client.search.match(pattern(14), smiles, (from) => parts.push(from));
    await expect(search).rejects.toMatchObject({ code: "TIMEOUT" });
    expect(parts).toEqual([0]);
  });
});
