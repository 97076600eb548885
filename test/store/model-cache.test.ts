/** Models that are found by name without the database, and never an older one. */
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import type { Store } from "../../src/store/index.js";
import { principalOf } from "../support/access/projects.js";
import { createTestStore } from "../support/database.js";
import { seedBase } from "../support/run-fixtures.js";

let store: Store;
beforeAll(async () => {
  store = await createTestStore();
  await seedBase(store);
});
afterAll(() => store.close());

const find = () => store.models.find(store, "base");
const reads = () => vi.spyOn(store.prisma.model, "findMany");

it("asks the database once, and again after any change that another process made", async () => {
  // Those of the row that was just made have come.
  await expect.poll(async () => (await store.models.find(store, "base")) === (await find())).toBe(true);
  const first = await find();
  const read = reads();
  expect(await store.models.find(store, "base")).toBe(first);
  expect(read).not.toHaveBeenCalled();
  await store.pool.query(`UPDATE "Model" SET card = 'changed' WHERE name = 'base'`);
  await expect.poll(async () => (await store.models.find(store, "base")).card).toBe("changed");
  read.mockRestore();
});

it("does not keep that there is none, and keeps what each project means by a name", async () => {
  await expect(store.models.find(store, "later")).rejects.toMatchObject({ code: "NOT_FOUND", param: "model" });
  const { id: _id, composition: _none, labels: _labels, ...columns } = await store.models.find(store, "base");
  const rows = await Promise.all(
    ["one", "two"].map(async (project) => {
      await store.prisma.project.create({ data: { id: project, name: project } });
      const data = { ...columns, id: `later-${project}`, name: "later", projectId: project };
      return store.prisma.model.create({ data });
    }),
  );
  const seen = (project: string) => store.models.find({ ...store, principal: principalOf(project) }, "later");
  for (const [index, project] of ["one", "two", "one", "two"].entries())
    expect((await seen(project)).id).toBe(rows[index % 2].id);
});

it("keeps nothing that was read while a change came", async () => {
  store.models.clear();
  const read = reads().mockImplementationOnce((async (...given: unknown[]) => {
    read.mockRestore();
    const rows = await (store.prisma.model.findMany as (...of: unknown[]) => Promise<object[]>)(...given);
    store.models.clear();
    return rows.map((row) => ({ ...row, card: "old" }));
  }) as never);
  expect((await store.models.find(store, "base")).card).toBe("old");
  expect((await store.models.find(store, "base")).card).toBe("changed");
});
