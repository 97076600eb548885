/** Every error of HTTP has one format, with the headers of all answers: also what Fastify or Node would answer. */
import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestService, type TestService } from "../../support/api.js";

let service: TestService;
beforeAll(async () => {
  service = await startTestService();
});
afterAll(() => service.close());

/** Sends the bytes as they are; the whole answer. */
const raw = (text: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(service.url);
    let answer = "";
    const socket = connect(Number(port), hostname, () => socket.write(text));
    socket.setEncoding("utf8").on("data", (part: string) => {
      answer += part;
    });
    socket.on("close", () => resolve(answer)).on("error", reject);
  });

describe("a refused request has errors with a message and a code", () => {
  it.each([
    ["GET", "/%", 400, "BAD_REQUEST"],
    ["GET", "/%E0%A4%A", 400, "BAD_REQUEST"],
    ["POST", "/graphql%", 400, "BAD_REQUEST"],
    ["GET", "/nothing", 404, "NOT_FOUND"],
    ["PUT", "/graphql", 404, "NOT_FOUND"],
    ["GET", `/${"a".repeat(5_000)}`, 404, "NOT_FOUND"],
    ["HEAD", "/%", 400, null],
  ])("%s %s", async (method, path, status, code) => {
    const host = new URL(service.url).host;
    const answer = await raw(`${method} ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
    const [head, body] = answer.split("\r\n\r\n");
    expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(head.toLowerCase()).toContain("content-security-policy: default-src 'none'");
    expect(head.toLowerCase()).toContain("x-content-type-options: nosniff");
    if (code === null) return expect(body).toBe("");
    expect(JSON.parse(body)).toEqual({ errors: [{ message: expect.any(String), extensions: { code } }] });
  });

  it.each([
    ["no HTTP", "HELLO\r\n\r\n", 400],
    ["headers of 100 kB", `GET / HTTP/1.1\r\nHost: x\r\nX-Long: ${"a".repeat(100_000)}\r\n\r\n`, 431],
  ])("%s", async (_name, text, status) => {
    const [head, body] = (await raw(text)).split("\r\n\r\n");
    expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(head).toContain("Content-Security-Policy: default-src 'none'");
    expect(JSON.parse(body)).toEqual({
      errors: [{ message: expect.any(String), extensions: { code: "BAD_REQUEST" } }],
    });
  });
});
