/** Lines of the log: one for each request and operation, with its id; which of them, and never a molecule. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { requestLog } from "../../../src/api/observe/request-log.js";
import { newKey } from "../../support/access/keys.js";
import { startTestService, type TestService } from "../../support/api.js";
import { FakeCompute } from "../../support/fake-compute.js";
import { all, subscriber } from "../../support/sockets.js";

const PREDICT = `{ predict(smiles: ["CCCO"], model: "nobody-has-this") { __typename } }`;

let service: TestService;
beforeAll(async () => {
  service = await startTestService({ compute: new FakeCompute(), logRequests: "all" });
});
afterAll(() => service.close());

const answered = async (count: number): Promise<Record<string, unknown>[]> => {
  const found = () => service.lines.filter(({ message }) => message === "A request was answered.");
  await expect.poll(() => found().length, { timeout: 30_000 }).toBeGreaterThanOrEqual(count);
  return found().map(({ fields }) => fields);
};
const ask = (headers: Record<string, string> = {}, query = "{ health { ready } }") =>
  fetch(`${service.url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify({ query }),
  });

describe("a request id", () => {
  it("is the client's where it is a plain word, and a new one otherwise", async () => {
    const idOf = async (given?: string) =>
      (await ask(given === undefined ? {} : { "x-request-id": given })).headers.get("x-request-id");
    expect(await idOf("proxy-7:a.b_c")).toBe("proxy-7:a.b_c");
    for (const given of [undefined, "", "a b", "x".repeat(129), "a\tb", 'a"b'])
      expect(await idOf(given)).toMatch(/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-/);
    expect((await fetch(`${service.url}/nothing`)).headers.get("x-request-id")).toMatch(/^[\da-f-]{36}$/);
    expect((await fetch(`${service.url}/health`, { headers: { origin: "http://evil.example" } })).headers).toSatisfy(
      (headers: Headers) => headers.has("x-request-id"),
    );
  });

  it("leads from an answer to its line, which says what was asked, how it ended, and nothing more", async () => {
    const before = (await answered(0)).length;
    await (await ask({ "x-request-id": "good" })).text();
    await (await ask({ "x-request-id": "bad" }, PREDICT)).text();
    const lines = (await answered(before + 2)).slice(before);
    const ms = expect.any(Number);
    expect(lines).toEqual([
      {
        ...{ requestId: "good", method: "POST", route: "/graphql", status: 200, kind: "query", fields: ["health"] },
        ...{ code: "OK", points: 0, ms, keyId: undefined },
      },
      {
        ...{ requestId: "bad", method: "POST", route: "/graphql", status: 200, kind: "query", fields: ["predict"] },
        ...{ code: "NOT_FOUND", points: 0, ms, keyId: undefined },
      },
    ]);
    expect(JSON.stringify(lines)).not.toContain("CCCO");
  });
});

describe("a line", () => {
  it("is written of a WebSocket's operation, and of a stream at its end", async () => {
    const before = (await answered(0)).length;
    const socket = subscriber(service.url);
    await all(socket.events("{ viewer { name } devices { id } }"));
    await all(socket.events("{ nothing }")).catch(() => undefined);
    await socket.close();
    const stream = await ask({ accept: "text/event-stream" }, "{ devices { id } }");
    await stream.text();
    const lines = (await answered(before + 3)).slice(before);
    expect(lines).toMatchObject([
      { method: "WebSocket", kind: "query", fields: ["viewer", "devices"], code: "OK" },
      { method: "WebSocket", kind: "none", fields: [], code: "GRAPHQL_VALIDATION_FAILED" },
      { method: "POST", route: "/graphql", status: 200, kind: "query", fields: ["devices"], code: "OK" },
    ]);
  });

  it("has the key and the cost of an operation that is charged", async () => {
    const keyed = await startTestService({ compute: new FakeCompute(), logRequests: "failed" });
    const { id, authorization } = await newKey(keyed.application, { name: "one" });
    await keyed.ask("{ models(first: 1) { edges { node { id } } } }", {}, { authorization });
    await keyed.ask(PREDICT, {}, { authorization });
    await keyed.ask("{ health { ready } }");
    await expect
      .poll(() => keyed.lines.filter(({ message }) => message === "A request was answered.").length, {
        timeout: 30_000,
      })
      .toBe(2);
    const lines = keyed.lines.filter(({ message }) => message === "A request was answered.");
    expect(lines.map(({ fields }) => fields)).toMatchObject([
      { fields: ["predict"], code: "NOT_FOUND", points: expect.toSatisfy((points) => points > 0), keyId: id },
      { status: 401, route: "/graphql", keyId: undefined },
    ]);
    await keyed.close();
  });

  it("is left out as MAILLARD_LOG_REQUESTS says, and has document and variables at the level debug alone", () => {
    const lines: [string, object][] = [];
    const note =
      (level: string) =>
      (_: string, fields: object = {}) =>
        void lines.push([level, fields]);
    const log = { info: note("info"), error: note("error") };
    const asked = () => ({ query: "{ a }", variables: { smiles: ["CCO"], long: "x".repeat(9_000) } });
    for (const choice of ["all", "failed", "none"] as const)
      for (const failed of [true, false]) requestLog(log, choice)({ choice, failed }, failed, asked);
    expect(lines).toEqual([
      ["info", { choice: "all", failed: true }],
      ["info", { choice: "all", failed: false }],
      ["info", { choice: "failed", failed: true }],
    ]);
    lines.length = 0;
    requestLog({ ...log, debug: note("debug") }, "none")({ a: 1 }, false, asked);
    expect(lines).toMatchObject([["debug", { a: 1, query: "{ a }", variables: expect.stringMatching(/"CCO"/) }]]);
    expect((lines[0][1] as { variables: string }).variables).toHaveLength(4_000);
  });
});
