/** What one connection may ask, send and leave unread: at the limit it is served, above it is closed. */
import { connect } from "node:net";
import { getIntrospectionQuery } from "graphql";
import { afterAll, beforeAll, expect, it } from "vitest";
import { WebSocket } from "ws";
import { LIMITS } from "../../../src/api/transport/limits/limits.js";
import { type Server, type ServerOptions, startServer } from "../../../src/api/transport/server.js";
import { startTestService, type TestService } from "../../support/api.js";
import { FakeCompute } from "../../support/fake-compute.js";
import { acknowledged, bareSocket } from "../../support/sockets.js";

let service: TestService;
const servers: Server[] = [];
beforeAll(async () => {
  service = await startTestService({ compute: new FakeCompute(), serve: false, models: {} });
});
afterAll(async () => {
  for (const server of servers) await server.close();
  await service.close();
});
async function serve(transport: ServerOptions["transport"]): Promise<Server> {
  const server = await startServer({ application: service.application, port: 0, transport });
  servers.push(server);
  return server;
}

it("requestsPerSocket: 3 are answered on one connection, which is closed then; another one is open", async () => {
  // Node closes a connection that has had its requests as it closes an idle one.
  const server = await serve({ requestsPerSocket: 3, keepAliveMs: 3_000 });
  const ends: (() => Promise<void>)[] = [];
  for (let connection = 0; connection < 2; connection++) {
    const socket = connect(server.port, "127.0.0.1").on("error", () => undefined);
    let text = "";
    socket.on("data", (chunk) => (text += String(chunk)));
    const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
    const answers = () => text.match(/HTTP\/1.1 200/g)?.length ?? 0;
    for (let request = 1; request <= 3; request++) {
      socket.write("GET /health HTTP/1.1\r\nhost: localhost\r\n\r\n");
      await expect.poll(answers, { timeout: 20_000 }).toBe(request);
    }
    expect(text.match(/^connection: close/gim)).toHaveLength(1);
    socket.write("GET /health HTTP/1.1\r\nhost: localhost\r\n\r\n");
    ends.push(() => closed.then(() => expect(answers()).toBe(3)));
  }
  for (const end of ends) await end();
});

it("a WebSocket message of 1 MiB is read, one byte more is 1009", async () => {
  const { url } = await serve({});
  const message = (bytes: number): string => {
    const [start, end] = ['{"type":"subscribe","id":"1","payload":{"query":"{ __typename } #', '"}}'];
    return `${start}${"x".repeat(bytes - start.length - end.length)}${end}`;
  };
  const socket = await acknowledged(url);
  socket.send(message(LIMITS.bodyBytes));
  expect(await socket.next()).toMatchObject({ type: "next", payload: { data: { __typename: "Query" } } });
  expect(await socket.next()).toMatchObject({ type: "complete" });
  socket.send(message(LIMITS.bodyBytes + 1));
  expect(await socket.closed).toBe(1009);
});

/**
 * A client that reads nothing asks for some 20 MB, more than the system takes, and then again and again: either until
 * the server has ended its connection, whose place is free then, or so many times that it has been ended elsewhere.
 */
async function unread(limit: number, times = Number.POSITIVE_INFINITY): Promise<{ ended: boolean; asked: number }> {
  const server = await serve({ webSocketBufferBytes: limit, stallMs: 600_000, webSocketsPerAddress: 1 });
  const socket = new WebSocket(`${server.url.replace("http", "ws")}/graphql`, "graphql-transport-ws");
  const answered = new Set<string>();
  let ended = false;
  socket.on("close", () => (ended = true)).on("error", () => undefined);
  socket.on("message", (data) => answered.add(JSON.parse(String(data)).id));
  await new Promise((resolve) => socket.once("open", resolve));
  socket.send('{"type":"connection_init"}');
  await new Promise((resolve) => socket.once("message", resolve));
  socket.pause();
  let id = 0;
  const ask = () =>
    socket.send(JSON.stringify({ type: "subscribe", id: String(++id), payload: { query: getIntrospectionQuery() } }));
  // Each answer has some 300 kB.
  while (id < 60) ask();
  let asked = 0;
  const isPlaceFree = async (): Promise<boolean> => {
    const other = await bareSocket(server.url);
    other.cut();
    return other.outcome === "open";
  };
  while (asked < times && !(await isPlaceFree())) {
    ask();
    asked++;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  // A paused socket does not see the end before it reads.
  socket.resume();
  await expect.poll(() => ended || answered.has(String(id)), { timeout: 60_000 }).toBe(true);
  socket.terminate();
  return { ended, asked };
}

it("webSocketBufferBytes: with more unread bytes a further operation ends the connection, else not", async () => {
  const { ended, asked } = await unread(1);
  expect(ended).toBe(true);
  const times = 2 * Math.max(asked, 3);
  expect(await unread(2 ** 30, times)).toEqual({ ended: false, asked: times });
});

it("an address with fewer connections gets a place when all are taken; one that has most does not", async () => {
  const server = await serve({ connections: 4, headersMs: 60_000, stallMs: 60_000, keepAliveMs: 60_000 });
  const open = (localAddress: string) => {
    const socket = connect({ port: server.port, host: "127.0.0.1", localAddress }).on("error", () => undefined);
    let text = "";
    socket.on("data", (chunk) => (text += String(chunk)));
    socket.write("GET /health HTTP/1.1\r\nhost: localhost\r\n\r\n");
    return { socket, answered: () => text.startsWith("HTTP/1.1 200"), closed: () => socket.closed };
  };
  const many: ReturnType<typeof open>[] = [];
  for (let n = 0; n < 4; n++) {
    many.push(open("127.0.0.9"));
    await expect.poll(() => many[n].answered(), { timeout: 20_000 }).toBe(true);
  }
  const fifth = open("127.0.0.9");
  await expect.poll(fifth.closed, { timeout: 20_000 }).toBe(true);
  expect(fifth.answered()).toBe(false);
  const [other, another] = [open("127.0.0.8"), open("127.0.0.7")];
  await expect.poll(() => other.answered() && another.answered(), { timeout: 20_000 }).toBe(true);
  // The oldest of the address that had most.
  await expect.poll(() => many.map(({ closed }) => closed()), { timeout: 20_000 }).toEqual([true, true, false, false]);
  const third = open("127.0.0.8");
  await expect.poll(third.closed, { timeout: 20_000 }).toBe(true);
  for (const { socket } of [...many, other, another]) socket.destroy();
});
