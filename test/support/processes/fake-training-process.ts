/** A training process that only counts, scripted by the job's base folder. */
import { writeFileSync, writeSync } from "node:fs";
import { serveTraining } from "../../../src/compute/jobs/training-server.js";
import { MaillardError } from "../../../src/errors.js";

serveTraining(async (job, { onEvent, shouldStop }) => {
  if (job.kind === "PRETRAIN") throw new MaillardError("BAD_INPUT", "Only finetunes are scripted.");
  const { epochs } = job.hyperparameters;
  const tokens = job.examples.reduce((sum, example) => sum + example.tokenIds.length, 0);
  const environment = {
    pid: process.pid,
    examples: job.examples.length,
    tokens,
    last: job.examples.at(-1),
    database: process.env.DATABASE_URL ?? null,
  };
  await onEvent({ kind: "started", step: 0, totalSteps: epochs, stepsPerEpoch: 1, environment });
  if (job.baseFolder === "deaf") for (;;);
  for (let step = 1; step <= epochs && !shouldStop(); step++) {
    if (job.baseFolder === "diverges" && step === 3)
      throw new MaillardError("DIVERGED", "loss is NaN", { details: { step } });
    if (job.baseFolder === "crashes" && step === 3) {
      writeSync(2, "the trainer crashes\n");
      process.kill(process.pid, "SIGKILL");
    }
    // How far the trainer is ahead of its listener.
    writeFileSync(`${job.outputFolder}/step`, String(step));
    await onEvent({ kind: "metric", step, epoch: 0, split: "TRAIN", name: "loss", value: 1 / step });
  }
  if (!shouldStop()) await onEvent({ kind: "finished", modelFolder: job.outputFolder });
});
