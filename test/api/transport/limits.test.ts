/** What one document may request: each limit accepts n and refuses n + 1, by HTTP and by WebSocket. */
import { getIntrospectionQuery } from "graphql";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LIMITS } from "../../../src/api/transport/limits/limits.js";
import { type Answer, type Extensions, post, startTestService, type TestService } from "../../support/api.js";
import { FakeCompute } from "../../support/fake-compute.js";
import { cpuTime } from "../../support/machine/cpu-time.js";
import { acknowledged, type BareSocket } from "../../support/sockets.js";

let service: TestService;
let socket: BareSocket;
beforeAll(async () => {
  service = await startTestService({ compute: new FakeCompute() });
  socket = await acknowledged(service.url);
});
afterAll(() => service.close());

/** The same operation by HTTP and by WebSocket: the extensions of its errors, empty when it was answered. */
async function refusals(query: string, variables: object = {}): Promise<[http: Extensions[], socket: Extensions[]]> {
  const { errors = [] } = await service.ask(query, variables);
  socket.send({ type: "subscribe", id: "1", payload: { query, variables } });
  const { type, payload } = await socket.next();
  if (type === "error")
    return [errors.map(({ extensions }) => extensions), (payload as typeof errors).map(({ extensions }) => extensions)];
  await socket.next();
  return [
    errors.map(({ extensions }) => extensions),
    ((payload as Answer<object>).errors ?? []).map(({ extensions }) => extensions),
  ];
}

const times = (count: number, part: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => part(index)).join(" ");

const nested = (depth: number): string =>
  `{ model(name: "base") ${"{ baseModel ".repeat(depth - 2)} { id ${"} ".repeat(depth)}`;

const documents: Record<string, { at(n: number): string; limit: number }> = {
  depth: { limit: LIMITS.depth, at: nested },
  aliases: { limit: LIMITS.aliases, at: (n) => `{ health { ${times(n, (index) => `a${index}: live`)} } }` },
  directives: { limit: LIMITS.directives, at: (n) => `{ health { ${times(n, () => "live @include(if: true)")} } }` },
};

describe.each(Object.entries(documents))("%s", (name, { limit, at }) => {
  it(`answers ${limit} and refuses ${limit + 1} on both ways`, async () => {
    expect(await refusals(at(limit))).toEqual([[], []]);
    const expected = { code: "LIMIT_EXCEEDED", limit: name, maximum: limit, actual: limit + 1 };
    expect(await refusals(at(limit + 1))).toEqual([[expected], [expected]]);
  });

  it("counts the fields of fragments", async () => {
    if (name === "depth")
      return expect((await refusals(`{ ...f } fragment f on Query ${at(limit + 1)}`))[0]).toMatchObject([
        { limit: name },
      ]);
    const half = at(limit / 2 + 1).slice("{ health ".length, -2);
    const [http] = await refusals(`{ health { ...f ...f } } fragment f on Health ${half}`);
    expect(http).toMatchObject([{ code: "LIMIT_EXCEEDED", limit: name, actual: limit + 2 }]);
  });
});

describe("tokens", () => {
  it(`answers ${LIMITS.tokens} and refuses one more on both ways`, async () => {
    // 12 tokens and the ids. At the limit the document is executed; the resolver then refuses so many ids.
    const at = (n: number): string => `{ nodes(ids: [${'"a" '.repeat(n - 12)}]) { id } }`;
    const answered = [{ code: "TOO_MANY_ITEMS", details: { actual: LIMITS.tokens - 12 } }];
    expect(await refusals(at(LIMITS.tokens))).toMatchObject([answered, answered]);
    const expected = { code: "LIMIT_EXCEEDED", limit: "tokens", maximum: LIMITS.tokens };
    expect(await refusals(at(LIMITS.tokens + 1))).toEqual([[expected], [expected]]);
  });
});

describe("cost", () => {
  const ten = "step name value at epoch split sequence other: step more: step again: step";
  const metrics = (count: number | string) =>
    `runs(first: 1) { edges { node { metrics(first: ${count}) { ${ten} } } } }`;

  it(`answers ${LIMITS.cost} and refuses one more on both ways`, async () => {
    // runs: 20 + first x (edges: 1 + (node: 1 + (metrics: 20 + 9,990 x 10))) = 99,942; health: 2, and its fields.
    const at = (more: number) => `{ ${metrics(9_990)} health { ${"live ".repeat(more)} } }`;
    expect(await refusals(at(56))).toEqual([[], []]);
    const expected = { code: "LIMIT_EXCEEDED", limit: "cost", maximum: LIMITS.cost, actual: LIMITS.cost + 1 };
    expect(await refusals(at(57))).toEqual([[expected], [expected]]);
  });

  it("takes variables, their defaults, @include and @skip as they are, on both ways", async () => {
    const list = (rest: string) =>
      `query ($n: Int! = 10000, $yes: Boolean = true) { __typename @skip(if: $yes) a: ${rest} b: ${metrics(9_990)} }`;
    const both = list(metrics("$n"));
    const refused = [[{ limit: "cost" }], [{ limit: "cost" }]];
    expect(await refusals(both, { n: 1 })).toEqual([[], []]);
    expect(await refusals(both, { n: 10_000 })).toMatchObject(refused);
    expect(await refusals(both)).toMatchObject(refused);
    const skipped = both.replace("first: 1)", "first: 1) @skip(if: $yes)");
    expect(await refusals(skipped)).toEqual([[], []]);
    expect(await refusals(skipped.replace(") @skip", ") @include"))).toMatchObject(refused);
    expect(await refusals(skipped, { yes: false })).toMatchObject(refused);
  });

  it("is that of the operation which runs, not of others in its document", async () => {
    const document = `query cheap { __typename } query dear { a: ${metrics(9_990)} b: ${metrics(9_990)} }`;
    for (const [operationName, expected] of [
      ["cheap", undefined],
      ["dear", "LIMIT_EXCEEDED"],
    ]) {
      const { errors } = await post(service.url, { query: document, operationName });
      expect(errors?.[0].extensions.code).toBe(expected);
      socket.send({ type: "subscribe", id: "1", payload: { query: document, operationName } });
      const { type, payload } = await socket.next();
      expect((payload as Answer<object>["errors"])?.[0]?.extensions.code).toBe(expected);
      if (type === "next") await socket.next();
    }
  });

  it("of a list with a filter or an order is 2,000 more: 49 are answered, 50 refused", async () => {
    // The list, 20, and the edge with its cursor: 2,022 for each.
    const at = (count: number, argument: string): string => {
      const list = `compounds(first: 1, ${argument}) { edges { cursor } }`;
      const fragments = times(count, (index) => `fragment f${index} on Query { ${list} }`);
      return `{ ${times(count, (index) => `...f${index}`)} } ${fragments}`;
    };
    for (const argument of ['filter: { text: "x" }', "orderBy: NAME_ASC"]) {
      expect((await refusals(at(49, argument)))[0]).toEqual([]);
      expect((await refusals(at(50, argument)))[0]).toMatchObject([{ limit: "cost", actual: 50 * 2_022 }]);
    }
    expect((await refusals(at(50, "filter: null")))[0]).toEqual([]);
  });

  it("is finite for fragments that expand exponentially, and measured quickly", async () => {
    const doubling = times(30, (index) => `fragment f${index} on Query { ...f${index + 1} ...f${index + 1} }`);
    const bomb = `{ ...f0 } ${doubling} fragment f30 on Query { health { live } }`;
    const spent = cpuTime();
    expect((await refusals(bomb))[0]).toMatchObject([{ code: "LIMIT_EXCEEDED", limit: "cost", actual: 3 * 2 ** 30 }]);
    expect(spent()).toBeLessThan(5_000);
    const cycle = "{ ...a } fragment a on Query { ...b } fragment b on Query { ...a }";
    expect((await refusals(cycle))[1]).toMatchObject([{ code: "GRAPHQL_VALIDATION_FAILED" }]);
  });

  it("admits the documents that clients send: introspection, the explorer's and the command line's", async () => {
    expect(await refusals(getIntrospectionQuery())).toEqual([[], []]);
    const page = `{ compounds(first: 100) { edges { node { id name smiles labels { labelSet value } svg } } } }`;
    expect(await refusals(page)).toEqual([[], []]);
    const fields = "fields { type { fields { type { fields { type { fields { name } } } } } } }";
    const deep = `{ __schema { types { ${fields} } } }`;
    expect((await refusals(deep))[0]).toMatchObject([{ code: "GRAPHQL_VALIDATION_FAILED" }]);
  });
});

describe("faults of a document have one code by HTTP and by WebSocket", () => {
  it.each([
    ["{ health { ", {}, "GRAPHQL_PARSE_FAILED"],
    ["{ nothing }", {}, "GRAPHQL_VALIDATION_FAILED"],
    ["query ($id: ID!) { node(id: $id) { id } }", {}, "BAD_USER_INPUT"],
    ["query ($n: Int!) { runs(first: $n) { totalCount } }", { n: "one" }, "BAD_USER_INPUT"],
    [`query ($m: String = "x") { predict(smiles: ["C"], model: $m) { __typename } }`, { m: null }, "BAD_USER_INPUT"],
    ["{ runs { totalCount } }", {}, "BAD_INPUT"],
  ])("%s", async (query, variables, code) => {
    const [http, ws] = await refusals(query, variables);
    expect([http.map((fault) => fault.code), ws.map((fault) => fault.code)]).toEqual([[code], [code]]);
  });
});

describe("bytes", () => {
  it("are counted before parsing: 1 MiB is read, one more is 413", async () => {
    const body = (bytes: number) => {
      const start = `{"query":"{ health { live } }","padding":"`;
      return `${start}${"x".repeat(bytes - start.length - 2)}"}`;
    };
    expect((await post(service.url, body(LIMITS.bodyBytes))).status).toBe(200);
    const refused = await post(service.url, body(LIMITS.bodyBytes + 1));
    expect(refused).toMatchObject({ status: 413, errors: [{ extensions: { code: "BODY_TOO_LARGE" } }] });
    const big = await acknowledged(service.url);
    big.send(body(LIMITS.bodyBytes + 1));
    expect(await big.closed).toBe(1009);
  });
});
