/**
 * A server that closes answers what is in flight, over HTTP and WebSocket. What it does not end in time is
 * SHUTTING_DOWN, and its work is stopped. WebSockets and streams of events are closed at the end.
 */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type Server, startServer } from "../../../../src/api/transport/server.js";
import { type Answer, post, startTestService, type TestService } from "../../../support/api.js";
import { until } from "../../../support/compute.js";
import { FakeCompute } from "../../../support/fake-compute.js";
import { Holder } from "../../../support/holder.js";
import { acknowledged } from "../../../support/sockets.js";

const NONE = { computation: 0, analysis: 0 };
const LATE = { code: "SHUTTING_DOWN", retryable: true, details: { retryAfterMs: 5_000 } };
const holder = new Holder();
const compute = new FakeCompute();
compute.scoreOf = () => 0.5;
let service: TestService;
beforeAll(async () => {
  service = await startTestService({ compute, serve: false });
  holder.wrap(compute, "infer");
});
afterAll(() => service.close());
afterEach(() => holder.release());

let used = 0;
const embed = () => ({ query: `{ embed(smiles: ["${"C".repeat(++used)}O"], model: "base") { __typename } }` });
const ANSWERED = { embed: [{ __typename: "Embedding" }] };
const serve = (graceMs = 60_000): Promise<Server> =>
  startServer({ application: service.application, port: 0, transport: { graceMs } });

/** Held by the compute pool, over HTTP and by WebSocket. */
async function asked(server: Server) {
  holder.holding = true;
  const http = post(server.url, embed());
  const socket = await acknowledged(server.url);
  socket.send({ type: "subscribe", id: "1", payload: embed() });
  await until(() => holder.held === 2);
  return { http, socket };
}

describe("a server that closes", () => {
  it("answers what is in flight, then closes WebSockets with 1001", async () => {
    const server = await serve();
    const { http, socket } = await asked(server);
    const closed = server.close();
    expect(await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, 500, "open"))])).toBe("open");
    holder.release();
    expect(await http).toMatchObject({ status: 200, data: ANSWERED });
    expect(await socket.next()).toMatchObject({ type: "next", id: "1", payload: { data: ANSWERED } });
    expect(await socket.next()).toEqual({ type: "complete", id: "1" });
    expect(await socket.closed).toBe(1001);
    await closed;
    expect(service.problems).toEqual([]);
  });

  it("gives SHUTTING_DOWN for what it does not end in time, and stops its work", async () => {
    const server = await serve(300);
    const { http, socket } = await asked(server);
    await server.close();
    expect(await http).toMatchObject({ status: 503, errors: [{ extensions: LATE }] });
    expect(await socket.next()).toMatchObject({ type: "next", payload: { errors: [{ extensions: LATE }] } });
    expect(await socket.next()).toEqual({ type: "complete", id: "1" });
    expect(await socket.closed).toBe(1001);
    await until(() => holder.held === 0);
    expect(server.computing()).toEqual(NONE);
    expect(service.problems).toEqual([]);
  });

  it("answers a query by a stream of events in the same way, and ends a subscription without `complete`", async () => {
    const server = await serve(300);
    const accept = { "content-type": "application/json", accept: "text/event-stream" };
    const body = (document: object) => ({ method: "POST", headers: accept, body: JSON.stringify(document) });
    const stream = await fetch(`${server.url}/graphql`, body({ query: "subscription { runsUpdated { id } }" }));
    holder.holding = true;
    const query = fetch(`${server.url}/graphql`, body(embed()));
    await until(() => holder.held === 1);
    await server.close();
    const answer = await query;
    expect([answer.status, answer.headers.get("connection"), answer.headers.get("retry-after")]).toEqual([
      503,
      "close",
      "5",
    ]);
    expect(await answer.json()).toMatchObject({ errors: [{ extensions: LATE }] });
    expect(await stream.text()).not.toContain("complete");
  });

  it("is not kept from it by subscriptions alone", async () => {
    const server = await serve();
    const socket = await acknowledged(server.url);
    socket.send({ type: "subscribe", id: "1", payload: { query: "subscription { runsUpdated { id } }" } });
    socket.send({ type: "ping" });
    expect(await socket.next()).toEqual({ type: "pong" });
    await server.close();
    expect(await socket.closed).toBe(1001);
  });

  it("refuses new connections, and what comes later by WebSocket, while it answers", async () => {
    const server = await serve();
    const { http, socket } = await asked(server);
    const [idle, begun] = [await opened(server), await opened(server)];
    const text = JSON.stringify({ query: "{ health { ready } }" });
    begun.socket.write(head(text));
    const closed = server.close();
    // Idle connections are closed when requests that were sent meanwhile have come.
    await idle.closed;
    expect(idle.text()).toBe("");
    expect(await post(server.url, embed()).catch(() => "refused")).toBe("refused");
    await expect(opened(server)).rejects.toMatchObject({ code: "ECONNREFUSED" });
    socket.send({ type: "subscribe", id: "2", payload: { query: "{ __typename }" } });
    expect(await socket.next()).toMatchObject({ type: "error", id: "2", payload: [{ extensions: LATE }] });
    // A request that had begun to come is answered.
    begun.socket.write(text);
    await begun.closed;
    expect(begun.text()).toMatch(/^HTTP\/1.1 200[\s\S]*connection: close[\s\S]*"data":\{"health"/i);
    holder.release();
    expect(((await http) as Answer<unknown>).data).toEqual(ANSWERED);
    await closed;
  });

  it("answers what is on an open connection at that moment, and is not ready meanwhile", async () => {
    const server = await serve();
    const first = await opened(server);
    const second = await opened(server);
    const third = await opened(server);
    const closed = server.close();
    const text = JSON.stringify({ query: "{ __typename }" });
    first.socket.write(head(text) + text);
    second.socket.write("GET /health HTTP/1.1\r\nhost: localhost\r\n\r\n");
    third.socket.write("GET /readyz HTTP/1.1\r\nhost: localhost\r\n\r\n");
    await Promise.all([first.closed, second.closed, third.closed, closed]);
    expect(first.text()).toMatch(/^HTTP\/1.1 200[\s\S]*connection: close[\s\S]*"__typename":"Query"/i);
    expect(third.text()).toMatch(/^HTTP\/1.1 503[\s\S]*"ready":false/i);
    expect(second.text()).toMatch(/^HTTP\/1.1 503[\s\S]*connection: close[\s\S]*"live":true,"ready":false/i);
  });
});

const head = (text: string): string =>
  "POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n" +
  `content-length: ${text.length}\r\n\r\n`;

interface Opened {
  socket: Socket;
  text(): string;
  closed: Promise<unknown>;
}

/** A connection that the server has accepted. */
async function opened({ port }: Server): Promise<Opened> {
  const socket = connect(port, "127.0.0.1");
  let text = "";
  socket.on("data", (chunk) => (text += chunk.toString())).on("error", () => undefined);
  const closed = new Promise((resolve) => socket.once("close", resolve));
  await once(socket, "connect");
  return { socket, text: () => text, closed };
}
