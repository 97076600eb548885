/**
 * Successive halving beside the full grid, on the sample: the best trial that each finds, and at what cost. The same 27
 * configurations on the same split; trials of one configuration have the same numbers at the same epoch in both.
 *
 *   node --import tsx bench/sweep.ts [halving | grid | both] [--epochs 9] [--fractions 0.3,0.4,0.3] [--in-process]
 *
 * --in-process trains in this process, without baselines: seconds are those of training alone.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { startComputePool } from "../src/compute/pool.js";
import type { ComputePool } from "../src/compute/types.js";
import type { TaskReport } from "../src/scores/types.js";
import { createApplication } from "../src/service/application.js";
import { runTrainingJob, type TrainingHooks } from "../src/train/finetune/loop.js";
import type { TrainingJob } from "../src/train/types.js";
import { machine } from "./support/server.js";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    epochs: { type: "string", default: "9" },
    fractions: { type: "string", default: "0.3,0.4,0.3" },
    "in-process": { type: "boolean", default: false },
  },
});
const [which = "both"] = positionals;
const SEARCH = [
  { option: "learningRate", values: [5e-5, 2e-4, 8e-4] },
  { option: "batchSize", values: [8, 16, 32] },
  { option: "dropout", values: [0, 0.1, 0.3] },
];

const home = await mkdtemp(join(tmpdir(), "maillard-bench-"));
const application = await createApplication({ home, ...(values["in-process"] ? { compute: await inProcess() } : {}) });
const { runs, store } = application;
console.log(`${machine()}; load ${loadavg()[0].toFixed(1)} at the start`);
try {
  for (const method of ["HALVING", "GRID"])
    if (which === "both" || which === method.toLowerCase()) await measure(method);
  console.log(`load ${loadavg()[0].toFixed(1)} at the end`);
} finally {
  await application.close();
  await rm(home, { recursive: true, force: true });
}

async function inProcess(): Promise<ComputePool> {
  return Object.assign(await startComputePool({ threads: 2 }), {
    train: ({ baseline: _baseline, ...job }: TrainingJob, onEvent: TrainingHooks["onEvent"], signal?: AbortSignal) =>
      runTrainingJob(job, { onEvent, shouldStop: () => signal?.aborted ?? false }),
  });
}

async function measure(method: string): Promise<void> {
  const began = performance.now();
  const group = await runs.startSweep({
    finetune: {
      name: method.toLowerCase(),
      baseModel: "base",
      dataset: "sample",
      target: "superclass",
      epochs: Number(values.epochs),
      split: { strategy: "STRATIFIED", fractions: values.fractions.split(",").map(Number) },
    },
    search: SEARCH,
    method,
  });
  const trials = () =>
    store.prisma.run.findMany({
      where: { groupId: group.id },
      orderBy: { groupIndex: "asc" },
      include: { evaluations: true, attempts: true },
    });
  while ((await trials()).some(({ status }) => ["QUEUED", "RUNNING", "PAUSED"].includes(status)))
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  const rows = await trials();
  const { trials: options } = group.sweep as unknown as { trials: object[] };
  const scored = rows.map(({ epoch, step, totalSteps, status, evaluations, attempts }, index) => {
    const report = (split: string) => evaluations.find((one) => one.split === split)?.report as TaskReport | undefined;
    const computing = attempts.map(({ startedAt, endedAt }) => Number(endedAt) - Number(startedAt));
    return {
      index,
      status,
      epoch,
      step,
      totalSteps,
      seconds: computing.reduce((sum, one) => sum + one, 0) / 1_000,
      validation: report("VALIDATION")?.scores?.macroF1 ?? null,
      test: report("TEST")?.scores?.macroF1 ?? null,
    };
  });
  const sum = (pick: (one: (typeof scored)[number]) => number) => scored.reduce((total, one) => total + pick(one), 0);
  const best = scored.filter(({ validation }) => validation !== null).sort((a, b) => b.validation! - a.validation!);
  console.log(`\n${method}: ${rows.length} trials, ${((performance.now() - began) / 1_000).toFixed(0)} s by the clock`);
  console.log(`steps ${sum(({ step }) => step)} of ${sum(({ totalSteps }) => totalSteps)} of the full grid`);
  console.log(`seconds of attempts ${sum(({ seconds }) => seconds).toFixed(0)}`);
  for (const { index, epoch, status, validation, test } of scored)
    console.log(
      `${String(index + 1).padStart(2)}  ${JSON.stringify(options[index])}  ${status}  epoch ${epoch}  ` +
        `validation ${validation?.toFixed(4) ?? "-"}` +
        (index === best[0]?.index ? `  test ${test?.toFixed(4)}  best` : ""),
    );
}
