/** A read whose connection breaks is sent once more, by Prisma as by plain SQL; what may change something is not. */
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { newId, type Store } from "../../src/store/index.js";
import { isRead } from "../../src/store/pool.js";
import { databaseAway } from "../../src/store/sql.js";
import { createTestStore } from "../support/database.js";

let store: Store;
let admin: pg.Client;
beforeAll(async () => {
  store = await createTestStore();
  admin = new pg.Client({ connectionString: store.url });
  await admin.connect();
});
afterAll(async () => {
  await admin.end();
  await store.close();
});

/** Ends the backends of the statements with this mark, `times` times, each time as soon as there is one. */
async function breakAt(mark: string, times: number): Promise<void> {
  for (let broken = 0; broken < times; ) {
    const { rowCount } = await admin.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE query LIKE $1 AND state = 'active' AND pid <> pg_backend_pid() AND datname = current_database()`,
      [`%${mark}%`],
    );
    broken += rowCount ?? 0;
  }
}

const WAYS: Record<string, (text: string) => Promise<unknown>> = {
  "by Prisma": (text) => store.prisma.$queryRawUnsafe(text),
  "by plain SQL": async (text) => (await store.pool.query(text)).rows,
};

describe.each(Object.entries(WAYS))("%s", (way, ask) => {
  const mark = way.replaceAll(" ", "_");

  it("a read is answered when its backend is ended once, and DATABASE_UNAVAILABLE when it is ended again", async () => {
    const text = `SELECT 7 AS seven FROM (SELECT pg_sleep(0.5)) AS "${mark}"`;
    expect((await Promise.all([ask(text), breakAt(mark, 1)]))[0]).toEqual([{ seven: 7 }]);
    const failing = ask(text).catch((error: unknown) => error);
    await breakAt(mark, 2);
    expect(databaseAway(await failing)).toMatchObject({ code: "DATABASE_UNAVAILABLE", retryable: true });
  });

  it("a write is sent once: it fails, and is not done", async () => {
    const insert =
      `INSERT INTO "Dataset" (id, name) SELECT '${newId()}', '${mark}' ` + `FROM (SELECT pg_sleep(0.5)) AS "w_${mark}"`;
    const failing = ask(insert).catch((error: unknown) => error);
    await breakAt(`w_${mark}`, 1);
    expect(databaseAway(await failing)).toMatchObject({ code: "DATABASE_UNAVAILABLE" });
    expect(await store.prisma.dataset.count({ where: { name: mark } })).toBe(0);
  });
});

it("reads with conditions of Prisma's client are repeated too, and statements of a transaction are not", async () => {
  await store.prisma.dataset.create({ data: { id: newId(), name: "kept" } });
  const cutAll = () =>
    admin.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE application_name = 'maillard' AND datname = current_database()`,
    );
  for (let round = 0; round < 20; round++) {
    const asked = Array.from({ length: 8 }, () => store.prisma.dataset.findMany({ where: { name: "kept" } }));
    await cutAll();
    expect((await Promise.all(asked)).map(([{ name }]) => name)).toEqual(new Array(8).fill("kept"));
  }
  const within = store.prisma.$transaction(async (own) => {
    await own.dataset.count();
    await cutAll();
    return own.dataset.count();
  });
  expect(databaseAway(await within.catch((error: unknown) => error))).toMatchObject({ code: "DATABASE_UNAVAILABLE" });
});

it.each([
  ['SELECT "updatedAt" FROM "Run" WHERE id = $1', true],
  ["  select 1", true],
  ["WITH a AS (SELECT 1) SELECT * FROM a", true],
  ["WITH a AS (DELETE FROM b RETURNING c) SELECT * FROM a", false],
  ['SELECT id FROM "Run" FOR UPDATE SKIP LOCKED', false],
  ['SELECT id FROM "Run" FOR NO KEY UPDATE', false],
  ["SELECT id FROM a FOR SHARE", false],
  ["SELECT pg_advisory_xact_lock(1)", false],
  ["SELECT pg_notify('a', 'b')", false],
  ["SELECT nextval('a')", false],
  ["SELECT a INTO b FROM c", false],
  ["SELECT pgboss.create_queue($1, $2)", false],
  ["UPDATE a SET b = 1", false],
  ["INSERT INTO a SELECT 1", false],
  ["BEGIN", false],
  ["COMMIT", false],
])("%s may be sent twice: %s", (statement, may) => {
  expect(isRead(statement)).toBe(may);
});
