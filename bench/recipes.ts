/**
 * Recipes of a finetune, compared on the validation part of several data sets: the measurements behind
 * src/train/options/recipes.ts, as docs/recipes.md shows them. Test parts are never read.
 *
 *   node --import tsx bench/recipes.ts <folder with superclass.csv, odor.csv, esol.csv, tox21.csv> --out runs.jsonl
 *        --runs <data>:<training molecules>:<recipe>:<seeds, 1/2/3>[;…] [--base models/base] [--threads 1]
 *   node --import tsx bench/recipes.ts --out runs.jsonl        prints the file as the table of docs/recipes.md
 *
 * A recipe is e<epochs>,b<batch>,r<peak rate>[,w<warm-up share>][,a<other SMILES>][,d<weight decay>][,c: cosine];
 * "fingerprint" is the linear model on Morgan fingerprints and the majority class (or mean). A seed draws the training
 * molecules, the new head, the order and dropout. Each run is one line of the file; runs that are there are left out.
 * Data: superclass (classes), sample (samples/food-compounds.csv, classes), odor and tox21 (labels), esol (numbers).
 */
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { parse } from "csv-parse/sync";
import { startChemistry } from "../src/chem/index.js";
import type { Chemistry, Molecule } from "../src/chem/types.js";
import { FINGERPRINT_BITS } from "../src/chem/types.js";
import { loadCheckpoint } from "../src/model/checkpoint/checkpoint.js";
import { maxTokens } from "../src/model/families/index.js";
import { Philox } from "../src/model/philox-stream.js";
import type { SequenceTask } from "../src/model/types.js";
import type { EvaluationReport, SplitName, TaskReport } from "../src/scores/types.js";
import { loadTokenizer } from "../src/tokenizer/index.js";
import { batchesOf } from "../src/train/data/batches.js";
import { splitMolecules } from "../src/train/data/splits.js";
import { planRun } from "../src/train/finetune/run-plan.js";
import { prepareRun } from "../src/train/finetune/setup.js";
import { resolveOptions } from "../src/train/options/option-rules.js";
import type { TrainingOptions } from "../src/train/options/options.js";
import { fitProbe } from "../src/train/probe/probe.js";
import type { Example, TrainingJob } from "../src/train/types.js";
import { machine } from "./support/server.js";

const root = join(import.meta.dirname, "..");
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    out: { type: "string" },
    runs: { type: "string" },
    base: { type: "string", default: join(root, "models/base") },
    threads: { type: "string", default: "1" },
  },
});
const [folder] = positionals;
if (!values.out) throw new Error("give --out");
if (!values.runs) {
  console.log(tableOf(readFileSync(values.out, "utf8")));
  process.exit(0);
}
if (!folder) throw new Error("give the folder of the data");

/** Validation molecules that a run is scored on, at most. */
const SCORED = 400;
const DRAW_STREAM = 0x64726177;

interface Row {
  smiles: string;
  split: SplitName;
  label?: string;
  targets?: Float32Array;
}
interface Data {
  task: SequenceTask;
  classes: string[];
  rows: Row[];
}
type Record_ = Record<string, string>;

const loaded = new Map<string, Promise<Data>>();
let chemistry: Chemistry | null = null;
const rdkit = async (): Promise<Chemistry> => {
  chemistry ??= await startChemistry();
  return chemistry;
};
const read = (path: string) => parse(readFileSync(path), { columns: true, skip_empty_lines: true }) as Record_[];
const columnSplit = (text: string): SplitName => (text === "train" ? "TRAIN" : text === "test" ? "TEST" : "VALIDATION");

const READERS: Record<string, () => Promise<Data>> = {
  async superclass() {
    const rows = read(join(folder, "superclass.csv")).map(({ smiles, superclass, scaffold_split }) => ({
      smiles,
      label: superclass,
      split: columnSplit(scaffold_split),
    }));
    return { task: "SINGLE_LABEL", classes: [], rows };
  },
  async sample() {
    const found = read(join(root, "samples/food-compounds.csv")).map(({ smiles, superclass }) => ({
      smiles,
      label: superclass,
    }));
    return { task: "SINGLE_LABEL", classes: [], rows: await splitRows(found, [0.5, 0.5, 0]) };
  },
  async odor() {
    const found = read(join(folder, "odor.csv")).map(({ smiles, odors }) => ({ smiles, odors: odors.split("|") }));
    const classes = [...new Set(found.flatMap(({ odors }) => odors))].sort();
    const rows = found.map(({ smiles, odors }) => ({
      smiles,
      targets: Float32Array.from(classes, (name) => Number(odors.includes(name))),
    }));
    return { task: "MULTI_LABEL", classes, rows: await splitRows(rows, [0.8, 0.1, 0.1]) };
  },
  async tox21() {
    const found = read(join(folder, "tox21.csv"));
    const classes = Object.keys(found[0]).filter((name) => /^(NR|SR)-/.test(name));
    const rows = found.map((row) => ({
      smiles: row.smiles,
      split: columnSplit(row.scaffold_split),
      targets: Float32Array.from(classes, (name) => (row[name] === "" ? Number.NaN : Number(row[name]))),
    }));
    return { task: "MULTI_LABEL", classes, rows };
  },
  async esol() {
    const rows = read(join(folder, "esol.csv")).map(({ smiles, log_solubility, scaffold_split }) => ({
      smiles,
      split: columnSplit(scaffold_split),
      targets: Float32Array.of(Number(log_solubility)),
    }));
    return { task: "REGRESSION", classes: ["log_solubility"], rows };
  },
};

/** By scaffold, seed 42, as the service splits by default. */
async function splitRows<T extends { smiles: string }>(
  rows: readonly T[],
  fractions: [number, number, number],
): Promise<(T & { split: SplitName })[]> {
  const parsed = await (await rdkit()).parse(rows.map(({ smiles }) => smiles));
  const kept = rows.flatMap((row, index) => {
    const one = parsed[index];
    return one.ok ? [{ row, molecule: one.molecule as Molecule }] : [];
  });
  const splits = splitMolecules(
    kept.map(({ molecule: { skeletonKey: key, scaffold } }) => ({ key, group: scaffold || key, label: "" })),
    { strategy: "SCAFFOLD", fractions, seed: 42 },
  );
  return kept.map(({ row, molecule }, index) => ({ ...row, smiles: molecule.smiles, split: splits[index] }));
}

/** Of so few molecules a user has few classes: the most frequent ones. */
const classLimit = (count: number): number => (count <= 60 ? 4 : count <= 200 ? 6 : 11);

async function draw(name: string, count: number, seed: number): Promise<Data> {
  if (!loaded.has(name)) loaded.set(name, READERS[name]());
  const data = await loaded.get(name)!;
  let rows = data.rows;
  let classes = data.classes;
  if (data.task === "SINGLE_LABEL") {
    const sizes = new Map<string, number>();
    for (const { label, split } of rows) if (split === "TRAIN") sizes.set(label!, (sizes.get(label!) ?? 0) + 1);
    classes = [...sizes]
      .sort((a, b) => b[1] - a[1])
      .slice(0, classLimit(count))
      .map(([label]) => label)
      .sort();
    rows = rows.filter(({ label }) => classes.includes(label!));
  }
  const of = (wanted: SplitName) => rows.filter(({ split }) => split === wanted);
  const training = new Philox(seed, DRAW_STREAM).shuffle(of("TRAIN")).slice(0, count);
  const validation = new Philox(0, DRAW_STREAM).shuffle(of("VALIDATION")).slice(0, SCORED);
  if (training.length < count) throw new Error(`${name} has ${training.length} training molecules, not ${count}`);
  return { task: data.task, classes, rows: [...training, ...validation] };
}

function recipeOf(text: string): Partial<TrainingOptions> & { augmentation: number } {
  const parts = new Map(text.split(",").map((part) => [part[0], Number(part.slice(1))]));
  return {
    epochs: parts.get("e")!,
    batchSize: parts.get("b")!,
    learningRate: parts.get("r")!,
    warmupRatio: parts.get("w") ?? 0,
    weightDecay: parts.get("d") ?? 0.01,
    augmentation: parts.get("a") ?? 0,
    ...(parts.has("c") ? { lrSchedulerType: "cosine" as const } : {}),
  };
}

const label = (classes: readonly string[], row: Row): number => (row.label ? classes.indexOf(row.label) : 0);
const scoresOf = (report: TaskReport): Record<string, number | null> =>
  "confusionMatrix" in report
    ? { accuracy: report.accuracy, macroF1: report.macroF1, majority: (report as EvaluationReport).baseline.accuracy }
    : { ...report.scores };

async function finetune(data: Data, text: string, seed: number): Promise<Record<string, number | null>> {
  const { augmentation, ...given } = recipeOf(text);
  const tokenizer = await loadTokenizer(values.base);
  const base = await loadCheckpoint(values.base);
  const limit = maxTokens(base.config);
  const training = data.rows.filter(({ split }) => split === "TRAIN");
  const forms =
    augmentation > 0
      ? await (await rdkit()).randomForms(
          training.map(({ smiles }) => smiles),
          { seed, count: augmentation },
        )
      : null;
  const encode = (smiles: string) => tokenizer.encode(smiles, limit);
  const examples: Example[] = data.rows.map((row, index) => ({
    tokenIds: encode(row.smiles),
    ...(forms && row.split === "TRAIN" ? { forms: forms[index].map(encode) } : {}),
    label: label(data.classes, row),
    ...(row.targets ? { targets: row.targets } : {}),
    split: row.split,
  }));
  const of = (split: SplitName) => examples.filter((example) => example.split === split);
  const hyperparameters = {
    warmupSteps: 0,
    gradientClip: 1,
    dropout: null,
    seed,
    logEvery: 1,
    checkpointEvery: 1,
    ...given,
    threads: Number(values.threads),
  } as TrainingJob["hyperparameters"];
  const options = resolveOptions(hyperparameters, { task: data.task, config: base.config, validation: 1 });
  const plan = planRun(options, of("TRAIN"));
  const job = { task: data.task, classes: data.classes, baseFolder: values.base } as unknown as TrainingJob;
  const { trainer, objective } = await prepareRun(job, options, base, of("TRAIN"));
  let loss = 0;
  for (let step = 1; step <= plan.totalSteps; step++) {
    const chosen = plan.examplesOf(step);
    const parts = batchesOf(
      Int32Array.from(chosen, (_, index) => index),
      options.batchSize,
    ).map((part) =>
      objective.batch(
        Array.from(part, (index) => chosen[index]),
        step,
        part[0],
      ),
    );
    loss = (await trainer.accumulateGradients(parts, step)).loss;
    await trainer.update(step, plan.learningRateOf(step));
  }
  const report = await objective.evaluate(trainer, "VALIDATION", of("VALIDATION"), () => undefined);
  await trainer.release();
  return { ...scoresOf(report), lastLoss: loss, steps: plan.totalSteps };
}

async function fingerprints(data: Data): Promise<Record<string, number | null>> {
  const made = await (await rdkit()).fingerprints(data.rows.map(({ smiles }) => smiles));
  const vectors = new Uint8Array((made.length * FINGERPRINT_BITS) / 8);
  made.forEach((bits, index) => void (bits && vectors.set(bits, (index * FINGERPRINT_BITS) / 8)));
  const { reports } = fitProbe({
    task: data.task,
    labels: data.classes,
    vectors,
    dimension: FINGERPRINT_BITS,
    examples: data.rows.map((row) => ({ label: label(data.classes, row), targets: row.targets, split: row.split })),
    inverseRegularization: [1],
    classWeights: "none",
  });
  return scoresOf(reports[0].report);
}

const keyOf = (data: string, count: number, recipe: string, seed: number) =>
  [data, count, recipe, seed, values.base === join(root, "models/base") ? "" : values.base].join(":");
const done = new Set(
  existsSync(values.out)
    ? readFileSync(values.out, "utf8")
        .split("\n")
        .filter(Boolean)
        .map((line) => JSON.parse(line).key as string)
    : [],
);
console.log(machine());
for (const wanted of values.runs
  .split(";")
  .map((text) => text.trim())
  .filter(Boolean)) {
  const [name, size, recipe, seeds = "1"] = wanted.split(":");
  for (const seed of seeds.split("/").map(Number)) {
    const key = keyOf(name, Number(size), recipe, seed);
    if (done.has(key)) continue;
    const data = await draw(name, Number(size), seed);
    const began = performance.now();
    const cpu = process.cpuUsage();
    const scores = recipe === "fingerprint" ? await fingerprints(data) : await finetune(data, recipe, seed);
    const used = process.cpuUsage(cpu);
    const line = JSON.stringify({
      key,
      data: name,
      count: Number(size),
      recipe,
      seed,
      ...scores,
      validation: data.rows.filter(({ split }) => split === "VALIDATION").length,
      seconds: Math.round((performance.now() - began) / 100) / 10,
      cpuSeconds: Math.round((used.user + used.system) / 1e5) / 10,
    });
    appendFileSync(values.out, `${line}\n`);
    console.log(line);
  }
}
await (chemistry as Chemistry | null)?.close();

interface Line extends Record<string, unknown> {
  data: string;
  count: number;
  recipe: string;
  cpuSeconds: number;
}

/** A row for each data set, size and recipe: mean over its seeds. */
function tableOf(text: string): string {
  const lines = text
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Line);
  const groups = new Map<string, Line[]>();
  for (const line of lines) {
    const key = `${line.data} ${line.count} ${line.recipe}`;
    groups.set(key, [...(groups.get(key) ?? []), line]);
  }
  const mean = (group: readonly Line[], name: string): number =>
    group.reduce((sum, line) => sum + Number(line[name]), 0) / group.length;
  const shown = (group: readonly Line[]): string =>
    ["rmse", "r2", "rocAuc", "accuracy", "macroF1"]
      .filter((name) => typeof group[0][name] === "number" && !("rocAuc" in group[0] && name.match(/accuracy|macroF1/)))
      .map((name) => mean(group, name).toFixed(3))
      .join(" / ");
  const rows = [...groups.values()]
    .sort(([a], [b]) => a.count - b.count || (a.data < b.data ? -1 : 1))
    .map((group) => {
      const [{ data, count, recipe }] = group;
      const cells = [count, data, recipe, shown(group), group.length, mean(group, "cpuSeconds").toFixed(0)];
      return `| ${cells.join(" | ")} |`;
    });
  return ["| molecules | data | recipe | validation | seeds | CPU s |", "|--:|---|---|--:|--:|--:|", ...rows].join(
    "\n",
  );
}
