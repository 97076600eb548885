/** What counts as a database that is away for a moment, told by the errors of real connections that were cut. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { isPassing } from "../../src/runs/retry.js";
import type { Store } from "../../src/store/index.js";
import { createTestStore } from "../support/database.js";

let store: Store;
beforeAll(async () => {
  store = await createTestStore();
});
afterAll(() => store.close());

const errorOf = async (work: () => Promise<unknown>): Promise<unknown> => {
  try {
    await work();
  } catch (error) {
    return error;
  }
  throw new Error("it did not fail");
};

it("a backend that was ended under a statement: by Prisma's client and by the pool", async () => {
  const byPrisma = await errorOf(() => store.prisma.$queryRaw`SELECT pg_terminate_backend(pg_backend_pid())::text`);
  const byPool = await errorOf(() => store.pool.query("SELECT pg_terminate_backend(pg_backend_pid())"));
  for (const error of [byPrisma, byPool]) expect(isPassing(error), String(error)).toBe(true);
});

it("a wrong statement is no such thing", async () => {
  expect(isPassing(await errorOf(() => store.prisma.$queryRaw`SELECT nothing FROM nowhere`))).toBe(false);
  expect(isPassing(await errorOf(() => store.pool.query("SELECT 1 / 0")))).toBe(false);
});
