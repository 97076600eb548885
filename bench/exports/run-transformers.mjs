/**
 * An exported model by transformers.js: node run-transformers.mjs <folder of node_modules> <model folder> <input.json>
 *
 * The input is {"smiles": […]}. Printed as JSON: the logits, or the vector of the first token, by transformers.js (on
 * onnxruntime-node) and by onnxruntime-web (WebAssembly) with the tensors of its tokenizer. With --readme in place of
 * the input the program of the folder's README.md is run instead: printed are its output and the lines that it prints.
 */
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [installed, folder, asked] = process.argv.slice(2);
const { resolve: find } = createRequire(join(resolve(installed), "package.json"));
const load = async (name) => import(pathToFileURL(find(name)).href);
const path = resolve(folder);

if (asked === "--readme") {
  const program = /```js\n([\s\S]*?)```/.exec(readFileSync(join(path, "README.md"), "utf8"))[1];
  const file = join(resolve(installed), `readme-${process.pid}.mjs`);
  const output = /const \{ (\w+) \} = await model/.exec(program)[1];
  writeFileSync(file, `${program}\nexport const answer = { ${output}: ${output}.tolist() };\n`);
  process.chdir(path);
  const { log } = console;
  const printed = [];
  console.log = (...values) =>
    printed.push(values.map((value) => (Array.isArray(value) ? JSON.stringify(value) : value)).join(" "));
  const { answer } = await import(pathToFileURL(file).href).finally(() => rmSync(file));
  log(JSON.stringify({ ...answer, printed }));
} else {
  const { AutoModel, AutoModelForSequenceClassification, AutoTokenizer, env } = await load("@huggingface/transformers");
  const { smiles } = JSON.parse(readFileSync(asked, "utf8"));
  env.allowRemoteModels = false;
  env.localModelPath = dirname(path);
  const { architectures } = JSON.parse(readFileSync(join(path, "config.json"), "utf8"));
  const isSequence = architectures[0].endsWith("ForSequenceClassification");
  const Model = isSequence ? AutoModelForSequenceClassification : AutoModel;
  const tokenizer = await AutoTokenizer.from_pretrained(basename(path));
  const model = await Model.from_pretrained(basename(path), { dtype: "fp32" });
  const inputs = tokenizer(smiles, { padding: true });
  const name = isSequence ? "logits" : "last_hidden_state";
  const first = (values) => (isSequence ? values : values.map((rows) => rows[0]));
  const node = first((await model(inputs))[name].tolist());

  const ort = await load("onnxruntime-web");
  ort.env.wasm.numThreads = 1;
  const session = await ort.InferenceSession.create(readFileSync(join(path, "onnx", "model.onnx")));
  const feeds = Object.fromEntries(
    session.inputNames.map((input) => [input, new ort.Tensor("int64", inputs[input].data, inputs[input].dims)]),
  );
  const { data, dims } = (await session.run(feeds, [name]))[name];
  const width = dims.at(-1);
  const stride = data.length / dims[0];
  const web = Array.from({ length: dims[0] }, (_, row) => [...data.slice(row * stride, row * stride + width)]);
  console.log(JSON.stringify({ node, web }));
}
