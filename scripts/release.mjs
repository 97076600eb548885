/**
 * `npm run release [-- <folder>]`: makes the folder of a release (default: release/), from which a server runs without
 * development packages. It holds what a server needs, and the production part of package-lock.json: `npm ci` in that
 * folder installs exactly these versions, `npm run trim` removes binaries of other platforms. The folder appears
 * complete or not at all; an earlier release in its place is replaced.
 */
import { cpSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fail, SetupError, say } from "./lib/report.mjs";
import "./lib/require-node.mjs";

/** Relative to the root of the repository; folders with everything in them. */
const CONTENT = [
  "bin",
  "dist",
  "docker/entrypoint.sh",
  "docker/probe-database.mjs",
  "models",
  "prisma/migrations",
  "samples",
  "scripts/lib",
  "scripts/start.mjs",
  "scripts/trim.mjs",
  ".npmrc",
  "CHANGELOG.md",
  "LICENSE",
  "README.md",
  "SECURITY.md",
  "THIRD-PARTY-NOTICES.md",
];

import("./lib/setup.mjs").then(release).catch(fail);

async function release({ prepareBuild, ROOT }) {
  const { productionLock, productionManifest, readJson } = await import("./lib/production.mjs");
  await prepareBuild();
  const target = resolve(process.argv[2] ?? join(ROOT, "release"));
  if (!isReplaceable(target))
    throw new SetupError(`${target} holds something else than a release: name a folder that is empty or absent.`);
  const making = `${target}.making`;
  rmSync(making, { recursive: true, force: true });
  for (const path of CONTENT) {
    mkdirSync(dirname(join(making, path)), { recursive: true });
    cpSync(join(ROOT, path), join(making, path), { recursive: true });
  }
  const manifest = productionManifest(readJson(ROOT, "package.json"));
  const write = (name, value) => writeFileSync(join(making, name), `${JSON.stringify(value, null, 2)}\n`);
  write("package.json", manifest);
  write("package-lock.json", productionLock(readJson(ROOT, "package-lock.json"), manifest));
  rmSync(target, { recursive: true, force: true });
  renameSync(making, target);
  say(`made ${target}: install its packages there with \`npm ci\`, then \`npm run trim\``);
}

/** Absent, empty, or an earlier release: a folder of somebody's own is never removed. */
function isReplaceable(folder) {
  if (!existsSync(folder)) return true;
  const names = readdirSync(folder);
  return names.length === 0 || (names.includes("dist") && !names.includes("src"));
}
