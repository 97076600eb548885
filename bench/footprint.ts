/**
 * Cost of an idle server: time of the first and second start, memory of all its processes, bytes of the install.
 *
 *   node --import tsx bench/footprint.ts
 *
 * Needs `npm run build`. Memory is the proportional set size after five idle seconds, PostgreSQL included.
 */
import { execFileSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { machine, startBenchServer } from "./support/server.js";

const root = join(import.meta.dirname, "..");
const home = await mkdtemp(join(tmpdir(), "maillard-footprint-"));
console.log(machine());
for (const label of ["first start", "second start", "third start"]) {
  const server = await startBenchServer({ home });
  console.log(`${label}: ready after ${server.startSeconds.toFixed(2)} s`);
  if (label === "second start") {
    await new Promise((resolve) => setTimeout(resolve, 5000));
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
