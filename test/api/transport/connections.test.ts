/**
 * Clients that send or read too slowly, and too many connections: each loses its connection, while a request of another
 * connection is answered. Time limits are some hundred ms here; nothing leaves 127.0.0.1.
 */
import { once } from "node:events";
import { readdir } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readTransportLimits, transportLimits } from "../../../src/api/transport/connections.js";
import { type Server, type ServerOptions, startServer } from "../../../src/api/transport/server.js";
import { startTestService, type TestService } from "../../support/api.js";
import { FakeCompute } from "../../support/fake-compute.js";
import { acknowledged, bareSocket } from "../../support/sockets.js";

let service: TestService;
const servers: Server[] = [];
beforeAll(async () => {
  service = await startTestService({ compute: new FakeCompute(), serve: false });
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

interface Raw {
  socket: Socket;
  /** What came until now. */
  text(): string;
  closed: Promise<unknown>;
}
function open({ port }: Server, paused = false): Raw {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => undefined);
  let text = "";
  if (!paused) socket.on("data", (chunk) => (text += String(chunk)));
  return { socket, text: () => text, closed: once(socket, "close") };
}

async function isAnswered({ url }: Server): Promise<void> {
  expect((await fetch(`${url}/health`)).status).toBe(200);
  const asked = { method: "POST", headers: { "content-type": "application/json" }, body: '{"query":"{ __typename }"}' };
  expect(await (await fetch(`${url}/graphql`, asked)).json()).toEqual({ data: { __typename: "Query" } });
}

/** Sends bytes one by one until the connection closes. */
function trickle({ socket }: Raw, bytes: string, everyMs: number): void {
  let at = 0;
  const timer = setInterval(() => socket.write(bytes[at++ % bytes.length]), everyMs);
  socket.once("close", () => clearInterval(timer));
}

const HEAD = "HTTP/1.1\r\nhost: localhost\r\nx-maillard-client: test\r\n";
const upload = (path: string) =>
  `POST ${path} ${HEAD}content-type: application/octet-stream\r\ncontent-length: 1000000\r\n\r\n`;
const body = `POST /graphql ${HEAD}content-type: application/json\r\ncontent-length: 1000\r\n\r\n`;

describe("a client that", () => {
  it("sends its header byte by byte is closed", async () => {
    const server = await serve({ headersMs: 200 });
    const slow = open(server);
    trickle(slow, "GET /health HTTP/1.1\r\nx: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", 20);
    await isAnswered(server);
    await slow.closed;
    expect(slow.text()).toMatch(/^(HTTP\/1.1 408|$)/);
  });

  it("sends nothing at all is closed", async () => {
    const server = await serve({ headersMs: 200, stallMs: 200 });
    await open(server).closed;
    await isAnswered(server);
  });

  it("stops in the middle of a body or an upload is closed, and nothing of it is left", async () => {
    const server = await serve({ stallMs: 400 });
    const paths = ["/import/csv?dataset=slow", "/import/foodb?dataset=slow", "/import/csv?describe=true"];
    const slow = [body, ...paths.map(upload)].map((head) => {
      const raw = open(server);
      raw.socket.write(`${head}{"query`);
      return raw;
    });
    await isAnswered(server);
    await Promise.all(slow.map(({ closed }) => closed));
    await isAnswered(server);
    expect(await service.store.prisma.dataset.count()).toBe(0);
    await expect.poll(() => readdir(join(service.home, "uploads")).catch(() => []), { timeout: 10_000 }).toEqual([]);
  });

  it("sends a body byte by byte is answered 408; an upload may take longer", async () => {
    const server = await serve({ stallMs: 5_000, requestMs: 200 });
    const [slow, patient] = [open(server), open(server)];
    slow.socket.write(body);
    trickle(slow, " ", 20);
    patient.socket.write(upload("/import/csv?describe=true"));
    trickle(patient, "C", 20);
    await isAnswered(server);
    await slow.closed;
    expect(slow.text()).toMatch(/^HTTP\/1.1 408/);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(patient.socket.closed).toBe(false);
    patient.socket.destroy();
  });

  it("does not read the explorer's page is closed; sixty of them hold no copies of it", async () => {
    const server = await serve({ stallMs: 500 });
    const page = `GET /graphql ${HEAD}accept: text/html\r\n`;
    const first = await fetch(`${server.url}/graphql`, { headers: { accept: "text/html" } });
    expect((await first.text()).length).toBeGreaterThan(5_000_000);
    global.gc?.();
    const before = process.memoryUsage().rss;
    const deaf = Array.from({ length: 60 }, (_, n) => {
      const raw = open(server, true);
      raw.socket.write(`${page}${n % 2 ? "accept-encoding: gzip\r\n" : ""}\r\n`);
      raw.socket.pause();
      return raw;
    });
    await isAnswered(server);
    await new Promise((resolve) => setTimeout(resolve, 300));
    // 30 pages of 9 MB and 30 of 2 MB would be 330 MB.
    expect(process.memoryUsage().rss - before).toBeLessThan(150e6);
    await isAnswered(server);
    await new Promise((resolve) => setTimeout(resolve, 800));
    // A paused socket does not see the end before it reads.
    for (const { socket } of deaf) socket.resume();
    await Promise.all(deaf.map(({ closed }) => closed));
  });

  it("has the explorer's page already is answered 304", async () => {
    const { url } = await serve({});
    const headers = { accept: "text/html" };
    const etag = (await fetch(`${url}/graphql`, { headers })).headers.get("etag") as string;
    const again = await fetch(`${url}/graphql`, { headers: { ...headers, "if-none-match": etag } });
    expect([again.status, await again.text()]).toEqual([304, ""]);
  });
});

describe("connections", () => {
  it("of one address are closed above the limit, in all above another; one that closes makes place", async () => {
    for (const transport of [
      { perAddress: 4, headersMs: 60_000, stallMs: 60_000 },
      { connections: 4, headersMs: 60_000, stallMs: 60_000 },
    ]) {
      const server = await serve(transport);
      const held = Array.from({ length: 3 }, () => open(server));
      await Promise.all(held.map(({ socket }) => once(socket, "connect")));
      const last = open(server);
      const ask = () => last.socket.write(`GET /health ${HEAD}\r\n`);
      ask();
      await expect.poll(() => last.text(), { timeout: 10_000 }).toMatch(/^HTTP\/1.1 200/);
      const above = open(server);
      await above.closed;
      expect(above.text()).toBe("");
      ask();
      await expect.poll(() => last.text().match(/HTTP\/1.1 200/g)?.length, { timeout: 10_000 }).toBe(2);
      held[0].socket.destroy();
      await held[0].closed;
      await expect
        .poll(() =>
          fetch(`${server.url}/health`).then(
            ({ status }) => status,
            () => 0,
          ),
        )
        .toBe(200);
      for (const { socket } of [...held, last]) socket.destroy();
    }
  });

  it("that are WebSockets: n are open, n + 1 is refused with 429, and a closed one makes place", async () => {
    const server = await serve({ webSocketsPerAddress: 2 });
    const [first, second] = [await acknowledged(server.url), await acknowledged(server.url)];
    expect((await bareSocket(server.url)).outcome).toBe(429);
    await isAnswered(server);
    first.cut();
    await first.closed;
    await expect.poll(async () => (await bareSocket(server.url)).outcome).toBe("open");
    second.cut();
  });

  it("that are WebSockets without an operation are closed after a while", async () => {
    const server = await serve({ webSocketIdleMs: 100 });
    expect(await (await acknowledged(server.url)).closed).toBe(1001);
    await isAnswered(server);
  });
});

it("the environment sets limits; a wrong value is named with its variable", () => {
  const { limits, problems } = readTransportLimits({ MAILLARD_MAX_CONNECTIONS: "7" });
  expect([transportLimits(limits).connections, problems]).toEqual([7, []]);
  expect(readTransportLimits({ MAILLARD_STALL_TIMEOUT_MS: "-1" }).problems).toMatchObject([
    { param: "MAILLARD_STALL_TIMEOUT_MS" },
  ]);
});
