/** Keys as rows, and as two servers over one database know them. */
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { createKey, revokeKey, rotateKey } from "../../../src/service/access/keys.js";
import { KeyRing } from "../../../src/store/access/key-ring.js";
import { hashOf, isSecret, newSecret } from "../../../src/store/access/keys.js";
import type { Store } from "../../../src/store/index.js";
import { until } from "../../support/compute.js";
import { createTestStore } from "../../support/database.js";

const MEMBER = { rescued: false };
const RESCUED = { rescued: true };

let store: Store;
/** Two servers: `here` makes the changes, `there` hears of them. Their clock. */
let here: KeyRing;
let there: KeyRing;
let now: number;

beforeAll(async () => {
  store = await createTestStore();
});
afterAll(() => store.close());

beforeEach(async () => {
  await store.prisma.apiKey.deleteMany();
  now = Date.now();
  here = await KeyRing.open(store, () => now);
  there = await KeyRing.open(store, () => now);
  return async () => {
    await here.close();
    await there.close();
  };
});

const parts = () => ({ store, keys: here });
const make = (name: string, fields: Partial<Parameters<typeof createKey>[1]> = {}) =>
  createKey(parts(), { name, role: "ADMIN", ...fields }, MEMBER);
const rotate = (request: Parameters<typeof rotateKey>[1], keyId: string | null = null) =>
  rotateKey(parts(), request, { keyId });
/** As if its time were over. */
const expire = (name: string) =>
  store.prisma.apiKey.updateMany({ where: { name }, data: { expiresAt: new Date(Date.now() - 1_000) } });
const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => "done",
    ({ code, param }) => `${code} ${param}`,
  );

describe("a key", () => {
  it("is mld_ and 256 random bits, of which the database has the sha256 alone", async () => {
    const { key, apiKey } = await make("first");
    expect(key).toMatch(/^mld_[\w-]{43}$/);
    expect(Buffer.from(key.slice(4), "base64url")).toHaveLength(32);
    expect(apiKey.hash).toBe(hashOf(key));
    const { rows } = await store.pool.query<{ text: string }>(`SELECT k::text AS text FROM "ApiKey" k`);
    expect(rows).toHaveLength(1);
    expect(rows[0].text).not.toContain(key.slice(4));
    expect(new Set(Array.from({ length: 100 }, newSecret)).size).toBe(100);
    expect([isSecret(key), isSecret(`${key}x`), isSecret(key.slice(1)), isSecret("")]).toEqual([
      true,
      false,
      false,
      false,
    ]);
  });

  it("has its projects in order; those that do not exist are made once", async () => {
    await make("first");
    const [one, other] = await Promise.all([
      make("one", { role: "MEMBER", projects: ["lab-b", "lab-a", "lab-b"] }),
      make("other", { role: "READER", projects: ["lab-a"] }),
    ]);
    const projects = await store.prisma.project.findMany({ where: { name: { startsWith: "lab-" } } });
    const idOf = (name: string) => projects.find((project) => project.name === name)?.id as string;
    expect(projects).toHaveLength(2);
    expect(await there.find(one.key)).toEqual({
      keyId: one.apiKey.id,
      name: "one",
      pointsPerMinute: null,
      role: "MEMBER",
      projects: [idOf("lab-b"), idOf("lab-a")],
      project: idOf("lab-b"),
    });
    expect(await there.find(other.key)).toMatchObject({ projects: [idOf("lab-a")] });
  });

  it("without a project has the default one; an administrator's sees every project", async () => {
    const first = await make("first");
    const plain = await make("plain", { role: "MEMBER" });
    expect(await here.find(first.key)).toMatchObject({ role: "ADMIN", projects: null, project: "default" });
    expect(await here.find(plain.key)).toMatchObject({ projects: ["default"], project: "default" });
  });

  it("is refused with a name that is taken or no name, a past end, too many projects or the shared one", async () => {
    const { apiKey } = await make("first");
    await revokeKey(parts(), apiKey.id, RESCUED);
    expect(await codeOf(make("first"))).toBe("CONFLICT name");
    for (const name of ["", "a b", "local", "MAILLARD_API_KEYS", "x".repeat(65)])
      expect(await codeOf(make(name))).toBe("BAD_INPUT name");
    expect(await codeOf(make("b", { expiresAt: new Date(Date.now() - 1) }))).toBe("BAD_INPUT expiresAt");
    const many = Array.from({ length: 20 }, (_, index) => `p${index}`);
    expect(await codeOf(make("c", { projects: many }))).toBe("done");
    expect(await codeOf(make("d", { projects: [...many, "p20"] }))).toBe("TOO_MANY_ITEMS projects");
    expect(await codeOf(make("e", { projects: ["shared"] }))).toBe("BAD_INPUT projects");
    expect(await codeOf(make("f", { projects: ["a/b"] }))).toBe("BAD_INPUT projects");
  });
});

describe("the first and the last administrator", () => {
  it("the first key is an administrator's, unless a key of MAILLARD_API_KEYS makes it", async () => {
    expect(await codeOf(make("lab", { role: "MEMBER" }))).toBe("CONFLICT role");
    expect(await codeOf(make("lab", { role: "READER" }))).toBe("CONFLICT role");
    expect(await store.prisma.apiKey.count()).toBe(0);
    const made = await createKey(parts(), { name: "lab", role: "MEMBER" }, RESCUED);
    expect(made.apiKey.role).toBe("MEMBER");
  });

  it("of ten at once that are members', none comes before the administrator's", async () => {
    const results = await Promise.all([
      ...Array.from({ length: 10 }, (_, index) => codeOf(make(`m${index}`, { role: "MEMBER" }))),
      codeOf(make("admin")),
    ]);
    const keys = await store.prisma.apiKey.findMany();
    expect(results.at(-1)).toBe("done");
    expect(keys).toHaveLength(results.filter((result) => result === "done").length);
    expect(results.every((result) => ["done", "CONFLICT role"].includes(result))).toBe(true);
  });

  it("the last is not revoked, nor are the last two at once; MAILLARD_API_KEYS may", async () => {
    const [a, b] = [await make("a"), await make("b")];
    await make("expired");
    await expire("expired");
    const results = await Promise.all([a, b].map(({ apiKey }) => codeOf(revokeKey(parts(), apiKey.id, MEMBER))));
    expect(results.sort()).toEqual(["CONFLICT id", "done"]);
    for (const { apiKey } of [a, b]) expect(await codeOf(revokeKey(parts(), apiKey.id, RESCUED))).toBe("done");
    expect(await codeOf(revokeKey(parts(), "nothing", RESCUED))).toBe("NOT_FOUND id");
  });
});

describe("a server", () => {
  it("learns of a revoked key at once, also another one, and keeps the time of the first revocation", async () => {
    await make("first");
    const { key, apiKey } = await make("lab", { role: "MEMBER" });
    expect([await here.find(key), await there.find(key)].map((found) => found?.name)).toEqual(["lab", "lab"]);
    const ended: string[] = [];
    here.watch(hashOf(key), () => ended.push("here"));
    there.watch(hashOf(key), () => ended.push("there"));
    const row = await revokeKey(parts(), apiKey.id, MEMBER);
    expect(ended).toContain("here");
    expect(await here.find(key)).toBeNull();
    await until(() => ended.includes("there"));
    expect(await there.find(key)).toBeNull();
    expect((await revokeKey(parts(), apiKey.id, MEMBER)).revokedAt).toEqual(row.revokedAt);
    expect(ended.sort()).toEqual(["here", "there"]);
  });

  it("ends the watches of those who came without a key once there is one", async () => {
    expect(there.hasKeys).toBe(false);
    let ended = 0;
    there.watch(null, () => ended++);
    there.watch(null, () => ended++)();
    await make("first");
    expect(here.hasKeys).toBe(true);
    await until(() => ended > 0);
    expect([ended, there.hasKeys]).toEqual([1, true]);
  });

  it("needs keys as long as one is not revoked, expired or not", async () => {
    const { apiKey } = await make("first");
    await expire("first");
    await here.refresh();
    expect(here.hasKeys).toBe(true);
    await revokeKey(parts(), apiKey.id, RESCUED);
    expect(here.hasKeys).toBe(false);
  });

  it("refuses a key from the moment at which it expires, also one that it knows", async () => {
    const { key } = await make("first", { expiresAt: new Date(now + 60_000) });
    expect(await here.find(key)).not.toBeNull();
    now += 59_999;
    expect(await here.find(key)).not.toBeNull();
    now += 1;
    expect(await here.find(key)).toBeNull();
  });

  it("ends the watches of a key that expires, without a notification", async () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    onTestFinished(() => void vi.useRealTimers());
    const { key } = await make("first", { expiresAt: new Date(now + 60_000) });
    let ended = 0;
    here.watch(hashOf(key), () => ended++);
    now += 59_000;
    await vi.advanceTimersByTimeAsync(5_000);
    await here.find(key);
    expect(ended).toBe(0);
    now += 1_000;
    await vi.advanceTimersByTimeAsync(5_000);
    await until(() => ended === 1);
    // Nothing is watched any more.
    expect(vi.getTimerCount()).toBe(0);
  });

  it("asks the database once in five seconds for a key, and shares one statement among requests at once", async () => {
    const { key } = await make("first");
    await Promise.all(Array.from({ length: 20 }, () => here.find(key)));
    // Behind the server's back, without a notification.
    await store.prisma.apiKey.updateMany({ data: { revokedAt: new Date() } });
    expect(await here.find(key)).not.toBeNull();
    now += 5_000;
    expect(await here.find(key)).toBeNull();
  });

  it("writes when a key was used, once a minute at most", async () => {
    const { key, apiKey } = await make("first");
    const lastUsed = async () =>
      (await store.prisma.apiKey.findUniqueOrThrow({ where: { id: apiKey.id } })).lastUsedAt?.getTime() ?? null;
    expect(await lastUsed()).toBeNull();
    await Promise.all([here.find(key), here.find(key), there.find(key)]);
    await Promise.all([here.close(), there.close()]);
    const used = await lastUsed();
    expect(used).toBeGreaterThan(Date.now() - 30_000);
    now += 59_000;
    await here.find(key);
    await here.close();
    expect(await lastUsed()).toBe(used);
    await store.prisma.apiKey.updateMany({ data: { lastUsedAt: new Date(Date.now() - 61_000) } });
    now += 1_500;
    await here.find(key);
    await here.close();
    expect(await lastUsed()).toBeGreaterThan(Date.now() - 30_000);
  });
});

describe("a rotation", () => {
  it("gives another key, and the one before ends at once", async () => {
    const { key, apiKey } = await make("first");
    await there.find(key);
    let ended = 0;
    there.watch(hashOf(key), () => ended++);
    const rotated = await rotate({ id: apiKey.id, overlapMinutes: 0 });
    expect(rotated.key).not.toBe(key);
    expect(await here.find(key)).toBeNull();
    await until(() => ended === 1);
    expect(await there.find(key)).toBeNull();
    expect(await there.find(rotated.key)).toMatchObject({ keyId: apiKey.id, name: "first" });
  });

  it("with an overlap leaves the one before for so long, and never beyond its own end", async () => {
    const { key, apiKey } = await make("first", { expiresAt: new Date(now + 30 * 60_000) });
    const later = new Date(now + 90 * 60_000);
    const second = await rotate({ id: apiKey.id, overlapMinutes: 10, expiresAt: later });
    const opens = async () => Promise.all([key, second.key].map(async (one) => (await here.find(one)) !== null));
    now += 9 * 60_000;
    expect(await opens()).toEqual([true, true]);
    now += 2 * 60_000;
    expect(await opens()).toEqual([false, true]);
    now += 60 * 60_000;
    expect(await opens()).toEqual([false, true]);
    const third = await rotate({ id: apiKey.id, overlapMinutes: 7 * 24 * 60 });
    expect(third.apiKey.previousUntil).toEqual(later);
    expect(await codeOf(rotate({ id: apiKey.id, overlapMinutes: 7 * 24 * 60 + 1 }))).toBe("BAD_INPUT overlapMinutes");
    expect(await codeOf(rotate({ id: apiKey.id, overlapMinutes: -1 }))).toBe("BAD_INPUT overlapMinutes");
  });

  it("leaves the key that asks its secret for a minute, so that it can ask again when the answer is lost", async () => {
    const { key, apiKey } = await make("first");
    await rotate({ id: apiKey.id, overlapMinutes: 0 }, apiKey.id);
    now = Date.now() + 50_000;
    expect(await here.find(key)).not.toBeNull();
    now += 11_000;
    expect(await here.find(key)).toBeNull();
  });

  it("of a revoked key is refused, of an expired one without a later end, too", async () => {
    await make("admin");
    const { apiKey } = await make("lab", { role: "MEMBER" });
    await expire("lab");
    const id = apiKey.id;
    expect(await codeOf(rotate({ id, overlapMinutes: 0 }))).toBe("CONFLICT id");
    const expiresAt = new Date(Date.now() + 60_000);
    expect(await codeOf(rotate({ id, overlapMinutes: 0, expiresAt }))).toBe("done");
    await revokeKey(parts(), id, MEMBER);
    expect(await codeOf(rotate({ id, overlapMinutes: 0, expiresAt }))).toBe("CONFLICT id");
    expect(await codeOf(rotate({ id: "nothing", overlapMinutes: 0 }))).toBe("NOT_FOUND id");
  });
});
