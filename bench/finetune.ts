/**
 * Samples per second of a finetune (batch 16, AdamW, linear schedule, dropout 0.1, clip 1) beside Hugging Face's
 * Trainer on the same cores, batches and initial weights, as a Markdown page.
 *
 *   node --import tsx bench/finetune.ts --python <interpreter with torch, transformers, accelerate>
 *        [--shared ../shared/data] [--steps 50] [--threads 2] [--block 5] [--only <pattern of titles>]
 *        [--clock wall|cpu] [--out <file>]
 *
 * Every arm is a process of its own that waits idle while another one runs; blocks of steps take turns, in another
 * order each round. The bare Gemm arm runs the Gemm nodes of our graph on operands of the same shapes and nothing else.
 * Where others use the machine, "--threads 1 --clock cpu" counts the processor time of each process.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { cpus, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { Arm } from "./support/arm.js";
import { type Case, type CaseFile, writeCase } from "./support/finetune-cases.js";
import { machine } from "./support/server.js";

const { values } = parseArgs({
  options: {
    python: { type: "string", default: "python3" },
    shared: { type: "string", default: "../shared/data" },
    steps: { type: "string", default: "50" },
    threads: { type: "string", default: "2" },
    block: { type: "string", default: "5" },
    clock: { type: "string", default: "wall" },
    only: { type: "string", default: "" },
    out: { type: "string" },
  },
});
const steps = Number(values.steps);
const only = new RegExp(values.only);
const block = Number(values.block);
const WARMUP = 3;
const root = join(import.meta.dirname, "..");
const { OPENBLAS_CORETYPE: _type, OPENBLAS_L2_SIZE: _size, ...environment } = process.env;

type Side = "ours" | "gemm" | "default" | "grouped" | "losses";
const ALL: Side[] = ["ours", "default", "grouped", "gemm"];
const LESS = Math.min(30, steps);
const CASES: (Case & { title: string; sides: Side[] })[] = [
  { title: "ChemBERTa, superclass", model: "ChemBERTa", data: "superclass", steps, sides: ALL },
  { title: "ChemBERTa, odor", model: "ChemBERTa", data: "odor", steps, sides: ALL },
  { title: "base model, superclass", model: "base", data: "superclass", steps, sides: ALL },
  { title: "base model, odor", model: "base", data: "odor", steps, sides: ALL },
  {
    title: "ChemBERTa, superclass, embeddings and 3 layers frozen",
    model: "ChemBERTa",
    data: "superclass",
    frozenLayers: 3,
    steps: LESS,
    sides: ["ours", "default", "gemm"],
  },
  {
    title: "ChemBERTa, superclass, LoRA of rank 8 on query and value",
    model: "ChemBERTa",
    data: "superclass",
    frozenLayers: -1,
    steps: LESS,
    sides: ["ours", "gemm"],
  },
  {
    title: "base model, pretraining, batch 32",
    model: "base",
    data: "pretraining",
    batchSize: 32,
    dropout: 0,
    steps,
    sides: ["ours", "default", "gemm"],
  },
];

const pages: string[] = [];
const peers = new Set<string>();
const rows = [
  "| case | arm | samples/s | real tokens/s | median ms a step | forward + backward | AdamW | share of the bare " +
    "Gemm rate | peak memory | ours is faster by |",
  "|---|---|--:|--:|--:|--:|--:|--:|--:|--:|",
];
for (const one of CASES.filter(({ title }) => only.test(title))) {
  await within(one, WARMUP, one.sides, (file, arms) => rows.push(...report(one.title, file, arms)));
}
if (rows.length > 2) pages.push(rows.join("\n"));
if (only.test("losses")) {
  const check: Case = { model: "ChemBERTa", data: "superclass", steps: LESS, dropout: 0 };
  await within(check, 0, ["ours", "losses"], (_file, arms) => pages.push(lossCheck(arms)));
}
const page = `${introduction()}\n\n${pages.join("\n\n")}\n`;
console.log(page);
if (values.out) await writeFile(values.out, page);

/** Starts a case's arms, warms them up, lets their blocks take turns, and ends them. */
async function within(
  one: Case,
  warmup: number,
  sides: readonly Side[],
  done: (file: CaseFile, arms: Map<Side, Arm>) => void,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "maillard-bench-"));
  const arms = new Map<Side, Arm>();
  try {
    const file = await writeCase(folder, resolve(root, values.shared), one, warmup);
    for (const side of sides) arms.set(side, await start(side, folder));
    if (warmup > 0) for (const arm of arms.values()) await arm.run(warmup, false);
    for (let first = 0, round = 0; first < one.steps; first += block, round++) {
      const order = [...arms.values()];
      for (let i = 0; i < order.length; i++)
        await order[(i + round) % order.length].run(Math.min(block, one.steps - first));
      console.error(`${file.name}: ${Math.min(first + block, one.steps)}/${one.steps}`);
    }
    done(file, arms);
  } finally {
    for (const arm of arms.values()) await arm.stop();
    await rm(folder, { recursive: true });
  }
}

async function start(side: Side, folder: string): Promise<Arm> {
  const timing = [values.threads, values.clock];
  if (side === "ours" || side === "gemm") {
    const mode = side === "ours" ? "train" : "gemm";
    const worker = join(root, "bench/finetune-worker.ts");
    return Arm.start(side, process.execPath, ["--import", "tsx", worker, folder, mode, ...timing], environment);
  }
  const peer = join(root, "bench/peers/trainer.py");
  const env = { ...environment, OMP_NUM_THREADS: values.threads, MKL_NUM_THREADS: values.threads };
  const arm = await Arm.start(side, values.python, [peer, folder, side, ...timing], env);
  if (arm.info) peers.add(arm.info);
  return arm;
}

function report(title: string, file: CaseFile, arms: Map<Side, Arm>): string[] {
  const ours = arms.get("ours")!;
  const gemm = arms.get("gemm")!;
  const samples = file.steps * file.batchSize;
  const names: Record<string, string> = {
    ours: "Maillard",
    default: "Trainer",
    grouped: "Trainer, group_by_length",
    gemm: "bare Gemm",
  };
  return [...arms].map(([side, arm]) => {
    // The bare Gemm arm is timed without the making of its operands.
    const key = side === "gemm" ? "forwardBackward" : "seconds";
    const apart = (part: "forwardBackward" | "update") => (side === "ours" ? ms(arm.median(part)) : "");
    const rate = gemm.sum("operations") / 1e9;
    const share = gemm.sum("forwardBackward") / ours.sum("forwardBackward");
    const cells = [
      title,
      names[side],
      (samples / arm.sum(key)).toFixed(1),
      (arm.sum("tokens") / arm.sum(key)).toFixed(0),
      ms(arm.median(key)),
      apart("forwardBackward"),
      apart("update"),
      side === "ours"
        ? `${(100 * share).toFixed(0)} % (${(rate / arm.sum("forwardBackward")).toFixed(0)} GFLOP/s)`
        : side === "gemm"
          ? `100 % (${(rate / arm.sum(key)).toFixed(0)} GFLOP/s)`
          : "",
      `${arm.peakMegabytes().toFixed(0)} MB`,
      side === "default" || side === "grouped" ? `**${(arm.sum("seconds") / ours.sum("seconds")).toFixed(2)}**` : "",
    ];
    return `| ${cells.join(" | ")} |`;
  });
}

function lossCheck(arms: Map<Side, Arm>): string {
  const [ours, theirs] = [arms.get("ours")!.all("losses"), arms.get("losses")!.all("losses")];
  const worst = Math.max(...ours.map((loss, i) => Math.abs(loss - theirs[i]) / theirs[i]));
  const line = (i: number) =>
    `| ${i + 1} | ${ours[i].toFixed(6)} | ${theirs[i].toFixed(6)} | ${(ours[i] - theirs[i]).toExponential(1)} |`;
  const shown = ours.map((_, i) => i).filter((i) => i === 0 || (i + 1) % 5 === 0);
  return [
    "## Equal loss curves\nChemBERTa size, superclass, dropout 0, the same initial weights and batches, " +
      `${ours.length} steps: the largest relative difference of the loss is ${worst.toExponential(1)}.`,
    `| step | Maillard | Trainer | difference |\n|--:|--:|--:|--:|\n${shown.map(line).join("\n")}`,
  ].join("\n\n");
}

function introduction(): string {
  const model = cpus()[0].model.trim();
  const quoted = process.argv.slice(2).map((word) => (/^[\w./-]+$/.test(word) ? word : `"${word}"`));
  const command = ["node --import tsx bench/finetune.ts", ...quoted].join(" ");
  return [
    "# A finetune beside Hugging Face's Trainer",
    `\`${command.replace(/--python \S+/, "--python <interpreter>")}\`\n${machine()}, ${values.threads} threads, ` +
      `${values.clock} time (${model}); peer: ${[...peers].join("; ")}.`,
    "Batch 16 of random molecules, AdamW, full finetune, linear schedule, dropout 0.1, clip 1.0. ChemBERTa: " +
      `RoBERTa 6 x 768, 12 heads, 52,000 tokens, random weights; base model: BERT 4 x 256, 4 heads. ${steps} steps ` +
      `(${LESS} where frozen or adapted, and in the loss curves), blocks of ${block} taking turns. Samples per ` +
      "second are samples over the sum of step times.",
  ].join("\n\n");
}

function ms(seconds: number): string {
  return (1000 * seconds).toFixed(0);
}
