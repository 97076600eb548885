/**
 * What the shipped superclass models say of common molecules: bench/everyday.csv has solvents, acids, amines, sugars,
 * amino acids, vitamins, terpenes, drugs, hydrocarbons and halides, written down from textbook knowledge after
 * ClassyFire's classes. They are a test: nothing was trained or chosen on them.
 *
 *   npm run build
 *   node --import tsx bench/everyday.ts [--models superclass,superclass-ensemble] [--training <CSV with inchikey>]
 *
 * With `--training` molecules that were in the training data are counted apart. Classes that no model has are wrong
 * whatever is answered; they are counted, too, and shown apart.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { parse } from "csv-parse/sync";
import { wilsonInterval } from "../src/scores/wilson.js";
import { machine, startBenchServer } from "./support/server.js";

const { values: flags } = parseArgs({
  options: {
    models: { type: "string", default: "superclass,superclass-fingerprint,superclass-ensemble" },
    training: { type: "string" },
  },
});

interface Row {
  name: string;
  smiles: string;
  superclass: string;
}
interface Answer {
  label?: string;
  score?: number;
  code?: string;
  compound?: { inchiKey: string };
}

const rowsOf = <T>(path: string): T[] => parse(readFileSync(path, "utf8"), { columns: true }) as T[];
const molecules = rowsOf<Row>(join(import.meta.dirname, "everyday.csv"));
const trained = new Set(flags.training ? rowsOf<{ inchikey: string }>(flags.training).map((row) => row.inchikey) : []);
const server = await startBenchServer();
const PREDICT = `query ($smiles: [String!]!, $model: String!) { predict(smiles: $smiles, model: $model) {
  ... on Prediction { label score compound { inchiKey } } ... on SmilesError { code } } }`;

const share = (answers: readonly { isRight: boolean }[]): string => {
  const right = answers.filter(({ isRight }) => isRight).length;
  if (answers.length === 0) return "none";
  const { low, high } = wilsonInterval(right, answers.length);
  const percent = (value: number) => (100 * value).toFixed(1);
  return `${right} of ${answers.length}, ${percent(right / answers.length)} % (${percent(low)} to ${percent(high)})`;
};

console.log(machine());
for (const model of flags.models.split(",")) {
  const smiles = molecules.map((row) => row.smiles);
  const { predict } = await server.query<{ predict: Answer[] }>(PREDICT, { smiles, model });
  const { model: found } = await server.query<{ model: { labels: string[] } }>(
    "query ($name: String!) { model(name: $name) { labels } }",
    { name: model },
  );
  const answers = molecules.map((row, index) => {
    const { label, score = 0, code, compound } = predict[index];
    if (code) throw new Error(`${row.name}: ${code}`);
    const seen = trained.has(compound?.inchiKey ?? "");
    return {
      ...row,
      label,
      score,
      seen,
      known: found.labels.includes(row.superclass),
      isRight: label === row.superclass,
    };
  });
  console.log(`\n${model}: ${share(answers)}`);
  console.log(`  of classes that it has: ${share(answers.filter(({ known }) => known))}`);
  if (flags.training) {
    console.log(`  of these, in the training file: ${share(answers.filter(({ known, seen }) => known && seen))}`);
    console.log(`  not in it: ${share(answers.filter(({ known, seen }) => known && !seen))}`);
  }
  for (const superclass of new Set(molecules.map((row) => row.superclass)))
    console.log(`    ${superclass.padEnd(42)} ${share(answers.filter((answer) => answer.superclass === superclass))}`);
  const sure = answers.filter(({ isRight, score }) => !isRight && score >= 0.5);
  console.log(`  wrong with a probability of 0.5 or more: ${sure.length}`);
  console.log(`    ${sure.map(({ name, label, score }) => `${name} (${label} ${score.toFixed(2)})`).join("; ")}`);
}
await server.stop();
