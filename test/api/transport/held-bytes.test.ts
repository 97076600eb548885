/** Bytes of answers that are not read yet: n are held and n + 1 are not, of one client and in all, on both ways. */
import { getIntrospectionQuery } from "graphql";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { HeldBytes } from "../../../src/api/transport/limits/held-bytes.js";
import { type Server, startServer } from "../../../src/api/transport/server.js";
import { post, startTestService, type TestService } from "../../support/api.js";
import { FakeCompute } from "../../support/fake-compute.js";
import { acknowledged, bareSocket } from "../../support/sockets.js";

describe("the bytes that are held", () => {
  it.each([
    ["heldBytesPerClient", { heldBytesPerClient: 100, heldBytes: 1_000 }, "a"],
    ["heldBytes", { heldBytesPerClient: 1_000, heldBytes: 100 }, "b"],
  ])("%s: n are held, one more is OVERLOADED until one answer was read", (limit, limits, other) => {
    const bytes = new HeldBytes(limits);
    const [first, second] = [bytes.open("a"), bytes.open(other)];
    expect([first.add(60), second.add(40)]).toEqual([null, null]);
    expect(second.add(1)).toMatchObject({ code: "OVERLOADED", retryable: true, details: { limit, maximum: 100 } });
    first.close();
    expect(second.add(59)).toBeNull();
    // Of an answer that is over nothing counts any more.
    expect(first.add(1_000_000)).toBeNull();
    second.close();
    expect(bytes.total).toBe(0);
  });

  it("of one client are not those of another one, and each event of a subscription counts anew", () => {
    const bytes = new HeldBytes({ heldBytesPerClient: 100, heldBytes: 1_000 });
    const [one, two] = [bytes.open("a"), bytes.open("b")];
    expect([one.add(100), two.add(100)]).toEqual([null, null]);
    one.release();
    expect([bytes.total, one.add(100)]).toEqual([100, null]);
  });
});

describe("a client that does not read", () => {
  let service: TestService;
  const query = getIntrospectionQuery();
  beforeAll(async () => {
    service = await startTestService({ compute: new FakeCompute(), models: {}, serve: false });
  });
  afterAll(() => service?.close());

  /** A WebSocket whose client reads nothing. `ask` asks for ten answers of some 300 kB each. */
  async function deaf(server: Server): Promise<{ socket: WebSocket; ask(): void }> {
    const socket = new WebSocket(`${server.url.replace("http", "ws")}/graphql`, "graphql-transport-ws");
    socket.on("error", () => undefined);
    await new Promise((resolve) => socket.once("open", resolve));
    socket.send('{"type":"connection_init"}');
    await new Promise((resolve) => socket.once("message", resolve));
    socket.pause();
    let id = 0;
    const ask = () => {
      for (let n = 0; n < 10; n++)
        socket.send(JSON.stringify({ type: "subscribe", id: String(id++), payload: { query } }));
    };
    return { socket, ask };
  }

  it("is OVERLOADED after some answers, and everybody is answered when it has left", async () => {
    const transport = { heldBytesPerClient: 4_000_000, webSocketBufferBytes: 2 ** 30, stallMs: 600_000 };
    const server = await startServer({ application: service.application, port: 0, transport });
    const ask = () => post<{ __schema: object }>(server.url, { query });
    const { socket, ask: askUnread } = await deaf(server);
    const refused = { errors: [{ extensions: { code: "OVERLOADED", details: { limit: "heldBytesPerClient" } } }] };
    // The system takes some megabytes of what is not read, so that it takes more answers than fit into the limit.
    const askBoth = () => {
      askUnread();
      return ask();
    };
    await expect.poll(askBoth, { timeout: 60_000 }).toMatchObject(refused);
    socket.terminate();
    await expect.poll(async () => (await ask()).errors, { timeout: 30_000 }).toBeUndefined();
    // Answers that were read are held no longer, by HTTP and by WebSocket.
    const reader = await acknowledged(server.url);
    for (let n = 0; n < 20; n++) {
      expect((await ask()).errors).toBeUndefined();
      reader.send({ type: "subscribe", id: `${n}`, payload: { query } });
      expect(await reader.next()).toMatchObject({ type: "next", payload: { data: { __schema: expect.anything() } } });
      expect(await reader.next()).toEqual({ type: "complete", id: `${n}` });
    }
    reader.cut();
    await server.close();
  });

  it("loses its WebSocket after `stallMs`, whatever it sends meanwhile", async () => {
    const transport = { webSocketBufferBytes: 2 ** 30, stallMs: 1_000, webSocketsPerAddress: 1 };
    const server = await startServer({ application: service.application, port: 0, transport });
    const { socket, ask } = await deaf(server);
    for (let times = 0; times < 9; times++) ask();
    const pongs = setInterval(() => socket.pong(), 100);
    const another = async (): Promise<unknown> => {
      const { outcome, cut } = await bareSocket(server.url);
      cut();
      return outcome;
    };
    expect(await another()).toBe(429);
    await expect.poll(another, { timeout: 60_000, interval: 500 }).toBe("open");
    clearInterval(pongs);
    socket.terminate();
    await server.close();
  });
});
