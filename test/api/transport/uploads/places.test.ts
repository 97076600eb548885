/**
 * Places of uploads and turns of imports: n have one and n + 1 does not, a client that only holds a place loses it, and
 * addresses take turns. The last part does the same by HTTP with real sockets.
 */
import { readdir } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { type TransportLimits, transportLimits } from "../../../../src/api/transport/connections.js";
import { type Server, startServer } from "../../../../src/api/transport/server.js";
import { ImportTurns, type Upload, UploadPlaces } from "../../../../src/api/transport/uploads/places.js";
import { MaillardError } from "../../../../src/errors.js";
import { startTestService, type TestService } from "../../../support/api.js";
import { FakeCompute } from "../../../support/fake-compute.js";

const WINDOW = 30_000;
const placesOf = (limits: Partial<TransportLimits>, bytes = 1_000_000) =>
  new UploadPlaces(transportLimits({ uploadWindowMs: WINDOW, ...limits }), bytes, () => 1_000);

describe("places of uploads", () => {
  beforeEach(() => {
    vi.useFakeTimers();
    ended = [];
  });
  afterEach(() => void vi.useRealTimers());

  let ended: [string, string][] = [];
  /** A place that must be free. */
  function enter(places: UploadPlaces, address: string, waits = true): Upload {
    const end = (error: MaillardError) => void ended.push([address, error.code]);
    const place = places.enter(address, () => waits, end);
    if (place instanceof MaillardError) throw place;
    return place;
  }
  it.each([
    ["uploadsPerAddress", "a", "a"],
    ["uploads", "a", "b"],
  ] as const)("%s: n enter, n + 1 is OVERLOADED until one leaves", (limit, first, other) => {
    const places = placesOf({ [limit]: 3 });
    const [held] = [enter(places, first), enter(places, other), enter(places, other === "b" ? "c" : first)];
    const refused = () => enter(places, other === "b" ? "d" : first);
    expect(refused).toThrow(expect.objectContaining({ code: "OVERLOADED", retryable: true }));
    held.leave();
    held.leave();
    refused();
    expect(refused).toThrow(expect.objectContaining({ code: "OVERLOADED" }));
  });

  it("n bytes of all together come, one more is OVERLOADED; who leaves takes its bytes along", () => {
    const places = placesOf({}, 1_000);
    const [first, second] = [enter(places, "a"), enter(places, "b")];
    first.came(600);
    second.came(400);
    expect(() => second.came(1)).toThrow(expect.objectContaining({ code: "OVERLOADED" }));
    first.leave();
    second.came(599);
    expect(() => second.came(1)).toThrow(expect.objectContaining({ code: "OVERLOADED" }));
  });

  it("an upload of the least pace stays, a slower one is TIMEOUT after its window", () => {
    const places = placesOf({ uploadBytesPerSecond: 100 });
    const [steady, slow] = [enter(places, "steady"), enter(places, "slow")];
    for (let window = 0; window < 3; window++) {
      steady.came(100 * 30);
      if (window === 0) slow.came(100 * 30);
      else slow.came(100 * 30 - 1);
      vi.advanceTimersByTime(WINDOW);
      expect(ended).toEqual(window === 0 ? [] : [["slow", "TIMEOUT"]]);
      if (window > 0) slow.leave();
    }
  });

  it("time in which the server does not read does not count", () => {
    enter(placesOf({}), "a", false);
    vi.advanceTimersByTime(10 * WINDOW);
    expect(ended).toEqual([]);
  });

  it("while all are taken, a new upload takes that of the slowest below 10 kB/s, and of no other", () => {
    const places = placesOf({ uploads: 3 });
    const uploads = ["slow", "slower", "quick"].map((address) => enter(places, address));
    for (const [index, rate] of [5_000, 2_000, 10_000].entries()) uploads[index].came(rate * 30);
    // Nobody is slow before a window has passed.
    expect(() => enter(places, "new")).toThrow(expect.objectContaining({ code: "OVERLOADED" }));
    vi.advanceTimersByTime(WINDOW);
    enter(places, "new");
    expect(ended).toEqual([["slower", "OVERLOADED"]]);
    enter(places, "newer");
    expect(ended).toEqual([
      ["slower", "OVERLOADED"],
      ["slow", "OVERLOADED"],
    ]);
    expect(() => enter(places, "newest")).toThrow(expect.objectContaining({ code: "OVERLOADED" }));
  });

  it("an upload whose last byte came keeps its place, however slow it was", () => {
    const places = placesOf({ uploads: 1, uploadsPerAddress: 9 });
    const slow = enter(places, "a");
    slow.came(100_000);
    vi.advanceTimersByTime(WINDOW);
    slow.ended();
    expect(() => enter(places, "b")).toThrow(expect.objectContaining({ details: { retryAfterMs: 1_000 } }));
    vi.advanceTimersByTime(10 * WINDOW);
    expect(ended).toEqual([]);
    slow.leave();
    enter(places, "b");
  });
});

describe("turns of imports", () => {
  const { signal } = new AbortController();

  it("n have one, n + 1 waits; next is the first of the address that has the fewest", async () => {
    const turns = new ImportTurns(3);
    const order: string[] = [];
    const ends: (() => void)[] = [];
    const take = (address: string, name: string) =>
      turns.take(address, signal).then((end) => {
        order.push(name);
        ends.push(end);
      });
    const all = ["a1", "a2", "a3", "a4", "a5", "b1", "b2"].map((name) => take(name[0], name));
    await Promise.all(all.slice(0, 3));
    expect(order).toEqual(["a1", "a2", "a3"]);
    for (const next of ["b1", "a4", "a5", "b2"]) {
      ends.shift()!();
      await expect.poll(() => order.at(-1)).toBe(next);
    }
    await Promise.all(all);
    expect(order).toHaveLength(7);
  });

  it("who leaves while it waits has no turn, and takes none from others", async () => {
    const turns = new ImportTurns(1);
    const leaving = new AbortController();
    const end = await turns.take("a", signal);
    const [left, next] = [turns.take("b", leaving.signal), turns.take("c", signal)];
    leaving.abort();
    await expect(left).rejects.toMatchObject({ name: "AbortError" });
    end();
    (await next)();
    (await turns.take("d", signal))();
  });
});

describe("by HTTP", () => {
  let service: TestService;
  const servers: Server[] = [];
  beforeAll(async () => {
    service = await startTestService({ compute: new FakeCompute(), serve: false });
  });
  afterAll(async () => {
    for (const server of servers) await server.close();
    await service.close();
  });
  async function serve(transport: Partial<TransportLimits>): Promise<Server> {
    const server = await startServer({ application: service.application, port: 0, transport });
    servers.push(server);
    return server;
  }
  /** An upload that sends a byte now and then. */
  function trickle({ port }: Server, path: string): { socket: Socket; text(): string; closed: Promise<void> } {
    const socket = connect(port, "127.0.0.1").on("error", () => undefined);
    let text = "";
    socket.on("data", (chunk) => (text += String(chunk)));
    socket.write(
      `POST ${path} HTTP/1.1\r\nhost: localhost\r\nx-maillard-client: test\r\n` +
        "content-type: application/octet-stream\r\ncontent-length: 1000000\r\n\r\nsmiles\n",
    );
    const timer = setInterval(() => socket.write("C"), 20);
    const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
    void closed.then(() => clearInterval(timer));
    return { socket, text: () => text, closed };
  }
  const upload = async ({ url }: Server, dataset: string) => {
    const response = await fetch(`${url}/import/csv?dataset=${dataset}`, {
      method: "POST",
      headers: { "content-type": "application/octet-stream", "x-maillard-client": "test" },
      body: "smiles\nCCO\n",
    });
    const last = (await response.text()).trim().split("\n").at(-1) as string;
    return { status: response.status, last: JSON.parse(last) };
  };
  const inFolder = () => readdir(join(service.home, "uploads")).catch(() => []);

  it("an upload that sends a byte now and then is TIMEOUT and closed, and nothing of it is left", async () => {
    const server = await serve({ uploadWindowMs: 600 });
    const slow = ["csv?dataset=slow", "foodb?dataset=slow", "csv?describe=true"].map((path) =>
      trickle(server, `/import/${path}`),
    );
    await Promise.all(slow.map(({ closed }) => closed));
    for (const { text } of slow) expect(text()).toContain('"code":"TIMEOUT"');
    expect(await inFolder()).toEqual([]);
    expect(await service.store.prisma.dataset.count()).toBe(0);
  });

  it("a request without a body is refused, and the server goes on", async () => {
    const server = await serve({ uploadWindowMs: 300 });
    const kinds: Record<string, string>[] = [{}, { "content-type": "application/octet-stream" }];
    for (const headers of kinds)
      for (const path of ["csv?dataset=none", "foodb?dataset=none", "csv?describe=true"]) {
        const response = await fetch(`${server.url}/import/${path}`, {
          method: "POST",
          headers: { ...headers, "x-maillard-client": "test" },
        });
        const last = (await response.text()).trim().split("\n").at(-1) as string;
        expect(JSON.parse(last)).toMatchObject({ error: { code: expect.stringMatching(/^(EMPTY_INPUT|BAD_INPUT)$/) } });
      }
    // Longer than a look at the pace of an upload takes.
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(await upload(server, "after")).toMatchObject({ status: 200 });
    expect(await inFolder()).toEqual([]);
  });

  it("uploads that still come hold no turn: the only import is made; n are taken, n + 1 is 503", async () => {
    const server = await serve({ imports: 1, uploadsPerAddress: 4 });
    const slow = ["csv", "foodb", "csv"].map((format) => trickle(server, `/import/${format}?dataset=slow`));
    await expect.poll(async () => (await inFolder()).length, { timeout: 10_000 }).toBe(3);
    expect(await upload(server, "quick")).toMatchObject({ status: 200, last: { dataset: { size: 1 } } });
    const fourth = trickle(server, "/import/csv?dataset=slow");
    await expect.poll(async () => (await inFolder()).length, { timeout: 10_000 }).toBe(4);
    expect(await upload(server, "more")).toMatchObject({
      status: 503,
      last: { errors: [{ extensions: { code: "OVERLOADED" } }] },
    });
    fourth.socket.destroy();
    await expect.poll(async () => (await upload(server, "more")).status, { timeout: 10_000 }).toBe(200);
    for (const { socket } of slow) socket.destroy();
    await expect.poll(inFolder, { timeout: 10_000 }).toEqual([]);
  });
});
