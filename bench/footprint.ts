/**
 * Cost of an idle server: time of the first and second start, memory of all its processes, bytes of the install.
 *
 *   node --import tsx bench/footprint.ts
 *
 * Needs `npm run build`. Memory is the proportional set size after five idle seconds of the second start, PostgreSQL
 * included. The first start gets the time to make the fingerprints of the sample, which more processes do.
 */
import { execFileSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { machine, startBenchServer } from "./support/server.js";

const [FINGERPRINTS_MS, IDLE_MS] = [15_000, 5_000];
const root = join(import.meta.dirname, "..");
const home = await mkdtemp(join(tmpdir(), "maillard-footprint-"));
console.log(machine());
for (const label of ["first start", "second start", "third start"]) {
  const server = await startBenchServer({ home });
  console.log(`${label}: ready after ${server.startSeconds.toFixed(2)} s`);
  if (label === "first start") await delay(FINGERPRINTS_MS);
  if (label === "second start") {
    await delay(IDLE_MS);
    const memory = server.memory();
    console.table(memory.map(({ label: process, megabytes }) => ({ process, "PSS MB": Number(megabytes.toFixed(1)) })));
    console.log(`sum: ${memory.reduce((sum, { megabytes }) => sum + megabytes, 0).toFixed(0)} MB`);
  }
  await server.stop();
}
await rm(home, { recursive: true, force: true });
for (const folder of ["node_modules", "dist", "models"]) {
  const [kilobytes] = execFileSync("du", ["-sk", join(root, folder)], { encoding: "utf8" }).split("\t");
  console.log(`${folder}: ${(Number(kilobytes) / 1024).toFixed(0)} MB`);
}
