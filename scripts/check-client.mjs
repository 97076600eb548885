/**
 * `npm run check:client`: packs packages/client, installs it from the npm registry into an empty project, checks the
 * types of the examples of its README there, and runs them against a server on a fresh database, in Node. Everything is
 * removed at the end.
 */
import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { fail, SetupError, say, step } from "./lib/report.mjs";
import "./lib/require-node.mjs";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** What each example of the README prints, in their order. */
const PRINTED = [
  [/^CC\(=O\)OCCc1ccccc1: Benzenoids 0\.\d{3}\nC1CC: INVALID_SMILES\na vector of \d+ numbers\n$/],
  [/TRAIN loss \d/, /SUCCEEDED 2 of 2/, /from-the-client\n$/],
  [/'base'/, /NOT_FOUND model false\n$/],
];

const CONFIG = {
  compilerOptions: { module: "NodeNext", target: "ES2022", strict: true, noEmit: true, types: ["node"] },
  include: ["*.ts"],
};

import("./lib/setup.mjs")
  .then(async ({ prepareBuild }) => {
    await prepareBuild();
    await checkClient();
  })
  .catch(fail);

async function checkClient() {
  const [{ npmEnvironment, npmProgram }, { packClient }, { serving }] = await Promise.all([
    import("./lib/install.mjs"),
    import("./lib/client-package.mjs"),
    import("./lib/serving.mjs"),
  ]);
  const folder = mkdtempSync(join(tmpdir(), "maillard-client-"));
  // Root's database has another user, who has to reach the folder.
  chmodSync(folder, 0o755);
  const project = join(folder, "project");
  mkdirSync(project);
  const node = (...args) =>
    execFileSync(process.execPath, args, { cwd: project, env: npmEnvironment(), encoding: "utf8", stdio: "pipe" });
  const npm = (...args) => node(npmProgram(), ...args);
  const write = (name, value) => writeFileSync(join(project, name), value);
  try {
    const file = await step("packing", "packed", () => packClient(ROOT, folder));
    write("package.json", JSON.stringify({ name: "empty", private: true, type: "module" }));
    write("tsconfig.json", JSON.stringify(CONFIG));
    const tools = ["typescript", "@types/node"].map((name) => `${name}@${versionOf(name)}`);
    await step("installing it", "installed it", () =>
      npm("install", "--no-audit", "--no-fund", "--loglevel=error", file, ...tools),
    );
    const blocks = [...readFileSync(join(ROOT, "packages/client/README.md"), "utf8").matchAll(/```ts\n([\s\S]*?)```/g)];
    const examples = blocks.map(([, text]) => text);
    if (examples.length !== PRINTED.length)
      throw new SetupError(`The README has ${examples.length} examples; ${PRINTED.length} are known here.`);
    for (const [index, text] of examples.entries()) write(`example-${index}.ts`, text);
    run("The types of the examples", () => node(join("node_modules", "typescript", "bin", "tsc"), "-p", "."));
    await serving(ROOT, join(folder, "home"), ({ url }) => {
      for (const [index, text] of examples.entries()) {
        // The types are those that Node knows to strip, or JavaScript already.
        write("run.ts", text.replaceAll("http://127.0.0.1:4000", url));
        run("Compiling", () => node(join("node_modules", "typescript", "bin", "tsc"), ...EMIT));
        const printed = run(`Example ${index + 1}`, () => node("run.js"));
        const missing = PRINTED[index].filter((pattern) => !pattern.test(printed));
        if (missing.length > 0) throw new SetupError(`Example ${index + 1} printed, without ${missing}:\n${printed}`);
        say(`example ${index + 1} prints what it should`);
      }
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const EMIT = ["--ignoreConfig", "--module", "NodeNext", "--target", "ES2022", "--types", "node", "run.ts"];

function run(what, action) {
  try {
    return action();
  } catch (error) {
    throw new SetupError(`${what} failed:\n${error.stdout}${error.stderr}`);
  }
}

const versionOf = (name) => JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")).devDependencies[name];
