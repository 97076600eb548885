/**
 * A worker with a real compute pool, in a process of its own: arguments are the URL of the database, the home, and when
 * to kill itself (SIGKILL), with {"chemistry": true} where the run needs RDKit:
 *   {"event": "checkpoint", "step": 6}   when that event arrives and nothing of it is written yet
 *   {"event": "fitting"}                 while a probe is being fitted
 *   {"event": "asking", "nth": 2}        when the nth batch of molecules is to be answered
 *   {"event": "removing"}                when files of a run that has succeeded are to be removed
 *   {"event": "scored"}                  when the evaluations of a probe are written, before its file is
 *   {"event": "projecting"}              when the coordinates of a projection are asked of their process
 *   {"event": "importing", "nth": 2}     in the nth transaction of an import, when everything is written but COMMIT
 *   {"event": "committing", "nth": 2}    in the nth transaction that ends a run, when everything is written but COMMIT
 *   {"event": "committed", "nth": 1}     after it, before anything else
 */
import { setTimeout as delay } from "node:timers/promises";
import type { PoolClient } from "pg";
import { startChemistry } from "../../../src/chem/index.js";
import { startComputePool } from "../../../src/compute/pool.js";
import type { ComputePool } from "../../../src/compute/types.js";
import { startRuns } from "../../../src/runs/index.js";
import type { Prisma } from "../../../src/store/generated/client.js";
import { openStore, type Store } from "../../../src/store/index.js";

const [databaseUrl, home, instruction = "{}"] = process.argv.slice(2);
const kill = JSON.parse(instruction) as {
  event?: string;
  step?: number;
  name?: string;
  nth?: number;
  chemistry?: true;
};
const opened = await openStore({ home, databaseUrl });
const die = () => process.kill(process.pid, "SIGKILL");
const { artifacts } = opened;
let [transactions, asked] = [0, 0];
const store: Store = {
  ...opened,
  artifacts: Object.assign(Object.create(artifacts), {
    remove: (artifact: string) => {
      if (kill.event === "removing") die();
      return artifacts.remove(artifact);
    },
    path: (artifact: string) => {
      if (kill.event === "scored" && artifact.startsWith("models/")) die();
      return artifacts.path(artifact);
    },
  }),
  prisma: new Proxy(opened.prisma, {
    get(prisma, name) {
      const value = Reflect.get(prisma, name);
      if (name !== "$transaction") return typeof value === "function" ? value.bind(prisma) : value;
      return async (work: (transaction: Prisma.TransactionClient) => Promise<unknown>) => {
        const chosen = ++transactions === kill.nth;
        await prisma.$transaction(async (transaction) => {
          await work(transaction);
          if (chosen && kill.event === "committing") die();
        });
        if (chosen && kill.event === "committed") die();
      };
    },
  }),
};
let batches = 0;
const { pool: connections } = opened;
const connect = connections.connect.bind(connections) as (...given: unknown[]) => Promise<PoolClient>;
if (kill.event === "importing")
  Object.assign(connections, {
    connect: async (...callback: unknown[]) => {
      // Single statements of the pool.
      if (callback.length > 0) return connect(...callback);
      const client = await connect();
      const query = client.query.bind(client) as (...given: unknown[]) => Promise<unknown>;
      return Object.assign(Object.create(client), {
        query: async (...given: unknown[]) => {
          const answer = await query(...given);
          if (/UPDATE "Run" SET output/.test(String(given[0])) && ++batches === kill.nth) die();
          return answer;
        },
        release: () => client.release(),
      });
    },
  });
const chemistry = kill.chemistry ? await startChemistry({ processes: 1 }) : undefined;
const pool = await startComputePool({ threads: 1 });
const compute: ComputePool = {
  devices: () => pool.devices(),
  infer: (request) => {
    if (kill.event === "asking" && ++asked === kill.nth) die();
    return pool.infer(request);
  },
  pca: async (request, signal) => {
    if (kill.event === "projecting") die();
    return pool.pca(request, signal);
  },
  analysisLine: pool.analysisLine,
  gauges: () => pool.gauges(),
  fitProbe: async (job, signal) => {
    const fit = pool.fitProbe(job, signal);
    // Long enough for its process to start; an earlier end of the fit is delayed.
    if (kill.event === "fitting")
      await delay(300)
        .then(die)
        .then(() => new Promise(() => {}));
    return fit;
  },
  close: () => pool.close(),
  train: (job, onEvent, signal) =>
    pool.train(
      job,
      async (event) => {
        const matches =
          event.kind === kill.event &&
          (!("step" in event) || event.step === kill.step) &&
          (!kill.name || ("name" in event && event.name === kill.name));
        if (matches) die();
        await onEvent(event);
      },
      signal,
    ),
};
const runs = await startRuns({ store, compute, chemistry });
process.on("message", async () => {
  await runs.close();
  await pool.close();
  await chemistry?.close();
  await store.close();
  process.exit(0);
});
process.send?.("ready");
