/**
 * One arm of bench/serving.ts: a classifier in transformers.js, at its best batch size.
 *
 *   node inference.mjs <folder with node_modules> <model folder with onnx/model.onnx> <threads>
 *
 * Each line of the input is a JSON list of canonical SMILES; the answer is "@" and { seconds, batch }. The first list
 * chooses the batch size. Sequences are sorted by length and padded to the longest of their batch.
 */
import { createRequire } from "node:module";
import { basename, dirname, join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const [installed, folder, threads] = process.argv.slice(2);
const found = createRequire(join(resolve(installed), "package.json")).resolve("@huggingface/transformers");
const { AutoModelForSequenceClassification, AutoTokenizer, env } = await import(pathToFileURL(found).href);
env.allowRemoteModels = false;
env.localModelPath = dirname(resolve(folder));
const name = basename(resolve(folder));
const tokenizer = await AutoTokenizer.from_pretrained(name);
const options = { dtype: "fp32", session_options: { intraOpNumThreads: Number(threads) } };
const model = await AutoModelForSequenceClassification.from_pretrained(name, options);
let best = null;

async function run(smiles, batch) {
  const began = performance.now();
  for (let at = 0; at < smiles.length; at += batch)
    await model(tokenizer(smiles.slice(at, at + batch), { padding: true, truncation: true }));
  return (performance.now() - began) / 1_000;
}

const say = (answer) => console.log(`@${JSON.stringify(answer)}`);
say({ info: "transformers.js" });
for await (const line of createInterface({ input: process.stdin })) {
  const smiles = JSON.parse(line).sort((a, b) => a.length - b.length);
  if (best === null) {
    await run(smiles, 16);
    const seconds = {};
    for (const batch of [8, 16, 32, 64]) seconds[batch] = await run(smiles, batch);
    best = Number(Object.keys(seconds).sort((a, b) => seconds[a] - seconds[b])[0]);
  }
  say({ seconds: await run(smiles, best), batch: best });
}
