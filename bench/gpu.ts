/**
 * What a GPU brings, in at most 6 minutes: numbers equal to the CPU, steps per second of a finetune of ChemBERTa's size
 * at batch 16, 64 and 256, molecules per second of bulk embedding; by WebGPU and CUDA, beside PyTorch on the same card.
 *
 *   node --import tsx bench/gpu.ts [--devices webgpu,cuda:0] [--python <interpreter with torch and transformers>]
 *        [--minutes 6] [--out gpu.jsonl] [--toy]
 *
 * Each part is a process of its own with a time limit of its own; its line is in the file as soon as it ended. A part
 * that cannot run has `skipped` or `failed` with the reason, and the others go on. The model has random weights, the
 * sequences random tokens of 10 to 80: no file and no network is needed. `--toy` runs every part to its end on a model
 * of two layers, on WebGPU (a software adapter will do) and on the CPU; it says nothing about speed.
 */
import { spawn, spawnSync } from "node:child_process";
import { appendFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { BATCHES, TOY_BATCHES } from "./support/gpu-case.js";
import { machine } from "./support/server.js";

const { values } = parseArgs({
  options: {
    devices: { type: "string" },
    python: { type: "string", default: "python3" },
    minutes: { type: "string", default: "6" },
    out: { type: "string", default: "gpu.jsonl" },
    toy: { type: "boolean", default: false },
  },
});
const { toy, python, out } = values;
const devices = (values.devices ?? (toy ? "cpu,webgpu" : "webgpu,cuda:0")).split(",");
const ends = performance.now() + Number(values.minutes) * 60_000 - 10_000;
const folder = await mkdtemp(join(tmpdir(), "maillard-gpu-"));

type Line = Record<string, unknown>;
/** Whether a later part of the device makes sense. */
const works = new Map<string, boolean>();
const UNEQUAL = "the part equal of this device says why";
let failures = 0;

async function write(line: Line): Promise<void> {
  console.log(JSON.stringify(line));
  await appendFile(out, `${JSON.stringify(line)}\n`);
}

/** Runs a process until its limit; its lines that begin with "@" are results. Answers whether it ended well. */
async function run(part: Line, seconds: number, command: string, args: readonly string[]): Promise<boolean> {
  const left = ends - performance.now();
  if (left < 5000) {
    await write({ ...part, skipped: `no time left of ${values.minutes} minutes` });
    return false;
  }
  const began = performance.now();
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"] });
  const limit = Math.min(seconds * 1000, left);
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    child.kill("SIGKILL");
  }, limit);
  let complaint = "";
  child.stderr.on("data", (chunk) => {
    complaint = `${complaint}${chunk}`.slice(-4000);
  });
  const ended = new Promise<string | null>((resolve) => {
    child.once("error", (error) => resolve(error.message));
    child.once("close", (code, signal) => resolve(code === 0 ? null : `ended with ${signal ?? `code ${code}`}`));
  });
  let skipped = false;
  for await (const text of createInterface({ input: child.stdout })) {
    if (!text.startsWith("@")) continue;
    const result = JSON.parse(text.slice(1)) as Line;
    skipped ||= "skipped" in result;
    await write({ ...part, ...result });
  }
  const reason = await ended;
  clearTimeout(timer);
  if (reason === null) return !skipped;
  const last = complaint.trim().split("\n").slice(-3).join(" | ");
  const why = late ? `not done within ${Math.round(limit / 1000)} s` : `${reason}: ${last}`;
  failures++;
  await write({ ...part, failed: why, seconds: round((performance.now() - began) / 1000) });
  return false;
}

function card(): string | null {
  const query = ["--query-gpu=name,driver_version", "--format=csv,noheader"];
  const { status, stdout } = spawnSync("nvidia-smi", query, { encoding: "utf8", timeout: 10_000 });
  return status === 0 ? stdout.trim() : null;
}

const round = (value: number): number => Number(value.toPrecision(4));
const worker = join(import.meta.dirname, "gpu-worker.ts");
const ours = (part: string, device: string, ...rest: string[]) => [
  "--import",
  "tsx",
  worker,
  folder,
  part,
  device,
  toy ? "toy" : "full",
  ...rest,
];
const peer = [join(import.meta.dirname, "peers/gpu.py"), folder, toy ? "toy" : "full"];

try {
  await writeFile(out, "");
  await write({ part: "machine", machine: machine(), card: card(), toy, devices });
  if (!(await run({ part: "model" }, 60, process.execPath, ours("model", "cpu"))))
    throw new Error("the model could not be written");
  // Whether the runtime leaves outputs on the device, as training on it needs: WebGPU alone, as far as was seen.
  for (const device of devices)
    if (device !== "cpu") await run({ part: "keeps", device }, 20, process.execPath, ours("keeps", device));
  for (const device of devices)
    works.set(device, await run({ part: "equal", device }, toy ? 240 : 40, process.execPath, ours("equal", device)));
  await run({ part: "torch" }, toy ? 120 : 75, python, peer);
  for (const device of devices) {
    for (const batch of toy ? TOY_BATCHES : BATCHES) {
      const part = { part: "finetune", device, batch };
      if (!works.get(device)) await write({ ...part, skipped: UNEQUAL });
      else await run(part, toy ? 240 : 22, process.execPath, ours("finetune", device, String(batch)));
    }
    const part = { part: "embed", device };
    if (!works.get(device)) await write({ ...part, skipped: UNEQUAL });
    else await run(part, toy ? 120 : 22, process.execPath, ours("embed", device));
  }
  await write({ part: "embed", precision: "float16", skipped: "the graph writer has float32 and int8 alone" });
} finally {
  await rm(folder, { recursive: true, force: true });
}
// A device that is missing is an answer on a real machine; a toy run has to work.
if (toy && failures > 0) process.exit(1);
