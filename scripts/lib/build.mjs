/**
 * Generates the Prisma client and compiles src/ to dist/, when the sources differ from those of the last build. Sources
 * are compared by content, not by time. A build happens in .dist-building and is renamed into place with its hash
 * inside, so dist/ is always one complete build or absent.
 */
import { createHash } from "node:crypto";
import { cpSync, existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { SetupError, step } from "./report.mjs";
import { lastLines, runNode } from "./run.mjs";

const GENERATED = join("src", "store", "generated");

export const isGenerated = (root) => readIfThere(join(root, GENERATED, ".schema-hash")) === schemaHash(root);

export const isBuilt = (root) =>
  readIfThere(join(root, "dist", ".build-hash")) === sourceHash(root) && isGenerated(root);

/** The Prisma client, which tests need too. Call with the set-up lock held. */
export async function ensureGenerated(root) {
  if (isGenerated(root)) return;
  const marker = join(root, GENERATED, ".schema-hash");
  rmSync(marker, { force: true });
  await step("generating the database client", "generated the database client", async () => {
    const env = {
      ...process.env,
      // `generate` needs no schema engine but would download one: any program is accepted.
      PRISMA_SCHEMA_ENGINE_BINARY: process.env.PRISMA_SCHEMA_ENGINE_BINARY ?? process.execPath,
      PRISMA_HIDE_UPDATE_MESSAGE: "1",
      CHECKPOINT_DISABLE: "1",
    };
    const { code, output } = await runNode(join(root, "node_modules", "prisma", "build", "index.js"), ["generate"], {
      cwd: root,
      env,
    });
    if (code !== 0) throw new SetupError(`prisma generate failed with exit code ${code}:\n${lastLines(output, 30)}`);
  });
  writeFileSync(marker, schemaHash(root));
}

/** Call with the set-up lock held. */
export async function ensureBuilt(root) {
  await ensureGenerated(root);
  const wanted = sourceHash(root);
  const target = join(root, "dist");
  if (readIfThere(join(target, ".build-hash")) === wanted) return;
  const building = join(root, ".dist-building");
  const replaced = join(root, ".dist-replaced");
  for (const left of [building, replaced]) rmSync(left, { recursive: true, force: true });
  await step("compiling", "compiled", async () => {
    const compiler = join(root, "node_modules", "typescript", "bin", "tsc");
    const { code, output } = await runNode(compiler, ["-p", "tsconfig.json", "--outDir", building], { cwd: root });
    if (code !== 0)
      throw new SetupError(`The TypeScript compiler failed with exit code ${code}:\n${lastLines(output, 30)}`);
  });
  cpSync(join(root, "src"), building, { recursive: true, filter: (path) => !/\.(tsx?|md)$|\.schema-hash$/.test(path) });
  writeFileSync(join(building, ".build-hash"), wanted);
  if (existsSync(target)) renameSync(target, replaced);
  renameSync(building, target);
  rmSync(replaced, { recursive: true, force: true });
}

const readIfThere = (path) => (existsSync(path) ? readFileSync(path, "utf8") : null);

function schemaHash(root) {
  const hash = createHash("sha256");
  for (const path of ["prisma/schema.prisma", "prisma.config.ts", "node_modules/prisma/package.json"])
    hash.update(`${path}\n${readIfThere(join(root, path)) ?? ""}\n`);
  return hash.digest("hex");
}

function sourceHash(root) {
  const hash = createHash("sha256");
  const files = ["src", "prisma"].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.name.endsWith(".md"))
      .map((entry) => join(entry.parentPath ?? entry.path, entry.name)),
  );
  const generated = join(root, GENERATED);
  const others = ["package-lock.json", "tsconfig.json"].map((name) => join(root, name));
  for (const path of [...files, ...others].filter((path) => !path.startsWith(generated)).sort())
    hash
      .update(`${path.slice(root.length)}\n`)
      .update(readFileSync(path))
      .update("\n");
  return hash.digest("hex");
}
