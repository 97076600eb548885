/**
 * Before all tests: what they run is made (the Prisma client when schema.prisma changed; for tests of dist/, dist/ and
 * the scripts that tests start as processes), and a folder is chosen for the database cluster of this run. The cluster
 * starts when the first test asks for it (database.ts) and is removed here at the end.
 */
import { existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readdir, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";

declare module "vitest" {
  interface ProvidedContext {
    /** Home of the embedded cluster that all test files share. */
    clusterHome: string;
  }
}

const ROOT = join(import.meta.dirname, "..", "..");

interface Build {
  isGenerated(root: string): boolean;
  ensureGenerated(root: string): Promise<void>;
  isBuilt(root: string): boolean;
  ensureBuilt(root: string): Promise<void>;
}
interface Run {
  runNode(script: string, args: string[], options: { cwd: string }): Promise<{ code: number; output: string }>;
}
interface Lock {
  withLock<T>(root: string, work: () => Promise<T>): Promise<T>;
}

/** The start scripts are plain JavaScript. */
const script = async <T>(name: string): Promise<T> => import(join(ROOT, "scripts", "lib", name)) as Promise<T>;

/**
 * test/support as JavaScript, in a folder of this run beside a link "src" to dist/: the import of a module of src finds
 * it there. Types are checked elsewhere.
 */
async function compileProcesses(): Promise<string> {
  const { runNode } = await script<Run>("run.mjs");
  await mkdir(join(ROOT, ".cache"), { recursive: true });
  const folder = await mkdtemp(join(ROOT, ".cache", "test-processes-"));
  // A process of another user reads it, too.
  await chmod(folder, 0o755);
  const support = join(ROOT, "test", "support");
  const names = await readdir(support, { recursive: true });
  const sources = names.filter((name) => name.endsWith(".ts")).map((name) => join(support, name));
  const flags = "--ignoreConfig --noCheck --noResolve --module nodenext --target es2023 --types node".split(" ");
  const compiler = join(ROOT, "node_modules", "typescript", "bin", "tsc");
  const args = [...flags, "--rootDir", ROOT, "--outDir", folder, ...sources];
  const { code, output } = await runNode(compiler, args, { cwd: ROOT });
  if (code !== 0) throw new Error(`test/support could not be compiled:\n${output}`);
  await symlink(join(ROOT, "dist"), join(folder, "src"), "junction");
  return folder;
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { ensureBuilt, ensureGenerated, isBuilt, isGenerated } = await script<Build>("build.mjs");
  const { withLock } = await script<Lock>("lock.mjs");
  const built = process.env.MAILLARD_TEST_BUILT === "1";
  const [isMade, ensureMade] = built ? [isBuilt, ensureBuilt] : [isGenerated, ensureGenerated];
  if (!isMade(ROOT)) await withLock(ROOT, () => ensureMade(ROOT));
  const processes = built ? await compileProcesses() : null;
  // Workers inherit it.
  if (processes) process.env.MAILLARD_TEST_PROCESSES = processes;
  const home = await mkdtemp(join(tmpdir(), "maillard-test-"));
  // Root runs the server as another user, who must be able to enter the folder.
  await chmod(home, 0o755);
  project.provide("clusterHome", home);
  return async () => {
    if (existsSync(join(home, "postgres")) || existsSync(join(home, "postgres.json"))) {
      const { openEmbedded } = await import("../../src/store/embedded/index.js");
      await (await openEmbedded(home, () => undefined)).close();
    }
    await rm(home, { recursive: true, force: true });
    if (processes) await rm(processes, { recursive: true, force: true });
  };
}
