/**
 * Installs the packages that package-lock.json names, once. node_modules/.maillard-lock records what was installed: the
 * hash of the lock file, and platform and processor (a folder that moved to another machine is installed anew). It is
 * written last, so an install that was interrupted is repeated. Packages that the user installed with npm are accepted
 * when npm's own record agrees with the lock file.
 */
import { createHash } from "node:crypto";
import { accessSync, constants, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { SetupError, step } from "./report.mjs";
import { endLeftOver, lastLines, runNode } from "./run.mjs";

export const isInstalled = (root) => {
  const marker = join(root, "node_modules", ".maillard-lock");
  return existsSync(marker) && readFileSync(marker, "utf8") === wantedMark(root) && directOnDisk(root);
};

/** Call with the set-up lock held. */
export async function ensureInstalled(root) {
  if (isInstalled(root)) return;
  const marker = join(root, "node_modules", ".maillard-lock");
  if (agreesWithLock(root)) {
    writeFileSync(marker, wantedMark(root));
    return;
  }
  requireWritable(root);
  // An npm that a killed set-up left behind would continue to write at the same time.
  const idFile = join(root, ".cache", "npm-process");
  const npm = npmProgram();
  await endLeftOver(idFile, "npm");
  const record = join(root, "node_modules", ".package-lock.json");
  // npm removes the old folder piece by piece: without these two no half-removed folder can pass for whole.
  rmSync(marker, { force: true });
  rmSync(record, { force: true });
  await step("installing packages, about a minute the first time", "installed packages", async () => {
    const args = ["ci", "--include=dev", "--no-audit", "--no-fund", "--loglevel=error"];
    const { code, output } = await runNode(npm, args, { cwd: root, env: npmEnvironment(), idFile });
    if (code !== 0)
      throw new SetupError(`npm ci failed with exit code ${code}:\n${lastLines(output, 25)}\n${adviceFor(output)}`);
  });
  writeFileSync(marker, wantedMark(root));
}

function wantedMark(root) {
  const hash = createHash("sha256")
    .update(readFileSync(join(root, "package-lock.json")))
    .digest("hex");
  return `${hash} ${process.platform}-${process.arch}\n`;
}

/** Whether every package that package.json names is there at all. */
function directOnDisk(root) {
  const { dependencies = {}, devDependencies = {} } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  return [...Object.keys(dependencies), ...Object.keys(devDependencies)].every((name) =>
    existsSync(join(root, "node_modules", name, "package.json")),
  );
}

/**
 * Whether npm's record of its last complete install names the versions of the lock file, and the packages are on disk.
 */
function agreesWithLock(root) {
  try {
    const wanted = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")).packages;
    const found = JSON.parse(readFileSync(join(root, "node_modules", ".package-lock.json"), "utf8")).packages;
    return Object.entries(wanted).every(([path, entry]) => {
      if (path === "" || (entry.optional && !found[path])) return true;
      const same = found[path] && found[path].version === entry.version && found[path].integrity === entry.integrity;
      return same && existsSync(join(root, path, "package.json"));
    });
  } catch {
    return false;
  }
}

function requireWritable(root) {
  try {
    accessSync(root, constants.W_OK);
  } catch (error) {
    throw new SetupError(
      `The folder ${root} must be writable to install and build; it is not (${error.code}).\nChange its owner or ` +
        "permissions, or clone into a folder of your own.",
    );
  }
}

/** npm's own program: the one that runs us, else the one beside this Node. */
export function npmProgram() {
  const beside = dirname(process.execPath);
  const candidates = [
    process.env.npm_execpath,
    join(beside, "..", "lib", "node_modules", "npm", "bin", "npm-cli.js"),
    join(beside, "node_modules", "npm", "bin", "npm-cli.js"),
    ...(process.env.PATH ?? "").split(process.platform === "win32" ? ";" : ":").map((folder) => join(folder, "npm")),
    "/usr/share/nodejs/npm/bin/npm-cli.js",
  ];
  const found = candidates.find((path) => path && /npm(-cli\.js)?$/.test(path) && existsSync(path));
  if (!found)
    throw new SetupError(
      "npm was not found beside this Node nor on the PATH. Install it (it comes with Node), then run the same " +
        "command again.",
    );
  return found;
}

/** Settings of an outer npm or npx are not meant for this install. */
export function npmEnvironment() {
  const env = { ...process.env };
  for (const name of [
    "global",
    "omit",
    "only",
    "production",
    "dry_run",
    "package",
    "call",
    "prefix",
    "local_prefix",
    "workspace",
    "workspaces",
    "yes",
  ])
    delete env[`npm_config_${name}`];
  delete env.NODE_ENV;
  return env;
}

function adviceFor(output) {
  if (/ENOTFOUND|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EAI_AGAIN|ENETUNREACH/.test(output))
    return (
      "The npm registry is out of reach. Check the network or proxy (npm config get registry), then run the same " +
      "command again."
    );
  if (/ENOSPC/.test(output))
    return "The disk is full: about 1 GB is needed. Free some space, then run the same command again.";
  if (/EACCES|EPERM|EROFS/.test(output))
    return "A folder is not writable. Change its owner or permissions, then run the same command again.";
  return "Nothing needs to be cleaned up: mend what npm says and run the same command again.";
}
