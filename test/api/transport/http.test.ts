/** GraphQL over HTTP as specified, the explorer, compression, headers, and the errors that clients get. */
import { Agent, get, request as httpRequest, type IncomingHttpHeaders } from "node:http";
import { brotliDecompressSync, gunzipSync, gzipSync } from "node:zlib";
import { getIntrospectionQuery } from "graphql";
import { serverAudits } from "graphql-http";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { startServer } from "../../../src/api/transport/server.js";
import type { InferenceRequest } from "../../../src/compute/types.js";
import { MaillardError } from "../../../src/errors.js";
import { post, startTestService, type TestService } from "../../support/api.js";
import { FakeCompute } from "../../support/fake-compute.js";
import { gate } from "../../support/run-fixtures.js";
import { acknowledged } from "../../support/sockets.js";

const EMBED = `query ($smiles: [String!]!) { embed(smiles: $smiles, model: "base") { ... on Embedding { id } } }`;
const compute = new FakeCompute();
let service: TestService;
let molecules = 0;
/** A molecule that has no embedding yet, so that the pool is asked. */
const fresh = () => ({ smiles: ["C".repeat(++molecules)] });
beforeAll(async () => {
  service = await startTestService({ compute });
});
afterAll(() => service.close());

describe("the audit of graphql-http", () => {
  const audits = serverAudits({ url: () => `${service.url}/graphql`, fetchFn: fetch });
  const count = (level: string): number => audits.filter(({ name }) => name.startsWith(level)).length;
  it("has all its checks", () => expect(["MUST", "SHOULD", "MAY"].map(count)).toEqual([13, 23, 25]));
  it.each(audits.map(({ id, name, fn }) => [id, name, fn] as const))("%s %s", async (_id, _name, fn) => {
    const result = await fn();
    expect(result.status, "reason" in result ? result.reason : "").toBe("ok");
  });
});

describe("GET", () => {
  it("never changes anything", async () => {
    const query = `mutation { startEmbedding(input: { model: "base", dataset: "none" }) { run { id } } }`;
    const response = await fetch(`${service.url}/graphql?query=${encodeURIComponent(query)}`);
    expect(response.status).toBe(405);
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: expect.any(String) } }] });
    const input = `{ name: "sneaked", rows: [{ line: 1, smiles: "C" }] }`;
    const importing = `mutation { importDataset(input: ${input}) { dataset { id } } }`;
    expect((await fetch(`${service.url}/graphql?query=${encodeURIComponent(importing)}`)).status).toBe(405);
    expect(await service.store.prisma.dataset.count({ where: { name: "sneaked" } })).toBe(0);
  });

  it("answers queries, with variables", async () => {
    const query = new URLSearchParams({
      query: "query ($n: Int!) { runs(first: $n) { totalCount } }",
      variables: `{"n":1}`,
    });
    const response = await fetch(`${service.url}/graphql?${query}`, { headers: { accept: "application/json" } });
    expect([response.status, await response.json()]).toEqual([200, { data: { runs: { totalCount: 0 } } }]);
  });

  it("of another address is 404 with a code, and of / leads to the explorer", async () => {
    const nothing = await fetch(`${service.url}/nothing`);
    expect([nothing.status, await nothing.json()]).toMatchObject([
      404,
      { errors: [{ extensions: { code: "NOT_FOUND" } }] },
    ]);
    const home = await fetch(service.url, { redirect: "manual" });
    expect([home.status, home.headers.get("location")]).toEqual([302, "/graphql"]);
  });
});

describe("POST", () => {
  it("of a subscription is 400 with a code, whatever is accepted", async () => {
    for (const accept of ["application/json", "application/graphql-response+json", "*/*"]) {
      const query = 'subscription { runUpdated(runId: "x") { id } }';
      const answer = await service.ask(query, {}, { accept });
      expect(answer).toMatchObject({ status: 400, errors: [{ extensions: { code: "BAD_REQUEST" } }] });
    }
    expect(service.problems).toEqual([]);
  });

  it.each([
    ["{", 400],
    ["", 400],
    ["[]", 400],
    ["null", 400],
    [`{"query":1}`, 400],
    [`[{"query":"{__typename}"}]`, 400],
  ])("of %j is %i with a code", async (body, status) => {
    const answer = await post(service.url, body);
    expect(answer).toMatchObject({ status, errors: [{ extensions: { code: expect.any(String) } }] });
    expect(answer.errors?.[0].extensions.code).not.toMatch(/INTERNAL/);
  });
});

describe("the explorer", () => {
  it("is one page for a browser, and loads or calls no other host", async () => {
    const response = await fetch(`${service.url}/graphql`, {
      headers: { accept: "text/html,*/*", "user-agent": "Mozilla/5.0" },
    });
    expect([response.status, response.headers.get("content-type")]).toEqual([200, "text/html; charset=utf-8"]);
    const policy = response.headers.get("content-security-policy") ?? "";
    const { host } = new URL(service.url);
    expect(policy).toContain("default-src 'none'");
    expect(policy.match(/[a-z]+:\/\/[^ ;]+/g)).toEqual([`ws://${host}`, `wss://${host}`]);
    expect(policy).not.toMatch(/(\*|\b(https?|wss?):)(?!\/\/)/);
    const page = await response.text();
    const outside = page.replace(/<script\b[^>]*>[\s\S]*?<\/script>|<style\b[^>]*>[\s\S]*?<\/style>/g, "");
    expect(outside).not.toMatch(/(src|href|action)\s*=\s*["'](https?:)?\/\//);
    expect(page).not.toMatch(/<script\b[^>]*\bsrc=|\bimport\(["'](https?:)?\/\/|importScripts\(["']https?:/);
    expect(page).toContain("YogaGraphiQL.renderYogaGraphiQL");
  });

  it("is gzipped where the browser accepts that, and never replaces an answer", async () => {
    const headers = { accept: "text/html", "accept-encoding": "gzip" };
    expect((await fetch(`${service.url}/graphql`, { headers })).headers.get("content-encoding")).toBe("gzip");
    const asked = await fetch(`${service.url}/graphql?query=%7B__typename%7D`, {
      headers: { accept: "application/json" },
    });
    expect(await asked.json()).toEqual({ data: { __typename: "Query" } });
  });
});

/** POST with node:http, which adds no header of its own and unpacks nothing. */
function postRaw(
  path: string,
  headers: Record<string, string>,
  body: string | Buffer,
): Promise<{ status: number; headers: IncomingHttpHeaders; bytes: Buffer }> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest(`${service.url}${path}`, { method: "POST", headers }, (response) => {
      const parts: Buffer[] = [];
      response.on("data", (part: Buffer) => parts.push(part));
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, bytes: Buffer.concat(parts) }),
      );
    });
    sent.on("error", reject).end(body);
  });
}

describe("compression", () => {
  const large = JSON.stringify({ query: getIntrospectionQuery() });
  const ask = (body: string, accepted?: string) =>
    postRaw(
      "/graphql",
      { "content-type": "application/json", ...(accepted ? { "accept-encoding": accepted } : {}) },
      body,
    );

  it("of a large answer is used when the client accepts it, and not otherwise", async () => {
    const plain = await ask(large);
    expect(plain.headers["content-encoding"]).toBeUndefined();
    expect(plain.bytes.length).toBeGreaterThan(100_000);
    for (const [accepted, encoding, unpack] of [
      ["gzip", "gzip", gunzipSync],
      ["gzip, deflate, br", "br", brotliDecompressSync],
    ] as const) {
      const packed = await ask(large, accepted);
      expect([packed.status, packed.headers["content-encoding"]]).toEqual([200, encoding]);
      expect(packed.headers.vary).toContain("accept-encoding");
      expect(packed.bytes.length).toBeLessThan(plain.bytes.length / 4);
      expect(unpack(packed.bytes).equals(plain.bytes)).toBe(true);
    }
    expect((await ask(large, "identity")).headers["content-encoding"]).toBeUndefined();
  });

  it("leaves short answers as they are, and lines of progress, which are read as they arrive", async () => {
    const short = await ask(`{"query":"{ __typename }"}`, "gzip");
    expect([short.headers["content-encoding"], short.bytes.toString()]).toEqual([
      undefined,
      `{"data":{"__typename":"Query"}}\n`,
    ]);
    const headers = {
      "content-type": "application/octet-stream",
      "x-maillard-client": "test",
      "accept-encoding": "gzip",
    };
    const lines = await postRaw("/import/csv?describe=true", headers, "smiles,label\nCCO,a\n");
    expect(lines.headers["content-encoding"]).toBeUndefined();
    expect(JSON.parse(lines.bytes.toString())).toMatchObject({ description: expect.any(Object) });
  });

  it("of a request is not accepted: its size would be unknown", async () => {
    const headers = { "content-type": "application/json", "content-encoding": "gzip" };
    const refused = await postRaw("/graphql", headers, gzipSync(large));
    expect(refused.status).toBe(400);
  });
});

describe("security headers", () => {
  it("are in the refusal of another origin", async () => {
    const refused = await fetch(`${service.url}/health`, { headers: { origin: "http://evil.example" } });
    expect(refused.status).toBe(403);
    expect(Object.fromEntries(refused.headers)).toMatchObject({
      "content-security-policy": "default-src 'none';base-uri 'none';form-action 'none';frame-ancestors 'none'",
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
    });
    expect(refused.headers.get("access-control-allow-origin")).toBeNull();
  });

  it.each(["/health", "/graphql?query=%7B__typename%7D", "/nothing"])("are in the answer of %s", async (path) => {
    const { headers } = await fetch(`${service.url}${path}`);
    expect(Object.fromEntries(headers)).toMatchObject({
      "content-security-policy": "default-src 'none';base-uri 'none';form-action 'none';frame-ancestors 'none'",
      "x-content-type-options": "nosniff",
      "x-frame-options": "DENY",
      "referrer-policy": "no-referrer",
      "cross-origin-opener-policy": "same-origin",
      "cross-origin-resource-policy": "same-origin",
    });
    // Plain HTTP: only the proxy knows whether browsers must use TLS.
    expect(headers.has("strict-transport-security")).toBe(false);
  });
});

describe("an error", () => {
  it("of ours keeps its code, fields and path", async () => {
    compute.beforeInfer = () => {
      throw new MaillardError("OVERLOADED", "The queue is full.", { details: { retryAfterMs: 250 }, retryable: true });
    };
    expect(await service.ask(EMBED, fresh())).toMatchObject({
      status: 200,
      data: null,
      errors: [
        { path: ["embed"], extensions: { code: "OVERLOADED", details: { retryAfterMs: 250 }, retryable: true } },
      ],
    });
    expect(service.problems).toEqual([]);
  });

  it.each([
    ["HTTP", async (): Promise<unknown> => (await service.ask(EMBED, fresh())).errors],
    [
      "WebSocket",
      async (): Promise<unknown> => {
        const socket = await acknowledged(service.url);
        socket.send({ type: "subscribe", id: "1", payload: { query: EMBED, variables: fresh() } });
        const { payload } = await socket.next();
        socket.cut();
        return (payload as { errors: unknown }).errors;
      },
    ],
  ])("of another kind is masked by %s: a request id, under which the log has the cause", async (_way, ask) => {
    compute.beforeInfer = () => {
      throw new Error("SELECT secret FROM /home/somebody");
    };
    service.problems.splice(0);
    const errors = (await ask()) as { message: string; extensions: { requestId: string } }[];
    expect(errors).toMatchObject([{ path: ["embed"], extensions: { code: "INTERNAL" } }]);
    expect(JSON.stringify(errors)).not.toMatch(/secret|somebody|stack|\.ts/);
    const [problem] = service.problems.splice(0);
    expect(problem.fields).toMatchObject({
      requestId: errors[0].extensions.requestId,
      error: { message: "SELECT secret FROM /home/somebody" },
    });
    expect(errors[0].message).toContain(errors[0].extensions.requestId);
  });

  it("names no SQL when the database refuses", async () => {
    compute.beforeInfer = () => undefined;
    await service.store.pool.query(`ALTER TABLE "Embedding" RENAME TO "Elsewhere"`);
    const { errors } = await service.ask(EMBED, fresh());
    await service.store.pool.query(`ALTER TABLE "Elsewhere" RENAME TO "Embedding"`);
    expect(errors).toMatchObject([{ extensions: { code: "INTERNAL" } }]);
    expect(JSON.stringify(errors)).not.toMatch(/Embedding\b.*exist|SELECT|prisma/i);
    service.problems.splice(0);
  });
});

describe("a client that leaves in the middle", () => {
  it("ends its request: the pool gets the signal, and the next client is answered", async () => {
    const asked = gate();
    let request: InferenceRequest | undefined;
    const aborted = gate();
    compute.beforeInfer = (given) => {
      request = given;
      given.signal?.addEventListener("abort", () => aborted.open());
      asked.open();
      return aborted.opened.then(() => given.signal?.throwIfAborted());
    };
    const leaving = new AbortController();
    const answer = fetch(`${service.url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      signal: leaving.signal,
      body: JSON.stringify({ query: EMBED, variables: fresh() }),
    }).catch(() => "left");
    await asked.opened;
    expect(request?.signal?.aborted).toBe(false);
    leaving.abort();
    await aborted.opened;
    expect([await answer, request?.signal?.aborted]).toEqual(["left", true]);
    compute.beforeInfer = () => undefined;
    expect((await service.ask(EMBED, fresh())).errors).toBeUndefined();
  });
});

it("a client that leaves in the middle of lines of progress is no error of the server", async () => {
  const { chemistry } = service.application;
  const [asked, blocked] = [gate(), gate()];
  const parse = vi.spyOn(chemistry, "parse").mockImplementation(async () => {
    asked.open();
    await blocked.opened;
    return [];
  });
  const headers = { "content-type": "application/octet-stream", "x-maillard-client": "test" };
  const path = `${service.url}/import/csv?dataset=left&describe=true`;
  const request = httpRequest(path, { method: "POST", headers }).on("error", () => undefined);
  request.end("smiles,label\nCCO,a\n");
  await asked.opened;
  request.destroy();
  await new Promise((resolve) => setTimeout(resolve, 300));
  blocked.open();
  parse.mockRestore();
  expect(service.problems).toEqual([]);
});

describe("a server that closes", () => {
  it("answers the requests in progress, and does not wait for idle connections", async () => {
    const server = await startServer({ application: service.application, port: 0 });
    const agent = new Agent({ keepAlive: true });
    await new Promise((resolve) =>
      get(`${server.url}/health`, { agent }, (response) => response.resume().on("end", resolve)),
    );
    const asked = gate();
    const blocked = gate();
    compute.beforeInfer = () => {
      asked.open();
      return blocked.opened;
    };
    const answer = post(server.url, { query: EMBED, variables: fresh() });
    await asked.opened;
    const closed = server.close();
    blocked.open();
    expect(await answer).toMatchObject({ status: 200, data: { embed: [{ id: expect.any(String) }] } });
    await closed;
    await expect(fetch(`${server.url}/health`)).rejects.toThrow();
    agent.destroy();
  });

  it("names the port that is in use", async () => {
    const { port } = new URL(service.url);
    await expect(startServer({ application: service.application, port: Number(port) })).rejects.toMatchObject({
      code: "STARTUP",
      param: "PORT",
      message: expect.stringContaining(`PORT=${Number(port) + 1}`),
    });
  });
});
