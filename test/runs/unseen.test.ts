/** Molecules that the model does not see as a whole are counted in the warnings of a run. */
import { expect, it } from "vitest";
import { startRuns } from "../../src/runs/index.js";
import { createTestStore } from "../support/database.js";
import { FakeCompute } from "../support/fake-compute.js";
import { ended, order, seedBase, seedDataset } from "../support/run-fixtures.js";

it("warns of molecules that the model does not see as a whole, however often it is started", async () => {
  const store = await createTestStore();
  await seedBase(store);
  const problems: unknown[] = [];
  const runs = await startRuns({ store, compute: new FakeCompute(), onError: (error) => problems.push(error) });
  const rows = ["C".repeat(70), "[U]C", "C[U]", "[Pu]C", "CCC", "CCO", "CCN", "CCCC", "CCCO", "CCCN"];
  const seeds = rows.map((smiles, index) => ({ smiles, label: index % 2 ? "odd" : "even", key: `key-${index}` }));
  await seedDataset(store, seeds, "strange");
  const expected = [
    { code: "INPUTS_CUT", details: { count: 1, molecules: 10, maximum: 64, longest: 72 } },
    { code: "UNKNOWN_TOKENS", details: { count: 3, molecules: 10, tokens: { "[U]": 2, "[Pu]": 1 } } },
  ];
  const split = { strategy: "RANDOM", fractions: [0.6, 0.2, 0.2] };
  const orders = [
    runs.startFinetune(order({ dataset: "strange", split, minClassSize: 2 })),
    runs.startEmbedding({ model: "base", dataset: "strange" }),
    runs.startEmbedding({ model: "base", dataset: "strange", idempotencyKey: "again" }),
  ];
  for (const started of orders) {
    const run = await ended(runs, (await started).id);
    expect([run.status, run.errorMessage]).toEqual(["SUCCEEDED", null]);
    const codes = ["INPUTS_CUT", "UNKNOWN_TOKENS"];
    const warnings = (run.warnings as { code: string; details: object }[]).filter(({ code }) => codes.includes(code));
    expect(warnings.map(({ code, details }) => ({ code, details }))).toEqual(expected);
  }
  await runs.close();
  await store.close();
  expect(problems).toEqual([]);
});
