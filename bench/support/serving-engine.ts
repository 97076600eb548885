/**
 * The engine without a service in front, in a process of its own for bench/serving.ts. Orders come as messages:
 *   { folder, checksum, threads }  loads the model twice: as a bare session of the runtime, and in a pool
 *   { calibrate }                  the budget of padded tokens at which the bare session is fastest
 *   { bare }                       seconds of these token ids by the bare session, in batches of equal lengths
 *   { pool }                       seconds by the pool called directly, 256 at a time, four at once
 *   { ones }                       milliseconds of each sequence alone: by the session, and by the pool
 */
import { InferenceSession } from "onnxruntime-node";
import { writeOnnx } from "../../src/autograd/index.js";
import { type ObservedComputePool, startComputePool } from "../../src/compute/pool.js";
import { layoutBatch } from "../../src/model/batch.js";
import { loadCheckpoint } from "../../src/model/checkpoint/checkpoint.js";
import { forwardGraph } from "../../src/model/graphs.js";
import type { EncoderConfig } from "../../src/model/types.js";

export type EngineOrder =
  | { load: { folder: string; checksum: string; threads: number } }
  | { calibrate: Int32Array[] }
  | { bare: Int32Array[] }
  | { pool: Int32Array[] }
  | { ones: Int32Array[] }
  | { stop: true };

const BUDGETS = [512, 768, 1_024, 1_536, 2_048, 4_096];
const [PART, AT_ONCE] = [256, 4];
let session: InferenceSession;
let config: EncoderConfig;
let pool: ObservedComputePool | undefined;
let model: { folder: string; checksum: string };
let budget = BUDGETS[1];

async function load({ folder, checksum, threads }: { folder: string; checksum: string; threads: number }) {
  const checkpoint = await loadCheckpoint(folder);
  const initializers = new Map([...checkpoint.weights].map(([name, weight]) => [name, weight.data]));
  const graph = forwardGraph(checkpoint.config, checkpoint.task, checkpoint.labels.length, { reads: true });
  config = checkpoint.config;
  const settings = { intraOpNumThreads: threads, enableMemPattern: false, logSeverityLevel: 3 } as const;
  session = await InferenceSession.create(writeOnnx(graph, { initializers }), settings);
  pool = await startComputePool({ threads });
  model = { folder, checksum };
  return {};
}

function batches(sequences: readonly Int32Array[], most: number): Int32Array[][] {
  const sorted = [...sequences].sort((a, b) => a.length - b.length);
  const found: Int32Array[][] = [];
  for (const ids of sorted) {
    const last = found.at(-1);
    if (last && (last.length + 1) * ids.length <= most) last.push(ids);
    else found.push([ids]);
  }
  return found;
}

async function runBare(sequences: readonly Int32Array[]): Promise<Float32Array> {
  const { feeds } = layoutBatch(config, sequences, 1, "STARTS");
  const given = Object.fromEntries(session.inputNames.map((name) => [name, feeds[name]]));
  return (await session.run(given, ["logits"])).logits.data as Float32Array;
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return (performance.now() - began) / 1_000;
}

const bare = (sequences: readonly Int32Array[], most: number) =>
  timed(async () => {
    for (const batch of batches(sequences, most)) await runBare(batch);
  });

async function calibrate(sequences: readonly Int32Array[]) {
  await bare(sequences, BUDGETS[0]);
  const seconds: number[] = [];
  for (const most of BUDGETS) seconds.push(await bare(sequences, most));
  budget = BUDGETS[seconds.indexOf(Math.min(...seconds))];
  await pool?.infer({ model, output: "LOGITS", tokenIds: sequences.slice(0, 64) });
  return { budget, speeds: BUDGETS.map((most, at) => [most, sequences.length / seconds[at]]) };
}

const byPool = (sequences: readonly Int32Array[]) =>
  timed(async () => {
    const parts: Int32Array[][] = [];
    for (let from = 0; from < sequences.length; from += PART) parts.push(sequences.slice(from, from + PART));
    const next = async (): Promise<void> => {
      for (let part = parts.shift(); part; part = parts.shift())
        await pool?.infer({ model, output: "LOGITS", tokenIds: part });
    };
    await Promise.all(Array.from({ length: AT_ONCE }, next));
  });

async function ones(sequences: readonly Int32Array[]) {
  const times = { session: [] as number[], pool: [] as number[] };
  for (const ids of sequences) {
    times.session.push(1_000 * (await timed(() => runBare([ids]))));
    times.pool.push(1_000 * (await timed(async () => pool?.infer({ model, output: "LOGITS", tokenIds: [ids] }))));
  }
  return times;
}

process.on("message", async (order: EngineOrder) => {
  if ("load" in order) process.send?.(await load(order.load));
  else if ("calibrate" in order) process.send?.(await calibrate(order.calibrate));
  else if ("bare" in order) process.send?.({ seconds: await bare(order.bare, budget) });
  else if ("pool" in order) process.send?.({ seconds: await byPool(order.pool) });
  else if ("ones" in order) process.send?.(await ones(order.ones));
  else {
    await pool?.close();
    process.disconnect();
  }
});
