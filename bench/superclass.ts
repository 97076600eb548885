/**
 * The main experiment through the API: import a CSV of molecules with a superclass, finetune the base model on its
 * scaffold split and on a random split, and do the same with the same network from random weights as a control.
 *
 *   node --import tsx bench/superclass.ts <superclass.csv> [--epochs 8] [--learning-rate 4e-4] [--batch-size 32]
 *        [--seeds 42] [--splits COLUMN,RANDOM] [--initial pretrained,random] [--out results.json]
 *
 * The CSV has the columns smiles, superclass and scaffold_split (train, validation, test). Needs `npm run build`.
 */
import { execFileSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { machine, startBenchServer } from "./support/server.js";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    epochs: { type: "string", default: "8" },
    "learning-rate": { type: "string", default: "4e-4" },
    "batch-size": { type: "string", default: "32" },
    "weight-decay": { type: "string", default: "0.01" },
    seeds: { type: "string", default: "42" },
    splits: { type: "string", default: "COLUMN,RANDOM" },
    initial: { type: "string", default: "pretrained,random" },
    warmup: { type: "string", default: "0.05" },
    home: { type: "string" },
    out: { type: "string" },
  },
});
const [csv] = positionals;
if (!csv) throw new Error("give the path of the CSV file");

const root = join(import.meta.dirname, "..");
const server = await startBenchServer({ home: values.home });
console.log(`${machine()}\nserver ready after ${server.startSeconds.toFixed(1)} s at ${server.url}`);

const began = performance.now();
execFileSync(
  process.execPath,
  [
    join(root, "dist/cli/main.js"),
    "import",
    csv,
    "--smiles",
    "smiles",
    "--labels",
    "superclass,scaffold_split",
    "--dataset",
    "superclass",
  ],
  {
    env: { ...process.env, MAILLARD_URL: server.url },
    stdio: "inherit",
  },
);
console.log(`import: ${((performance.now() - began) / 1000).toFixed(1)} s`);

const results: Record<string, unknown>[] = [];
for (const strategy of values.splits.split(",")) {
  for (const initial of values.initial.split(",")) {
    for (const seed of values.seeds.split(",").map(Number)) {
      const input = {
        name: `superclass-${strategy.toLowerCase()}-${initial}-${seed}-${Date.now()}`,
        baseModel: "base",
        randomInitialWeights: initial === "random",
        dataset: "superclass",
        recipe: "PUBLISHED",
        target: "superclass",
        epochs: Number(values.epochs),
        batchSize: Number(values["batch-size"]),
        learningRate: Number(values["learning-rate"]),
        weightDecay: Number(values["weight-decay"]),
        warmupSteps: Math.round(
          (Number(values.warmup) * Number(values.epochs) * 13_000) / Number(values["batch-size"]),
        ),
        minClassSize: 50,
        seed,
        split:
          strategy === "COLUMN" ? { strategy, column: "scaffold_split" } : { strategy, fractions: [0.8, 0.1, 0.1] },
      };
      const started = performance.now();
      const { startFinetune } = await server.query<{ startFinetune: { run: { id: string } } }>(
        "mutation($input: StartFinetuneInput!) { startFinetune(input: $input) { run { id } } }",
        { input },
      );
      const run = await finished(startFinetune.run.id);
      const seconds = (performance.now() - started) / 1000;
      const test = run.test!;
      const row = {
        split: strategy === "COLUMN" ? "scaffold_split column" : strategy,
        initial,
        seed,
        epochs: input.epochs,
        learningRate: input.learningRate,
        batchSize: input.batchSize,
        n: test.count,
        accuracy: test.accuracy,
        macroF1: test.macroF1,
        majority: test.baseline.accuracy,
        validationAccuracy: run.validation?.accuracy,
        validationMacroF1: run.validation?.macroF1,
        seconds,
        model: run.model?.name,
      };
      results.push(row);
      console.log(JSON.stringify(row));
      if (values.out) await writeFile(values.out, JSON.stringify({ machine: machine(), results }, null, 2));
    }
  }
}
console.table(results);
await server.stop();

interface Scores {
  count: number;
  accuracy: number;
  macroF1: number;
  baseline: { accuracy: number };
}

interface RunAnswer {
  status: string;
  error: { code: string; message: string } | null;
  progress: { step: number; totalSteps: number; secondsLeft: number | null };
  model: { name: string } | null;
  test: Scores | null;
  validation: Scores | null;
}

async function finished(id: string): Promise<RunAnswer> {
  for (let polls = 0; ; polls++) {
    const { run } = await server.query<{ run: RunAnswer }>(
      `query($id: ID!) { run(id: $id) {
         status error { code message } progress { step totalSteps secondsLeft } model { name }
         test: evaluation(split: TEST) { count accuracy macroF1 baseline { accuracy } }
         validation: evaluation(split: VALIDATION) { count accuracy macroF1 baseline { accuracy } } } }`,
      { id },
    );
    if (run.status === "SUCCEEDED") return run;
    if (run.error) throw new Error(`${run.error.code}: ${run.error.message}`);
    if (polls % 15 === 0) console.log(`  ${run.status} step ${run.progress.step}/${run.progress.totalSteps}`);
    await new Promise((resolve) => setTimeout(resolve, 2000));
  }
}
