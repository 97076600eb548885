/**
 * `npm run generate`: the Prisma client, schema.graphql, the table of options in docs/training.md, that of roles in
 * docs/access.md, that of metrics in docs/observing.md, THIRD-PARTY-NOTICES.md, and the typed documents under
 * src/cli/generated and packages/client/src/generated. With --check nothing is written, and it fails naming what is
 * stale.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fail, SetupError, say } from "./lib/report.mjs";
import "./lib/require-node.mjs";

const CHECK = process.argv.includes("--check");

import("./lib/setup.mjs").then(generate).catch(fail);

async function generate({ prepareSources, ROOT }) {
  const { lastLines, runNode } = await import("./lib/run.mjs");
  await prepareSources();
  const run = async (what, script, args) => {
    const { code, output } = await runNode(join(ROOT, "node_modules", ...script), args, { cwd: ROOT });
    if (code !== 0) throw new SetupError(`${what} failed with exit code ${code}:\n${lastLines(output, 30)}`);
  };
  const folder = mkdtempSync(join(tmpdir(), "maillard-generate-"));
  const tsx = ["tsx", "dist", "cli.mjs"];
  /** `file`: relative to the root. `args`: of the program, given the path that it writes to. */
  const write = async (file, source, args) => {
    const target = join(ROOT, file);
    const written = CHECK ? join(folder, basename(file)) : target;
    await run(`Writing ${file}`, tsx, args(written));
    if (CHECK && (!existsSync(target) || readFileSync(written, "utf8") !== readFileSync(target, "utf8")))
      throw new SetupError(`${file} is not what ${source} gives. Run \`npm run generate\` and commit the result.`);
  };
  const docs = join("docs", "training.md");
  const access = join("docs", "access.md");
  const observing = join("docs", "observing.md");
  try {
    await write("schema.graphql", "src/api", (to) => [join("src", "api", "write-schema.ts"), to]);
    await write(docs, "the table of options", (to) => [join("src", "train", "options", "write-docs.ts"), docs, to]);
    await write(access, "the table of roles", (to) => [join("src", "api", "access", "write-docs.ts"), access, to]);
    await write(observing, "the table of metrics", (to) => [join("src", "observe", "write-docs.ts"), observing, to]);
    await write("THIRD-PARTY-NOTICES.md", "package-lock.json", (to) => [join("scripts", "notices.mjs"), to]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const codegen = ["@graphql-codegen", "cli", "esm", "bin.js"];
  await run("graphql-codegen", codegen, ["--config", "codegen.yml", ...(CHECK ? ["--check"] : [])]);
  const files =
    "schema.graphql, docs/training.md, docs/access.md, docs/observing.md, THIRD-PARTY-NOTICES.md and the typed " +
    "documents";
  say(CHECK ? `${files} are current` : `wrote ${files}`);
}
