/**
 * A server under a steady load whose child processes are killed: compute and chemistry in turn.
 *
 *   npm run build
 *   node --import tsx bench/soak.ts [--minutes 10] [--kill-seconds 30] [--load 0.8] [--size 16] [--model superclass]
 *     [--out docs/figures/soak.svg]
 *
 * Capacity is measured first: requests a second of 8 clients, for 20 s. Then requests come at `--load` of it, whether
 * or not earlier ones were answered, as from many clients: they share the places of all. Each asks `predict` with
 * `logits`, which are computed anew, of molecules of the sample whose answers were taken before, one at a time.
 *   wrong   a logit that differs from the answer before by more than 1e-4, or another label
 *   retried refused with `retryable`, or its connection broke: asked once more after `retryAfterMs`, at most 5 s
 *   lost    not answered then either
 * The memory of each kind of process is read every 5 s. Linux only (/proc).
 */
import { readdirSync, readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { loadavg } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import { parse } from "csv-parse/sync";
import { curvesFigure } from "../src/analysis/figures/index.js";
import { machine, startBenchServer } from "./support/server.js";

const { values: flags } = parseArgs({
  options: {
    minutes: { type: "string", default: "10" },
    "kill-seconds": { type: "string", default: "30" },
    load: { type: "string", default: "0.8" },
    size: { type: "string", default: "16" },
    model: { type: "string", default: "superclass" },
    out: { type: "string" },
  },
});
const [MINUTES, KILL_SECONDS] = [Number(flags.minutes), Number(flags["kill-seconds"])];
const [LOAD, SIZE] = [Number(flags.load), Number(flags.size)];
const [REFERENCES, CLIENTS, CAPACITY_SECONDS, MEMORY_SECONDS] = [256, 8, 20, 5];
const TOLERANCE = 1e-4;
const LONGEST_PAUSE_MS = 5_000;

const sample = readFileSync(join(import.meta.dirname, "../samples/food-compounds.csv"), "utf8");
const molecules = [...new Set((parse(sample, { columns: true }) as { smiles: string }[]).map(({ smiles }) => smiles))]
  .filter((smiles) => smiles.length < 200)
  .slice(0, REFERENCES);

const server = await startBenchServer({ environment: { MAILLARD_MAX_COMPUTATIONS_PER_CLIENT: "128" } });
const QUERY = `query ($smiles: [String!]!) { predict(smiles: $smiles, model: "${flags.model}") {
  ... on Prediction { label logits } ... on SmilesError { code } } }`;

interface Predicted {
  label?: string;
  logits?: number[];
  code?: string;
}
type Answered = { predicted: Predicted[] } | { refusal: string; retryAfterMs: number | null };

async function ask(smiles: readonly string[]): Promise<Answered> {
  try {
    const response = await fetch(server.url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ query: QUERY, variables: { smiles } }),
      signal: AbortSignal.timeout(60_000),
    });
    const { data, errors } = (await response.json()) as {
      data?: { predict: Predicted[] } | null;
      errors?: { extensions: { code: string; retryable?: boolean; details?: { retryAfterMs?: number } } }[];
    };
    if (!errors) return { predicted: data?.predict ?? [] };
    const [{ extensions }] = errors;
    const { code, retryable, details } = extensions;
    return { refusal: code, retryAfterMs: retryable ? (details?.retryAfterMs ?? 100) : null };
  } catch (error) {
    return { refusal: `connection: ${String((error as Error).cause ?? error)}`, retryAfterMs: 100 };
  }
}

// ---- answers before

const before = new Map<string, Predicted>();
for (const smiles of molecules) {
  const answer = await ask([smiles]);
  if (!("predicted" in answer)) throw new Error(`no answer before: ${answer.refusal}`);
  before.set(smiles, answer.predicted[0]);
}
const known = molecules.filter((smiles) => before.get(smiles)?.logits);
let turn = 0;
/** Of changing company: steps of 7 through all of them. */
const next = (): string[] => Array.from({ length: SIZE }, () => known[(turn++ * 7) % known.length]);

const isWrong = (smiles: string, { label, logits = [] }: Predicted): boolean => {
  const { label: right, logits: wanted = [] } = before.get(smiles) as Predicted;
  return label !== right || wanted.some((value, at) => !(Math.abs(value - logits[at]) <= TOLERANCE));
};

// ---- capacity

async function capacity(): Promise<number> {
  const began = performance.now();
  let answered = 0;
  const client = async (): Promise<void> => {
    while (performance.now() - began < CAPACITY_SECONDS * 1_000) if ("predicted" in (await ask(next()))) answered++;
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
  return answered / ((performance.now() - began) / 1_000);
}
const most = await capacity();
const rate = LOAD * most;
console.log(`${machine()}, load ${loadavg()[0].toFixed(1)} at the start`);
console.log(`capacity ${most.toFixed(1)} requests of ${SIZE} molecules a second; asked ${rate.toFixed(1)} a second`);

// ---- the load

const counts = { asked: 0, answered: 0, retried: 0, lost: 0, wrong: 0 };
const refusals = new Map<string, number>();
const times: { at: number; ms: number }[] = [];
const memory = new Map<string, { x: number; y: number }[]>();
const kills: { at: number; kind: string }[] = [];
const began = performance.now();
const seconds = (): number => (performance.now() - began) / 1_000;

async function one(): Promise<void> {
  counts.asked++;
  const smiles = next();
  const at = seconds();
  let answer = await ask(smiles);
  if ("refusal" in answer) {
    const { refusal, retryAfterMs } = answer;
    refusals.set(refusal, (refusals.get(refusal) ?? 0) + 1);
    if (retryAfterMs !== null) {
      counts.retried++;
      await delay(Math.min(LONGEST_PAUSE_MS, retryAfterMs));
      answer = await ask(smiles);
    }
  }
  if ("refusal" in answer) {
    counts.lost++;
    return;
  }
  counts.answered++;
  times.push({ at, ms: (seconds() - at) * 1_000 });
  for (const [place, text] of smiles.entries()) if (isWrong(text, answer.predicted[place] ?? {})) counts.wrong++;
}

/** Children of the server by what they are called. */
function childrenOf(kind: string): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((id) => {
      try {
        const isChild = Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${id}/status`, "utf8"))?.[1]) === server.pid;
        return isChild && readFileSync(`/proc/${id}/cmdline`, "utf8").startsWith(`maillard ${kind}`);
      } catch {
        return false; // ended meanwhile
      }
    });
}

function readMemory(): void {
  for (const { label, megabytes } of server.memory())
    memory.set(label, [...(memory.get(label) ?? []), { x: seconds() / 60, y: megabytes }]);
}

const pending = new Set<Promise<void>>();
let [killAt, memoryAt] = [KILL_SECONDS, 0];
for (let sent = 0; seconds() < MINUTES * 60; ) {
  for (; sent < seconds() * rate; sent++) {
    const asked = one().finally(() => pending.delete(asked));
    pending.add(asked);
  }
  if (seconds() >= memoryAt) {
    memoryAt += MEMORY_SECONDS;
    readMemory();
  }
  if (seconds() >= killAt) {
    killAt += KILL_SECONDS;
    const kind = kills.length % 2 === 0 ? "compute" : "chemistry";
    const ids = childrenOf(kind);
    for (const id of ids.slice(0, 1)) process.kill(id, "SIGKILL");
    kills.push({ at: seconds(), kind: ids.length > 0 ? kind : `${kind} (none)` });
  }
  await delay(5);
}
await Promise.all(pending);
readMemory();
const ended = server.ended();
await server.stop();

// ---- what came of it

const quantile = (share: number): number => {
  const sorted = times.map(({ ms }) => ms).sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
};
const killed = (kind: string): number => kills.filter((kill) => kill.kind === kind).length;
console.log(`${MINUTES} minutes; killed: compute ${killed("compute")}, chemistry ${killed("chemistry")}`);
console.log(JSON.stringify({ ...counts, moleculesCompared: counts.answered * SIZE }));
console.log(`refusals: ${JSON.stringify(Object.fromEntries(refusals))}`);
console.log(`ms: median ${quantile(0.5).toFixed(0)}, 99th percentile ${quantile(0.99).toFixed(0)}`);
for (const [label, points] of memory)
  console.log(`${label}: ${points[0].y.toFixed(0)} MB at first, ${points.at(-1)?.y.toFixed(0)} MB at the end`);
if (ended !== null) console.log(`THE SERVER ENDED: ${ended}`);

/** The longest of each 5 s, so that what a kill costs is seen. */
const slowest = new Map<number, number>();
for (const { at, ms } of times) {
  const place = Math.floor(at / MEMORY_SECONDS);
  slowest.set(place, Math.max(ms, slowest.get(place) ?? 0));
}
const figure = curvesFigure({
  title: `A soak of ${MINUTES} minutes at ${LOAD * 100} % of capacity`,
  subtitle:
    `${counts.answered} requests answered, ${counts.retried} asked once more, ${counts.lost} lost, ` +
    `${counts.wrong} molecules answered wrong; ${kills.length} processes killed.`,
  panels: [
    {
      heading: "a  Memory by process",
      axes: { x: "minutes", y: "MB (proportional set size)" },
      series: [...memory].map(([name, points]) => ({ name, points })),
    },
    {
      heading: "b  Slowest answer of each 5 s",
      axes: { x: "minutes", y: "seconds" },
      series: [
        {
          name: "slowest",
          points: [...slowest]
            .sort(([a], [b]) => a - b)
            .map(([place, ms]) => ({ x: (place * MEMORY_SECONDS) / 60, y: ms / 1_000 })),
        },
      ],
    },
  ],
});
if (flags.out) await writeFile(flags.out, figure);
process.exitCode = counts.wrong > 0 || counts.lost > 0 || ended !== null ? 1 : 0;
