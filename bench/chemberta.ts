/**
 * A checkpoint of a common shape (RoBERTa 6 x 768, 52,000 tokens, 83 M parameters, random weights): added, embedded and
 * finetuned for a few steps through GraphQL, with times and peak memory.
 *
 *   node --import tsx bench/chemberta.ts [--keep folder]
 *
 * Needs `npm run build`.
 */
import { join } from "node:path";
import { makeChemberta } from "./make-chemberta.js";
import { machine, startBenchServer } from "./support/server.js";

const server = await startBenchServer();
console.log(machine());
const time = async <T>(label: string, work: () => Promise<T>): Promise<T> => {
  const began = performance.now();
  const result = await work();
  console.log(`${label}: ${((performance.now() - began) / 1000).toFixed(2)} s`);
  return result;
};

const folder = join(server.home, "chemberta");
await time("generate the checkpoint (not the product)", () => makeChemberta(folder));
await time("addModel", () =>
  server.query("mutation($input: AddModelInput!) { addModel(input: $input) { model { id } } }", {
    input: { name: "chemberta", folder },
  }),
);
const smiles = ["CC(=O)OCCC1=CC=CC=C1", "OCC1OC(O)C(O)C(O)C1O", "CN1C=NC2=C1C(=O)N(C(=O)N2C)C"];
const embed =
  'query($smiles: [String!]!) { embed(smiles: $smiles, model: "chemberta", pooling: CLS) { ... on Embedding { ' +
  "dimension } ... on SmilesError { code message } } }";
console.log(JSON.stringify(await time("embed, first (loads the model)", () => server.query(embed, { smiles }))));
await time("embed, 3 other molecules", () => server.query(embed, { smiles: ["CCO", "CCCCO", "CC(C)CO"] }));

const input = {
  name: "chemberta-superclass",
  baseModel: "chemberta",
  dataset: "sample",
  target: "superclass",
  recipe: "PUBLISHED",
  epochs: 1,
  batchSize: 16,
  learningRate: 2e-5,
  split: { strategy: "SCAFFOLD", fractions: [0.8, 0.1, 0.1] },
};
const began = performance.now();
const { startFinetune } = await server.query<{ startFinetune: { run: { id: string } } }>(
  "mutation($input: StartFinetuneInput!) { startFinetune(input: $input) { run { id } } }",
  { input },
);
let peak = 0;
for (;;) {
  peak = Math.max(peak, server.trainingPeak());
  const { run } = await server.query<{
    run: {
      status: string;
      error: unknown;
      progress: { step: number; totalSteps: number };
      metrics: { name: string; step: number; value: number }[];
    };
  }>(
    "query($id: ID!) { run(id: $id) { status error { code message } progress { step totalSteps } metrics(split: " +
      'TRAIN, name: "loss") { name step value } } }',
    { id: startFinetune.run.id },
  );
  if (run.status === "SUCCEEDED") {
    const seconds = (performance.now() - began) / 1000;
    console.log(`finetune: ${run.progress.totalSteps} steps of 16 molecules and evaluation in ${seconds.toFixed(1)} s`);
    console.log(`loss: ${run.metrics.map(({ step, value }) => `${step}: ${value.toFixed(3)}`).join(", ")}`);
    break;
  }
  if (run.error) throw new Error(JSON.stringify(run.error));
  await new Promise((resolve) => setTimeout(resolve, 500));
}
console.log(`peak resident memory of the training process: ${peak.toFixed(0)} MB`);
console.table(server.memory());
await server.stop();
