import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { countStatements, newId, type Store } from "../../src/store/index.js";
import { createTestStore } from "../support/database.js";

let store: Store;
beforeAll(async () => {
  store = await createTestStore();
});
afterAll(() => store.close());

describe("a store", () => {
  it("gives the same rows to Prisma and to SQL, with times that carry their zone", async () => {
    const row = await store.prisma.dataset.create({ data: { id: newId(), name: "one" } });
    const { rows } = await store.pool.query<{ id: string; createdAt: Date }>(`SELECT id, "createdAt" FROM "Dataset"`);
    expect(rows).toEqual([{ id: row.id, createdAt: row.createdAt }]);
    expect(Math.abs(Date.now() - row.createdAt.getTime())).toBeLessThan(60_000);
  });

  it("counts the statements of Prisma and of SQL", async () => {
    const counted = await countStatements(store, async () => {
      await store.prisma.dataset.count();
      await store.pool.query("SELECT 1");
      return store.prisma.$transaction([store.prisma.model.count(), store.prisma.run.count()]);
    });
    expect(counted).toEqual({ result: [0, 0], statements: 6 });
  });
});

describe("ids", () => {
  it("sort in the order in which they were made and never repeat", () => {
    const ids = Array.from({ length: 20_000 }, () => newId());
    expect([...ids].sort()).toEqual(ids);
    expect(new Set(ids).size).toBe(20_000);
    for (const id of ids.slice(0, 100))
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });
});
