/**
 * Time of the training kernels, in ns per element, at the size of a ChemBERTa (6 layers, 768 wide, 83.5 million
 * parameters) and of the base model (4 layers, 256 wide); and of a training state on disk with the memory it takes.
 *
 *   node --import tsx bench/kernels.ts [folder for the training state, on the disk to measure]
 *
 * Each line: median of the repetitions, after 200 ms of the same work (compilation in the background, first touch of
 * pages).
 */
import { mkdtemp, rm } from "node:fs/promises";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { readTrainingState, writeTrainingState } from "../src/train/step/training-state.js";

const begun = performance.now();
const { DropoutMasks, ParameterArena } = await import("../src/train/step/kernels/index.js");
console.log(`${cpus()[0].model}, node ${process.version}`);
console.log(`load and compile the kernels  ${(performance.now() - begun).toFixed(0)} ms`);

function measure(name: string, elements: number, repetitions: number, run: (repetition: number) => void): void {
  const times: number[] = [];
  const warm = performance.now() + 200;
  let call = 0;
  while (performance.now() < warm) run(++call);
  for (let repetition = 0; repetition < repetitions; repetition++) {
    const start = performance.now();
    run(++call);
    times.push(performance.now() - start);
  }
  const median = times.sort((a, b) => a - b)[Math.floor(repetitions / 2)];
  const perElement = ((median * 1e6) / elements).toFixed(2);
  console.log(`${name.padEnd(44)} ${perElement.padStart(6)} ns/element ${median.toFixed(2).padStart(8)} ms`);
}

const masks = new DropoutMasks();
const lengths = Int32Array.from({ length: 16 }, (_, sequence) => 20 + ((sequence * 37) % 45));
const tokens = lengths.reduce((sum, length) => sum + length, 0);
const paddedLength = Math.max(...lengths);
for (const [width, heads] of [
  [256, 4],
  [768, 12],
]) {
  measure(`hidden mask [${tokens}, ${width}]`, tokens * width, 40, (step) => {
    masks.reset();
    masks.hidden({ seed: 1, step, site: 0, p: 0.1, lengths, width });
  });
  const elements = lengths.length * heads * paddedLength ** 2;
  measure(`attention mask [16, ${heads}, ${paddedLength}, ${paddedLength}]`, elements, 40, (step) => {
    masks.reset();
    masks.attention({ seed: 1, step, site: 1, p: 0.1, lengths, heads, paddedLength });
  });
}

const ids = Int32Array.from({ length: 1024 }, (_, token) => (token * token) % 600);
for (const [name, rows, width, rest] of [
  ["base", 600, 256, 3_300_000],
  ["ChemBERTa", 52_000, 768, 43_600_000],
] as const) {
  const arena = new ParameterArena([
    { name: "table", shape: [rows, width], decay: true },
    { name: "rest", shape: [rest], decay: true },
  ]);
  const parameters = arena.weights.length;
  const title = (kernel: string) => `${kernel}, ${name} (${(parameters / 1e6).toFixed(1)} million)`;
  arena.weights.fill(0.02);
  arena.gradients.fill(1e-3);
  const settings = { learningRate: 1e-4, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.01, gradientScale: 1 };
  measure(title("AdamW"), parameters, 9, (step) => arena.adamw({ ...settings, step }));
  measure(title("gradient norm"), parameters, 9, () => void arena.gradientNorm());
  measure(title("zero gradients"), parameters, 9, () => arena.zeroGradients());
  const gradients = new Float32Array(ids.length * width).fill(1e-3);
  measure(`row gradients [1024, ${width}]`, gradients.length, 40, () =>
    arena.addScaledRows("table", ids, gradients, width),
  );

  const parent = await mkdtemp(join(process.argv[2] ?? tmpdir(), "maillard-bench-"));
  const folder = join(parent, "step-1");
  const before = process.memoryUsage.rss();
  let peak = before;
  const watch = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage.rss());
  }, 5);
  const start = performance.now();
  const { bytes } = await writeTrainingState(folder, arena, { identity: "bench", position: { step: 1 } });
  const written = performance.now();
  await readTrainingState(folder, arena);
  const read = performance.now();
  clearInterval(watch);
  await rm(parent, { recursive: true });
  const seconds = (ms: number) => (ms / 1000).toFixed(2);
  console.log(
    `training state, ${name}: ${(bytes / 2 ** 20).toFixed(0)} MiB, write ${seconds(written - start)} s, ` +
      `check and read ${seconds(read - written)} s, memory +${((peak - before) / 2 ** 20).toFixed(0)} MiB`,
  );
}
