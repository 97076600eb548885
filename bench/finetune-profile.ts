/**
 * The parts of a step's time: the runtime's own profile of forward and backward, by kind of operator, as a Markdown
 * table.
 *
 *   node --import tsx bench/finetune-profile.ts [--shared ../shared/data] [--steps 5] [--threads 2]
 *
 * The cases are those of bench/finetune.ts. Times are sums over the runtime's nodes, one after the other; profiling
 * itself adds a few per cent. "attention" are the batched matrix products of attention, softmax, its gradient and
 * masks; the transposes of heads count as copies.
 */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { InferenceSession } from "onnxruntime-node";
import { loadCheckpoint } from "../src/model/checkpoint/checkpoint.js";
import { ADAMW_DEFAULTS, Trainer } from "../src/train/step/trainer.js";
import { writeCase } from "./support/finetune-cases.js";
import { machine } from "./support/server.js";

const { values } = parseArgs({
  options: {
    shared: { type: "string", default: "../shared/data" },
    steps: { type: "string", default: "5" },
    threads: { type: "string", default: "2" },
  },
});
const steps = Number(values.steps);
const WARMUP = 2;
const create = InferenceSession.create.bind(InferenceSession) as (...all: unknown[]) => Promise<InferenceSession>;

console.log(`${machine()}, ${values.threads} threads, ${steps} steps; milliseconds a step\n`);
for (const model of ["ChemBERTa", "base"] as const)
  for (const data of ["superclass", "odor"] as const) {
    const { total, shares } = await profile(model, data);
    const cells = shares.map(
      ([kind, time]) => `${kind} ${(time / 1e3 / steps).toFixed(0)} (${((100 * time) / total).toFixed(0)} %)`,
    );
    console.log(`${model}, ${data}: ${(total / 1e3 / steps).toFixed(0)}: ${cells.join(", ")}`);
  }

async function profile(model: "ChemBERTa" | "base", data: "superclass" | "odor") {
  const folder = await mkdtemp(join(tmpdir(), "maillard-profile-"));
  const sessions: InferenceSession[] = [];
  const shared = resolve(values.shared);
  process.chdir(folder); // the runtime writes its profile into the current folder
  const profiled = async (bytes: unknown, options: object) => {
    const session = await create(bytes, { ...options, enableProfiling: true, profileFilePrefix: "profile" });
    sessions.push(session);
    return session;
  };
  Object.assign(InferenceSession, { create: profiled });
  try {
    const file = await writeCase(folder, shared, { model, data, steps }, WARMUP);
    const trainer = await Trainer.create(await loadCheckpoint(folder), {
      seed: 42,
      threads: Number(values.threads),
      gradientClip: 1,
      ...ADAMW_DEFAULTS,
      weightDecay: 0.01,
    });
    const marks: number[] = [];
    for (const [index, { sequences, labels }] of file.batches.entries()) {
      if (index === WARMUP) marks.push(Date.now());
      const batch = { sequences: sequences.map((ids) => Int32Array.from(ids)), labels: labels as number[] };
      await trainer.computeGradients(batch, index + 1);
      await trainer.update(index + 1, 2e-5);
    }
    sessions[0].endProfiling();
    const name = (await import("node:fs")).readdirSync(folder).find((entry) => entry.startsWith("profile"))!;
    const events = JSON.parse(await readFile(join(folder, name), "utf8")) as ProfileEvent[];
    return summed(events);
  } finally {
    process.chdir(tmpdir());
    await rm(folder, { recursive: true });
  }
}

interface ProfileEvent {
  cat: string;
  name: string;
  ts: number;
  dur: number;
  args?: { op_name?: string };
}

function summed(events: readonly ProfileEvent[]) {
  const runs = events.filter(({ name }) => name === "model_run").sort((a, b) => a.ts - b.ts);
  const from = runs[WARMUP].ts;
  const times = new Map<string, number>();
  for (const { cat, name, ts, dur, args } of events) {
    if (cat !== "Node" || !name.endsWith("kernel_time") || ts < from) continue;
    const kind = kindOf(args?.op_name ?? "");
    times.set(kind, (times.get(kind) ?? 0) + dur);
  }
  const total = [...times.values()].reduce((sum, time) => sum + time, 0);
  return { total, shares: [...times].sort(([, a], [, b]) => b - a) };
}

function kindOf(operator: string): string {
  if (/Gemm/.test(operator)) return "Gemm";
  if (/MatMul|Softmax/.test(operator)) return "attention";
  if (/Transpose|Gather|Scatter|Concat|Split|Slice|Expand|Reshape|Pad|Unsqueeze|Squeeze|Identity/.test(operator))
    return "copies";
  if (/Reduce|LayerNorm/.test(operator)) return "sums and normalisation";
  return "elementwise";
}
