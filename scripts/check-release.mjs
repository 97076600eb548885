/**
 * `npm run check:release`: makes a release in a folder of its own, installs it from the npm registry, trims it, and
 * uses it as an operator would: serve on a fresh database, predict, draw a t-SNE map as PNG, finetune two steps,
 * predict with the new model, stop. Fails when a package is installed that is none of production, or when node_modules
 * is 400 MB or more. Everything is removed at the end.
 */
import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { fail, SetupError, say, step } from "./lib/report.mjs";
import "./lib/require-node.mjs";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const LARGEST_MB = 400;

const demand = (holds, message) => {
  if (!holds) throw new SetupError(message);
};

async function checkRelease() {
  const { npmEnvironment, npmProgram } = await import("./lib/install.mjs");
  const folder = mkdtempSync(join(tmpdir(), "maillard-release-"));
  // Root's database has another user, who has to reach the folder; else it would lie, and stay, somewhere else.
  chmodSync(folder, 0o755);
  const release = join(folder, "maillard");
  const node = (args, options = {}) =>
    execFileSync(process.execPath, args, { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"], ...options });
  const npm = (...args) => node([npmProgram(), ...args], { cwd: release, env: npmEnvironment() });
  try {
    node([join(ROOT, "scripts", "release.mjs"), release]);
    await step("installing", "installed", () => npm("ci", "--no-audit", "--no-fund", "--loglevel=error"));
    const before = megabytes(join(release, "node_modules"));
    npm("run", "--silent", "trim");
    const after = megabytes(join(release, "node_modules"));
    say(`node_modules: ${before} MB as installed, ${after} MB after npm run trim`);
    demand(after < LARGEST_MB, `The packages of a release have ${after} MB; ${LARGEST_MB} is the limit.`);
    await checkContent(release);
    await step("using it", "used it", () => use(release, join(folder, "home")));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const megabytes = (path) => Number(execFileSync("du", ["-sm", path], { encoding: "utf8" }).split("\t")[0]);

/** What npm installed is what the lock file of the release names, and nothing of development. */
async function checkContent(release) {
  const { productionPaths, readJson } = await import("./lib/production.mjs");
  const wanted = new Set(productionPaths(readJson(ROOT, "package-lock.json")));
  const installed = Object.keys(readJson(join(release, "node_modules"), ".package-lock.json").packages);
  const extra = installed.filter((path) => !wanted.has(path));
  demand(installed.length > 0 && extra.length === 0, `Packages that are none of production: ${extra.join(", ")}.`);
  demand(!existsSync(join(release, "src")), "The release holds sources.");
}

async function use(release, home) {
  const { serving } = await import("./lib/serving.mjs");
  await serving(release, home, ({ url, env, program }) => {
    const command = (...args) =>
      JSON.parse(
        execFileSync(process.execPath, [program, ...args, "--json"], {
          cwd: release,
          env: { ...env, MAILLARD_URL: `${url}/graphql` },
          encoding: "utf8",
          stdio: ["ignore", "pipe", "pipe"],
        }),
      );
    const [first] = command("predict", "CC(=O)OCCC1=CC=CC=C1");
    demand(first.label === "Benzenoids", `predict answered ${JSON.stringify(first).slice(0, 300)}`);
    const figure = join(home, "figure.png");
    command("project", "--method", "TSNE", "--iterations", "20", "--sample", "100", "--out", figure);
    demand(statSync(figure).size > 1_000, "The figure is empty.");
    command("finetune", "--target", "superclass", "--name", "two-steps", "--max-steps", "2", "--watch");
    const [second] = command("predict", "CCO", "--model", "two-steps");
    demand(typeof second.label === "string", `the new model answered ${JSON.stringify(second).slice(0, 300)}`);
  });
}

checkRelease().catch(fail);
