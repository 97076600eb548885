/** The client package from its source: what it asks, what it throws, and how it goes on after a broken connection. */
import { createServer, type Server as HttpServer } from "node:http";
import { type AddressInfo, connect, createServer as createTcp, type Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { MaillardClient, MaillardError, type RunEvent } from "../../packages/client/src/index.js";
import { InProcessCompute } from "../support/access/projects.js";
import { startTestService, type TestService } from "../support/api.js";
import { gate, seedDataset } from "../support/run-fixtures.js";

let service: TestService;
const compute = new InProcessCompute();
beforeAll(async () => {
  service = await startTestService({ compute });
  await seedDataset(service.store, undefined, "seeds");
});
afterAll(() => service.close());

const order = (name: string) => ({
  name,
  baseModel: "base",
  dataset: "seeds",
  target: "superclass",
  epochs: 2,
  batchSize: 10,
  split: { strategy: "RANDOM" as const },
});
const quick = { attempts: 8, firstDelayMs: 10 };

/** A way to the server that can be cut. */
async function cuttable(port: number): Promise<{ url: string; cut(): void; connections(): number; close(): void }> {
  const open = new Set<Socket>();
  let count = 0;
  const proxy = createTcp((socket) => {
    count += 1;
    const server = connect(port, "127.0.0.1");
    for (const [one, other] of [
      [socket, server],
      [server, socket],
    ]) {
      open.add(one);
      one
        .on("error", () => undefined)
        .on("close", () => {
          open.delete(one);
          other.destroy();
        });
    }
    socket.pipe(server).pipe(socket);
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  const cut = () => {
    for (const socket of open) socket.destroy();
  };
  return {
    url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    cut,
    connections: () => count,
    close: () => {
      cut();
      proxy.close();
    },
  };
}

describe("a request", () => {
  it("predicts and embeds any number of SMILES, in their order, with the reason of a bad one", async () => {
    const client = new MaillardClient({ url: service.url });
    const smiles = Array.from({ length: 300 }, (_, index) =>
      index === 280 ? "nonsense" : `C${"C".repeat(index % 20)}O`,
    );
    const answers = await client.predict({ smiles, model: "classifier", topK: 1 });
    expect(answers).toHaveLength(300);
    expect(answers[280]).toMatchObject({ __typename: "SmilesError", smiles: "nonsense", code: "INVALID_SMILES" });
    expect(answers[281]).toMatchObject({ __typename: "Prediction", smiles: smiles[281], labels: [{}] });
    const [vector] = await client.embed({ smiles: "CCO", model: "base", pooling: "MEAN" });
    expect(vector.__typename === "Embedding" && vector.vector.length).toBe(32);
  });

  it("takes a document of one's own", async () => {
    const client = new MaillardClient({ url: `${service.url}/graphql` });
    const { health } = await client.query<{ health: { live: boolean } }, Record<string, never>>(
      "{ health { live } }",
      {},
    );
    expect(health.live).toBe(true);
  });

  it("throws a MaillardError with code, param and details", async () => {
    const client = new MaillardClient({ url: service.url });
    const error = await client.predict({ smiles: "CCO", model: "none" }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(MaillardError);
    expect(error).toMatchObject({ code: "NOT_FOUND", param: "model", retryable: false });
    expect((error as MaillardError).details.existing).toContain("classifier");
    const nowhere = new MaillardClient({ url: "http://127.0.0.1:1", retry: { attempts: 1, firstDelayMs: 1 } });
    await expect(nowhere.run("x").read()).rejects.toMatchObject({ code: "UNREACHABLE", retryable: true });
  });

  describe("to a server with other answers", () => {
    let other: HttpServer;
    let url: string;
    const asked: { key?: string; body: { variables: { input?: { idempotencyKey?: string } } } }[] = [];
    let answers: [status: number, headers: Record<string, string>, body: string][] = [];
    beforeAll(async () => {
      other = createServer(async (request, response) => {
        let body = "";
        for await (const part of request) body += String(part);
        asked.push({ key: request.headers.authorization, body: JSON.parse(body) });
        const [status, headers, text] = answers.shift() ?? [500, {}, ""];
        response.writeHead(status, headers).end(text);
      });
      await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
      url = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
    });
    afterAll(() => other.close());
    const refusal = (code: string, fields: object) =>
      JSON.stringify({ errors: [{ message: "No.", extensions: { code, ...fields } }] });

    it("is tried again when it says so, after the time that it says, with the key of then", async () => {
      answers = [
        [429, {}, refusal("RATE_LIMITED", { retryable: true, details: { retryAfterMs: 60 } })],
        [200, {}, refusal("OVERLOADED", { retryable: true })],
        [200, {}, '{"data":{"run":null}}'],
      ];
      let times = 0;
      const client = new MaillardClient({ url, retry: quick, apiKey: async () => `key-${++times}` });
      const began = performance.now();
      await expect(client.run("x").read()).rejects.toMatchObject({ code: "NOT_FOUND" });
      expect(performance.now() - began).toBeGreaterThan(60);
      expect(asked.splice(0).map(({ key }) => key)).toEqual(["Bearer key-1", "Bearer key-2", "Bearer key-3"]);
    });

    it("is not when it does not, or when that is too long or too often", async () => {
      answers = [[200, {}, refusal("CONFLICT", { retryable: false })]];
      const client = new MaillardClient({ url, retry: { attempts: 1, firstDelayMs: 1, longestDelayMs: 1_000 } });
      await expect(client.run("x").read()).rejects.toMatchObject({ code: "CONFLICT" });
      answers = [[429, { "retry-after": "5" }, refusal("RATE_LIMITED", { retryable: true })]];
      await expect(client.run("x").read()).rejects.toMatchObject({ code: "RATE_LIMITED", retryAfterMs: 5_000 });
      answers = [1, 2, 3].map(() => [200, {}, refusal("OVERLOADED", { retryable: true })]);
      await expect(client.run("x").read()).rejects.toMatchObject({ code: "OVERLOADED" });
      answers = [[200, {}, "<html>"]];
      await expect(client.run("x").read()).rejects.toMatchObject({ code: "NO_MAILLARD", status: 200 });
      asked.splice(0);
    });

    it("of a server that shuts down is tried again, but for a mutation that may have happened", async () => {
      const late = refusal("SHUTTING_DOWN", { retryable: true, details: { retryAfterMs: 1 } });
      const client = new MaillardClient({ url, retry: quick });
      answers = [
        [503, {}, late],
        [200, {}, '{"data":{"a":1}}'],
      ];
      expect(await client.query("{ a }" as never, {})).toEqual({ a: 1 });
      answers = [[503, {}, late]];
      await expect(client.query("mutation { a }" as never, {})).rejects.toMatchObject({ code: "SHUTTING_DOWN" });
      expect(asked.splice(0)).toHaveLength(3);
    });

    it("of a finetune has one idempotency key for all tries", async () => {
      answers = [
        [503, {}, refusal("OVERLOADED", { retryable: true })],
        [200, {}, '{"data":{"startFinetune":{"run":{"id":"r"}}}}'],
      ];
      const { id } = await new MaillardClient({ url, retry: quick }).finetune(order("x"));
      expect(id).toBe("r");
      const keys = asked.splice(0).map(({ body }) => body.variables.input?.idempotencyKey);
      expect(keys).toEqual([keys[0], keys[0]]);
      expect(keys[0]).toMatch(/^[0-9a-f-]{36}$/);
    });
  });
});

describe.each(["sse", "websocket"] as const)("a run, watched by %s", (subscriptions) => {
  it("tells each metric once and its end last, whatever the connection does", async () => {
    const blocked = gate();
    let steps = 0;
    compute.beforeStep = () => (++steps > 2 ? blocked.opened : Promise.resolve());
    const way = await cuttable(service.server.port);
    const client = new MaillardClient({ url: way.url, subscriptions, webSocketImpl: WebSocket, retry: quick });
    const run = await client.finetune(order(`by-${subscriptions}`));
    const events: RunEvent[] = [];
    let cuts = 0;
    for await (const event of run.watch()) {
      events.push(event);
      if (event.type === "metric" && cuts < 2) {
        cuts += 1;
        way.cut();
        if (cuts === 2) blocked.open();
      }
    }
    const sequences = events.flatMap((event) => (event.type === "metric" ? [event.metric.sequence] : []));
    expect(sequences.length).toBeGreaterThan(5);
    expect(sequences).toEqual(sequences.map((_, index) => index + 1));
    expect(events.at(-1)).toMatchObject({
      type: "run",
      run: { status: "SUCCEEDED", progress: { step: expect.any(Number) } },
    });
    expect(cuts).toBe(2);
    expect(await run.wait()).toMatchObject({ status: "SUCCEEDED", name: `by-${subscriptions}` });
    const rest: number[] = [];
    for await (const event of run.watch({ after: 4 })) if (event.type === "metric") rest.push(event.metric.sequence);
    expect(rest).toEqual(sequences.slice(4));
    way.close();
  });

  it("ends with the signal, and releases the server", async () => {
    const blocked = gate();
    compute.beforeStep = () => blocked.opened;
    const client = new MaillardClient({ url: service.url, subscriptions, webSocketImpl: WebSocket });
    const run = await client.finetune(order(`stopped-${subscriptions}`));
    const stop = new AbortController();
    const watching = (async () => {
      for await (const event of run.watch({ signal: stop.signal }))
        if (event.type === "run") stop.abort(new Error("enough"));
    })();
    await expect(watching).rejects.toThrow("enough");
    await expect.poll(() => service.application.runs.followed).toBe(0);
    expect((await run.cancel()).id).toBe(run.id);
    blocked.open();
    expect((await run.wait()).status).toBe("CANCELLED");
  });

  it("that does not exist is NOT_FOUND, and is not tried again", async () => {
    const client = new MaillardClient({ url: service.url, subscriptions, webSocketImpl: WebSocket });
    const unknown = Buffer.from("Run:none").toString("base64url");
    await expect(client.run(unknown).wait()).rejects.toMatchObject({ code: "NOT_FOUND", param: "id" });
  });
});
