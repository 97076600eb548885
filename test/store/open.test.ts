import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { countStatements, newId, openStore, type Store } from "../../src/store/index.js";
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

describe("a database that cannot be used", () => {
  it("is a STARTUP error with the address and without the password", async () => {
    const url = "postgresql://somebody:s3cret@127.0.0.1:1/nowhere?password=s3cret";
    const failing = openStore({ home: store.home, databaseUrl: url });
    await expect(failing).rejects.toMatchObject({
      code: "STARTUP",
      param: "DATABASE_URL",
      message: expect.stringContaining("somebody@127.0.0.1:1/nowhere"),
    });
    await expect(failing).rejects.not.toMatchObject({ message: expect.stringContaining("s3cret") });
  });
});

describe("a home that cannot be written", () => {
  it("is a STARTUP error with the reason", async () => {
    const file = join(store.home, "file");
    await writeFile(file, "");
    await expect(openStore({ home: join(file, "home") })).rejects.toMatchObject({
      code: "STARTUP",
      param: "MAILLARD_HOME",
    });
  });
});
