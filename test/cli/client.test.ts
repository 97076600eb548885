/** The client of the commands: its requests, and how it handles answers, refusals, other servers and no answer. */
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { Client } from "../../src/cli/client.js";
import { TypedDocumentString } from "../../src/cli/generated/graphql.js";

interface Asked {
  method: string | undefined;
  headers: IncomingHttpHeaders;
  body: { query: string; variables: object };
}

const QUERY = new TypedDocumentString<{ runs: { totalCount: number } }, { first: number }>(
  "query Runs($first: Int!) { runs(first: $first) { totalCount } }",
);
const MUTATION = new TypedDocumentString<{ deleteRun: boolean }, { id: string }>(
  "mutation Delete($id: ID!) { deleteRun(id: $id) }",
);

let server: Server;
let url: string;
let asked: Asked[] = [];
let reply: { status: number; type: string; text: string } | "never" | "broken off";
beforeAll(async () => {
  server = createServer(async (request, response) => {
    let text = "";
    for await (const part of request) text += part;
    asked.push({ method: request.method, headers: request.headers, body: JSON.parse(text) });
    if (reply === "never") return;
    if (reply === "broken off") return void response.writeHead(200).write("{", () => response.destroy());
    response.writeHead(reply.status, { "content-type": reply.type }).end(reply.text);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  asked = [];
  reply = json({ data: { runs: { totalCount: 3 } } });
});

const json = (answer: object, status = 200) => ({ status, type: "application/json", text: JSON.stringify(answer) });
const client = (apiKey?: string): Client => new Client({}, { url, apiKey });

describe("an operation", () => {
  it("is sent by POST as JSON, with the key, and returns the data", async () => {
    expect(await client("secret").execute(QUERY, { first: 1 })).toEqual({ runs: { totalCount: 3 } });
    expect(asked).toMatchObject([
      {
        method: "POST",
        headers: {
          authorization: "Bearer secret",
          "content-type": "application/json",
          accept: "application/graphql-response+json, application/json",
        },
        body: { variables: { first: 1 } },
      },
    ]);
    expect(asked[0].body.query.replace(/\s+/g, " ")).toBe(QUERY.toString());
    await client().execute(QUERY, { first: 1 });
    expect(asked[1].headers.authorization).toBeUndefined();
  });

  it("is sent each time, mutations at once too", async () => {
    reply = json({ data: { deleteRun: true } });
    const one = client();
    await Promise.all([one.execute(MUTATION, { id: "a" }), one.execute(MUTATION, { id: "a" })]);
    reply = json({ data: { runs: { totalCount: 3 } } });
    await one.execute(QUERY, { first: 1 });
    await one.execute(QUERY, { first: 1 });
    expect(asked.length).toBe(4);
  });

  it.each([200, 400])(
    "that is refused with HTTP %i has the code of its first error and all messages",
    async (status) => {
      const errors = [{ message: "no such run", extensions: { code: "NOT_FOUND" } }, { message: "nor this" }];
      reply = json({ data: null, errors }, status);
      await expect(client().execute(QUERY, { first: 1 })).rejects.toMatchObject({
        code: "NOT_FOUND",
        message: "no such run\nnor this",
        exitCode: 1,
      });
    },
  );

  it("without the right key says which variable to set", async () => {
    reply = json({ errors: [{ message: "no", extensions: { code: "UNAUTHENTICATED" } }] }, 401);
    await expect(client().execute(QUERY, { first: 1 })).rejects.toMatchObject({
      code: "UNAUTHENTICATED",
      message: expect.stringContaining("MAILLARD_API_KEY"),
    });
    expect(await client().answers()).toBe(true);
  });

  it("ends with its signal", async () => {
    reply = "never";
    const controller = new AbortController();
    const reason = new Error("enough");
    const running = client().execute(QUERY, { first: 1 }, controller.signal);
    setTimeout(() => controller.abort(reason), 50);
    await expect(running).rejects.toBe(reason);
  });
});

describe("no server", () => {
  it("in the middle of an answer is NO_SERVER", async () => {
    reply = "broken off";
    await expect(client().execute(QUERY, { first: 1 })).rejects.toMatchObject({ code: "NO_SERVER", exitCode: 2 });
  });

  it("is NO_SERVER with the address and what to do, and exit code 2", async () => {
    const unreachable = new Client({ MAILLARD_URL: "http://127.0.0.1:1" });
    await expect(unreachable.execute(QUERY, { first: 1 })).rejects.toMatchObject({
      code: "NO_SERVER",
      exitCode: 2,
      message:
        "No server answers at http://127.0.0.1:1/graphql; start it with: npm start. " +
        "One elsewhere is named by --url or MAILLARD_URL.",
    });
    expect(await unreachable.answers()).toBe(false);
  });

  it.each([
    ["a page", { status: 200, type: "text/html", text: "<h1>Welcome</h1>" }, "HTTP 200: <h1>Welcome</h1>"],
    ["a page of an error", { status: 502, type: "text/html", text: "<h1>Bad</h1>" }, "HTTP 502: <h1>Bad</h1>"],
    ["JSON of an error", json({ detail: "Not Found" }, 404), 'HTTP 404: {"detail":"Not Found"}'],
    ["other JSON", json({ hello: 1 }), 'HTTP 200: {"hello":1}'],
    ["JSON of nothing", { status: 200, type: "application/json", text: "null" }, "HTTP 200: null"],
    ["broken JSON", { status: 200, type: "application/json", text: "{" }, "HTTP 200: {"],
  ])("of ours, but %s, is NO_SERVER too and shows what came", async (_name, answer, shown) => {
    reply = answer;
    await expect(client().execute(QUERY, { first: 1 })).rejects.toMatchObject({
      code: "NO_SERVER",
      exitCode: 2,
      message: expect.stringContaining(shown),
    });
    expect(await client().answers()).toBe(false);
  });
});
