/**
 * What keys cost: processor time of a request without and with a key, statements of wrong keys, and the time from a
 * revocation until the last WebSocket of the key is closed, on a server that hears of it from the database alone.
 *
 *   node --import tsx bench/access.ts
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { WebSocket } from "ws";
import { startServer } from "../src/api/transport/server.js";
import { createKey, revokeKey } from "../src/service/access/keys.js";
import { createApplication } from "../src/service/application.js";
import { KeyRing } from "../src/store/access/key-ring.js";
import { newSecret } from "../src/store/access/keys.js";
import { countStatements } from "../src/store/pool.js";

const REQUESTS = 2_000;
const SOCKETS = 200;
const home = await mkdtemp(join(tmpdir(), "maillard-bench-"));
const application = await createApplication({ home, packageRoot: null, hub: null });
// The worker polls the queue, and its statements would be counted.
await application.runs.close();
await application.library.fingerprints.close();
const server = await startServer({ application, port: 0 });
const ring = await KeyRing.open(application.store);
const other = await startServer({ application: { ...application, keys: ring }, port: 0 });

/** Milliseconds of processor time of this process, client included, for one request. */
async function costOf(keyAt: (index: number) => string | null): Promise<string> {
  const answers = new Map<number, number>();
  const ask = async (index: number) => {
    const key = keyAt(index);
    const response = await fetch(`${server.url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json", ...(key ? { authorization: `Bearer ${key}` } : {}) },
      body: `{"query":"{ __typename }"}`,
    });
    await response.text();
    answers.set(response.status, (answers.get(response.status) ?? 0) + 1);
  };
  for (let index = 0; index < REQUESTS / 4; index++) await ask(index);
  answers.clear();
  const before = process.cpuUsage();
  const { statements } = await countStatements(application.store, async () => {
    for (let index = 0; index < REQUESTS; index++) await ask(index);
  });
  const { user, system } = process.cpuUsage(before);
  const counts = [...answers].map(([status, count]) => `${count} x ${status}`).join(", ");
  return `${((user + system) / 1_000 / REQUESTS).toFixed(3)} ms, ${statements} statements, ${counts}`;
}

await costOf(() => null);
console.log("without a key       ", await costOf(() => null));
const asker = { rescued: false };
const admin = await createKey(application, { name: "admin", role: "ADMIN" }, asker);
const lab = await createKey(application, { name: "lab", role: "MEMBER" }, asker);
console.log("with a key          ", await costOf(() => lab.key));
console.log("wrong keys          ", await costOf(() => newSecret()));
console.log("with a key meanwhile", await costOf((index) => (index % 2 ? newSecret() : admin.key)));

const sockets = await Promise.all(
  Array.from({ length: SOCKETS }, async () => {
    const socket = new WebSocket(`${other.url.replace("http", "ws")}/graphql`, "graphql-transport-ws");
    await new Promise((resolve) => socket.once("open", resolve));
    socket.send(JSON.stringify({ type: "connection_init", payload: { authorization: `Bearer ${lab.key}` } }));
    await new Promise((resolve) => socket.once("message", resolve));
    return socket;
  }),
);
const closed = Promise.all(sockets.map((socket) => new Promise((resolve) => socket.once("close", resolve))));
const began = performance.now();
await revokeKey(application, lab.apiKey.id, asker);
const codes = new Set(await closed);
console.log(`${SOCKETS} WebSockets closed with ${[...codes]} after ${(performance.now() - began).toFixed(0)} ms`);

await other.close();
await server.close();
await ring.close();
await application.close();
await rm(home, { recursive: true, force: true });
