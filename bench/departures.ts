/**
 * What a client leaves behind that no longer waits for its answers: how long the next client waits for a separation.
 *   failed      one request with 20 separations and a field that fails, so that its answer comes at once
 *   complete    16 separations on one WebSocket, completed after two seconds
 *   left        16 separations over HTTP, whose connections are closed after two seconds
 * The next client asks as soon as the answer has come or the first client has left. Where it is OVERLOADED, it asks
 * again after what `retryAfterMs` says. Printed: what it waited, each retryAfterMs it was told, and what the same
 * question takes alone, before and after, since other work of the machine changes that.
 *
 *   node --import tsx bench/departures.ts [failed|complete|left …]
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { WebSocket } from "ws";
import { startServer } from "../src/api/transport/server.js";
import { createApplication } from "../src/service/application.js";

const SEPARATION = (seed: number, sample = 1_000): string =>
  `separation(models: ["base"], dataset: "sample", labelSet: "superclass", sample: ${sample}, seed: ${seed}) ` +
  "{ computedOn }";
/** Longest that the next client is waited for, in ms. */
const PATIENCE_MS = 300_000;

const home = await mkdtemp(join(tmpdir(), "maillard-bench-"));
const application = await createApplication({ home, log: { info: () => undefined, error: () => undefined } });
const server = await startServer({ application, port: 0 });
let seed = 1;

interface Answer {
  errors?: { extensions: { code: string; details?: { retryAfterMs?: number } } }[];
}
async function post(query: string, signal?: AbortSignal): Promise<Answer> {
  const response = await fetch(`${server.url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query }),
    signal,
  });
  return (await response.json()) as Answer;
}

const CASES: Record<string, () => Promise<void>> = {
  failed: async () => {
    const fields = Array.from({ length: 20 }, (_, place) => `s${place}: ${SEPARATION(seed++)}`);
    const answer = await post(`{ ${fields.join(" ")} broken: predict(smiles: ["C"], model: "none") { __typename } }`);
    if (answer.errors?.[0].extensions.code !== "NOT_FOUND") throw new Error(JSON.stringify(answer));
    await delay(500);
  },
  complete: async () => {
    const socket = new WebSocket(`${server.url.replace(/^http/, "ws")}/graphql`, "graphql-transport-ws");
    const send = (message: object) => socket.send(JSON.stringify(message));
    await new Promise<void>((resolve) => socket.once("open", () => resolve()));
    send({ type: "connection_init" });
    await new Promise((resolve) => socket.once("message", resolve));
    const ids = Array.from({ length: 16 }, (_, place) => String(place));
    for (const id of ids) send({ type: "subscribe", id, payload: { query: `{ ${SEPARATION(seed++)} }` } });
    await delay(2_000);
    for (const id of ids) send({ type: "complete", id });
    await delay(500);
  },
  left: async () => {
    const leaving = new AbortController();
    const asked = Array.from({ length: 16 }, () => post(`{ ${SEPARATION(seed++)} }`, leaving.signal));
    await delay(2_000);
    leaving.abort();
    await Promise.allSettled(asked);
    await delay(500);
  },
};

/** What the next client waits, in ms, and what it was told. */
async function next(): Promise<{ waitedMs: number; said: number[]; code: string }> {
  const began = performance.now();
  const said: number[] = [];
  for (;;) {
    const left = PATIENCE_MS - (performance.now() - began);
    const asked = post(`{ ${SEPARATION(seed++, 50)} }`, AbortSignal.timeout(Math.max(1, Math.round(left))));
    const answer = await asked.catch(() => null);
    const waitedMs = Math.round(performance.now() - began);
    if (answer === null) return { waitedMs, said, code: "no answer" };
    const error = answer.errors?.[0].extensions;
    if (error?.code !== "OVERLOADED") return { waitedMs, said, code: error?.code ?? "answered" };
    said.push(error.details?.retryAfterMs ?? 0);
    await delay(said.at(-1));
  }
}

try {
  // Embeddings of the sample are stored, and the first separation has said how long one takes.
  await next();
  const given = process.argv.slice(2);
  for (const name of given.length > 0 ? given : Object.keys(CASES)) {
    const before = (await next()).waitedMs;
    await CASES[name]();
    const { waitedMs, said, code } = await next();
    console.log(name, code, { waitedMs, said });
    const idle = performance.now();
    const { gauges } = application.compute;
    while (Object.values(gauges.call(application.compute)).some((n) => n > 0)) await delay(50);
    console.log(name, "gauges at zero after", Math.round(performance.now() - idle), "ms");
    console.log(name, "alone", { before, after: (await next()).waitedMs });
  }
} finally {
  await server.close();
  await application.close();
  await rm(home, { recursive: true, force: true });
}
