/** A database is looked at as it is: nothing is started, created or migrated. */
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { openEmbedded } from "../../src/store/embedded/index.js";
import { inspectDatabase } from "../../src/store/inspect/inspect.js";
import { migrate, readMigrations } from "../../src/store/migrate.js";
import { rejection, scratchFolder } from "../support/compute.js";
import { createTestDatabase } from "../support/database.js";

const names = (await readMigrations()).map(({ name }) => name);
const database = async (options?: { empty: boolean }): Promise<string> => {
  const made = await createTestDatabase(options);
  onTestFinished(() => made.drop());
  return made.url;
};

describe("a server", () => {
  it("is asked for its version and migrations, and stays as it is", async () => {
    const home = scratchFolder();
    const whole = await inspectDatabase({ home, databaseUrl: await database() });
    expect(whole).toMatchObject({
      mode: "SERVER",
      state: "RUNNING",
      migrations: { applied: names.length, missing: [] },
    });
    expect(whole.version).toMatch(/^1[5-9]|^[2-9]\d/);
    const databaseUrl = await database({ empty: true });
    for (const _twice of [1, 2])
      expect((await inspectDatabase({ home, databaseUrl })).migrations).toEqual({ applied: 0, missing: names });
    await migrate(databaseUrl, undefined, undefined, new Set(names.slice(0, 2)));
    expect((await inspectDatabase({ home, databaseUrl })).migrations).toEqual({ applied: 2, missing: names.slice(2) });
    expect(readdirSync(home)).toEqual([]);
  });

  it("that does not answer is STARTUP, without its password", async () => {
    const databaseUrl = "postgresql://maillard:secret-word@127.0.0.1:1/maillard";
    const error = await rejection(inspectDatabase({ home: scratchFolder(), databaseUrl }));
    expect([error.code, error.param]).toEqual(["STARTUP", "DATABASE_URL"]);
    expect(error.message).toContain("ECONNREFUSED");
    expect(error.message).not.toContain("secret-word");
  });
});

describe("the embedded one", () => {
  it("is absent, running, then stopped, and is never started", async () => {
    const home = join(scratchFolder(), "home");
    expect(await inspectDatabase({ home })).toMatchObject({ mode: "EMBEDDED", state: "ABSENT", migrations: null });
    expect(existsSync(home)).toBe(false);
    const opened = await openEmbedded(home, () => undefined);
    const running = await inspectDatabase({ home });
    expect(running).toMatchObject({ state: "RUNNING", migrations: { applied: 0, missing: names } });
    await opened.close();
    expect(await inspectDatabase({ home })).toEqual({
      ...{ mode: "EMBEDDED", state: "STOPPED", migrations: null },
      version: running.version.split(".")[0],
    });
    expect((await inspectDatabase({ home })).state).toBe("STOPPED");
  });

  it("of another major version is refused with both", async () => {
    const home = scratchFolder();
    await mkdir(join(home, "elsewhere"));
    writeFileSync(join(home, "elsewhere", "PG_VERSION"), "14\n");
    writeFileSync(join(home, "postgres.json"), JSON.stringify({ data: join(home, "elsewhere"), home }));
    const error = await rejection(inspectDatabase({ home }));
    expect(error).toMatchObject({ code: "STARTUP", param: "MAILLARD_HOME" });
    expect(error.message).toMatch(/PostgreSQL 14, .* 18\./);
  });
});
