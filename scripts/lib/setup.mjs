/**
 * What must be there before a command of Maillard runs: packages, the generated client, and (for all but tests) dist/.
 * A release (scripts/release.mjs) has no src: there is nothing to generate or to build, and npm has installed it.
 */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { ensureBuilt, ensureGenerated, isBuilt, isGenerated } from "./build.mjs";
import { ensureInstalled, isInstalled } from "./install.mjs";
import { withLock } from "./lock.mjs";
import { SetupError } from "./report.mjs";

export const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..", "..");

/** Packages and the Prisma client: enough for tests, linters and type checks. */
export async function prepareSources(root = ROOT) {
  if (isInstalled(root) && isGenerated(root)) return;
  await withLock(root, async () => {
    await ensureInstalled(root);
    await ensureGenerated(root);
  });
}

const isRelease = (root) => !existsSync(join(root, "src"));

/** All of it. Takes some 20 ms when there is nothing to do. */
export async function prepareBuild(root = ROOT) {
  if (isRelease(root)) return;
  if (isInstalled(root) && isBuilt(root)) return;
  await withLock(root, async () => {
    await ensureInstalled(root);
    await ensureBuilt(root);
  });
}

/**
 * Runs a program in this process, as if it had been started with these arguments: signals and exit code are its
 * own, and no second process waits beside it.
 */
export async function become(program, args) {
  process.argv = [process.execPath, program, ...args];
  await import(pathToFileURL(program).href);
}

export async function becomeMaillard(args, root = ROOT) {
  try {
    await become(join(root, "dist", "cli", "main.js"), args);
  } catch (error) {
    if (error.code !== "ERR_MODULE_NOT_FOUND" || !isRelease(root)) throw error;
    throw new SetupError(`${error.message}\nInstall the packages of this release: run \`npm ci\` in ${root}.`);
  }
}
