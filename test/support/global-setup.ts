/**
 * Before all tests: the Prisma client is generated when schema.prisma changed, and a folder is chosen for the database
 * cluster of this run. The cluster starts when the first test asks for it (database.ts) and is removed here at the end.
 */
import { existsSync } from "node:fs";
import { chmod, mkdtemp, rm } from "node:fs/promises";
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
}
interface Lock {
  withLock<T>(root: string, work: () => Promise<T>): Promise<T>;
}

/** The start scripts are plain JavaScript. */
const script = async <T>(name: string): Promise<T> => import(join(ROOT, "scripts", "lib", name)) as Promise<T>;

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { ensureGenerated, isGenerated } = await script<Build>("build.mjs");
  const { withLock } = await script<Lock>("lock.mjs");
  if (!isGenerated(ROOT)) await withLock(ROOT, () => ensureGenerated(ROOT));
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
  };
}
