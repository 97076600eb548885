/**
 * Files of predictions, measured: rows a second beside a bare loop over the same pool and model, memory of the command
 * and the server by rows done, and how long one `predict` waits while files are answered.
 *
 *   npm run build
 *   node --import tsx bench/prediction-files.ts speed    [--model superclass] [--rows 1580]
 *   node --import tsx bench/prediction-files.ts memory   [--model superclass] [--rows 1000000] [--repeat 100]
 *   node --import tsx bench/prediction-files.ts waiting  [--model superclass] [--rows 4000] [--files 2]
 *
 * The rows are samples/food-compounds.csv, repeated. `--repeat`: each molecule so many times in a row, so that a batch
 * has few different ones, which are computed once: for memory, not for speed. The bare loop gives token ids of
 * canonical SMILES to the pool, 256 at a time, one call after the other: no files, no RDKit, no HTTP.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream, readFileSync, statSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { parse } from "csv-parse/sync";
import { answerRows } from "../src/runs/predictions/stream.js";
import { createApplication } from "../src/service/application.js";
import { findModel } from "../src/store/find.js";
import { machine, startBenchServer } from "./support/server.js";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    model: { type: "string", default: "superclass" },
    rows: { type: "string" },
    repeat: { type: "string", default: "1" },
    files: { type: "string", default: "2" },
  },
});
const root = join(import.meta.dirname, "..");
const sample = (
  parse(readFileSync(join(root, "samples/food-compounds.csv")), { columns: true }) as { smiles: string; name: string }[]
).map(({ smiles, name }) => ({ smiles, name }));
const folder = await mkdtemp(join(tmpdir(), "maillard-prediction-files-"));
const seconds = (since: number): number => (performance.now() - since) / 1_000;
const smilesOf = (row: number, repeat: number): string => sample[Math.floor(row / repeat) % sample.length].smiles;

async function writeInput(path: string, rows: number, repeat: number): Promise<void> {
  const file = createWriteStream(path);
  file.write("id,smiles,remark\n");
  for (let row = 0; row < rows; row++)
    if (!file.write(`${row},"${smilesOf(row, repeat)}",row ${row}\n`)) await once(file, "drain");
  file.end();
  await once(file, "finish");
}

/** `maillard predict --file` as a process; `each` is called twice a second. */
async function command(url: string, input: string, out: string, each: (pid: number) => void): Promise<number> {
  const began = performance.now();
  const args = ["--url", url, "predict", "--file", input, "--out", out, "-m", values.model, "-s", "smiles"];
  const child = spawn(process.execPath, [join(root, "dist/cli/main.js"), ...args], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => (output += String(text)));
  const timer = setInterval(() => each(child.pid as number), 500);
  const [code] = (await once(child, "exit")) as [number];
  clearInterval(timer);
  if (code !== 0) throw new Error(output);
  return seconds(began);
}

const residentOf = (pid: number, field: "VmRSS" | "VmHWM"): number => {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    return Number(new RegExp(`^${field}:\\s+(\\d+)`, "m").exec(status)?.[1] ?? 0) / 1_024;
  } catch {
    return 0;
  }
};

async function speed(rows: number): Promise<void> {
  const application = await createApplication({ home: folder });
  const model = await findModel(application.store, values.model);
  const table: [string, number][] = [];
  const texts = Array.from({ length: rows }, (_, row) => smilesOf(row, 1));
  const parsed = await application.chemistry.parse(sample.map(({ smiles }) => smiles));
  const canonical = new Map(parsed.flatMap((one) => (one.ok ? [[one.molecule.input, one.molecule.smiles]] : [])));
  const tokenizer = await application.tokenizer(model);
  const reference = application.modelReference(model);
  const loop = async (of: readonly string[]): Promise<void> => {
    for (let from = 0; from < of.length; from += 256) {
      const part = of.slice(from, from + 256).map((text) => canonical.get(text) as string);
      const tokenIds = part.map((text) => tokenizer.encode(text, model.maxLength));
      await application.compute.infer({ model: reference, output: "LOGITS", tokenIds });
    }
  };
  const stream = async (of: readonly string[]): Promise<void> => {
    const given = (async function* () {
      for (const smiles of of) yield { smiles };
    })();
    const options = { model, averageOver: 1, priority: "BULK" as const, signal: new AbortController().signal };
    for await (const _part of answerRows(application, given, options));
  };
  for (const [title, work] of [
    ["bare loop", loop],
    ["stream of rows", stream],
    ["bare loop again", loop],
  ] as const) {
    await work(texts.slice(0, 256));
    const began = performance.now();
    await work(texts);
    table.push([title, rows / seconds(began)]);
  }
  await application.close();
  const server = await startBenchServer();
  const input = join(folder, "in.csv");
  await writeInput(input, 256, 1);
  await command(server.url, input, join(folder, "warm.csv"), () => undefined);
  await writeInput(input, rows, 1);
  const body = readFileSync(input);
  const began = performance.now();
  const url = new URL(`/predict?model=${values.model}`, server.url);
  const headers = { "content-type": "application/octet-stream", "x-maillard-client": "bench" };
  await (await fetch(url, { method: "POST", body, headers })).text();
  table.push(["POST /predict", rows / seconds(began)]);
  table.push([
    "maillard predict --file",
    rows / (await command(server.url, input, join(folder, "out.csv"), () => undefined)),
  ]);
  await server.stop();
  console.log(`${values.model}, ${rows} rows, ${machine()}\n\n| path | rows a second |\n|---|---|`);
  for (const [title, perSecond] of table) console.log(`| ${title} | ${perSecond.toFixed(0)} |`);
}

async function memory(rows: number): Promise<void> {
  const server = await startBenchServer();
  const input = join(folder, "in.csv");
  const out = join(folder, "out.csv");
  await writeInput(input, rows, Number(values.repeat));
  const bytes = (path: string): string => `${(statSync(path).size / 1e6).toFixed(0)} MB`;
  console.log(`${values.model}, ${rows} rows (${bytes(input)}), each molecule ${values.repeat} times in a row`);
  console.log(`${machine()}\n\n| rows done | command, MB | server, MB |\n|---|---|---|`);
  let next = rows / 10;
  const peaks = { command: 0, server: 0 };
  const took = await command(server.url, input, out, (pid) => {
    peaks.command = Math.max(peaks.command, residentOf(pid, "VmHWM"));
    peaks.server = Math.max(peaks.server, residentOf(server.pid, "VmHWM"));
    try {
      const { rows: done } = JSON.parse(readFileSync(`${out}.part.json`, "utf8")) as { rows: number };
      if (done < next) return;
      next += rows / 10;
      const [own, other] = [residentOf(pid, "VmRSS"), residentOf(server.pid, "VmRSS")];
      console.log(`| ${done} | ${own.toFixed(0)} | ${other.toFixed(0)} |`);
    } catch {
      // Being replaced.
    }
  });
  console.log(`| peak | ${peaks.command.toFixed(0)} | ${peaks.server.toFixed(0)} |\n`);
  console.log(`${(rows / took).toFixed(0)} rows a second; ${bytes(out)} written`);
  await server.stop();
}

/** One molecule after the other, each another one: none has a stored prediction. */
async function waiting(rows: number): Promise<void> {
  const server = await startBenchServer();
  const input = join(folder, "in.csv");
  await writeInput(input, rows, 1);
  let chain = 1;
  const ask = async (): Promise<number> => {
    const began = performance.now();
    const smiles = `${"C".repeat(1 + (chain % 60))}O${"C".repeat(1 + Math.floor(chain++ / 60))}`;
    await server.query(`{ predict(smiles: ["${smiles}"], model: "${values.model}") { __typename } }`);
    return performance.now() - began;
  };
  const measure = async (times: number, until = () => false): Promise<string> => {
    const all: number[] = [];
    while (all.length < times && !until()) all.push(await ask());
    all.sort((a, b) => a - b);
    const at = (share: number): string => all[Math.floor(share * (all.length - 1))].toFixed(0);
    return `${all.length} | ${at(0.5)} | ${at(0.95)} | ${at(1)}`;
  };
  await measure(10);
  const alone = await measure(100);
  let ended = false;
  const files = Array.from({ length: Number(values.files) }, (_, file) =>
    command(server.url, input, join(folder, `out-${file}.csv`), () => undefined),
  );
  const all = Promise.all(files).finally(() => {
    ended = true;
  });
  await new Promise((resolve) => setTimeout(resolve, 2_000));
  const beside = await measure(100, () => ended);
  await all;
  await server.stop();
  console.log(
    `${values.model}, ${machine()}\n\n| predict of one molecule | times | median, ms | 95 %, ms | largest, ms |`,
  );
  console.log(`|---|---|---|---|---|\n| alone | ${alone} |\n| beside ${files.length} files | ${beside} |`);
}

const MODES = { speed: [speed, 1_580], memory: [memory, 1_000_000], waiting: [waiting, 4_000] } as const;
const mode = MODES[positionals[0] as keyof typeof MODES];
if (!mode) throw new Error("Give speed, memory or waiting.");
await mode[0](Number(values.rows ?? mode[1]));
await rm(folder, { recursive: true, force: true });
process.exit();
