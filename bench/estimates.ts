/**
 * How near the estimates of memory and time come (src/train/estimate.ts): 20 finetunes, or pretrainings, of differing
 * sizes, three steps each, every one in a process of its own that says its peak. Time is that of the processor, on one
 * thread, so that other programs count little.
 *
 *   node --import tsx bench/estimates.ts finetune
 *   node --import tsx bench/estimates.ts pretrain
 *
 * The constants were fitted to every other size, the first one included (marked *); the others say how near they come.
 * The last lines have the factors that this run's measurements of the marked sizes give.
 */
import { execFileSync } from "node:child_process";
import { loadavg } from "node:os";
import { fileURLToPath } from "node:url";
import { fitted } from "./support/estimates/fit.js";
import { KINDS } from "./support/estimates/kinds.js";
import type { Outcome, Size } from "./support/estimates/sizes.js";

const [name = "finetune", only] = process.argv.slice(2);
const kind = KINDS[name];
const WHAT = ["bytes", "seconds"] as const;
type Ratios = Record<(typeof WHAT)[number], number>;

/** In a process of its own. */
function measured(size: Size): Outcome {
  const args = ["--import", "tsx", fileURLToPath(import.meta.url), name, JSON.stringify(size)];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: "utf8" })) as Outcome;
}

/** Estimated / measured. */
function ratiosOf(size: Size, isMarked: boolean, { parameters, bytes, seconds }: Outcome): Ratios {
  const estimate = kind.estimate(size, parameters);
  const ratios = { bytes: estimate.bytes / bytes, seconds: estimate.seconds / seconds };
  const { layers, width, heads, batchSize, tokens, vocabulary, molecules } = size;
  const of = [layers, width, heads, batchSize, tokens, vocabulary, molecules].filter(Boolean).join("/");
  console.log(
    `${isMarked ? "*" : " "} ${of.padEnd(26)} ${(parameters / 1e6).toFixed(1).padStart(5)} M  ` +
      `${(bytes / 1e6).toFixed(0)} MB, estimated ${(estimate.bytes / 1e6).toFixed(0)}: ${ratios.bytes.toFixed(2)}  ` +
      `${seconds.toFixed(3)} s/step, estimated ${estimate.seconds.toFixed(3)}: ${ratios.seconds.toFixed(2)}`,
  );
  return ratios;
}

function summary(of: string, ratios: readonly Ratios[]): void {
  for (const what of WHAT) {
    const sorted = ratios.map((ratio) => ratio[what]).sort((a, b) => a - b);
    const [least, middle, most] = [0, Math.floor(sorted.length / 2), sorted.length - 1].map((at) => sorted[at]);
    const said = `median ${middle.toFixed(2)}, least ${least.toFixed(2)}, most ${most.toFixed(2)}`;
    console.log(`${what} of ${of}, estimated / measured: ${said}`);
  }
}

if (only) console.log(JSON.stringify(await kind.measure(JSON.parse(only) as Size)));
else {
  const marked: { size: Size; outcome: Outcome }[] = [];
  const ratios: [Ratios[], Ratios[]] = [[], []];
  for (const [at, size] of kind.sizes.entries()) {
    const outcome = measured(size);
    ratios[at % 2].push(ratiosOf(size, at % 2 === 0, outcome));
    if (at % 2 === 0) marked.push({ size, outcome });
  }
  summary("the marked sizes", ratios[0]);
  summary("the others", ratios[1]);
  for (const what of WHAT) {
    const terms = marked.map(({ size, outcome }) => kind.terms(size, outcome.parameters)[what]);
    const factors = fitted(
      terms.map((row) => Object.values(row)),
      marked.map(({ outcome }) => outcome[what]),
    );
    const said = Object.keys(terms[0]).map((term, at) => `${term} ${factors[at].toPrecision(4)}`);
    console.log(`factors of ${what}: ${said.join(", ")}`);
  }
  console.log(`load ${loadavg()[0].toFixed(1)}`);
}
