/** A run that goes on with the head of its base model: without a step it answers what that answered. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { TaskReport } from "../../../src/scores/types.js";
import { runTrainingJob } from "../../../src/train/finetune/loop.js";
import type { TrainingJob } from "../../../src/train/types.js";

const folder = mkdtempSync(join(tmpdir(), "maillard-head-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const BASE = join(import.meta.dirname, "../../fixtures/tiny-bert");
const TASKS = {
  SINGLE_LABEL: (n: number) => ({ label: n % 3 }),
  MULTI_LABEL: (n: number) => ({ label: 0, targets: Float32Array.from([n % 3 === 0 ? 1 : 0, n % 2, 0]) }),
  REGRESSION: (n: number) => ({ label: 0, targets: Float64Array.from([100 + 40 * (n % 3), n % 2, -3]) }),
};

/** Loss of the test split at the end. */
async function lossOf(task: keyof typeof TASKS, name: string, changes: Partial<TrainingJob>, learningRate: number) {
  let loss: number | null | undefined;
  const job = {
    kind: "FINETUNE",
    task,
    baseFolder: BASE,
    outputFolder: join(folder, `${task}-${name}`),
    checkpointFolder: join(folder, `${task}-${name}-checkpoints`),
    classes: ["a", "b", "c"],
    examples: Array.from({ length: 40 }, (_, n) => ({
      tokenIds: Int32Array.from([2, 5 + (n % 3), 8 + (n % 2), 3]),
      ...TASKS[task](n),
      split: n % 10 === 9 ? ("TEST" as const) : ("TRAIN" as const),
    })),
    resumeFrom: null,
    hyperparameters: {
      ...{ epochs: 4, batchSize: 8, learningRate, weightDecay: 0, warmupSteps: 0, gradientClip: 1, dropout: 0 },
      ...{ seed: 42, logEvery: 1000, checkpointEvery: 1000, threads: 1, temperatureScaling: false },
    },
    ...changes,
  } as TrainingJob;
  await runTrainingJob(job, {
    onEvent: async (event: { kind: string; report?: TaskReport }) => {
      if (event.kind === "evaluation" && event.report?.split === "TEST") loss = event.report.scores?.loss;
    },
    shouldStop: () => false,
  });
  return { loss: loss as number, folder: job.outputFolder };
}

describe.each(Object.keys(TASKS) as (keyof typeof TASKS)[])("%s", (task) => {
  it("keeps the head where it is asked to, and draws it otherwise", async () => {
    const first = await lossOf(task, "first", {}, 5e-3);
    const kept = await lossOf(task, "kept", { baseFolder: first.folder, keepHead: true }, 1e-12);
    const drawn = await lossOf(task, "drawn", { baseFolder: first.folder }, 1e-12);
    expect(Math.abs(kept.loss - first.loss)).toBeLessThan(1e-4 * Math.max(1, first.loss));
    expect(Math.abs(drawn.loss - first.loss)).toBeGreaterThan(1e-2);
    const others = { baseFolder: first.folder, keepHead: true, classes: ["a", "c", "b"] };
    expect((await lossOf(task, "others", others, 1e-12)).loss).toBe(drawn.loss);
  });
});
