/**
 * Models in int8 beside the same in float32, in turn in one process: molecules a second of each (median of the rounds),
 * and of the classifier that ships the accuracy of both on a labelled CSV, and how much a batch changes an answer.
 *
 *   node --import tsx bench/quantised.ts <superclass.csv> [--rounds 5] [--molecules 1024] [--threads 2] [--budget 768]
 *     [--model superclass] [--split test] [--without-chemberta]
 *
 * The CSV has the columns smiles, superclass and scaffold_split. Batches have sequences of similar length, and at most
 * `budget` places. The model of ChemBERTa's size has random weights, so of it the speed alone is measured.
 */
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { startChemistry } from "../src/chem/index.js";
import { readCsv } from "../src/datasets/files/csv.js";
import { examineText } from "../src/datasets/files/text-file.js";
import { writePrecision } from "../src/model/checkpoint/precision.js";
import { InferenceModel, type ModelOutput } from "../src/model/inference.js";
import { loadTokenizer } from "../src/tokenizer/index.js";
import { makeChemberta } from "./make-chemberta.js";
import { machine } from "./support/server.js";

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: "string", default: "5" },
    molecules: { type: "string", default: "1024" },
    threads: { type: "string", default: "2" },
    budget: { type: "string", default: "768" },
    model: { type: "string", default: "superclass" },
    split: { type: "string", default: "test" },
    "without-chemberta": { type: "boolean", default: false },
  },
});
if (!positionals[0]) throw new Error("give the path of the CSV file");
const [ROUNDS, MOLECULES, THREADS, BUDGET] = [flags.rounds, flags.molecules, flags.threads, flags.budget].map(Number);
const temporary = await mkdtemp(join(tmpdir(), "maillard-quantised-"));

const given: { smiles: string; label: string }[] = [];
for await (const row of readCsv(await examineText(positionals[0]), {
  smiles: "smiles",
  labels: ["superclass", "scaffold_split"],
}))
  if (row.labels.scaffold_split?.[0] === flags.split)
    given.push({ smiles: row.smiles, label: row.labels.superclass?.[0] ?? "" });
const chemistry = await startChemistry();
const molecules: typeof given = [];
for (let first = 0; first < given.length; first += 500) {
  const part = given.slice(first, first + 500);
  const parsed = await chemistry.parse(part.map(({ smiles }) => smiles));
  parsed.forEach((one, place) => {
    if (one.ok) molecules.push({ smiles: one.molecule.smiles, label: part[place].label });
  });
}
await chemistry.close();

/** Places of similar length, at most BUDGET tokens with their padding. */
function batches(sequences: readonly Int32Array[]): number[][] {
  const order = [...sequences.keys()].sort((a, b) => sequences[a].length - sequences[b].length);
  const found: number[][] = [];
  for (const place of order) {
    const last = found.at(-1);
    if (last && (last.length + 1) * sequences[place].length <= BUDGET) last.push(place);
    else found.push([place]);
  }
  return found;
}

async function answers(model: InferenceModel, sequences: readonly Int32Array[], output: ModelOutput) {
  const rows = new Array<Float32Array>(sequences.length);
  for (const places of batches(sequences)) {
    const part = await model.run(
      places.map((place) => sequences[place]),
      output,
    );
    places.forEach((place, at) => {
      rows[place] = part[at];
    });
  }
  return rows;
}

const median = (numbers: readonly number[]): number => [...numbers].sort((a, b) => a - b)[numbers.length >> 1];

/** The same folder in both precisions, each loaded once. */
async function both(folder: string) {
  const copy = await mkdtemp(join(temporary, "int8-"));
  await cp(folder, copy, { recursive: true });
  await writePrecision(copy, "INT8");
  const settings = { threads: THREADS, provider: "cpu", cacheFolder: join(temporary, "cache") };
  return [await InferenceModel.load(folder, settings), await InferenceModel.load(copy, settings)] as const;
}

async function speeds(name: string, folder: string, output: ModelOutput) {
  const tokenizer = await loadTokenizer(folder);
  const models = await both(folder);
  const sequences = molecules
    .slice(0, MOLECULES)
    .map(({ smiles }) => Int32Array.from(tokenizer.encode(smiles, Math.min(256, models[0].config.positions - 2))));
  const seconds: number[][] = [[], []];
  const busy: number[][] = [[], []];
  for (const model of models) await answers(model, sequences.slice(0, 128), output);
  for (let round = 0; round < ROUNDS; round++)
    for (const [arm, model] of models.entries()) {
      const began = performance.now();
      const before = process.cpuUsage();
      await answers(model, sequences, output);
      seconds[arm].push((performance.now() - began) / 1_000);
      const { user, system } = process.cpuUsage(before);
      busy[arm].push((user + system) / 1e6);
    }
  const [float32, int8] = seconds.map((times) => sequences.length / median(times));
  const ratios = seconds[0].map((time, round) => time / seconds[1][round]);
  const tokens = sequences.reduce((sum, ids) => sum + ids.length, 0) / sequences.length;
  console.log(
    `${name}, ${sequences.length} molecules of ${tokens.toFixed(1)} tokens: float32 ${float32.toFixed(0)}/s, int8 ` +
      `${int8.toFixed(0)}/s, ${(int8 / float32).toFixed(2)} times (rounds ` +
      `${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)}); processor ` +
      `${busy.map((times) => ((1_000 * median(times)) / sequences.length).toFixed(2)).join(" and ")} ms a molecule, ` +
      `${(median(busy[0]) / median(busy[1])).toFixed(2)} times`,
  );
  return { models, tokenizer };
}

console.log(`${machine()}, ${THREADS} threads, ${ROUNDS} rounds, batches of ${BUDGET} places`);
const shipped = join(import.meta.dirname, "..", "models", flags.model);
const { models, tokenizer } = await speeds(`${flags.model} (${flags.split} split)`, shipped, "LOGITS");

const { labels } = models[0];
const known = molecules.filter(({ label }) => labels.includes(label));
const sequences = known.map(({ smiles }) => Int32Array.from(tokenizer.encode(smiles, 256)));
const softmax = (logits: Float32Array): number[] => {
  const most = Math.max(...logits);
  const powers = Array.from(logits, (value) => Math.exp(value - most));
  const sum = powers.reduce((total, value) => total + value, 0);
  return powers.map((value) => value / sum);
};
const best = (scores: readonly number[]): number => scores.indexOf(Math.max(...scores));
const [float32, int8] = [
  (await answers(models[0], sequences, "LOGITS")).map(softmax),
  (await answers(models[1], sequences, "LOGITS")).map(softmax),
];
const right = (rows: number[][]): number =>
  rows.filter((scores, place) => labels[best(scores)] === known[place].label).length / rows.length;
const same = float32.filter((scores, place) => best(scores) === best(int8[place])).length / known.length;
const apart = float32.map((scores, place) => Math.max(...scores.map((score, at) => Math.abs(score - int8[place][at]))));
apart.sort((a, b) => a - b);
console.log(
  `${known.length} molecules whose class is known: accuracy float32 ${right(float32).toFixed(4)}, int8 ` +
    `${right(int8).toFixed(4)} (${(100 * (right(int8) - right(float32))).toFixed(2)} points); the same class ` +
    `${(100 * same).toFixed(2)} %; largest difference of a probability: median ${median(apart).toFixed(4)}, ` +
    `95 % ${apart[Math.floor(0.95 * apart.length)].toFixed(4)}, most ${apart.at(-1)?.toFixed(4)}`,
);

/** Largest difference of a logit of 100 molecules, in batches and alone, over the largest logit. */
const apartAlone = async (model: InferenceModel): Promise<string> => {
  const some = sequences.filter((_, place) => place % Math.ceil(sequences.length / 100) === 0);
  const together = await answers(model, some, "LOGITS");
  let [apart, largest] = [0, 0];
  for (const [place, ids] of some.entries()) {
    const [alone] = await model.run([ids], "LOGITS");
    alone.forEach((value, at) => {
      apart = Math.max(apart, Math.abs(value - together[place][at]));
      largest = Math.max(largest, Math.abs(value));
    });
  }
  return (apart / largest).toExponential(1);
};
console.log(`alone and in a batch: float32 ${await apartAlone(models[0])}, int8 ${await apartAlone(models[1])}`);
for (const model of models) await model.release();

if (!flags["without-chemberta"]) {
  const folder = join(temporary, "chemberta");
  await makeChemberta(folder);
  const { models: large } = await speeds("ChemBERTa's size (6 x 768, random weights)", folder, "CLS");
  for (const model of large) await model.release();
}
await rm(temporary, { recursive: true, force: true });
