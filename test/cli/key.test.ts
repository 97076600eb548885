/** `maillard key`: the way from a server without keys to one whose keys are rotated and revoked. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { laterTime, minutes } from "../../src/cli/flags/time-options.js";
import { startTestService, type TestService } from "../support/api.js";
import { type Finished, maillard } from "../support/command-line.js";
import { FakeCompute } from "../support/fake-compute.js";

let service: TestService;
beforeAll(async () => {
  service = await startTestService({ compute: new FakeCompute() });
});
afterAll(() => service.close());

const run = (args: string, key?: string): Promise<Finished> =>
  maillard(service.url, args.split(" "), key ? { MAILLARD_API_KEY: key } : {});

it("goes from a server without keys to rotated and revoked ones", async () => {
  expect((await run("key whoami")).out).toBe("local: ADMIN, projects all");
  const early = await run("key create --name lab --role member");
  expect([early.exitCode, early.err.split(" ")[0]]).toEqual([1, "CONFLICT"]);

  const first = await run("key create --name me --role admin");
  expect(first.exitCode).toBe(0);
  expect(first.out).toMatch(/^mld_[\w-]{43}$/);
  expect(first.err).not.toContain(first.out);
  const admin = first.out;
  const without = await run("key list");
  expect([without.exitCode, without.err.split(" ")[0]]).toEqual([1, "UNAUTHENTICATED"]);

  const lab = await run("key create --name lab --role member --project lab --project other --expires 90d", admin);
  const made = await service.store.prisma.apiKey.findUniqueOrThrow({ where: { name: "lab" } });
  expect(Math.abs((made.expiresAt?.getTime() ?? 0) - Date.now() - 90 * 24 * 3_600_000)).toBeLessThan(60_000);
  expect((await run("key whoami", lab.out)).out).toMatch(/^lab: MEMBER, projects lab, other, until \d{4}-/);
  const forbidden = await run("key list", lab.out);
  expect([forbidden.exitCode, forbidden.err.split(" ")[0]]).toEqual([1, "FORBIDDEN"]);

  const list = (await run("key list", admin)).out.split("\n").map((line) => line.split(/ {2,}/).slice(0, 4));
  expect(list.slice(2)).toEqual([
    ["lab", "member", "lab, other", "ACTIVE"],
    ["me", "admin", "default", "ACTIVE"],
  ]);

  const rotated = JSON.parse((await run("key rotate lab --overlap 1h --json", admin)).out);
  expect(rotated.apiKey.previousUntil).not.toBeNull();
  for (const key of [lab.out, rotated.key]) expect((await run("key whoami", key)).exitCode).toBe(0);
  const again = await run("key rotate lab", admin);
  expect((await run("key whoami", again.out)).exitCode).toBe(0);
  expect((await run("key whoami", rotated.key)).exitCode).toBe(1);

  expect((await run("key revoke lab", admin)).out).toBe("lab is revoked.");
  expect((await run("key whoami", again.out)).exitCode).toBe(1);
  const last = await run("key revoke me", admin);
  expect([last.exitCode, last.err.split(" ")[0]]).toEqual([1, "CONFLICT"]);
  const unknown = await run("key rotate nobody", admin);
  expect([unknown.exitCode, unknown.err.split(" ")[0]]).toEqual([1, "NOT_FOUND"]);
});

it("refuses what it does not know before anything is sent", async () => {
  for (const args of [
    "key create --name a",
    "key create --role admin",
    "key create --name a --role owner",
    "key create --name a --role admin --expires soon",
    "key rotate a --overlap 5",
  ])
    expect((await maillard("http://127.0.0.1:1", args.split(" "))).exitCode).toBe(1);
});

describe("a time", () => {
  it.each([
    ["30m", 30],
    ["12h", 720],
    ["90d", 129_600],
    ["2w", 20_160],
  ])("%s is %i minutes", (text, expected) => {
    expect(minutes(text)).toBe(expected);
    expect(Math.abs(laterTime(text).getTime() - Date.now() - expected * 60_000)).toBeLessThan(5_000);
  });

  it("is a date or time in ISO 8601, too", () => {
    expect(laterTime("2027-03-01").toISOString()).toBe("2027-03-01T00:00:00.000Z");
    expect(laterTime("2027-03-01T12:00:00+02:00").toISOString()).toBe("2027-03-01T10:00:00.000Z");
    for (const text of ["", "90", "d", "-1d", "1.5h", "1y", "2027-13-01", "tomorrow", "1000000000d"])
      expect(() => laterTime(text)).toThrow();
    for (const text of ["", "5", "2027-03-01"]) expect(() => minutes(text)).toThrow();
  });
});
