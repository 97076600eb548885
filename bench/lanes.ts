/**
 * How long a probe that is ordered behind three finetunes takes to start, and what two finetunes at once take beside
 * one after the other, with all threads or with half of them each. The weights of each are compared.
 *
 *   node --import tsx bench/lanes.ts [molecules of a class] [epochs]
 */
import { mkdtemp, rm } from "node:fs/promises";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { startComputePool } from "../src/compute/pool.js";
import { defaultThreads } from "../src/compute/threads.js";
import { startRuns } from "../src/runs/index.js";
import type { Run } from "../src/store/generated/client.js";
import { openStore, registerModel } from "../src/store/index.js";
import { ended, order, seedDataset } from "../test/support/run-fixtures.js";

const PER_CLASS = Number(process.argv[2] ?? 60);
const EPOCHS = Number(process.argv[3] ?? 2);
const BASE = join(import.meta.dirname, "..", "models", "base");

const home = await mkdtemp(join(tmpdir(), "maillard-bench-"));
const store = await openStore({ home });
await registerModel(store, { name: "base", folder: BASE, artifact: "package:models/base" });
await seedDataset(
  store,
  Array.from({ length: 3 * PER_CLASS }, (_, at) => {
    const chain = "C".repeat(1 + Math.floor(at / 3));
    return { smiles: [`${chain}O`, `${chain}OC=O`, `${chain}N`][at % 3], label: ["alcohol", "ester", "amine"][at % 3] };
  }),
);
const compute = await startComputePool();
const asked = (seed: number) => order({ seed, epochs: EPOCHS });

/** Runs of these seeds with so many places; which ends first does not matter. */
async function timed(what: string, places: number, seeds: readonly number[]): Promise<Map<number, string>> {
  const quiet = await startRuns({ store, compute, worker: false });
  const began = performance.now();
  const runs = await startRuns({ store, compute, lanes: { TRAINING: places, DATASET: 1, SHORT: 1 } });
  const sums = new Map<number, string>();
  const one = async (seed: number): Promise<void> => {
    const run = await ended(runs, (await quiet.startFinetune(asked(seed))).id);
    if (run.status !== "SUCCEEDED") throw new Error(`${run.errorCode}: ${run.errorMessage}`);
    const model = await store.prisma.model.findUniqueOrThrow({ where: { id: run.modelId as string } });
    sums.set(seed, model.checksum);
  };
  await Promise.all(seeds.map(one));
  const seconds = (performance.now() - began) / 1_000;
  console.log(`${what.padEnd(52)} ${seconds.toFixed(1)} s   load ${loadavg()[0].toFixed(1)}`);
  await runs.close();
  await quiet.close();
  return sums;
}

async function startOfProbe(): Promise<void> {
  const runs = await startRuns({ store, compute });
  const finetunes: Run[] = [];
  for (let count = 0; count < 3; count++) finetunes.push(await runs.startFinetune(asked(count)));
  const { name, baseModel, dataset, target, split } = order();
  const { id } = await runs.startProbe({ name, baseModel, dataset, target, split });
  const probe = await ended(runs, id);
  const waited = (probe.startedAt as Date).getTime() - probe.createdAt.getTime();
  const others = await Promise.all(
    finetunes.map(async (run) => (await store.prisma.run.findUniqueOrThrow({ where: { id: run.id } })).status),
  );
  console.log(`a probe behind three finetunes (${others.join(", ")} at its end) started after ${waited} ms`);
  for (const run of finetunes) await runs.cancel(run.id);
  await runs.close();
}

console.log(`${defaultThreads()} threads, Node ${process.version}, load ${loadavg()[0].toFixed(1)}`);
await startOfProbe();
const half = Math.max(1, Math.floor(defaultThreads() / 2));
const together = await timed(`two finetunes at once, threads: ${half} each`, 2, [5, 6]);
for (const seed of [5, 6]) {
  const sums = await timed(`one alone, threads: ${half}`, 2, [seed]);
  console.log(
    `  weights ${sums.get(seed) === together.get(seed) ? "equal to" : "NOT those of"} the one beside another`,
  );
}
await timed(`two one after the other, threads: ${defaultThreads()}`, 1, [5, 6]);
await compute.close();
await store.close();
await rm(home, { recursive: true, force: true });
