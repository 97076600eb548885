/**
 * Scores of the classifier that ships, read from its bytes through the API: every test molecule of the CSV's
 * scaffold_split whose class the model knows is sent to `predict`.
 *
 *   node --import tsx bench/shipped-superclass.ts <superclass.csv> [--model superclass] [--split test]
 *        [--average-over 1] [--home <folder of a server that has the model>]
 *
 * The CSV has the columns smiles, superclass and scaffold_split. Needs `npm run build`.
 */
import { parseArgs } from "node:util";
import { readCsv } from "../src/datasets/files/csv.js";
import { examineText } from "../src/datasets/files/text-file.js";
import { evaluate } from "../src/scores/classes.js";
import { machine, startBenchServer } from "./support/server.js";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    model: { type: "string", default: "superclass" },
    split: { type: "string", default: "test" },
    "average-over": { type: "string", default: "1" },
    home: { type: "string" },
  },
});
if (!positionals[0]) throw new Error("give the path of the CSV file");

const server = await startBenchServer({ home: values.home });
const { model } = await server.query<{ model: { labels: string[]; checksum: string } }>(
  "query($name: String!) { model(name: $name) { labels checksum } }",
  { name: values.model },
);
const labelOf = new Map(model.labels.map((label, index) => [label, index]));
const smiles: string[] = [];
const truth: number[] = [];
for await (const row of readCsv(await examineText(positionals[0]), {
  smiles: "smiles",
  labels: ["superclass", "scaffold_split"],
})) {
  const label = labelOf.get(row.labels.superclass?.[0] ?? "");
  if (label === undefined || row.labels.scaffold_split?.[0] !== values.split) continue;
  smiles.push(row.smiles);
  truth.push(label);
}

const began = performance.now();
const scores = new Float32Array(smiles.length * model.labels.length);
for (let first = 0; first < smiles.length; first += 256) {
  const { predict } = await server.query<{ predict: { labels?: { label: string; score: number }[]; code?: string }[] }>(
    "query($smiles: [String!]!, $model: String!, $topK: Int, $averageOver: Int) { predict(smiles: $smiles, " +
      "model: $model, topK: $topK, averageOver: $averageOver) { ... on Prediction { labels { label score } } ... " +
      "on SmilesError { code } } }",
    {
      smiles: smiles.slice(first, first + 256),
      model: values.model,
      topK: model.labels.length,
      averageOver: Number(values["average-over"]),
    },
  );
  predict.forEach(({ labels, code }, index) => {
    if (!labels) throw new Error(`${smiles[first + index]}: ${code}`);
    for (const { label, score } of labels) scores[(first + index) * model.labels.length + labelOf.get(label)!] = score;
  });
}
const seconds = (performance.now() - began) / 1000;
const report = evaluate(scores, Int32Array.from(truth), {
  split: "TEST",
  labels: model.labels,
  majority: 0,
  scores: "PROBABILITIES",
});
console.log(
  `${machine()}\n${values.model} (sha256 ${model.checksum}), scaffold_split = ${values.split}, mean over ` +
    `${values["average-over"]} SMILES`,
);
console.log(
  `${report.count} molecules: accuracy ${report.accuracy.toFixed(4)}, macro-F1 ${report.macroF1.toFixed(4)}, ` +
    `loss ${report.loss.toFixed(4)}; ${seconds.toFixed(1)} s, ${(report.count / seconds).toFixed(0)} molecules/s ` +
    "with RDKit and the database",
);
console.table(
  report.classes.map(({ label, precision, recall, f1, support }) => ({ label, precision, recall, f1, support })),
);
await server.stop();
