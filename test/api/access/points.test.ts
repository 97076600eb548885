/** Cost points of a key: n is answered and n + 1 is not, by HTTP, by WebSocket and for uploads; when to come back. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { chargeByEvent } from "../../../src/api/access/charge.js";
import { PointsMeter, UPLOAD_POINTS } from "../../../src/api/access/points.js";
import { LOCAL } from "../../../src/store/access/principal.js";
import { newKey } from "../../support/access/keys.js";
import { startTestService, type TestService } from "../../support/api.js";
import { FakeCompute } from "../../support/fake-compute.js";
import { all, subscriber } from "../../support/sockets.js";

describe("the meter", () => {
  const START = 1_000_000_000_000;
  const client = { keyId: "key" };
  const made = (perMinute = 100) => {
    const time = { now: START };
    return { time, meter: new PointsMeter(perMinute, () => time.now) };
  };

  it("answers up to the limit and refuses one point more, which costs nothing", () => {
    const { meter, time } = made();
    expect(meter.charge(client, () => 60)).toMatchObject({ limit: 100, cost: 60, remaining: 40, used: 60 });
    expect(meter.charge(client, () => 40)).toMatchObject({ cost: 40, remaining: 0, used: 100 });
    time.now += 12_345;
    expect(() => meter.charge(client, () => 1)).toThrow(
      expect.objectContaining({
        code: "RATE_LIMITED",
        retryable: true,
        details: {
          limit: 100,
          cost: 1,
          remaining: 0,
          used: 100,
          resetAt: new Date(START + 60_000).toISOString(),
          retryAfterMs: 60_000 - 12_345,
        },
      }),
    );
  });

  it("gives everything back when the minute ends, and not a millisecond before", () => {
    const { meter, time } = made();
    meter.charge(client, () => 100);
    time.now = START + 59_999;
    expect(() => meter.charge(client, () => 1)).toThrow("100");
    time.now = START + 60_000;
    expect(meter.charge(client, () => 100)).toMatchObject({ used: 100, resetAt: new Date(START + 120_000) });
  });

  it("begins a minute with the first operation in it", () => {
    const { meter, time } = made();
    meter.charge(client, () => 100);
    time.now = START + 90_000;
    expect(meter.charge(client, () => 1)?.resetAt).toEqual(new Date(START + 150_000));
  });

  it("says that an operation above the whole limit is never answered", () => {
    const { meter } = made();
    expect(() => meter.charge(client, () => 101)).toThrow(
      expect.objectContaining({ code: "RATE_LIMITED", retryable: false }),
    );
    expect(meter.charge(client, () => 100)?.remaining).toBe(0);
  });

  it("counts each key by itself, with the limit of its row", () => {
    const { meter } = made();
    meter.charge(client, () => 100);
    expect(meter.charge({ keyId: "other", pointsPerMinute: 7 }, () => 7)).toMatchObject({ limit: 7, remaining: 0 });
    expect(() => meter.charge({ keyId: "other", pointsPerMinute: 7 }, () => 1)).toThrow();
  });

  it("has no limit for clients without a row, and does not ask the price", () => {
    const { meter } = made(1);
    const price = () => {
      throw new Error("asked");
    };
    expect(meter.charge({ keyId: null }, price)).toBeNull();
  });
});

it("events of a subscription cost as much as its begin, the first one nothing more", () => {
  const meter = new PointsMeter(100, () => 0);
  const principal = { ...LOCAL, keyId: "key" };
  const context = { principal, charge: meter.charge(principal, () => 40) };
  const next = chargeByEvent(meter, context, 0);
  next();
  expect(context.charge?.used).toBe(40);
  next();
  expect(context.charge).toMatchObject({ cost: 40, used: 80, remaining: 20 });
  expect(next).toThrow(expect.objectContaining({ code: "RATE_LIMITED" }));
  // Without a key there is no limit.
  const free = chargeByEvent(meter, { principal: LOCAL, charge: null }, 0);
  for (let event = 0; event < 100; event++) free();
});

describe("a key of 100 points", () => {
  let service: TestService;
  const time = { now: 1_800_000_000_000 };
  const OPERATOR = "an-operator's-key";
  beforeAll(async () => {
    service = await startTestService({
      compute: new FakeCompute(),
      models: {},
      hub: null,
      apiKeys: [OPERATOR],
      now: () => time.now,
    });
  });
  afterAll(() => service?.close());

  const post = (authorization: string, query: string, accept = "application/json") =>
    fetch(`${service.url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json", accept, authorization },
      body: JSON.stringify({ query }),
    });
  const numbers = ({ headers }: Response) =>
    ["limit", "remaining", "used", "reset"].map((name) => Number(headers.get(`x-ratelimit-${name}`)));
  let made = 0;
  const key = (pointsPerMinute: number | undefined = 100) =>
    newKey(service.application, { name: `points-${made++}` }, { pointsPerMinute });
  /** Costs so many points: one for each field. */
  const costing = (points: number) => `{ rateLimit { ${"cost ".repeat(points - 1)} } }`;

  it("is told what is left in headers and in `rateLimit`", async () => {
    const { authorization } = await key();
    const response = await post(authorization, "{ rateLimit { limit cost remaining used resetAt } }");
    const { data } = (await response.json()) as { data: { rateLimit: Record<string, number> } };
    const { cost } = data.rateLimit;
    const resetAt = new Date(time.now + 60_000).toISOString();
    expect(data.rateLimit).toEqual({ limit: 100, cost, remaining: 100 - cost, used: cost, resetAt });
    expect(numbers(response)).toEqual([100, 100 - cost, cost, (time.now + 60_000) / 1_000]);
    expect(response.headers.get("retry-after")).toBeNull();
  });

  it("is answered 100 points and refused one more by HTTP: 200 in JSON, 429 in graphql-response+json", async () => {
    const { authorization } = await key();
    const exact = await post(authorization, costing(100));
    expect([exact.status, numbers(exact)[1]]).toEqual([200, 0]);
    for (const [accept, status] of [
      ["application/json", 200],
      ["application/graphql-response+json", 429],
    ] as const) {
      const refused = await post(authorization, costing(2), accept);
      expect(refused.status).toBe(status);
      expect(numbers(refused)).toEqual([100, 0, 100, (time.now + 60_000) / 1_000]);
      expect(refused.headers.get("retry-after")).toBe("60");
      const { errors, data } = (await refused.json()) as { errors: { extensions: object }[]; data?: object };
      expect(data ?? null).toBeNull();
      const details = { limit: 100, cost: 2, remaining: 0, used: 100, retryAfterMs: 60_000 };
      expect(errors).toMatchObject([{ extensions: { code: "RATE_LIMITED", retryable: true, details } }]);
    }
    time.now += 60_000;
    expect((await post(authorization, costing(100))).status).toBe(200);
  });

  it("shares its points between HTTP and WebSocket", async () => {
    const { authorization } = await key();
    const socket = subscriber(service.url, { authorization });
    expect(await all(socket.events(costing(60)))).toMatchObject([{ data: { rateLimit: { cost: 60 } } }]);
    expect((await post(authorization, costing(40))).headers.get("x-ratelimit-remaining")).toBe("0");
    await expect(all(socket.events(costing(2)))).rejects.toMatchObject([
      { extensions: { code: "RATE_LIMITED", retryable: true, details: { remaining: 0, retryAfterMs: 60_000 } } },
    ]);
    // The socket stays open, and is answered in the next minute.
    time.now += 60_000;
    expect(await all(socket.events(costing(100)))).toMatchObject([{ data: {} }]);
    await socket.close();
  });

  it("is refused before anything runs, and the audit log has no entry of it", async () => {
    const { authorization, id } = await key(3);
    expect((await post(authorization, costing(3))).status).toBe(200);
    await post(authorization, 'mutation { cancelRun(id: "x") { __typename } }');
    expect(await service.store.prisma.auditEntry.count({ where: { keyId: id } })).toBe(0);
  });

  it("is charged for uploads", async () => {
    const upload = (authorization: string) =>
      fetch(`${service.url}/import/csv?describe=true`, {
        method: "POST",
        headers: { authorization, "content-type": "application/octet-stream", "x-maillard-client": "test" },
        body: "smiles,class\nCCO,alcohol\n",
      });
    const { authorization } = await key(UPLOAD_POINTS);
    const first = await upload(authorization);
    expect([first.status, numbers(first)[1]]).toEqual([200, 0]);
    await first.text();
    const second = await upload(authorization);
    expect([second.status, second.headers.get("retry-after")]).toEqual([429, "60"]);
    expect(await second.json()).toMatchObject({ errors: [{ extensions: { code: "RATE_LIMITED" } }] });
  });

  it("has the server's limit when its row has none; the operator has none", async () => {
    const { authorization } = await newKey(service.application, { name: "plain" });
    expect(numbers(await post(authorization, "{ health { live } }"))[0]).toBe(1_000_000);
    const operator = await post(`Bearer ${OPERATOR}`, "{ rateLimit { limit } }");
    expect(operator.headers.get("x-ratelimit-limit")).toBeNull();
    expect(await operator.json()).toEqual({ data: { rateLimit: null } });
  });

  it("costs nothing for a document that is refused", async () => {
    const { authorization } = await key();
    await post(authorization, "{ nothing }");
    expect(numbers(await post(authorization, costing(2)))[2]).toBe(2);
  });
});
