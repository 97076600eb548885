/**
 * Four tasks on new scaffolds, finetuned through the API with several seeds, beside fingerprints on the same split, as
 * a Markdown table: superclass (classes), ESOL (numbers), Tox21 (labels with gaps), odor (labels).
 *
 *   node --import tsx bench/quality.ts --python <interpreter with rdkit, scikit-learn> --home <folder>
 *        [--shared ../shared/data] [--tasks esol,odor,tox21,superclass] [--seeds 1,2,3] [--base base]
 *        [--out docs/quality.md]
 *
 * Every task has one split, a column of its file; a seed decides head, order, masks and dropout. Runs have idempotency
 * keys: the same command with the same home goes on where it was interrupted. Needs `npm run build`.
 */
import { execFile, execFileSync } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { parseArgs, promisify } from "node:util";
import { recipeFor } from "../src/cli/experiment/recipe.js";
import { machine, startBenchServer } from "./support/server.js";

const { values } = parseArgs({
  options: {
    python: { type: "string", default: "python3" },
    shared: { type: "string", default: "../shared/data" },
    home: { type: "string" },
    tasks: { type: "string", default: "esol,odor,tox21,superclass" },
    seeds: { type: "string", default: "1,2,3" },
    base: { type: "string", default: "base" },
    out: { type: "string" },
  },
});
if (!values.home) throw new Error("give --home, a folder that keeps the runs");
const home = resolve(values.home);
const shared = resolve(values.shared);
const root = join(import.meta.dirname, "..");
const seeds = values.seeds.split(",").map(Number);
const TOX21 = "NR-AR,NR-AR-LBD,NR-AhR,NR-Aromatase,NR-ER,NR-ER-LBD,NR-PPAR-gamma,SR-ARE,SR-ATAD5,SR-HSE,SR-MMP,SR-p53";

/**
 * That of the experiment command for the shipped base, but for the epochs; the best checkpoint by validation is the
 * model.
 */
const RECIPE = { recipe: "PUBLISHED", ...recipeFor({ width: 256 }).settings, loadBestModelAtEnd: true };

interface Task {
  title: string;
  file: string;
  kind: "SINGLE_LABEL" | "MULTI_LABEL" | "REGRESSION";
  targets: string[];
  separator: string | null;
  minClassSize: number;
  epochs: number;
  /** Of the table: name and decimals. */
  scores: Record<string, string>;
}

const TASKS: Record<string, Task> = {
  esol: {
    title: "ESOL: log solubility",
    file: "esol.csv",
    kind: "REGRESSION",
    targets: ["log_solubility"],
    separator: null,
    minClassSize: 1,
    epochs: 40,
    scores: { rmse: "RMSE", r2: "R²" },
  },
  odor: {
    title: "odor: descriptors",
    file: "odor.csv",
    kind: "MULTI_LABEL",
    targets: ["odors"],
    separator: "|",
    minClassSize: 10,
    epochs: 20,
    scores: { rocAuc: "mean ROC-AUC" },
  },
  tox21: {
    title: "Tox21: 12 assays",
    file: "tox21.csv",
    kind: "MULTI_LABEL",
    targets: TOX21.split(","),
    separator: null,
    minClassSize: 1,
    epochs: 6,
    scores: { rocAuc: "mean ROC-AUC" },
  },
  superclass: {
    title: "superclass: 11 classes",
    file: "superclass.csv",
    kind: "SINGLE_LABEL",
    targets: ["superclass"],
    separator: null,
    minClassSize: 50,
    epochs: 8,
    scores: { accuracy: "accuracy", macroF1: "macro-F1" },
  },
};

type Scores = Record<string, number | null>;
interface Result {
  count: number;
  validation: Scores[];
  test: Scores[];
  seconds: number[];
}

await mkdir(join(home, "bench"), { recursive: true });
const server = await startBenchServer({ home: join(home, "server") });
const chosen = values.tasks.split(",");
const ours = new Map<string, Result>();
const peers = new Map<string, Record<string, Scores[]>>();
for (const name of chosen) {
  const task = TASKS[name];
  const csv = await splitFile(name, task);
  peers.set(name, await fingerprints(name, task, csv));
  const kept = await readFile(join(home, "bench", `${name}-finetunes.json`), "utf8").catch(() => null);
  const before = kept === null ? null : (JSON.parse(kept) as Result);
  if (before?.test.length === seeds.length) {
    ours.set(name, before);
    continue;
  }
  importTask(name, task, csv);
  ours.set(name, await finetunes(name, task));
}
await server.stop();
const page = render();
console.log(page);
if (values.out) await writeFile(values.out, page);

/** The file with its column scaffold_split; where it has none, the peer script splits the molecules. */
async function splitFile(name: string, { file }: Task): Promise<string> {
  const csv = join(shared, file);
  if ((await readFile(csv, "utf8")).split("\n", 1)[0].includes("scaffold_split")) return csv;
  const out = join(home, "bench", `${name}-split.csv`);
  execFileSync(values.python, [join(root, "bench/peers/fingerprints.py"), "split", csv, out]);
  return out;
}

async function fingerprints(name: string, task: Task, csv: string): Promise<Record<string, Scores[]>> {
  const kept = join(home, "bench", `${name}-fingerprints.json`);
  const before = await readFile(kept, "utf8").catch(() => null);
  if (before) return JSON.parse(before);
  const description = join(home, "bench", `${name}-task.json`);
  await writeFile(description, JSON.stringify({ ...task, csv, split: "scaffold_split", seeds }));
  const script = join(root, "bench/peers/fingerprints.py");
  const { stdout } = await promisify(execFile)(values.python, [script, "score", description]);
  await writeFile(kept, stdout);
  return JSON.parse(stdout);
}

function importTask(name: string, { kind, targets, separator }: Task, csv: string): void {
  // Columns of 0 and 1 are classes each; several of them together are labels.
  const kindOf = kind === "REGRESSION" ? "NUMBER" : separator ? "MULTI_LABEL" : "SINGLE_LABEL";
  const labels = [...targets.flatMap((target) => ["--kind", `${target}=${kindOf}`]), "--labels", "scaffold_split"];
  const cli = [join(root, "dist/cli/main.js"), "import", csv, "--dataset", name, "--smiles", "smiles", ...labels];
  execFileSync(process.execPath, cli, { env: { ...process.env, MAILLARD_URL: server.url }, stdio: "inherit" });
}

async function finetunes(name: string, { targets, minClassSize, epochs }: Task): Promise<Result> {
  const result: Result = { count: 0, validation: [], test: [], seconds: [] };
  for (const seed of seeds) {
    const input = {
      name: `${name}-${values.base}-${seed}`,
      idempotencyKey: `${name}-${values.base}-${seed}`,
      ...(targets.length === 1 ? { target: targets[0] } : { targets }),
      ...RECIPE,
      baseModel: values.base,
      dataset: name,
      epochs,
      minClassSize,
      seed,
      split: { strategy: "COLUMN", column: "scaffold_split" },
    };
    const { startFinetune } = await server.query<{ startFinetune: { run: { id: string } } }>(
      "mutation($input: StartFinetuneInput!) { startFinetune(input: $input) { run { id } } }",
      { input },
    );
    const run = await finished(startFinetune.run.id);
    result.count = run.test.count;
    result.validation.push(byName(run.validation));
    result.test.push(byName(run.test));
    result.seconds.push((Date.parse(run.finishedAt) - Date.parse(run.startedAt)) / 1000);
    console.log(`${input.name}: ${JSON.stringify(byName(run.test))}`);
    await writeFile(join(home, "bench", `${name}-finetunes.json`), JSON.stringify(result, null, 2));
  }
  return result;
}

interface Evaluation {
  count: number;
  scores: { name: string; value: number | null }[];
}

function byName({ scores }: Evaluation): Scores {
  return Object.fromEntries(scores.map(({ name, value }) => [name, value]));
}

interface RunAnswer {
  status: string;
  error: { code: string; message: string } | null;
  progress: { step: number; totalSteps: number };
  startedAt: string;
  finishedAt: string;
  test: Evaluation;
  validation: Evaluation;
}

async function finished(id: string): Promise<RunAnswer> {
  for (let polls = 0; ; polls++) {
    const { run } = await server.query<{ run: RunAnswer }>(
      `query($id: ID!) { run(id: $id) { status error { code message } progress { step totalSteps } startedAt finishedAt
         test: evaluation(split: TEST) { count scores { name value } }
         validation: evaluation(split: VALIDATION) { count scores { name value } } } }`,
      { id },
    );
    if (run.status === "SUCCEEDED") return run;
    if (run.error) throw new Error(`${run.error.code}: ${run.error.message}`);
    if (polls % 30 === 0) console.log(`  ${run.status} step ${run.progress.step}/${run.progress.totalSteps}`);
    await new Promise((wait) => setTimeout(wait, 2000));
  }
}

function render(): string {
  const rows = [
    "| task | score | the base model, finetuned | on validation | fingerprints, linear | fingerprints, random " +
      "forest | majority or mean | molecules tested |",
    "|---|---|--:|--:|--:|--:|--:|--:|",
  ];
  for (const name of chosen) {
    const task = TASKS[name];
    const mine = ours.get(name)!;
    const theirs = peers.get(name)!;
    for (const [score, title] of Object.entries(task.scores)) {
      const cells = [
        task.title,
        title,
        spread(mine.test, score),
        spread(mine.validation, score),
        spread(theirs["logistic regression"] ?? theirs["ridge regression"], score),
        spread(theirs["random forest"], score),
        spread(theirs.majority ?? [], score),
        String(mine.count),
      ];
      rows.push(`| ${cells.join(" | ")} |`);
    }
  }
  const { batchSize, learningRate, warmupRatio, weightDecay, augmentation, evaluationForms } = RECIPE;
  const epochs = chosen.map((name) => `${name} ${TASKS[name].epochs}`).join(", ");
  const minutes = chosen.map((name) => `${name} ${(mean(ours.get(name)!.seconds) / 60).toFixed(1)}`).join(", ");
  const chosenFlags = `--tasks ${values.tasks} --seeds ${values.seeds} --base ${values.base}`;
  return `# Other tasks, on new scaffolds

\`node --import tsx bench/quality.ts --python <interpreter> --home <folder> ${chosenFlags}\`
${machine()}. Minutes a run: ${minutes}.

${rows.join("\n")}

Mean and sample standard deviation over the seeds ${seeds.join(", ")}. A seed decides the new head, the order, masks
and dropout of a finetune, or a forest; the split of a task is the same for all: the column \`scaffold_split\` (Murcko
scaffolds without stereo in the order of their sha256, groups above 1 % in training; made by bench/peers/fingerprints.py
for odor, whose file has none).

Recipe: batch ${batchSize}, peak learning rate ${learningRate}, warm-up over ${warmupRatio * 100} % of the steps, linear
to 0, weight decay ${weightDecay}, each epoch one of ${augmentation + 1} SMILES of a molecule, scores the mean over
${evaluationForms}; epochs: ${epochs}; the best checkpoint on validation is the model. The recipe is the experiment
command's, of which the SMILES were chosen on the validation part of superclass; epochs were chosen before the runs.
Nothing was chosen on test.
Fingerprints: Morgan, radius 2, 2,048 bits; logistic or ridge regression (deterministic: no deviation) and random
forests of 300 trees, scikit-learn, untuned. ROC-AUC: mean over the labels of which the test part holds both answers.
`;
}

function mean(numbers: readonly number[]): number {
  return numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
}

/** Mean ± sample standard deviation; a dash without values. */
function spread(results: readonly Scores[], score: string): string {
  const numbers = results.map((result) => result[score]).filter((value) => typeof value === "number");
  if (numbers.length === 0) return "–";
  const centre = mean(numbers);
  if (numbers.length === 1) return centre.toFixed(3);
  const variance = numbers.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (numbers.length - 1);
  return `${centre.toFixed(3)} ± ${Math.sqrt(variance).toFixed(3)}`;
}
