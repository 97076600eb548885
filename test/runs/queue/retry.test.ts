/** Which errors mean an unreachable database: those of real connections that were cut. */
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Store } from "../../../src/store/index.js";
import { isPassing, transaction } from "../../../src/store/sql.js";
import { createTestStore } from "../../support/database.js";

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

it("a connection in use that breaks between two statements: the transaction fails, the process continues", async () => {
  const between = transaction(store, async (client) => {
    const { rows } = await client.query<{ pid: number }>("SELECT pg_backend_pid() AS pid");
    // Listened for beforehand: on a busy machine the end is there before the answer to the statement that brings it
    // about.
    const ended = new Promise((resolve) => client.once("end", resolve));
    await store.pool.query("SELECT pg_terminate_backend($1)", [rows[0].pid]);
    await ended;
    return client.query("SELECT 1");
  });
  expect(await errorOf(() => between)).toBeInstanceOf(Error);
  expect((await transaction(store, (client) => client.query("SELECT 2 AS two"))).rows).toEqual([{ two: 2 }]);
});

it("a transaction of Prisma's client that times out or cannot begin in time", async () => {
  const late = await errorOf(() =>
    store.prisma.$transaction(
      async (own) => {
        await own.$executeRaw`SELECT pg_sleep(0.2)`;
        await own.$executeRaw`SELECT 1`;
      },
      { timeout: 50 },
    ),
  );
  expect(late).toMatchObject({ code: "P2028" });
  expect(isPassing(late)).toBe(true);
});

it("a wrong statement is not retried", async () => {
  expect(isPassing(await errorOf(() => store.prisma.$queryRaw`SELECT nothing FROM nowhere`))).toBe(false);
  expect(isPassing(await errorOf(() => store.pool.query("SELECT 1 / 0")))).toBe(false);
});
