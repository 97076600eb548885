/** Commands find the server of their data folder on any port, and no address that somebody else could have written. */
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { Client, DEFAULT_URL } from "../../src/cli/client.js";
import { welcome } from "../../src/cli/commands/serve.js";
import { addressOfHome, noteAddress } from "../../src/cli/server-address.js";

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "maillard-address-"));
});
afterEach(() => rm(home, { recursive: true, force: true }));

const found = () => addressOfHome({ MAILLARD_HOME: home });
const write = (noted: unknown) => writeFile(join(home, "server.json"), JSON.stringify(noted), { mode: 0o600 });

it("is the one of the running server of that home, until it closes", async () => {
  expect(found()).toBeNull();
  const forget = await noteAddress(home, "http://127.0.0.1:4123");
  expect(found()).toBe("http://127.0.0.1:4123/graphql");
  expect((await stat(join(home, "server.json"))).mode & 0o777).toBe(0o600);
  expect(new Client({ MAILLARD_HOME: home }).url).toBe("http://127.0.0.1:4123/graphql");
  expect(new Client({ MAILLARD_HOME: home, MAILLARD_URL: "http://127.0.0.1:5/graphql" }).url).toMatch(/:5\/graphql$/);
  await forget();
  expect(found()).toBeNull();
  expect(new Client({ MAILLARD_HOME: home }).url).toBe(DEFAULT_URL);
});

it("stays when another server of the home has taken its place", async () => {
  const forget = await noteAddress(home, "http://127.0.0.1:4123");
  await write({ url: "http://127.0.0.1:4124", pid: process.ppid, host: hostname() });
  await forget();
  expect(JSON.parse(await readFile(join(home, "server.json"), "utf8"))).toMatchObject({ url: "http://127.0.0.1:4124" });
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
  await chmod(join(home, "server.json"), 0o644);
  expect(found()).toBeNull();
});

it("is in the commands of the banner, unless it is the default", () => {
  expect(welcome("http://127.0.0.1:4000").join("\n")).not.toContain("--url");
  const lines = welcome("http://127.0.0.1:4001").join("\n");
  expect(lines).toContain('npx maillard predict "CC(=O)OCCC1=CC=CC=C1" --url http://127.0.0.1:4001');
  expect(lines).toContain("npm run demo -- --url http://127.0.0.1:4001");
});
