import { createRequire } from "node:module";
import { defineConfig } from "vitest/config";

// Two workers: each test file may hold a database, a chemistry process and a compute process of its own.
export default defineConfig({
  // Vite would take graphql's ES build, Node (and with it Apollo and type-graphql) takes the other: the two do not mix.
  resolve: { alias: [{ find: /^graphql$/, replacement: createRequire(import.meta.url).resolve("graphql") }] },
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: ["test/support/global-setup.ts"],
    // A time limit ends what hangs; it is no measure of speed: a busy machine is many times slower than an idle one.
    testTimeout: 300_000,
    // Training and analyses at normal priority: beside other work a lower one gets hardly any of the processor.
    env: { MAILLARD_NICE: "0" },
    hookTimeout: 300_000,
    pool: "forks",
    maxWorkers: 2,
  },
});
