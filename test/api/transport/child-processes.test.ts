/** The real processes of a question whose client leaves: they are gone, and the next question has one of its own. */
import { readdirSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, it } from "vitest";
import { alkyls, importLibrary, startTestService, type TestService } from "../../support/api.js";
import { isAlive, until } from "../../support/compute.js";
import { acknowledged } from "../../support/sockets.js";

let service: TestService;
beforeAll(async () => {
  service = await startTestService();
  await importLibrary(service, "alkyls", alkyls(20));
  await service.data(CLUSTERS(1));
});
afterAll(() => service.close());

const CLUSTERS = (seed: number) => `{ clusters(model: "base", dataset: "alkyls", k: 2, seed: ${seed}) { k } }`;
const PCA = `{ projection(model: "base", dataset: "alkyls") { components } }`;
const MAP = (seed: number) => `{ projection(model: "base", dataset: "alkyls", method: TSNE,
  map: { seed: ${seed}, perplexity: 5 }) {
  components } }`;
const IDLE = { queuedItems: 0, runningItems: 0, trainingRuns: 0 };

/** Analysis processes of this process. */
function analyses(): number[] {
  return readdirSync("/proc").flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const parent = Number(readFileSync(`/proc/${name}/stat`, "utf8").split(") ")[1].split(" ")[1]);
      if (parent !== process.pid) return [];
      return readFileSync(`/proc/${name}/cmdline`, "utf8").includes("maillard analysis") ? [Number(name)] : [];
    } catch {
      // It has ended meanwhile.
      return [];
    }
  });
}

const LEAVING: Record<string, (query: string) => Promise<() => void>> = {
  "an HTTP client leaves": async (query) => {
    const leaving = new AbortController();
    const init = { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ query }) };
    fetch(`${service.url}/graphql`, { ...init, signal: leaving.signal }).catch(() => undefined);
    return () => leaving.abort();
  },
  "a WebSocket completes": async (query) => {
    const socket = await acknowledged(service.url);
    socket.send({ type: "subscribe", id: "1", payload: { query } });
    return () => socket.send({ type: "complete", id: "1" });
  },
};

it
  .skipIf(process.platform !== "linux")
  .each(
    Object.entries(LEAVING).flatMap(([way, ask], row) =>
      Object.entries({ clusters: CLUSTERS(2 + row), "a PCA": PCA, "a map": MAP(row) }).map(
        ([name, query]) => [way, name, ask, query] as const,
      ),
    ),
  )("when %s, the process of %s is gone, and a neighbour is answered", async (_way, _name, ask, query) => {
  const leave = await ask(query);
  await until(() => analyses().length === 1);
  const [pid] = analyses();
  leave();
  await until(() => Object.values(service.server.computing()).every((count) => count === 0));
  expect(isAlive(pid)).toBe(false);
  expect(service.application.compute.gauges()).toEqual(IDLE);
  expect(await service.store.prisma.projection.count()).toBe(0);
  const next = await service.ask(CLUSTERS(100 + pid));
  expect(next).toMatchObject({ data: { clusters: { k: 2 } } });
  expect(service.problems).toEqual([]);
});
