import { type ChildProcess, fork } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, chown, cp, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ensureLinks, findBinaries } from "../../src/store/embedded/binaries.js";
import { findPlace, isReachable } from "../../src/store/embedded/place.js";
import { ensureRunning, stop } from "../../src/store/embedded/server.js";
import { newId, openStore, type Store } from "../../src/store/index.js";
import { LOADER, processScript } from "../support/child.js";
import { maillard } from "../support/command-line.js";
import { isAlive } from "../support/compute.js";

const isRoot = process.getuid?.() === 0;
const HOLDER = processScript("store-holder");
const quiet = () => undefined;

let home: string;
let children: ChildProcess[];
let folders: string[];
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "maillard-embedded-"));
  await chmod(home, 0o755);
  children = [];
  folders = [home];
});
afterEach(async () => {
  for (const child of children) child.kill("SIGKILL");
  for (const folder of folders) {
    if (existsSync(folder)) await stop(await findPlace(folder));
    const note = await readFile(join(folder, "postgres.json"), "utf8").catch(() => null);
    if (note) await rm(join((JSON.parse(note) as { data: string }).data, ".."), { recursive: true, force: true });
    await rm(folder, { recursive: true, force: true });
  }
});

/** A second process with the same home; resolves when it is open. */
async function hold(
  folder = home,
  uid?: number,
): Promise<{ child: ChildProcess; processId: number; close(): Promise<void> }> {
  const child = fork(HOLDER, [folder], {
    execArgv: LOADER,
    ...(uid === undefined ? {} : { uid, gid: uid }),
  });
  children.push(child);
  const answer = await new Promise<{ processId: number; error?: string }>((resolve, reject) => {
    child.once("message", (message) => resolve(message as { processId: number }));
    child.once("exit", (code) => reject(new Error(`the holder ended with ${code}`)));
  });
  if (answer.error) throw new Error(answer.error);
  const close = async () => {
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.send("close");
    await ended;
  };
  return { child, processId: answer.processId, close };
}

const postmaster = async (store: Store): Promise<number> => {
  const { rows } = await store.pool.query<{ data: string }>("SELECT current_setting('data_directory') AS data");
  return Number((await readFile(join(rows[0].data, "postmaster.pid"), "utf8")).split("\n")[0]);
};
const kill = async (child: ChildProcess): Promise<void> => {
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGKILL");
  await ended;
};

describe("the embedded database", () => {
  it("is backed up while it is used, and restored into another home", async () => {
    const other = `${home}-restored`;
    folders.push(other);
    const store = await openStore({ home });
    await store.prisma.dataset.create({ data: { id: newId(), name: "kept" } });
    await store.artifacts.write("models/own/config.json", "{}");
    const file = join(home, "backup.tar");
    const backedUp = await maillard("", ["backup", file], { MAILLARD_HOME: home });
    expect([backedUp.exitCode, backedUp.out]).toEqual([0, expect.stringMatching(/3 rows of \d+ tables and 0 files/)]);
    // The server goes on, and stops with its last user.
    expect(await store.prisma.dataset.count()).toBe(1);
    await store.close();
    const restored = await maillard("", ["restore", file], { MAILLARD_HOME: other });
    expect(restored).toMatchObject({ exitCode: 0 });
    const again = await openStore({ home: other });
    expect(await again.prisma.dataset.findMany({ select: { name: true } })).toEqual([{ name: "kept" }]);
    await again.close();
    expect(await maillard("", ["backup", join(home, "no.tar")], { MAILLARD_HOME: `${home}-none` })).toMatchObject({
      exitCode: 1,
      err: expect.stringContaining("NOT_FOUND"),
    });
  });

  it("is made by the first start, found by the next, and ends with its last user", async () => {
    const said: string[] = [];
    let began = performance.now();
    const first = await openStore({ home, onProgress: (message) => said.push(message) });
    const firstStart = performance.now() - began;
    expect(said[0]).toBe("creating the database (once)");
    const { rows } = await first.pool.query(
      "SELECT current_setting('listen_addresses') AS listens, current_setting('server_encoding') AS encoding, " +
        "current_setting('fsync') AS fsync, datcollate FROM pg_database WHERE datname = current_database()",
    );
    expect(rows).toEqual([{ listens: "", encoding: "UTF8", fsync: "on", datcollate: "C" }]);
    const socketFolder = new URL(first.url).searchParams.get("host") as string;
    expect((await stat(socketFolder)).mode & 0o777).toBe(0o700);
    expect(Buffer.byteLength(`${socketFolder}/.s.PGSQL.5432`)).toBeLessThanOrEqual(107);
    const processId = await postmaster(first);
    await first.prisma.dataset.create({ data: { id: newId(), name: "kept" } });
    await first.close();
    await first.close(); // twice is fine
    expect(isAlive(processId)).toBe(false);
    expect(existsSync(socketFolder)).toBe(false);

    said.length = 0;
    began = performance.now();
    const second = await openStore({ home, onProgress: (message) => said.push(message) });
    // The server starts in another process, so its time is that of a clock. Beside other work the first start, which
    // does all that the second one does and more, says how slow the machine is.
    expect(performance.now() - began).toBeLessThan(Math.max(5_000, firstStart));
    expect(said).toEqual(["starting the database"]);
    expect(await second.prisma.dataset.count()).toBe(1);
    await second.close();
    expect((await readdir(home)).filter((name) => name.endsWith(".tmp"))).toEqual([]);
  });

  it("continues after a kill -9 of its user; the next start uses it, and its close ends it", async () => {
    const { child, processId } = await hold();
    await kill(child);
    expect(isAlive(processId)).toBe(true);
    const store = await openStore({ home });
    expect(await postmaster(store)).toBe(processId);
    await store.close();
    expect(isAlive(processId)).toBe(false);
  });

  it("is shared by several processes, and ends with the last, for every order of starts", async () => {
    const other = await hold();
    const store = await openStore({ home });
    expect(await postmaster(store)).toBe(other.processId);
    await other.close();
    expect(isAlive(other.processId)).toBe(true);
    expect(await store.prisma.dataset.count()).toBe(0);
    await store.close();
    expect(isAlive(other.processId)).toBe(false);
  });

  it("is one when three processes start with an empty home at once", async () => {
    const holders = await Promise.all([hold(), hold(), hold()]);
    expect(new Set(holders.map(({ processId }) => processId)).size).toBe(1);
    await Promise.all(holders.map((holder) => holder.close()));
    expect(isAlive(holders[0].processId)).toBe(false);
    expect((await readdir(home)).filter((name) => name.endsWith(".tmp"))).toEqual([]);
  });

  it("restarts after a kill -9 of the server itself, with committed data, and wakes its listeners", async () => {
    const store = await openStore({ home });
    await store.prisma.dataset.create({ data: { id: newId(), name: "committed" } });
    const woken = new Promise<void>((resolve) => void store.notifications.subscribe("topic", resolve));
    process.kill(await postmaster(store), "SIGKILL");
    await woken;
    expect(await store.prisma.dataset.count()).toBe(1);
    await store.close();
  });

  it("starts although the number in its lock file belongs to another program now", async () => {
    const place = await findPlace(home);
    await ensureRunning(place, quiet);
    await stop(place);
    await writeFile(
      join(place.data, "postmaster.pid"),
      `${process.pid}\n${place.data}\n0\n5432\n/tmp/none\n\n\nready\n`,
    );
    const { started } = await ensureRunning(place, quiet);
    expect(started).toBe(true);
  });

  it("reports PostgreSQL's message when it cannot start", async () => {
    const place = await findPlace(home);
    await ensureRunning(place, quiet);
    await stop(place);
    await writeFile(join(place.data, "PG_VERSION"), "9.6\n");
    const opening = openStore({ home });
    await expect(opening).rejects.toMatchObject({ code: "STARTUP", message: expect.stringContaining("9.6") });
  });
});

describe("the programs", () => {
  it("get their links when install scripts were switched off", async () => {
    const copy = join(home, "native");
    await cp((await findBinaries()).folder, copy, { recursive: true, filter: (path) => !/\/(share|bin)$/.test(path) });
    const list = JSON.parse(await readFile(join(copy, "pg-symlinks.json"), "utf8")) as { target: string }[];
    for (const { target } of list) await rm(join(home, target), { force: true });
    await ensureLinks(copy);
    for (const { target } of list) expect((await stat(join(home, target))).size, target).toBeGreaterThan(1_000);
    await ensureLinks(copy);
  });
});

describe.runIf(isRoot)("as root", () => {
  it("runs as another user, with its data in the home when that user gets there", async () => {
    const place = await findPlace(home);
    expect(place).toMatchObject({ data: join(home, "postgres"), uid: 65_534 });
    const { processId } = await ensureRunning(place, quiet);
    expect((await readFile(`/proc/${processId}/status`, "utf8")).match(/^Uid:\s+(\d+)/m)?.[1]).toBe("65534");
  });

  it("under a 0700 folder keeps its data elsewhere, notes where, and finds it when the home was moved", async () => {
    await chmod(home, 0o700);
    const inner = join(home, "inner");
    const moved = join(home, "moved");
    folders = [inner, moved, home];
    const first = await openStore({ home: inner });
    await first.prisma.dataset.create({ data: { id: newId(), name: "kept" } });
    await first.close();
    const note = JSON.parse(await readFile(join(inner, "postgres.json"), "utf8")) as { data: string };
    expect(note.data).toMatch(/^\/var\/lib\/maillard\/[0-9a-f]{16}\/postgres$/);
    expect((await stat(note.data)).mode & 0o777).toBe(0o700);
    expect(existsSync(join(inner, "postgres"))).toBe(false);

    await rename(inner, moved);
    const second = await openStore({ home: moved });
    expect(await second.prisma.dataset.count()).toBe(1);
    await second.close();

    // A copy would be a second user of the same data with other files: refused.
    await cp(moved, inner, { recursive: true });
    await expect(openStore({ home: inner })).rejects.toMatchObject({ code: "STARTUP", param: "MAILLARD_HOME" });
    await rm(join(inner, "postgres.json"));
  });

  it("copies programs that lie under a 0700 folder, whole, once", async () => {
    const hidden = join(home, "hidden");
    await mkdir(hidden, { mode: 0o700 });
    const { folder, version } = await findBinaries();
    await cp(folder, join(hidden, "native"), { recursive: true, verbatimSymlinks: true });
    expect(await isReachable(join(hidden, "native"))).toBe(false);
    const place = await findPlace(home, { folder: join(hidden, "native"), version: `${version}-test` });
    try {
      expect(place.programs).toBe(`/var/lib/maillard/postgresql-${version}-test/native/bin`);
      expect(await isReachable(place.programs)).toBe(true);
      expect((await ensureRunning(place, quiet)).started).toBe(true);
      await stop(place);
    } finally {
      await rm(`/var/lib/maillard/postgresql-${version}-test`, { recursive: true, force: true });
    }
  });

  it("leaves data of a normal user to that user", async (test) => {
    if (!(await isReachable(HOLDER.replace(/\/[^/]+$/, ""))))
      return test.skip("this checkout is not readable by other users");
    await chown(home, 1, 1);
    const user = await hold(home, 1);
    await user.close();
    expect((await stat(join(home, "postgres"))).uid).toBe(1);
    const store = await openStore({ home });
    expect(await store.prisma.dataset.count()).toBe(0);
    await store.close();
    const again = await hold(home, 1);
    await again.close();
  });
});
