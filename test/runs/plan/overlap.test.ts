/** Which values of a split column mean which split, asked about the molecules of some label sets. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { countOverlap, listOverlap } from "../../../src/runs/index.js";
import type { Store } from "../../../src/store/index.js";
import { createTestStore } from "../../support/database.js";
import { seedDataset } from "../../support/run-fixtures.js";

let store: Store;
beforeAll(async () => {
  store = await createTestStore();
});
afterAll(() => store?.close());

it("is read by these molecules alone: holdout is TEST where none of them is called test", async () => {
  const datasetId = await seedDataset(store, [
    { smiles: "CCO", key: "TWICE", label: "a", fold: "train" },
    { smiles: "OCC", key: "TWICE", label: "b", fold: "holdout" },
    { smiles: "CCN", fold: "test" },
  ]);
  const sets = await store.prisma.labelSet.findMany({ where: { datasetId }, orderBy: { name: "asc" } });
  const [fold, superclass] = sets;
  const counts = ["train", "holdout", "test"].map((value) => ({ value, count: 1 }));
  const set = { id: fold.id, counts };
  expect(await countOverlap(store, { set, targets: null })).toEqual({ count: 0, rows: 0 });
  const column = { set, targets: [superclass.id] };
  expect(await countOverlap(store, column)).toEqual({ count: 1, rows: 2 });
  const [found] = await listOverlap(store, column, { first: 10, after: 0 });
  expect(found.members.map(({ split }) => split)).toEqual(["TRAIN", "TEST"]);
});
