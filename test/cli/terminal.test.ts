/** The terminal of a process: what happens when the one who read its output has gone. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, it } from "vitest";
import { spawnMaillard } from "../support/command-line.js";

it("a command whose output nobody reads any more goes on to its end", async () => {
  const { child, ended } = spawnMaillard(["--help"]);
  child.stdout?.destroy();
  child.stderr?.destroy();
  expect(await ended).toBe(0);
});

it("a long answer that is no longer read ends without a word (maillard datasets --json | head)", async () => {
  const node = { id: "1", name: "n".repeat(1_000), description: "", source: "", size: 1, labelSets: [] };
  const edges = Array.from({ length: 100 }, () => ({ cursor: "c", node }));
  const datasets = { edges, totalCount: 1e6, pageInfo: { hasNextPage: true, endCursor: "c" } };
  let pages = 0;
  const server = createServer((_request, response) => {
    pages++;
    response.setHeader("content-type", "application/json").end(JSON.stringify({ data: { datasets } }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`;
    const { child, output, ended } = spawnMaillard(["datasets", "--json", "--limit", "1000", "--url", url]);
    child.stdout?.once("data", () => child.stdout?.destroy());
    expect(await ended).toBe(0);
    expect(pages).toBeGreaterThan(5);
    expect(output()).toMatch(/^\[/);
    expect(output()).not.toContain("EPIPE");
  } finally {
    server.closeAllConnections();
    server.close();
  }
});
