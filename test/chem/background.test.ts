/** Questions for nobody who waits: in a process of lower priority, and in the only one when nothing else waits. */
import { getPriority } from "node:os";
import { afterEach, expect, it, vi } from "vitest";
import { ChemistryClient } from "../../src/chem/chemistry.js";

let client: ChemistryClient;
const start = async (processes: number) => {
  client = new ChemistryClient({ processes });
  await client.start();
};
afterEach(async () => {
  vi.unstubAllEnvs();
  await client.close();
});

const chains = Array.from({ length: 40 }, (_, index) => `${"C".repeat(index + 1)}O`);
const formulas = async (...given: Parameters<ChemistryClient["parse"]>) =>
  (await client.parse(...given)).map((result) => result.ok && result.molecule.formula);

it("have a process of their own beside that of questions that somebody waits for", async () => {
  // Tests have one priority for all.
  vi.stubEnv("MAILLARD_NICE", "5");
  await start(2);
  const usual = await formulas(chains);
  expect(client.pids).toHaveLength(1);
  expect(await formulas(chains, undefined, { priority: "background" })).toEqual(usual);
  const priorities = client.pids.map((pid) => getPriority(pid)).sort((a, b) => a - b);
  expect(priorities).toHaveLength(2);
  expect(priorities[1]).toBeGreaterThan(priorities[0]);
  // The usual one does not take them.
  expect(await formulas(["CCO"])).toEqual(["C2H6O"]);
  expect(client.pids).toHaveLength(2);
});

it("are asked after the others where one process is all there is", async () => {
  await start(1);
  const ended: string[] = [];
  const behind = formulas(chains, undefined, { priority: "background" }).then(() => ended.push("background"));
  const before = formulas(chains.slice(0, 20)).then(() => ended.push("usual"));
  await Promise.all([behind, before]);
  expect([ended, client.pids.length]).toEqual([["usual", "background"], 1]);
});
