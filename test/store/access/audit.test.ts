/** The audit log as rows: written, cut, counted by address, deleted when old; an entry is never lost. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { ADDRESSES, type AuditEvent, AuditLog } from "../../../src/store/access/audit.js";
import { LONGEST_LIST, LONGEST_TEXT } from "../../../src/store/access/storable.js";
import type { Store } from "../../../src/store/index.js";
import { createTestStore } from "../../support/database.js";

let store: Store;
let log: AuditLog;
let lost: { event: AuditEvent; error: unknown }[];
beforeAll(async () => {
  store = await createTestStore();
});
afterAll(() => store?.close());
beforeEach(async () => {
  await store.prisma.auditEntry.deleteMany();
  lost = [];
  log = newLog();
});

const newLog = (given: Pick<Store, "pool"> = store): AuditLog =>
  new AuditLog(given, {
    days: 90,
    onLost: (event, error) => void lost.push({ event, error }),
    onError: () => undefined,
  });

const event = (details: Record<string, unknown> = {}): AuditEvent => ({
  requestId: "request",
  keyId: "id",
  keyName: "lab",
  address: "127.0.0.1",
  action: "startFinetune",
  outcome: "OK",
  details,
});

const rows = () => store.prisma.auditEntry.findMany({ orderBy: { id: "asc" } });

describe("an entry", () => {
  it("has who, what, when, from where, request id and outcome", async () => {
    await log.record(event({ name: "a", count: 3, big: 4n, flag: true }));
    const { id, at, ...row } = (await rows())[0];
    expect(row).toEqual(event({ name: "a", count: 3, big: 4, flag: true }));
    expect(id).toMatch(/^[0-9a-f-]{36}$/);
    expect(Math.abs(Date.now() - at.getTime())).toBeLessThan(60_000);
  });

  it("takes any text: NUL, lone surrogates, long texts and lists are cut or replaced", async () => {
    const long = "x".repeat(LONGEST_TEXT);
    await log.record(
      event({
        nul: "a\0b",
        lone: "a\uD800b\uDC00",
        pair: "\u{1F600}",
        fits: long,
        long: `${long}y`,
        halved: `${"x".repeat(LONGEST_TEXT - 1)}\u{1F600}`,
        list: Array.from({ length: LONGEST_LIST }, (_, index) => index),
        longer: Array.from({ length: LONGEST_LIST + 1 }, () => "a"),
        objects: [{ smiles: "CCO" }],
        object: { smiles: "CCO" },
        missing: undefined,
        none: null,
        infinite: Number.POSITIVE_INFINITY,
      }),
    );
    expect(lost).toEqual([]);
    expect((await rows())[0].details).toEqual({
      nul: "a\uFFFDb",
      lone: "a\uFFFDb\uFFFD",
      pair: "\u{1F600}",
      fits: long,
      long: `${long}… (201 characters)`,
      halved: `${"x".repeat(LONGEST_TEXT - 1)}\uFFFD… (201 characters)`,
      list: Array.from({ length: LONGEST_LIST }, (_, index) => index),
      longer: [...Array.from({ length: LONGEST_LIST }, () => "a"), "and 1 more"],
      objects: 1,
    });
  });

  it("goes to the operator's log when the database refuses it, and nothing fails", async () => {
    const refusing = { query: () => Promise.reject(new Error("gone")) } as unknown as Store["pool"];
    await newLog({ pool: refusing }).record(event({ name: "a" }));
    expect(lost).toEqual([{ event: event({ name: "a" }), error: new Error("gone") }]);
  });

  it("is written before close resolves", async () => {
    void log.record(event());
    await log.close();
    expect(await rows()).toHaveLength(1);
  });
});

describe("refused keys", () => {
  it("of one address in a minute are two entries, whatever their number", async () => {
    for (let index = 0; index < 5_000; index++) log.refusedKey("10.0.0.1", `request-${index}`);
    log.refusedKey("10.0.0.2", "other");
    await log.close();
    const found = (await rows()).map(({ address, requestId, details }) => ({ address, requestId, details }));
    expect(found).toHaveLength(3);
    expect(found).toContainEqual({ address: "10.0.0.1", requestId: "request-0", details: {} });
    expect(found).toContainEqual({ address: "10.0.0.1", requestId: "request-0", details: { more: 4_999 } });
    expect(found).toContainEqual({ address: "10.0.0.2", requestId: "other", details: {} });
    expect((await rows()).every(({ action, keyId }) => action === "refused key" && keyId === null)).toBe(true);
  });

  it(`of more than ${ADDRESSES} addresses share one entry`, async () => {
    for (let index = 0; index < ADDRESSES + 50; index++) log.refusedKey(`10.0.${index >> 8}.${index & 255}`, "r");
    await log.close();
    const found = await rows();
    expect(found).toHaveLength(ADDRESSES + 2);
    const shared = found.filter(({ address }) => address === null);
    expect(shared.map(({ details }) => details)).toEqual([{ addresses: "more" }, { more: 49 }]);
  });

  it("begin anew when the minute has ended", async () => {
    log.refusedKey("10.0.0.1", "first");
    log.flush();
    log.refusedKey("10.0.0.1", "second");
    await log.close();
    expect((await rows()).map(({ requestId }) => requestId)).toEqual(["first", "second"]);
  });
});

describe("what a role forbids", () => {
  const forbidden = (keyId: string, action: string, id: string): AuditEvent => ({
    ...event({ id }),
    keyId,
    action,
    outcome: "FORBIDDEN",
  });

  it("of one key and action in a minute are two entries, the first one before its answer", async () => {
    await log.forbidden(forbidden("reader", "cancelRun", "run-0"));
    expect(await rows()).toMatchObject([{ keyId: "reader", outcome: "FORBIDDEN", details: { id: "run-0" } }]);
    for (let index = 1; index < 5_000; index++) await log.forbidden(forbidden("reader", "cancelRun", `run-${index}`));
    await log.forbidden(forbidden("reader", "startProbe", "other"));
    await log.forbidden(forbidden("another", "cancelRun", "third"));
    expect(await rows()).toHaveLength(3);
    await log.close();
    const found = (await rows()).map(({ keyId, action, outcome, details }) => [keyId, action, outcome, details]);
    expect(found).toEqual([
      ["reader", "cancelRun", "FORBIDDEN", { id: "run-0" }],
      ["reader", "startProbe", "FORBIDDEN", { id: "other" }],
      ["another", "cancelRun", "FORBIDDEN", { id: "third" }],
      ["reader", "cancelRun", "FORBIDDEN", { more: 4_999 }],
    ]);
  });
});

describe("old entries", () => {
  it("are deleted after the days they are kept, in batches; younger ones stay", async () => {
    await store.pool.query(
      `INSERT INTO "AuditEntry" (id, at, "requestId", action, outcome)
       SELECT 'old-' || n, now() - interval '90 days 1 minute', 'r', 'a', 'OK' FROM generate_series(1, 2500) AS n`,
    );
    await store.pool.query(
      `INSERT INTO "AuditEntry" (id, at, "requestId", action, outcome)
       VALUES ('young', now() - interval '89 days 23 hours', 'r', 'a', 'OK')`,
    );
    expect(await log.deleteOld()).toBe(2_500);
    expect((await rows()).map(({ id }) => id)).toEqual(["young"]);
  });

  it("are left alone while another process deletes", async () => {
    await store.pool.query(
      `INSERT INTO "AuditEntry" (id, at, "requestId", action, outcome)
       VALUES ('old', now() - interval '91 days', 'r', 'a', 'OK')`,
    );
    const client = await store.pool.connect();
    try {
      await client.query("SELECT pg_advisory_lock(7340038)");
      expect(await log.deleteOld()).toBe(0);
      await client.query("SELECT pg_advisory_unlock(7340038)");
    } finally {
      client.release();
    }
    expect(await log.deleteOld()).toBe(1);
  });
});
