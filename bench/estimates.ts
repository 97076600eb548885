/**
 * How near the estimates of a finetune's memory and time come (src/train/estimate.ts): 20 finetunes of differing sizes,
 * three steps each, every one in a process of its own that says its peak. Time is that of the processor, on one thread,
 * so that other programs count little.
 *
 *   node --import tsx bench/estimates.ts
 */
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { saveCheckpoint } from "../src/model/checkpoint/checkpoint.js";
import { initializeWeights } from "../src/model/initialize.js";
import { finetuneBytes, operationsOfStep, operationsOfToken, THREAD_SPEED } from "../src/train/estimate.js";
import { runTraining } from "../src/train/finetune/loop.js";

const STEPS = 3;
const VOCABULARY = 200;
const FIXTURE = join(import.meta.dirname, "..", "test", "fixtures", "tiny-bert");
interface Shape {
  layers: number;
  width: number;
  heads: number;
  batchSize: number;
  tokens: number;
}

/** layers, width, heads, batch, tokens */
const SHAPES: Shape[] = [
  [1, 32, 2, 4, 16],
  [2, 64, 4, 8, 32],
  [2, 64, 4, 64, 128],
  [2, 128, 4, 16, 64],
  [4, 128, 8, 32, 64],
  [4, 128, 8, 8, 250],
  [3, 192, 6, 16, 100],
  [4, 256, 4, 8, 40],
  [4, 256, 4, 16, 80],
  [4, 256, 4, 32, 80],
  [4, 256, 4, 16, 200],
  [4, 256, 8, 16, 200],
  [6, 256, 8, 8, 100],
  [2, 384, 6, 16, 100],
  [6, 384, 12, 8, 100],
  [3, 384, 12, 16, 128],
  [4, 512, 8, 4, 64],
  [4, 512, 8, 16, 64],
  [3, 768, 12, 4, 64],
  [6, 768, 12, 4, 100],
].map(([layers, width, heads, batchSize, tokens]) => ({ layers, width, heads, batchSize, tokens }));

interface Outcome {
  parameters: number;
  bytes: number;
  seconds: number;
}

async function measure({ layers, width, heads, batchSize, tokens }: Shape): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), "maillard-bench-"));
  const base = join(folder, "base");
  mkdirSync(base);
  cpSync(FIXTURE, base, { recursive: true });
  const checkpoint = initializeWeights(
    {
      family: "bert",
      vocabularySize: VOCABULARY,
      width,
      layers,
      heads,
      intermediateWidth: 4 * width,
      positions: 256,
      typeVocabularySize: 2,
      padId: 0,
      activation: "gelu",
      layerNormEpsilon: 1e-12,
      hiddenDropout: 0.1,
      attentionDropout: 0.1,
      classifierDropout: null,
      initializerRange: 0.02,
    },
    "ENCODER",
    [],
    1,
  );
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

/** Estimated / measured. */
function ratiosOf(shape: Shape): { bytes: number; seconds: number } {
  const self = fileURLToPath(import.meta.url);
  const text = execFileSync(process.execPath, ["--import", "tsx", self, JSON.stringify(shape)], { encoding: "utf8" });
  const { parameters, bytes, seconds } = JSON.parse(text) as Outcome;
  const { layers, width, heads, batchSize, tokens } = shape;
  const batchTokens = batchSize * tokens;
  const estimate = finetuneBytes({ ...shape, parameters, batchTokens });
  const operations = batchTokens * operationsOfToken(shape) + operationsOfStep({ layers, parameters });
  const expected = operations / THREAD_SPEED;
  console.log(
    `${[layers, width, heads, batchSize, tokens].join("/").padEnd(18)} ${(parameters / 1e6).toFixed(1)} M  ` +
      `${(bytes / 1e6).toFixed(0)} MB, estimated ${(estimate / 1e6).toFixed(0)}: ${(estimate / bytes).toFixed(2)}  ` +
      `${seconds.toFixed(3)} s/step, estimated ${expected.toFixed(3)}: ${(expected / seconds).toFixed(2)}`,
  );
  return { bytes: estimate / bytes, seconds: expected / seconds };
}

if (process.argv[2]) console.log(JSON.stringify(await measure(JSON.parse(process.argv[2]) as Shape)));
else {
  const ratios = SHAPES.map(ratiosOf);
  for (const name of ["bytes", "seconds"] as const) {
    const sorted = ratios.map((ratio) => ratio[name]).sort((a, b) => a - b);
    const [least, middle, most] = [0, Math.floor(sorted.length / 2), sorted.length - 1].map((at) => sorted[at]);
    const said = `median ${middle.toFixed(2)}, least ${least.toFixed(2)}, most ${most.toFixed(2)}`;
    console.log(`${name}, estimated / measured: ${said}`);
  }
  console.log(`load ${loadavg()[0].toFixed(1)}`);
}
