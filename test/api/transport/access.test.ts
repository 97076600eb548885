/** Who may talk to the server: the same rules for HTTP requests and WebSocket upgrades. */
import { request } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startServer } from "../../../src/api/transport/server.js";
import { startTestService, type TestService } from "../../support/api.js";
import { FakeCompute } from "../../support/fake-compute.js";
import { bareSocket } from "../../support/sockets.js";

const KEY = "correct-horse-battery";
let open: TestService;
let locked: { url: string; close(): Promise<void> };
beforeAll(async () => {
  open = await startTestService({
    compute: new FakeCompute(),
    allowedHosts: ["studio.example"],
    allowedOrigins: ["https://studio.example"],
  });
  locked = await startServer({ application: open.application, port: 0, apiKeys: ["another-key-of-some-length", KEY] });
});
afterAll(async () => {
  await locked.close();
  await open.close();
});

interface Reply {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  code: string | undefined;
  body: string;
}

/** Uses node:http, because fetch does not let a test set Host, Origin or Sec-Fetch-Site. */
function ask(
  url: string,
  { method = "POST", path = "/graphql", headers = {}, body = `{"query":"{ __typename }"}` } = {} as {
    method?: string;
    path?: string;
    headers?: Record<string, string>;
    body?: string;
  },
): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const type = method === "POST" ? { "content-type": "application/json" } : {};
    const sent = request(`${url}${path}`, { method, headers: { ...type, ...headers } }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (part: string) => {
        text += part;
      });
      response.on("end", () => {
        const errors = text.startsWith("{")
          ? (JSON.parse(text).errors as { extensions: { code: string } }[])
          : undefined;
        resolve({
          status: response.statusCode as number,
          headers: response.headers,
          code: errors?.[0].extensions.code,
          body: text,
        });
      });
    });
    sent.on("error", reject).end(method === "POST" ? body : undefined);
  });
}
const port = (url: string) => new URL(url).port;
const upgrade = async (url: string, headers: Record<string, string>): Promise<"open" | number> => {
  const socket = await bareSocket(url, { headers });
  if (socket.outcome === "open") socket.cut();
  return socket.outcome;
};

describe("Host", () => {
  it.each(["evil.example", "evil.example:4000", "127.0.0.1.evil.example", "localhost.evil.example", "10.0.0.1"])(
    "%j is not a name of this server: 403 on both ways",
    async (host) => {
      expect(await ask(open.url, { headers: { host } })).toMatchObject({ status: 403, code: "FORBIDDEN" });
      expect(await ask(open.url, { method: "GET", path: "/health", headers: { host } })).toMatchObject({ status: 403 });
      expect(await upgrade(open.url, { host })).toBe(403);
    },
  );

  it.each(["localhost", "LOCALHOST:1", "127.0.0.1:4000", "[::1]:4000", "studio.example"])("%j is", async (host) => {
    expect((await ask(open.url, { headers: { host } })).status).toBe(200);
    expect(await upgrade(open.url, { host })).toBe("open");
  });
});

describe("Origin", () => {
  it.each([
    "https://evil.example",
    "null",
    "http://localhost:1",
    "https://studio.example.evil",
    "http://studio.example",
  ])("%j may not: 403 for HTTP and WebSocket, and no header that lets its page read anything", async (origin) => {
    const reply = await ask(open.url, { headers: { origin } });
    expect(reply).toMatchObject({ status: 403, code: "FORBIDDEN" });
    expect(reply.headers["access-control-allow-origin"]).toBeUndefined();
    expect((await ask(open.url, { method: "OPTIONS", headers: { origin } })).status).toBe(403);
    expect(await upgrade(open.url, { origin })).toBe(403);
  });

  it("of the server itself may, without headers of another origin", async () => {
    const origin = `http://127.0.0.1:${port(open.url)}`;
    const reply = await ask(open.url, { headers: { origin } });
    expect([reply.status, reply.headers["access-control-allow-origin"]]).toEqual([200, undefined]);
    expect(await upgrade(open.url, { origin })).toBe("open");
  });

  it("that the operator allows may, and both the preflight and the answer allow it", async () => {
    const origin = "https://studio.example";
    const preflight = await ask(open.url, {
      method: "OPTIONS",
      headers: { origin, "access-control-request-method": "POST" },
    });
    expect(preflight.status).toBe(204);
    const reply = await ask(open.url, { headers: { origin } });
    expect(reply.status).toBe(200);
    for (const { headers } of [preflight, reply])
      expect(headers).toMatchObject({
        "access-control-allow-origin": origin,
        vary: expect.stringMatching(/\borigin\b/i),
      });
    expect(preflight.headers["access-control-allow-headers"]).toContain("authorization");
    expect(await upgrade(open.url, { origin })).toBe("open");
  });
});

describe("a page of another site", () => {
  it.each([
    "text/plain",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "application/graphql",
    "text/plain; application/json",
  ])("cannot post as %s: 415", async (type) => {
    const reply = await ask(open.url, { headers: { "content-type": type } });
    expect(reply).toMatchObject({ status: 415, code: "UNSUPPORTED_MEDIA_TYPE" });
  });

  it("cannot load a query as an image or a script", async () => {
    const path = "/graphql?query=%7B__typename%7D";
    const browser = { "user-agent": "Mozilla/5.0", accept: "*/*" };
    const get = (headers: Record<string, string>) => ask(open.url, { method: "GET", path, headers });
    expect(await get({ ...browser, "sec-fetch-site": "cross-site" })).toMatchObject({ status: 403, code: "FORBIDDEN" });
    expect(await get({ ...browser, "sec-fetch-site": "same-site" })).toMatchObject({ status: 403 });
    expect(await get(browser)).toMatchObject({ status: 403 });
    expect((await get({ ...browser, "sec-fetch-site": "same-origin" })).status).toBe(200);
    expect((await get({ ...browser, "x-maillard-client": "test" })).status).toBe(200);
    expect((await get({})).status).toBe(200);
  });
});

describe("API keys", () => {
  const wrong = [
    "",
    "Bearer",
    "Bearer ",
    `Basic ${KEY}`,
    KEY,
    `Bearer ${KEY}x`,
    `Bearer ${KEY.slice(1)}`,
    `Bearer ${KEY} x`,
  ];

  it.each(wrong)("%j opens nothing: 401 by HTTP, 4403 by WebSocket", async (authorization) => {
    const headers: Record<string, string> = authorization ? { authorization } : {};
    const reply = await ask(locked.url, { headers });
    expect(reply).toMatchObject({ status: 401, code: "UNAUTHENTICATED" });
    expect(reply.headers["www-authenticate"]).toBe("Bearer");
    expect(reply.body).not.toContain(KEY);
    const socket = await bareSocket(locked.url, { headers });
    socket.send({ type: "connection_init", payload: { authorization } });
    expect(await socket.closed).toBe(4403);
  });

  it("are checked before a body is read", async () => {
    const body = `{"query":"${"x".repeat(2_000_000)}"}`;
    const reply = await ask(locked.url, { body }).catch((error: NodeJS.ErrnoException) => error.code);
    // The server may close the connection before the whole body is sent.
    expect([401, "ECONNRESET", "EPIPE"]).toContain(typeof reply === "object" ? reply.status : reply);
    expect((await ask(locked.url, { headers: { "content-type": "text/plain" } })).status).toBe(401);
  });

  it("of the operator give access by HTTP and WebSocket, as header or as connection parameter", async () => {
    const authorization = `Bearer ${KEY}`;
    expect((await ask(locked.url, { headers: { authorization } })).status).toBe(200);
    for (const [headers, payload] of [
      [{ authorization }, {}],
      [{}, { authorization }],
      [{}, { Authorization: authorization }],
    ] as const) {
      const socket = await bareSocket(locked.url, { headers: { ...headers } });
      socket.send({ type: "connection_init", payload });
      expect((await socket.next()).type).toBe("connection_ack");
      socket.cut();
    }
  });

  it("are not needed for health and the explorer, which reveal nothing", async () => {
    expect((await ask(locked.url, { method: "GET", path: "/health" })).status).toBe(200);
    const page = await ask(locked.url, { method: "GET", headers: { accept: "text/html" } });
    expect([page.status, page.headers["content-type"]]).toEqual([200, "text/html; charset=utf-8"]);
  });

  it("are required to listen on an address that other machines reach: else the server does not start", async () => {
    for (const host of ["0.0.0.0", "::", "192.168.1.1"])
      await expect(startServer({ application: open.application, host, port: 0 })).rejects.toMatchObject({
        code: "STARTUP",
        param: "HOST",
      });
    const server = await startServer({ application: open.application, host: "0.0.0.0", port: 0, apiKeys: [KEY] });
    // With keys every Host is accepted: only the operator knows the names of the server.
    const url = `http://127.0.0.1:${server.port}`;
    const headers = { host: "maillard.example", authorization: `Bearer ${KEY}` };
    expect((await ask(url, { headers })).status).toBe(200);
    await server.close();
  });
});
