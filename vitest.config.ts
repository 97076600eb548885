import { createRequire } from "node:module";
import { dirname, join, resolve, sep } from "node:path";
import { defineConfig } from "vitest/config";

const SOURCE = join(import.meta.dirname, "src") + sep;
const BUILT = join(import.meta.dirname, "dist") + sep;

/**
 * `npm test` runs the tests against dist/, as it is shipped: a test file loads it in a fifth of the time that its
 * sources take, and each child process starts in a third. Without MAILLARD_TEST_BUILT=1 tests import src/ itself.
 */
const built = {
  name: "maillard-built",
  enforce: "pre" as const,
  resolveId(source: string, importer: string | undefined) {
    if (importer === undefined || !source.startsWith(".")) return null;
    const path = resolve(dirname(importer), source);
    return path.startsWith(SOURCE) ? BUILT + path.slice(SOURCE.length) : null;
  },
};

/**
 * Files that get a process of their own, because they look at the process itself, or change what put-back.ts does not
 * restore. All others are run one after another by two processes, which load the modules of the service once: a file
 * that needs all of them takes 2 s of processor time instead of 5 s.
 */
const ALONE: readonly string[] = [
  // They replace a module.
  "test/runs/evaluations/evaluation.test.ts",
  // They ask for all that a process has counted.
  "test/observe/recorder.test.ts",
  "test/api/observe/metrics.test.ts",
  "test/api/observe/tracing.test.ts",
  // They look at the environment, the umask or the priority of their process.
  "test/process/forked-process.test.ts",
  "test/service/application.test.ts",
  "test/store/private.test.ts",
];

const common = {
  // A time limit ends what hangs; it is no measure of speed: a busy machine is many times slower than an idle one.
  testTimeout: 300_000,
  // Training and analyses at normal priority: beside other work a lower one gets hardly any of the processor.
  // One thread: a second one of the runtime spins while it waits, and small models wait most of the time.
  env: { MAILLARD_NICE: "0", MAILLARD_THREADS: "1" },
  hookTimeout: 300_000,
  setupFiles: ["test/support/machine/put-back.ts"],
  pool: "forks" as const,
  // Two workers: each test file may hold a database, a chemistry process and a compute process of its own.
  maxWorkers: 2,
  // What Node loads itself, without Vite.
  server: { deps: { external: [BUILT] } },
};

const vite = {
  // Vite would take graphql's ES build, Node (and with it Apollo and type-graphql) takes the other: the two do not mix.
  resolve: { alias: [{ find: /^graphql$/, replacement: createRequire(import.meta.url).resolve("graphql") }] },
  plugins: process.env.MAILLARD_TEST_BUILT === "1" ? [built] : [],
};

export default defineConfig({
  test: {
    globalSetup: ["test/support/global-setup.ts"],
    maxWorkers: common.maxWorkers,
    projects: [
      { ...vite, test: { ...common, name: "alone", include: [...ALONE], isolate: true } },
      {
        ...vite,
        test: { ...common, name: "shared", include: ["test/**/*.test.ts"], exclude: [...ALONE], isolate: false },
      },
    ],
  },
});
