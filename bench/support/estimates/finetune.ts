/** A finetune of a few steps in this process, on molecules of one length. */
import { cpSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { saveCheckpoint } from "../../../src/model/checkpoint/checkpoint.js";
import { initializeWeights } from "../../../src/model/initialize.js";
import { runTraining } from "../../../src/train/finetune/loop.js";
import { bertOf, type Outcome, type Size, STEPS } from "./sizes.js";

const VOCABULARY = 200;
const FIXTURE = join(import.meta.dirname, "../../../test/fixtures/tiny-bert");

export async function measureFinetune(size: Size): Promise<Outcome> {
  const { batchSize, tokens } = size;
  const folder = mkdtempSync(join(tmpdir(), "maillard-bench-"));
  const base = join(folder, "base");
  mkdirSync(base);
  cpSync(FIXTURE, base, { recursive: true });
  const checkpoint = initializeWeights(bertOf(size, { vocabulary: VOCABULARY, padId: 0 }), "ENCODER", [], 1);
  const parameters = [...checkpoint.weights.values()].reduce((sum, { data }) => sum + data.length, 0);
  await saveCheckpoint(base, checkpoint);
  const examples = Array.from({ length: batchSize * STEPS }, (_, at) => ({
    tokenIds: Int32Array.from({ length: tokens }, (_, place) => 5 + ((at * 31 + place * 7) % (VOCABULARY - 5))),
    label: at % 2,
    split: "TRAIN" as const,
  }));
  const stamps: number[] = [];
  await runTraining(
    {
      kind: "FINETUNE",
      baseFolder: base,
      outputFolder: join(folder, "out"),
      checkpointFolder: join(folder, "checkpoints"),
      classes: ["a", "b"],
      examples,
      hyperparameters: {
        ...{ epochs: 1, batchSize, learningRate: 1e-4, weightDecay: 0.01, warmupSteps: 0, gradientClip: 1 },
        ...{ dropout: 0.1, seed: 1, logEvery: 1, checkpointEvery: 1_000, threads: 1 },
      },
      resumeFrom: null,
    },
    {
      onEvent: async ({ kind }) => {
        if (kind === "progress") stamps.push(process.cpuUsage().user / 1e6);
      },
      shouldStop: () => false,
    },
  );
  rmSync(folder, { recursive: true, force: true });
  const bytes = process.resourceUsage().maxRSS * 1_024;
  return { parameters, bytes, seconds: (stamps[STEPS - 1] - stamps[0]) / (STEPS - 1) };
}
