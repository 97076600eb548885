/**
 * Answers of exported models against ours, by the runtimes that are there:
 *   onnxruntime-node          the ONNX of the export, with padded batches
 *   Python                    onnxruntime and tokenizers of the interpreter MAILLARD_TEST_PYTHON
 *   transformers.js, web      of the folder MAILLARD_TEST_TRANSFORMERS_JS, in which they are installed
 *
 *   node --import tsx bench/export-parity.ts <model folder>… [--molecules 395]
 *
 * Molecules: those of the sample, in canonical form. Printed: the largest difference of a logit, or of a value of the
 * first token's vector, and the largest value. Without a number: that runtime is not there.
 */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import initRDKitModule, { type MainModule } from "@rdkit/rdkit";
import { parse } from "csv-parse/sync";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { writeExport } from "../src/model/export/write-export.js";
import { maxTokens } from "../src/model/families/index.js";
import { InferenceModel } from "../src/model/inference.js";
import { isSequenceTask } from "../src/model/types.js";
import { loadTokenizer } from "../src/tokenizer/index.js";

const ROOT = join(import.meta.dirname, "..");

/** Programs that the machine has; null: not there. */
export interface Runtimes {
  /** Interpreter with onnxruntime, tokenizers and numpy. */
  python: string | null;
  /** Folder with @huggingface/transformers installed. */
  transformersJs: string | null;
}

export function findRuntimes(environment: NodeJS.ProcessEnv = process.env): Runtimes {
  const { MAILLARD_TEST_PYTHON: python = "", MAILLARD_TEST_TRANSFORMERS_JS: folder = "" } = environment;
  const installed = join(folder, "node_modules", "@huggingface", "transformers");
  return {
    python: python && existsSync(python) ? python : null,
    transformersJs: folder && existsSync(installed) ? folder : null,
  };
}

const outputOf = (command: string, args: readonly string[]): string =>
  execFileSync(command, args, { encoding: "utf8", maxBuffer: 2 ** 30, stdio: ["ignore", "pipe", "pipe"] });

export const byPython = (python: string, ...args: string[]) =>
  JSON.parse(outputOf(python, [join(ROOT, "bench/exports/run_onnx.py"), ...args]));

export const byTransformersJs = (folder: string, ...args: string[]) => {
  const script = join(ROOT, "bench/exports/run-transformers.mjs");
  // Its last line: libraries may print others.
  const lines = outputOf(process.execPath, [script, folder, ...args])
    .trim()
    .split("\n");
  return JSON.parse(lines.at(-1) as string);
};

export function largestDifference(ours: readonly ArrayLike<number>[], theirs: readonly ArrayLike<number>[]): number {
  if (ours.length !== theirs.length) throw new Error(`${theirs.length} rows for ${ours.length} molecules`);
  let largest = 0;
  ours.forEach((row, place) => {
    if (theirs[place].length !== row.length) throw new Error(`${theirs[place].length} values, not ${row.length}`);
    for (let i = 0; i < row.length; i++) largest = Math.max(largest, Math.abs(row[i] - theirs[place][i]));
  });
  return largest;
}

/** Logits of our engine, or vectors of the first token for models without labels. */
export async function ours(folder: string, smiles: readonly string[]): Promise<Float32Array[]> {
  const [model, tokenizer] = [
    await InferenceModel.load(folder, { threads: 2, provider: "cpu" }),
    await loadTokenizer(folder),
  ];
  const ids = smiles.map((text) => tokenizer.encode(text, maxTokens(model.config)));
  const answers = await model.run(ids, isSequenceTask(model.task) ? "LOGITS" : "CLS");
  await model.release();
  return answers;
}

/** The rows of a model that was written as ONNX, by onnxruntime-node; padded on the right. */
export async function padded(folder: string, ids: readonly Int32Array[], padId: number): Promise<Float32Array[]> {
  const session = await InferenceSession.create(join(folder, "onnx", "model.onnx"), { intraOpNumThreads: 2 });
  const length = Math.max(...ids.map((row) => row.length));
  const [tokens, mask] = [
    new BigInt64Array(ids.length * length).fill(BigInt(padId)),
    new BigInt64Array(ids.length * length),
  ];
  ids.forEach((row, b) => {
    tokens.set(BigInt64Array.from(row, BigInt), b * length);
    mask.fill(1n, b * length, b * length + row.length);
  });
  const tensor = (data: BigInt64Array) => new Tensor("int64", data, [ids.length, length]);
  const result = await session.run({ input_ids: tensor(tokens), attention_mask: tensor(mask) });
  const output = result.last_hidden_state ?? result.logits;
  const data = output.data as Float32Array;
  const [width, stride] = [output.dims.at(-1) as number, data.length / ids.length];
  await session.release();
  return ids.map((_, b) => data.slice(b * stride, b * stride + width));
}

/** Tokens that no molecule of the sample has. */
const LONG = 10_000;

export type Parity = Record<"onnxruntime-node" | "python" | "transformers.js" | "onnxruntime-web", number | null> & {
  largest: number;
};

/** Exports the checkpoint of a folder and compares. */
export async function parityOf(folder: string, smiles: readonly string[], runtimes: Runtimes): Promise<Parity> {
  const home = await mkdtemp(join(tmpdir(), "maillard-parity-"));
  try {
    const name = basename(folder);
    const destination = join(home, name);
    await writeExport({ name, checkpoint: folder, probe: null, destination }, "onnx");
    const expected = await ours(folder, smiles);
    const tokenizer = await loadTokenizer(folder);
    const config = JSON.parse(readFileSync(join(destination, "tokenizer_config.json"), "utf8"));
    const ids = smiles.map((text) => tokenizer.encode(text, config.model_max_length));
    // transformers.js cuts longer ones without their end token.
    const fits = smiles.map((text, at) => tokenizer.encode(text, LONG).length === ids[at].length);
    const [input, short] = [join(home, "input.json"), join(home, "short.json")];
    await writeFile(input, JSON.stringify({ smiles }));
    await writeFile(short, JSON.stringify({ smiles: smiles.filter((_, at) => fits[at]) }));
    const js = runtimes.transformersJs && byTransformersJs(runtimes.transformersJs, destination, short);
    const python = runtimes.python && byPython(runtimes.python, destination, input);
    const shorter = expected.filter((_, at) => fits[at]);
    return {
      "onnxruntime-node": largestDifference(expected, await padded(destination, ids, tokenizer.padId)),
      python: python && largestDifference(expected, python.logits ?? python.last_hidden_state),
      "transformers.js": js && largestDifference(shorter, js.node),
      "onnxruntime-web": js && largestDifference(shorter, js.web),
      largest: Math.max(...expected.map((row) => Math.max(...row.map(Math.abs)))),
    };
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

/** Canonical SMILES of the sample. */
export async function sampleMolecules(count: number): Promise<string[]> {
  const rows = parse(readFileSync(join(ROOT, "samples/food-compounds.csv")), { columns: true }) as { smiles: string }[];
  const rdkit = await (initRDKitModule as unknown as () => Promise<MainModule>)();
  return rows.slice(0, count).map(({ smiles }) => {
    const molecule = rdkit.get_mol(smiles)!;
    const canonical = molecule.get_smiles();
    molecule.delete();
    return canonical;
  });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { molecules: { type: "string", default: "395" } },
  });
  const smiles = await sampleMolecules(Number(values.molecules));
  for (const folder of positionals)
    console.log(folder, smiles.length, JSON.stringify(await parityOf(folder, smiles, findRuntimes())));
}
