/** Label sets by pattern: how many a request may name, and an idempotency key after label sets came. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { matchedSets, type Runs, startRuns } from "../../../src/runs/index.js";
import type { Dataset } from "../../../src/store/generated/client.js";
import { newId, type Store } from "../../../src/store/index.js";
import { createTestStore } from "../../support/database.js";
import { FakeCompute } from "../../support/fake-compute.js";
import { order, seedBase, seedDataset } from "../../support/run-fixtures.js";

let store: Store;
let runs: Runs;
let dataset: Dataset;
beforeAll(async () => {
  store = await createTestStore();
  await seedBase(store);
  const id = await seedDataset(store);
  dataset = await store.prisma.dataset.findUniqueOrThrow({ where: { id } });
  runs = await startRuns({ store, compute: new FakeCompute(), worker: false });
  await store.pool.query(
    `INSERT INTO "LabelSet" (id, "datasetId", name, kind)
     SELECT 'wide-' || n, $1, 'wide-' || lpad(n::text, 4, '0'), 'SINGLE_LABEL' FROM generate_series(1, 1001) AS n`,
    [id],
  );
});
afterAll(async () => {
  await runs?.close();
  await store?.close();
});

const times = (count: number, text: (n: number) => string) => Array.from({ length: count }, (_, n) => text(n));
const REFUSED = { code: "INVALID_CONFIG", param: "targets" };

describe("a request of too many", () => {
  it.each([
    ["1,001 texts", () => [...times(1_000, (n) => `absent-${n}`), "super*"]],
    ["101 patterns", () => times(101, (n) => `absent-${n}*`)],
    ["patterns that stand for 1,001", () => ["super*", "wide-*"]],
  ])("%s is refused, also by the overlap of a split", async (_, texts) => {
    const targets = texts();
    const changes = { target: null, targets };
    await expect(runs.startFinetune(order(changes))).rejects.toMatchObject(REFUSED);
    await expect(runs.startProbe(order(changes))).rejects.toMatchObject(REFUSED);
    const repeats = runs.startRepeats({ finetune: order(changes), seeds: [1] });
    await expect(repeats).rejects.toMatchObject(REFUSED);
    await expect(matchedSets(store, dataset, targets, { param: "targets" })).rejects.toMatchObject(REFUSED);
  });

  it("one that names each twice names each once", async () => {
    const found = await matchedSets(store, dataset, ["wide-0*", "wide-*0", "wide-00??"], { param: "targets" });
    expect([found.length, found[0].name]).toEqual([1_000, "wide-0001"]);
  });
});

describe("a key that was used with a pattern", () => {
  const names = { name: "keyed", idempotencyKey: "of-a-run" };
  const group = { finetune: order({ name: "group", target: "super*" }), seeds: [1, 2], idempotencyKey: "of-a-group" };
  const again = (changes: object) => runs.startFinetune(order({ ...names, target: "super*", ...changes }));

  it("finds its run and its group when another label set matches, and no other request", async () => {
    const first = await again({});
    const probe = await runs.startProbe(order({ name: "probe", target: "super*", idempotencyKey: "of-a-probe" }));
    const repeats = await runs.startRepeats(group);
    const said = { target: "superclass", targets: ["superclass"], patterns: ["super*"] };
    expect([first.input, probe.input]).toEqual([expect.objectContaining(said), expect.objectContaining(said)]);
    const labelSet = { id: newId(), datasetId: dataset.id, name: "superb", kind: "SINGLE_LABEL" as const };
    await store.prisma.labelSet.create({ data: labelSet });
    expect((await again({})).id).toBe(first.id);
    const sameProbe = runs.startProbe(order({ name: "probe", target: "super*", idempotencyKey: "of-a-probe" }));
    expect((await sameProbe).id).toBe(probe.id);
    expect((await runs.startRepeats(group)).id).toBe(repeats.id);
    // Its names are the same order; another pattern is what it stands for now.
    expect((await again({ target: "superclass" })).id).toBe(first.id);
    expect((await again({ target: "superc*" })).id).toBe(first.id);
    for (const target of ["sup*", "fol*"]) await expect(again({ target })).rejects.toMatchObject({ code: "CONFLICT" });
    await expect(again({ epochs: 4 })).rejects.toMatchObject({ code: "CONFLICT" });
  });

  it("finds its run when all that matched is gone", async () => {
    const first = await again({});
    await store.pool.query(`UPDATE "LabelSet" SET name = 'no-' || name WHERE name LIKE 'super%'`);
    expect((await again({})).id).toBe(first.id);
  });
});
