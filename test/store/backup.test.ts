/**
 * Backups: made while a run goes on, restored into an empty database and home, where the run goes on; and what is not
 * taken: a file that is cut off or damaged, of a newer version, or for a database that has something.
 */
import { createHash } from "node:crypto";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startRuns } from "../../src/runs/index.js";
import { backup, restore } from "../../src/store/backup/index.js";
import { newId, openStore, registerModel, type Store } from "../../src/store/index.js";
import { migrate, readMigrations } from "../../src/store/migrate.js";
import { maillard } from "../support/command-line.js";
import { createTestDatabase, createTestStore, type TestDatabase } from "../support/database.js";
import { FakeCompute } from "../support/fake-compute.js";
import { BASE_FOLDER, ended, gate, order, seedBase, seedDataset } from "../support/run-fixtures.js";

let folder: string;
const databases: TestDatabase[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "maillard-backup-"));
});
afterAll(async () => {
  for (const database of databases) await database.drop();
  await rm(folder, { recursive: true, force: true });
});

/** An empty database and home. */
async function place(name: string, empty = true): Promise<{ databaseUrl: string; home: string }> {
  const database = await createTestDatabase({ empty });
  databases.push(database);
  return { databaseUrl: database.url, home: join(folder, name) };
}

async function query<T>(url: string, text: string): Promise<T[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query(text);
  await client.end();
  return rows;
}

/** md5 of the rows of every table. */
async function contentOf(url: string): Promise<Record<string, string>> {
  const tables = await query<{ name: string }>(
    url,
    `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' AND tablename <> '_prisma_migrations'`,
  );
  const found: Record<string, string> = {};
  for (const { name } of tables) {
    const [row] = await query<{ md5: string; rows: number }>(
      url,
      `SELECT md5(string_agg(t::text, E'\\n' ORDER BY t::text)), count(*)::int AS rows FROM "${name}" t`,
    );
    found[name] = `${row.rows} ${row.md5}`;
  }
  return found;
}

async function filesOf(home: string): Promise<Record<string, string>> {
  const root = join(home, "artifacts");
  const found: Record<string, string> = {};
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    found[path.slice(root.length + 1)] = createHash("sha256")
      .update(await readFile(path))
      .digest("hex");
  }
  return found;
}

describe("a backup while a run goes on", () => {
  let store: Store;
  let runId: string;
  const file = () => join(folder, "running.tar");
  beforeAll(async () => {
    store = await createTestStore();
    await seedBase(store);
    await seedDataset(store);
    await cp(BASE_FOLDER, store.artifacts.path("models/own"), { recursive: true });
    await registerModel(store, { name: "own", folder: BASE_FOLDER, artifact: "models/own" });
    await store.prisma.apiKey.create({ data: { id: newId(), name: "key", hash: "0".repeat(64), role: "ADMIN" } });
    const compute = new FakeCompute();
    const [reached, goOn] = [gate(), gate()];
    compute.beforeStep = async (step) => {
      if (step !== 6) return;
      reached.open();
      await goOn.opened;
    };
    const runs = await startRuns({ store, compute, onError: (error) => expect.fail(String(error)) });
    runId = (await runs.startFinetune(order())).id;
    await reached.opened;
    // The run goes on, ends, and removes checkpoints while the backup is written.
    const { databaseUrl, home } = { databaseUrl: store.url, home: store.home };
    await backup({ databaseUrl, home, file: file(), onProgress: () => goOn.open() });
    expect((await ended(runs, runId)).status).toBe("SUCCEEDED");
    await runs.close();
  });
  afterAll(() => store.close());

  it("is for its user alone, and leaves nothing beside it", async () => {
    expect((await stat(file())).mode & 0o777).toBe(0o600);
    expect((await readdir(folder)).filter((name) => name.startsWith("running"))).toEqual(["running.tar"]);
    expect((await readdir(store.home)).filter((name) => name.startsWith(".backup"))).toEqual([]);
    const again = { databaseUrl: store.url, home: store.home, file: file() };
    await expect(backup(again)).rejects.toMatchObject({ code: "CONFLICT", param: "file" });
    await expect(backup({ ...again, file: "x.zip" })).rejects.toMatchObject({ code: "BAD_INPUT", param: "file" });
  });

  it("is restored, and the run continues from its checkpoint to the same end", async () => {
    const target = await place("continued");
    const { exitCode, out } = await maillard("", ["restore", file()], {
      MAILLARD_HOME: target.home,
      DATABASE_URL: target.databaseUrl,
    });
    expect([exitCode, out]).toEqual([0, expect.stringMatching(/rows of \d+ tables and [1-9]\d* files/)]);
    const restored = await openStore(target);
    const before = await restored.prisma.run.findUniqueOrThrow({ where: { id: runId } });
    expect(before).toMatchObject({ status: "RUNNING", workerId: null });
    const compute = new FakeCompute();
    const runs = await startRuns({ store: restored, compute, onError: (error) => expect.fail(String(error)) });
    const run = await ended(runs, runId);
    expect([run.status, run.attempt]).toEqual(["SUCCEEDED", before.attempt + 1]);
    expect(compute.jobs.map(({ resumeFrom }) => resumeFrom?.split("/").at(-1))).toEqual(["step-3"]);
    const metrics = (of: Store) =>
      of.prisma.metric.findMany({ where: { runId }, orderBy: { sequence: "asc" }, omit: { at: true } });
    expect(await metrics(restored)).toEqual(await metrics(store));
    await runs.close();
    await restored.close();
  });

  it("of a quiet database has every row and file, packed too; --force puts it in the place of another", async () => {
    const target = await place("copied");
    const packed = join(folder, "quiet.tar.gz");
    const environment = { MAILLARD_HOME: store.home, DATABASE_URL: store.url };
    const { out } = await maillard("", ["backup", packed, "--json"], environment);
    const said = JSON.parse(out) as { missing: string[]; tables: { name: string; rows: number }[] };
    expect(said.missing).toEqual([]);
    expect(said.tables.find(({ name }) => name === "DatasetCompound")?.rows).toBe(36);
    await restore({ ...target, file: file() });
    await expect(restore({ ...target, file: packed })).rejects.toMatchObject({ code: "CONFLICT", param: "--force" });
    const open = await openStore(target);
    await expect(restore({ ...target, file: packed, force: true })).rejects.toMatchObject({
      code: "CONFLICT",
      param: "DATABASE_URL",
    });
    await open.close();
    await restore({ ...target, file: packed, force: true });
    expect(await contentOf(target.databaseUrl)).toEqual(await contentOf(store.url));
    const files = await filesOf(target.home);
    const kept = await filesOf(store.home);
    expect(Object.keys(files).length).toBeGreaterThan(5);
    for (const [path, sha256] of Object.entries(files)) expect(kept[path]).toBe(sha256);
    expect(files["models/own/model.safetensors"]).toBeDefined();
  });

  it("that is cut off or damaged is refused, and nothing is changed", async () => {
    const target = await place("damaged");
    const whole = await readFile(file());
    const copy = join(folder, "damaged.tar");
    const at = whole.indexOf("alcohol");
    const damaged: [string, Buffer][] = [
      ...[0, 100, 512, 5_120, whole.length >> 1, whole.length - 2_048].map((bytes): [string, Buffer] => [
        "BAD_INPUT",
        whole.subarray(0, bytes),
      ]),
      ["CHECKSUM_MISMATCH", Buffer.concat([whole.subarray(0, at), Buffer.from("A"), whole.subarray(at + 1)])],
      ["BAD_INPUT", Buffer.from("no tar")],
    ];
    for (const [code, bytes] of damaged) {
      await writeFile(copy, bytes);
      await expect(restore({ ...target, file: copy }), `${bytes.length} bytes`).rejects.toMatchObject({ code });
    }
    const packed = await readFile(join(folder, "quiet.tar.gz"));
    await writeFile(copy, packed.subarray(0, packed.length - 100));
    await expect(restore({ ...target, file: copy })).rejects.toMatchObject({ code: "BAD_INPUT" });
    await expect(restore({ ...target, file: join(folder, "none.tar") })).rejects.toMatchObject({ code: "BAD_INPUT" });
    expect(await contentOf(target.databaseUrl)).toEqual({});
  });
});

it("has the answers of prediction runs", async () => {
  const source = await place("answered");
  await migrate(source.databaseUrl);
  await query(
    source.databaseUrl,
    `INSERT INTO "Dataset" (id, name) VALUES ('d', 'asked');
     INSERT INTO "Model" (id, name, family, task, artifact, checksum, layers, width, heads, "vocabularySize",
       "parameterCount", "maxLength") VALUES ('m', 'model', 'bert', 'ENCODER', 'package:x', 'c', 1, 1, 1, 1, 1, 1);
     INSERT INTO "Run" (id, kind, name, status, "inputHash", input, "datasetId", "baseModelId")
       VALUES ('r', 'PREDICTION', 'answers', 'SUCCEEDED', 'h', '{}', 'd', 'm')`,
  );
  const part = ["artifacts", "runs", "r", "predictions", "0000000.jsonl.gz"];
  await mkdir(join(source.home, ...part.slice(0, -1)), { recursive: true });
  await writeFile(join(source.home, ...part), "answers");
  const file = join(folder, "answered.tar");
  await backup({ ...source, file });
  const target = await place("answered-again");
  await restore({ ...target, file });
  expect(await readFile(join(target.home, ...part), "utf8")).toBe("answers");
});

describe("a backup of another version", () => {
  it("that is older is brought up to date; of a newer one is refused", async () => {
    const source = await place("older");
    const names = (await readMigrations()).map(({ name }) => name);
    const first = new Set(names.slice(0, names.indexOf("20261201020000_own_forms")));
    await migrate(source.databaseUrl, undefined, undefined, first);
    await query(
      source.databaseUrl,
      `INSERT INTO "Compound" (id, "inchiKey", "skeletonKey", smiles, name, formula, "molecularWeight", scaffold)
         VALUES ('c', 'KEY', 'KEY', 'CCO', 'ethanol', 'C2H6O', 46, '');
       INSERT INTO "Dataset" (id, name) VALUES ('d', 'old');
       INSERT INTO "DatasetCompound" (id, "datasetId", "compoundId", position, smiles) VALUES ('m', 'd', 'c', 0, 'CCO');
       INSERT INTO "Fingerprint" VALUES ('c', repeat('01', 1024)::bit(2048), 1024, repeat('0', 2048)::bit(2048))`,
    );
    const file = join(folder, "older.tar");
    await backup({ ...source, file });
    const target = await place("upgraded");
    await restore({ ...target, file });
    expect(await query(target.databaseUrl, `SELECT name, scaffold, "nameKey" FROM "DatasetCompound"`)).toEqual([
      { name: "ethanol", scaffold: "", nameKey: "ethanol" },
    ]);
    expect(await query(target.databaseUrl, `SELECT smiles, "morganBits" FROM "Fingerprint"`)).toEqual([
      { smiles: "CCO", morganBits: 1_024 },
    ]);
    expect(await migrate(target.databaseUrl)).toEqual([]);

    await query(
      target.databaseUrl,
      `INSERT INTO _prisma_migrations (id, checksum, finished_at, migration_name)
       VALUES ('x', '0', now(), '29990101000000_newer')`,
    );
    const newer = join(folder, "newer.tar");
    await backup({ ...target, file: newer });
    await expect(restore({ ...(await place("refused")), file: newer })).rejects.toMatchObject({
      code: "BAD_INPUT",
      details: { migration: "29990101000000_newer" },
    });
  });

  it("is not taken into a database of another program", async () => {
    const target = await place("foreign");
    await query(target.databaseUrl, "CREATE TABLE theirs (id int)");
    const file = join(folder, "older.tar");
    await expect(restore({ ...target, file, force: true })).rejects.toMatchObject({ code: "CONFLICT" });
    await expect(backup({ ...target, file: join(folder, "none.tar") })).rejects.toMatchObject({ code: "NOT_FOUND" });
  });
});
