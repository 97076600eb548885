import { createHash } from "node:crypto";
import { appendFile, cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { MIGRATIONS, migrate, readMigrations } from "../../src/store/migrate.js";
import { createTestDatabase, type TestDatabase } from "../support/database.js";
import { migrationHistory, sqlOfSchema } from "../support/schema-engine.js";

let database: TestDatabase;
let folder: string;
beforeEach(async () => {
  database = await createTestDatabase({ empty: true });
  folder = await mkdtemp(join(tmpdir(), "maillard-migrations-"));
});
afterEach(async () => {
  await database.drop();
  await rm(folder, { recursive: true });
});

async function query(url: string, text: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query(text);
  await client.end();
  return rows;
}

/** Everything that makes a schema: columns, indexes, constraints, enums; our own bookkeeping left out. */
async function shapeOf(url: string): Promise<Record<string, unknown>[]> {
  const parts = [
    // By name: a column that a later migration adds is the last of its table, at any place in schema.prisma.
    `SELECT table_name, column_name, column_default, is_nullable, udt_name, datetime_precision, numeric_precision
     FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> '_prisma_migrations'
       ORDER BY 1, 2`,
    `SELECT tablename, indexname, indexdef FROM pg_indexes
       WHERE schemaname = 'public' AND tablename <> '_prisma_migrations' ORDER BY 1, 2`,
    `SELECT conrelid::regclass::text AS table, conname, pg_get_constraintdef(oid) AS definition FROM pg_constraint
     WHERE connamespace = 'public'::regnamespace AND conrelid <> coalesce(to_regclass('public._prisma_migrations'), 0)
       ORDER BY 1, 2`,
    `SELECT t.typname, e.enumlabel, e.enumsortorder FROM pg_type t JOIN pg_enum e ON e.enumtypid = t.oid ORDER BY 1, 3`,
  ];
  return (await Promise.all(parts.map((part) => query(url, part)))).flat();
}

describe("the migrations", () => {
  it("make exactly what schema.prisma says: the difference is empty", async () => {
    await migrate(database.url);
    const reference = await createTestDatabase({ empty: true });
    await query(reference.url, await sqlOfSchema(reference.url));
    const [made, said] = [await shapeOf(database.url), await shapeOf(reference.url)];
    await reference.drop();
    expect(made).toEqual(said);
    expect(made.length).toBeGreaterThan(200);
    // The comparison sees a difference when there is one.
    await query(database.url, `ALTER TABLE "Run" ALTER COLUMN step DROP NOT NULL`);
    expect(await shapeOf(database.url)).not.toEqual(said);
  });

  it("leave rows that Prisma's own engine accepts", async () => {
    await migrate(database.url);
    expect(await migrationHistory(database.url)).toMatchObject({
      history: null,
      failedMigrationNames: [],
      editedMigrationNames: [],
      hasMigrationsTable: true,
    });
    const rows = await query(
      database.url,
      "SELECT migration_name, checksum, finished_at IS NOT NULL AS finished FROM _prisma_migrations ORDER BY 1",
    );
    const migrations = await readMigrations();
    expect(rows).toEqual(migrations.map(({ name, checksum }) => ({ migration_name: name, checksum, finished: true })));
    const file = await readFile(join(MIGRATIONS, migrations[0].name, "migration.sql"));
    expect(rows[0].checksum).toBe(createHash("sha256").update(file).digest("hex"));
  });

  it("are applied once, by the first of several processes at once", async () => {
    const applied = await Promise.all([migrate(database.url), migrate(database.url), migrate(database.url)]);
    const names = (await readMigrations()).map(({ name }) => name);
    expect(applied.flat()).toEqual(names);
    expect(await migrate(database.url)).toEqual([]);
  });
});

it("an update shares the sample that ships, and no dataset of somebody's that has its name", async () => {
  const before = (await readMigrations()).filter(({ name }) => name < "20261130230000");
  for (const { name } of before) await cp(join(MIGRATIONS, name), join(folder, name), { recursive: true });
  const origin = "samples/food-compounds.csv, written from textbook knowledge, MIT licence; sha256 0";
  const projectOf = async (source: string) => {
    const another = await createTestDatabase({ empty: true });
    await migrate(another.url, folder);
    await query(another.url, `INSERT INTO "Dataset" (id, name, source) VALUES ('1', 'sample', '${source}')`);
    await migrate(another.url);
    const [{ projectId }] = await query(another.url, `SELECT "projectId" FROM "Dataset"`);
    await another.drop();
    return projectId;
  };
  expect(await projectOf(origin)).toBe("shared");
  expect(await projectOf("samples.csv")).toBe("default");
  expect(await projectOf("")).toBe("default");
});

it("an update writes the scores of evaluations as rows, also of reports that have three alone", async () => {
  const before = (await readMigrations()).filter(({ name }) => name < "20261202070000");
  for (const { name } of before) await cp(join(MIGRATIONS, name), join(folder, name), { recursive: true });
  await migrate(database.url, folder);
  await query(
    database.url,
    `INSERT INTO "Dataset" (id, name) VALUES ('d', 'd');
     INSERT INTO "Run" (id, kind, name, "inputHash", input, "datasetId") VALUES ('r', 'PROBE', 'r', '', '{}', 'd');
     INSERT INTO "Evaluation" ("runId", split, report) VALUES
       ('r', 'TEST', '{"loss": 9, "scores": {"rmse": 0.25, "r2": null}}'),
       ('r', 'VALIDATION', '{"loss": 0.5, "accuracy": 1, "macroF1": 0.75, "classes": []}')`,
  );
  await migrate(database.url);
  expect(await query(database.url, `SELECT split, name, value FROM "RunScore" ORDER BY split, name`)).toEqual([
    { split: "VALIDATION", name: "accuracy", value: 1 },
    { split: "VALIDATION", name: "loss", value: 0.5 },
    { split: "VALIDATION", name: "macroF1", value: 0.75 },
    { split: "TEST", name: "rmse", value: 0.25 },
  ]);
});

describe("a start is refused", () => {
  const add = async (name: string, sql: string): Promise<void> => {
    await mkdir(join(folder, name), { recursive: true });
    await writeFile(join(folder, name, "migration.sql"), sql);
  };

  it("when the file of an applied migration has changed, by one byte", async () => {
    await cp(MIGRATIONS, folder, { recursive: true });
    await migrate(database.url, folder);
    const [{ name }] = await readMigrations(folder);
    await appendFile(join(folder, name, "migration.sql"), "\n");
    await expect(migrate(database.url, folder)).rejects.toMatchObject({
      code: "STARTUP",
      details: { migration: name },
      message: expect.stringContaining("changed"),
    });
  });

  it("when the database has a migration that this version lacks", async () => {
    await add("1_a", "CREATE TABLE a (id int)");
    await add("2_b", "CREATE TABLE b (id int)");
    expect(await migrate(database.url, folder)).toEqual(["1_a", "2_b"]);
    await rm(join(folder, "2_b"), { recursive: true });
    await expect(migrate(database.url, folder)).rejects.toMatchObject({
      code: "STARTUP",
      details: { migration: "2_b" },
    });
  });

  it("when a migration fails, of which nothing stays and which can be tried again", async () => {
    await add("1_a", "CREATE TABLE a (id int)");
    await add("2_b", "CREATE TABLE b (id int); SELECT 1 / 0");
    await expect(migrate(database.url, folder)).rejects.toMatchObject({
      code: "STARTUP",
      details: { migration: "2_b" },
    });
    expect(
      await query(database.url, "SELECT to_regclass('a') IS NOT NULL AS a, to_regclass('b') IS NOT NULL AS b"),
    ).toEqual([{ a: true, b: false }]);
    await add("2_b", "CREATE TABLE b (id int)");
    expect(await migrate(database.url, folder)).toEqual(["2_b"]);
  });

  it("when Prisma left a migration half done", async () => {
    await add("1_a", "CREATE TABLE a (id int)");
    await migrate(database.url, folder);
    await query(database.url, "UPDATE _prisma_migrations SET finished_at = NULL");
    await expect(migrate(database.url, folder)).rejects.toMatchObject({
      code: "STARTUP",
      details: { migration: "1_a" },
    });
  });
});
