/**
 * What the service reaches of its engine's speed: the bare session, the pool, and GraphQL in front of it, in turn, over
 * several rounds of one run; the processor's seconds of each process.
 *
 *   npm run build
 *   node --import tsx bench/serving.ts --smiles <file> [--column smiles] [--rounds 5] [--molecules 512]
 *     [--model superclass] [--encoder base] [--python <with torch and transformers>]
 *     [--transformers <folder with node_modules> --exported <model as ONNX>]
 *
 * The file is a CSV with a column of SMILES, or one SMILES a line. Each arm of each round has molecules of its own that
 * nothing has seen, unless its name says "known" or "seen". The peers get canonical SMILES, sorted by length, in the
 * batch size that is their best of 8, 16, 32 and 64, on as many threads.
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { Agent, request } from "node:http";
import { loadavg } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { parse } from "csv-parse/sync";
import { startChemistry } from "../src/chem/index.js";
import { loadTokenizer } from "../src/tokenizer/index.js";
import { Arm } from "./support/arm.js";
import { machine, startBenchServer } from "./support/server.js";
import type { EngineOrder } from "./support/serving-engine.js";

const { values: flags } = parseArgs({
  options: {
    smiles: { type: "string" },
    column: { type: "string", default: "smiles" },
    rounds: { type: "string", default: "5" },
    molecules: { type: "string", default: "512" },
    model: { type: "string", default: "superclass" },
    encoder: { type: "string", default: "base" },
    transformers: { type: "string" },
    exported: { type: "string" },
    python: { type: "string" },
  },
});
const [ROUNDS, MOLECULES] = [Number(flags.rounds), Number(flags.molecules)];
const [ALONE, ONES, THREADS] = [40, MOLECULES / 2, 2];
const root = join(import.meta.dirname, "..");
const folder = join(root, "models", flags.model);

// ---- molecules

const text = readFileSync(flags.smiles as string, "utf8");
const all = /^[^\n]*,/.test(text)
  ? (parse(text, { columns: true }) as Record<string, string>[]).map((row) => row[flags.column])
  : text.split("\n").map((line) => line.split(/\s/)[0]);
let state = 1;
function random(): number {
  state = (state * 48_271) % 2_147_483_647;
  return state;
}
const shuffled = [...new Set(all.filter((smiles) => smiles && smiles.length < 400))]
  .map((smiles) => ({ smiles, at: random() }))
  .sort((a, b) => a.at - b.at)
  .map(({ smiles }) => smiles);
let taken = 0;
function fresh(count: number): string[] {
  if (taken + count > shuffled.length) throw new Error(`${flags.smiles} has only ${shuffled.length} molecules`);
  taken += count;
  return shuffled.slice(taken - count, taken);
}

// ---- the server and its clients

const agent = new Agent({ keepAlive: true, maxSockets: 64 });
const server = await startBenchServer({ environment: { MAILLARD_THREADS: String(THREADS) } });

function post(path: string, type: string, body: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = { "content-type": type, "content-length": Buffer.byteLength(body), "x-maillard-client": "bench" };
    const sent = request({ port: server.port, host: "127.0.0.1", path, method: "POST", headers, agent }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on("data", (chunk: Buffer) => chunks.push(chunk));
      answer.on("end", () => resolve(Buffer.concat(chunks).toString()));
    });
    sent.once("error", reject);
    sent.end(body);
  });
}

const DOCUMENTS = {
  predict: `query ($s: [String!]!) { predict(smiles: $s, model: "${flags.model}") {
    ... on Prediction { label score } ... on SmilesError { code } } }`,
  embed: `query ($s: [String!]!) { embed(smiles: $s, model: "${flags.encoder}", pooling: CLS) {
    ... on Embedding { vector } ... on SmilesError { code } } }`,
};
async function ask(kind: keyof typeof DOCUMENTS, smiles: string[]): Promise<void> {
  const body = JSON.stringify({ query: DOCUMENTS[kind], variables: { s: smiles } });
  const answer = await post("/graphql", "application/json", body);
  if (answer.includes('"errors"')) throw new Error(answer.slice(0, 500));
}

/** Milliseconds of each request. */
async function inTurn(kind: keyof typeof DOCUMENTS, smiles: readonly string[], each: number, atOnce: number) {
  const parts: string[][] = [];
  for (let from = 0; from < smiles.length; from += each) parts.push(smiles.slice(from, from + each));
  const times: number[] = [];
  const client = async (): Promise<void> => {
    for (let part = parts.shift(); part; part = parts.shift()) {
      const began = performance.now();
      await ask(kind, part);
      times.push(performance.now() - began);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, client));
  return times;
}

// ---- the engine

const engine = fork(join(import.meta.dirname, "support/serving-engine.ts"), {
  execArgv: ["--import", "tsx"],
  serialization: "advanced",
});
process.once("exit", () => engine.kill());
const tell = async <T>(order: EngineOrder): Promise<T> => {
  engine.send(order);
  return (await once(engine, "message"))[0] as T;
};
const chemistry = await startChemistry();
const tokenizer = await loadTokenizer(folder);
async function canonical(smiles: readonly string[]): Promise<string[]> {
  return (await chemistry.parse(smiles)).flatMap((one) => (one.ok ? [one.molecule.smiles] : []));
}
const tokensOf = (smiles: readonly string[]): Int32Array[] =>
  smiles.map((one) => Int32Array.from(tokenizer.encode(one, 256)));

// ---- arms

interface Measured {
  count: number;
  /** Molecules a second; absent where only times count. */
  speed?: number;
  times?: number[];
  processor?: Map<string, number>;
}
const measured = new Map<string, Measured[]>();
const add = (name: string, one: Measured): void => void measured.set(name, [...(measured.get(name) ?? []), one]);

async function arm(name: string, count: number, work: () => Promise<number[] | unknown>): Promise<void> {
  const before = server.processor();
  const began = performance.now();
  const times = await work();
  const speed = (1_000 * count) / (performance.now() - began);
  const after = server.processor();
  const processor = new Map([...after].map(([label, seconds]) => [label, seconds - (before.get(label) ?? 0)]));
  const isTimes = Array.isArray(times);
  add(name, { count, speed, processor, ...(isTimes && { times: times as number[] }) });
}

const median = (values: readonly number[], share = 0.5): number =>
  [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(share * values.length))];

async function engineArms(): Promise<void> {
  const given = await canonical(fresh(MOLECULES));
  const ids = tokensOf(given);
  for (const kind of ["bare", "pool"] as const) {
    const { seconds } = await tell<{ seconds: number }>({ [kind]: ids } as EngineOrder);
    add(kind === "bare" ? BARE : "the pool, called directly", { count: ids.length, speed: ids.length / seconds });
  }
  const times = await tell<{ session: number[]; pool: number[] }>({ ones: ids.slice(0, ALONE) });
  add("one sequence: bare session", { count: ALONE, times: times.session });
  add("one sequence: the pool", { count: ALONE, times: times.pool });
  for (const peer of peers) await peer.run(given);
}

async function graphqlArms(): Promise<void> {
  const first = fresh(MOLECULES);
  await arm("predict, 32 a request, 4 at once: first sight", MOLECULES, () => inTurn("predict", first, 32, 4));
  await arm("embed, the same, seen molecules, new to the model", MOLECULES, () => inTurn("embed", first, 32, 4));
  const second = fresh(MOLECULES);
  await arm("embed, the same: first sight", MOLECULES, () => inTurn("embed", second, 32, 4));
  await arm("predict, the same, seen molecules, new to the model", MOLECULES, () => inTurn("predict", second, 32, 4));
  const ones = fresh(ONES);
  await arm("one a request, 16 at once: first sight", ONES, () => inTurn("predict", ones, 1, 16));
  const known = [...ones, ...ones, ...ones, ...ones, ...ones, ...ones, ...ones, ...ones];
  await arm("one a request, 16 at once: known", known.length, () => inTurn("predict", known, 1, 16));
  const alone = fresh(ALONE);
  await arm("one alone: first sight", ALONE, () => inTurn("predict", alone, 1, 1));
  await arm("one alone: known", ALONE, () => inTurn("predict", alone, 1, 1));
  const rows = fresh(2 * MOLECULES);
  const file = `smiles\n${rows.join("\n")}\n`;
  const path = `/predict?model=${flags.model}&smiles=smiles&output=csv`;
  await arm("a file", rows.length, async () => {
    const answer = await post(path, "application/octet-stream", file);
    if (answer.split("\n").length < rows.length) throw new Error(answer.slice(0, 500));
  });
}

// ---- peers

interface Peer {
  run(smiles: readonly string[]): Promise<void>;
  stop(): Promise<void>;
}
async function peer(name: string, command: string, args: string[]): Promise<Peer> {
  const one = await Arm.start(name, command, args, { ...process.env, OMP_NUM_THREADS: String(THREADS) });
  return {
    async run(smiles) {
      const { seconds } = await one.ask<{ seconds: number }>(smiles);
      add(name, { count: smiles.length, speed: smiles.length / seconds });
    },
    stop: () => one.stop(),
  };
}
const peers: Peer[] = [];
const BARE = "bare session loop";

try {
  const { models } = await server.query<{ models: { edges: { node: { name: string; checksum: string } }[] } }>(
    "{ models(first: 50) { edges { node { name checksum } } } }",
  );
  const { checksum } = (models.edges.find(({ node }) => node.name === flags.model) as { node: { checksum: string } })
    .node;
  await tell({ load: { folder, checksum, threads: THREADS } });
  const warm = await canonical(fresh(256));
  console.log(`${machine()}, load ${loadavg()[0].toFixed(1)}; ${shuffled.length} molecules of ${flags.smiles}`);
  const { budget, speeds } = await tell<{ budget: number; speeds: number[][] }>({ calibrate: tokensOf(warm) });
  console.log(
    `bare session by budget of padded tokens: ${speeds.map((one) => one.map(Math.round).join(": ")).join(", ")}`,
  );
  console.log(`best: ${budget}`);
  const support = join(import.meta.dirname, "peers");
  if (flags.python)
    peers.push(await peer("PyTorch", flags.python, [join(support, "inference.py"), folder, String(THREADS)]));
  if (flags.transformers)
    peers.push(
      await peer("transformers.js", process.execPath, [
        join(support, "inference.mjs"),
        flags.transformers,
        flags.exported as string,
        String(THREADS),
      ]),
    );
  await inTurn("predict", fresh(256), 32, 4);
  await inTurn("embed", fresh(64), 32, 4);
  await inTurn("predict", fresh(64), 1, 16);
  for (const one of peers) await one.run(warm);
  measured.clear();
  for (let round = 0; round < ROUNDS; round++)
    for (const arms of round % 2 === 0 ? [engineArms, graphqlArms] : [graphqlArms, engineArms]) await arms();
  report();
  const memory = server.memory().map(({ label, megabytes }) => `${label} ${megabytes.toFixed(0)}`);
  console.log(`memory of the server's processes, MB: ${memory.join(", ")}`);
} finally {
  for (const one of peers) await one.stop();
  engine.send({ stop: true });
  await chemistry.close();
  agent.destroy();
  await server.stop();
}

function report(): void {
  const bare = median((measured.get(BARE) as Measured[]).map(({ speed }) => speed as number));
  console.log("\n| arm | molecules/s | of bare | p50, ms | p99, ms | processor, ms a molecule |");
  console.log("|---|--:|--:|--:|--:|---|");
  for (const [name, rounds] of measured) {
    const speeds = rounds.flatMap(({ speed }) => speed ?? []);
    const speed = speeds.length > 0 ? median(speeds) : null;
    const times = rounds.flatMap(({ times: some }) => some ?? []);
    const shares = new Map<string, number[]>();
    for (const { processor, count } of rounds)
      for (const [label, seconds] of processor ?? [])
        shares.set(label, [...(shares.get(label) ?? []), seconds / count]);
    const parts = [...shares].map(([label, some]) => [label, 1_000 * median(some)] as const);
    const cells = [
      name,
      speed?.toFixed(0) ?? "",
      speed ? `${((100 * speed) / bare).toFixed(0)} %` : "",
      times.length > 0 ? median(times).toFixed(1) : "",
      times.length > 0 ? median(times, 0.99).toFixed(1) : "",
      parts.map(([label, ms]) => `${label} ${ms.toFixed(2)}`).join(", "),
    ];
    console.log(`| ${cells.join(" | ")} |`);
  }
}
