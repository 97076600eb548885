/**
 * `npm run generate`: the Prisma client, schema.graphql, and the typed documents under src/cli/generated.
 * With --check nothing is written, and it fails naming what is stale: the schema or the documents.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
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
  const folder = mkdtempSync(join(tmpdir(), "maillard-schema-"));
  const target = join(ROOT, "schema.graphql");
  const written = CHECK ? join(folder, "schema.graphql") : target;
  try {
    await run("Emitting schema.graphql", ["tsx", "dist", "cli.mjs"], [join("src", "api", "write-schema.ts"), written]);
    if (CHECK && (!existsSync(target) || readFileSync(written, "utf8") !== readFileSync(target, "utf8"))) {
      throw new SetupError("schema.graphql is not what src/api gives. Run `npm run generate` and commit the result.");
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const codegen = ["@graphql-codegen", "cli", "esm", "bin.js"];
  await run("graphql-codegen", codegen, ["--config", "codegen.yml", ...(CHECK ? ["--check"] : [])]);
  say(CHECK ? "schema.graphql and src/cli/generated are current" : "wrote schema.graphql and src/cli/generated");
}
