/** Of whom something is counted, and how wrong keys are slowed, by a clock that the test moves. */
import { beforeEach, describe, expect, it } from "vitest";
import { clientOf, networkOf } from "../../../src/api/access/address.js";
import { LOGIN_LIMITS, Logins } from "../../../src/api/access/logins.js";
import { LOCAL, OPERATOR } from "../../../src/store/access/principal.js";

const { wrongKeys, windowMs, addresses, trustMs } = LOGIN_LIMITS;
const PAUSE = windowMs / wrongKeys;
let now: number;
let logins: Logins;
beforeEach(() => {
  now = 1_000_000;
  logins = new Logins(() => now);
});
const tries = (count: number, address = "192.0.2.1") => Array.from({ length: count }, () => logins.take(address));

describe("an address", () => {
  it("has n tries at once, and waits for the n + 1st", () => {
    expect(tries(wrongKeys)).toEqual(Array(wrongKeys).fill(0));
    expect(tries(2)).toEqual([PAUSE, PAUSE]);
    now += PAUSE - 1;
    expect(logins.take("192.0.2.1")).toBe(1);
    now += 1;
    expect(tries(2)).toEqual([0, PAUSE]);
  });

  it("has all tries again after a silent minute, and never more", () => {
    tries(wrongKeys + 3);
    now += windowMs;
    expect(tries(wrongKeys + 1)).toEqual([...Array(wrongKeys).fill(0), PAUSE]);
    now += 100 * windowMs;
    expect(tries(wrongKeys + 1)).toEqual([...Array(wrongKeys).fill(0), PAUSE]);
  });

  it("has a try less for each wrong key alone", () => {
    for (let round = 0; round < 20; round++) {
      expect(logins.take("192.0.2.1")).toBe(0);
      logins.giveBack("192.0.2.1");
    }
    for (let round = 0; round < 3; round++) logins.giveBack("192.0.2.1");
    expect(tries(wrongKeys + 1)).toEqual([...Array(wrongKeys).fill(0), PAUSE]);
  });

  it("does not pay for others, nor for a clock that goes back", () => {
    tries(wrongKeys + 1);
    expect(logins.take("192.0.2.2")).toBe(0);
    now -= 5_000;
    expect(logins.take("192.0.2.1")).toBe(PAUSE);
  });

  it("keeps a key that was right there for an hour, and that key alone", () => {
    logins.trust("192.0.2.1", "a");
    expect([logins.trusts("192.0.2.1", "a"), logins.trusts("192.0.2.1", "b"), logins.trusts("192.0.2.2", "a")]).toEqual(
      [true, false, false],
    );
    now += trustMs;
    expect(logins.trusts("192.0.2.1", "a")).toBe(false);
  });
});

it("remembers a limited number of addresses", () => {
  for (let index = 0; index < addresses + 100; index++)
    logins.take(`10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`);
  expect(logins.size).toBe(addresses);
});

it.each([
  ["192.0.2.1", "192.0.2.1"],
  ["::ffff:192.0.2.1", "192.0.2.1"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
  ["2001:0DB8:1:2::9", "2001:db8:1:2::/64"],
  ["2001:db8::1", "2001:db8:0:0::/64"],
  ["::1", "0:0:0:0::/64"],
  ["fe80::1%eth0", "fe80:0:0:0::/64"],
  ["1::", "1:0:0:0::/64"],
  ["", ""],
])("%j is counted as %j", (address, network) => {
  expect(networkOf(address)).toBe(network);
});

it("a client is its key wherever it is, or its network where it needs no key", () => {
  const lab = { principal: { ...LOCAL, keyId: "1", name: "lab" }, hash: "a" };
  expect(clientOf(lab, "192.0.2.1")).toBe(clientOf({ ...lab, hash: "rotated" }, "2001:db8::1"));
  const local = { principal: LOCAL, hash: null };
  expect(clientOf(local, "2001:db8::1")).toBe(clientOf(local, "2001:db8::2"));
  const clients = [lab, local, { principal: OPERATOR, hash: "a" }, { principal: OPERATOR, hash: "b" }];
  const names = clients.map((one) => clientOf(one, "192.0.2.1"));
  expect(new Set([...names, clientOf(local, "192.0.2.2")]).size).toBe(5);
});
