/** Commands find the server of their data folder on any port, and no address that somebody else could have written. */
import { existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readdir, rm, stat, utimes, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { Client, DEFAULT_URL } from "../../src/cli/client.js";
import { welcome } from "../../src/cli/commands/serve.js";
import { addressOfHome, noteAddress } from "../../src/cli/server-address.js";
import { noteOf } from "../../src/process/alive.js";

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "maillard-address-"));
});
afterEach(() => rm(home, { recursive: true, force: true }));

const found = () => addressOfHome({ MAILLARD_HOME: home });
const folder = () => join(home, "servers");
const write = async (noted: unknown, name = "other.json") => {
  await mkdir(folder(), { recursive: true });
  await writeFile(join(folder(), name), JSON.stringify(noted), { mode: 0o600 });
};
const noted = () => readdir(folder()).then((names) => names.map((name) => join(folder(), name)));

it("is the one of the running server of that home, until it closes", async () => {
  expect(found()).toBeNull();
  const forget = await noteAddress(home, "http://127.0.0.1:4123");
  expect(found()).toBe("http://127.0.0.1:4123/graphql");
  const files = await noted();
  expect(files).toHaveLength(1);
  expect((await stat(files[0])).mode & 0o777).toBe(0o600);
  expect(new Client({ MAILLARD_HOME: home }).url).toBe("http://127.0.0.1:4123/graphql");
  expect(new Client({ MAILLARD_HOME: home, MAILLARD_URL: "http://127.0.0.1:5/graphql" }).url).toMatch(/:5\/graphql$/);
  await forget();
  expect(found()).toBeNull();
  expect(await noted()).toEqual([]);
  expect(new Client({ MAILLARD_HOME: home }).url).toBe(DEFAULT_URL);
});

it("is that of the server of the home that started last, and of the other when that one closes", async () => {
  const forgetFirst = await noteAddress(home, "http://127.0.0.1:4123");
  await utimes((await noted())[0], new Date(), new Date(Date.now() - 1_000));
  const forgetSecond = await noteAddress(home, "http://127.0.0.1:4124");
  expect(found()).toBe("http://127.0.0.1:4124/graphql");
  await forgetSecond();
  expect(found()).toBe("http://127.0.0.1:4123/graphql");
  await forgetFirst();
  expect(found()).toBeNull();
});

it.skipIf(!existsSync("/proc/self/stat"))("is not one whose number another process has now", async () => {
  const { pid, started } = noteOf(process.ppid);
  await write({ url: "http://127.0.0.1:4123", pid, started, host: hostname() });
  expect(found()).toBe("http://127.0.0.1:4123/graphql");
  await write({ url: "http://127.0.0.1:4123", pid, started: (started as number) - 1, host: hostname() });
  expect(found()).toBeNull();
});

it("of a server that was killed is removed by the next", async () => {
  await write({ url: "http://127.0.0.1:4123", pid: 2 ** 22 - 1, host: hostname() });
  await write({ url: "http://127.0.0.1:4124", pid: 2 ** 22 - 1, host: "elsewhere.example" }, "elsewhere.json");
  await (await noteAddress(home, "http://127.0.0.1:4125"))();
  expect(await noted()).toEqual([join(folder(), "elsewhere.json")]);
});

it.each([
  ["of a process that has ended", { pid: 2 ** 22 - 1 }],
  ["of another machine", { host: "elsewhere.example" }],
  ["without an address", { url: 7 }],
  ["of no process", { pid: "1" }],
])("is not one %s", async (_what, changes) => {
  await write({ url: "http://127.0.0.1:4123", pid: process.pid, host: hostname(), ...changes });
  expect(found()).toBeNull();
});

it("is not one that others could write or read", async () => {
  await noteAddress(home, "http://127.0.0.1:4123");
  expect(found()).not.toBeNull();
  await chmod((await noted())[0], 0o644);
  expect(found()).toBeNull();
});

it("is in the commands of the banner, unless it is the default", () => {
  expect(welcome("http://127.0.0.1:4000").join("\n")).not.toContain("--url");
  const lines = welcome("http://127.0.0.1:4001").join("\n");
  expect(lines).toContain('npx maillard predict "CC(=O)OCCC1=CC=CC=C1" --url http://127.0.0.1:4001');
  expect(lines).toContain("npm run demo -- --url http://127.0.0.1:4001");
});
