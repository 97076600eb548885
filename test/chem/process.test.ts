/** The RDKit processes: one bad SMILES, crash, kill or departing caller does not affect other callers. */
import { afterEach, describe, expect, it } from "vitest";
import { ChemistryClient, type ChemistryOptions } from "../../src/chem/chemistry.js";

let client: ChemistryClient;
const start = async (options: ChemistryOptions = {}) => {
  client = new ChemistryClient({ processes: 1, ...options });
  await client.start();
  return client;
};
afterEach(() => client.close());

const alkanes = (count: number) => Array.from({ length: count }, (_, index) => "C".repeat(1 + (index % 40)));
const formulas = async (smiles: string[]) =>
  (await client.parse(smiles)).map((result) => (result.ok ? result.molecule.formula : result.error.code));
const formulaOf = (smiles: string) => `C${smiles.length > 1 ? smiles.length : ""}H${2 * smiles.length + 2}`;
/** 37 cubanes in a row: RDKit has not finished after half a minute. */
const ENDLESS = "C12C3C4C1C5C2C3C45".repeat(37);

describe("a SMILES that RDKit does not finish", () => {
  it("answers TIMEOUT; its neighbours, before and behind, are answered by a fresh process", async () => {
    await start({ timeoutMs: 1500 });
    const [pid] = client.pids;
    const smiles = [...alkanes(20), ENDLESS, ...alkanes(20)];
    const [answers, other] = await Promise.all([formulas(smiles), formulas(["CCCC"])]);
    expect(answers).toEqual(smiles.map((text) => (text === ENDLESS ? "TIMEOUT" : formulaOf(text))));
    expect(other).toEqual(["C4H10"]);
    expect(client.pids).toHaveLength(1);
    expect(client.pids[0]).not.toBe(pid);
  });
});

describe("a SMILES that breaks RDKit's WebAssembly instance", () => {
  it("is refused after a second try; its neighbours are answered", async () => {
    await start({ maxAtoms: 5000, maxLength: 5000 });
    const results = await client.parse(["CC", "C".repeat(3000), "CCC"]);
    expect(results[1]).toMatchObject({
      ok: false,
      error: { code: "INVALID_SMILES", message: expect.stringContaining("memory access out of bounds") },
    });
    expect(results.map((result) => result.ok)).toEqual([true, false, true]);
  });
});

describe("SIGKILL of a working process", () => {
  it("loses and doubles no answer", async () => {
    await start();
    const smiles = alkanes(400);
    const answers = formulas(smiles);
    const [pid] = client.pids;
    await formulas(["CC"]);
    process.kill(pid, "SIGKILL");
    expect(await answers).toEqual(smiles.map(formulaOf));
    expect(client.pids).not.toContain(pid);
  });

  it("while idle is repaired by the next call", async () => {
    await start();
    process.kill(client.pids[0], "SIGKILL");
    expect(await formulas(["CCO"])).toEqual(["C2H6O"]);
  });
});

describe("many callers", () => {
  it("get their own answers in order, and a short call does not wait for a long one", async () => {
    await start();
    const ends: string[] = [];
    const long = formulas(alkanes(300)).then((answers) => {
      ends.push("long");
      return answers;
    });
    const short = formulas(["CCO", "CCN"]).then((answers) => {
      ends.push("short");
      return answers;
    });
    expect(await short).toEqual(["C2H6O", "C2H7N"]);
    expect(await long).toEqual(alkanes(300).map(formulaOf));
    expect(ends).toEqual(["short", "long"]);
  });

  it("share two processes when the queue is long", async () => {
    await start({ processes: 2 });
    expect(client.pids).toHaveLength(1);
    expect(await formulas(alkanes(10))).toHaveLength(10);
    expect(client.pids).toHaveLength(1);
    const answers = formulas(alkanes(300));
    expect(client.pids).toHaveLength(2);
    expect(await answers).toEqual(alkanes(300).map(formulaOf));
  });

  it("past the queue's limit are refused, with a time to retry", async () => {
    await start({ maxQueue: 3 });
    const calls = Array.from({ length: 3 }, () => formulas(alkanes(20)));
    await expect(client.parse(["CCO"])).rejects.toMatchObject({
      code: "OVERLOADED",
      retryable: true,
      details: { retryAfterMs: expect.any(Number), maxQueue: 3 },
    });
    await expect(client.draw("CCO", { width: 100, height: 100 })).rejects.toMatchObject({ code: "OVERLOADED" });
    await Promise.all(calls);
    expect(await formulas(["CCO"])).toEqual(["C2H6O"]);
  });
});

describe("a caller who leaves", () => {
  it("gets CANCELLED at once, and the questions are not worked on", async () => {
    await start();
    const controller = new AbortController();
    const leaving = client.parse(alkanes(50_000), controller.signal);
    const staying = formulas(alkanes(30));
    controller.abort();
    await expect(leaving).rejects.toMatchObject({ code: "CANCELLED" });
    expect(await staying).toEqual(alkanes(30).map(formulaOf));
    await expect(client.parse(["CCO"], controller.signal)).rejects.toMatchObject({ code: "CANCELLED" });
  });

  it("by closing ends the processes and every open call", async () => {
    await start();
    const [pid] = client.pids;
    const open = client.parse(alkanes(500));
    const refused = expect(open).rejects.toMatchObject({ code: "CANCELLED" });
    await client.close();
    await refused;
    expect(() => process.kill(pid, 0)).toThrow(/ESRCH/);
    await expect(client.parse(["CCO"])).rejects.toMatchObject({ code: "CANCELLED" });
  });
});

it("answers an empty list without a question to the process", async () => {
  await start();
  expect(await client.parse([])).toEqual([]);
});

describe("drawing through the process", () => {
  it("gives an SVG, or the error of the SMILES", async () => {
    await start();
    expect(await client.draw("c1ccccc1O", { width: 120, height: 90 })).toMatch(
      /^<svg[^>]*width='120px' height='90px'/s,
    );
    await expect(client.draw("C1CC", { width: 120, height: 90 })).rejects.toMatchObject({
      code: "INVALID_SMILES",
      param: "smiles",
      message: expect.stringContaining("unclosed ring"),
    });
    await expect(client.draw("", { width: 120, height: 90 })).rejects.toMatchObject({ code: "EMPTY_INPUT" });
    for (const size of [
      { width: 19, height: 90 },
      { width: 100, height: 4001 },
      { width: 20.5, height: 90 },
    ]) {
      await expect(client.draw("CCO", size)).rejects.toMatchObject({ code: "BAD_INPUT" });
    }
  });
});
