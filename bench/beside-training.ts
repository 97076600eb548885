/**
 * How long one new molecule's prediction takes while a model is finetuned on the same processors, and what it costs the
 * finetune. The rule: training has a lower priority of the processor (MAILLARD_NICE, default 10), so what somebody
 * waits for goes first.
 *
 *   npm run build
 *   node --import tsx bench/beside-training.ts --smiles <file> [--column smiles] [--requests 60] [--pause 200]
 *     [--nice 10]
 *
 * One request at a time, with a pause of so many milliseconds after each: alone, beside a finetune of the base model on
 * the sample, and alone again. The finetune's steps a second are those of its progress before the requests and in them.
 */
import { readFileSync } from "node:fs";
import { loadavg } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import { parse } from "csv-parse/sync";
import { machine, startBenchServer } from "./support/server.js";

const { values: flags } = parseArgs({
  options: {
    smiles: { type: "string" },
    column: { type: "string", default: "smiles" },
    requests: { type: "string", default: "60" },
    pause: { type: "string", default: "200" },
    nice: { type: "string", default: "10" },
  },
});
const [REQUESTS, PAUSE_MS] = [Number(flags.requests), Number(flags.pause)];
const rows = parse(readFileSync(flags.smiles as string, "utf8"), { columns: true }) as Record<string, string>[];
const molecules = rows.map((row) => row[flags.column]).filter((smiles) => smiles && smiles.length < 200);
let taken = 0;

const server = await startBenchServer({ environment: { MAILLARD_NICE: flags.nice } });
const PREDICT = `query ($smiles: [String!]!) { predict(smiles: $smiles, model: "superclass") {
  ... on Prediction { label } ... on SmilesError { code } } }`;
const START = `mutation ($input: StartFinetuneInput!) { startFinetune(input: $input) { run { id } } }`;
const RUN = `query ($id: ID!) { run(id: $id) { status progress { step } } }`;

async function ask(): Promise<number[]> {
  const times: number[] = [];
  for (let request = 0; request < REQUESTS; request++) {
    const began = performance.now();
    await server.query(PREDICT, { smiles: [molecules[taken++]] });
    times.push(performance.now() - began);
    await delay(PAUSE_MS);
  }
  return times.sort((a, b) => a - b);
}
const at = (times: readonly number[], share: number): string =>
  times[Math.min(times.length - 1, Math.floor(share * times.length))].toFixed(1);

console.log(`${machine()}, load ${loadavg()[0].toFixed(1)} at the start, nice ${flags.nice}`);
const say = (what: string, times: readonly number[]): void =>
  console.log(`${what.padEnd(28)} p50 ${at(times, 0.5)}, p90 ${at(times, 0.9)}, p99 ${at(times, 0.99)} ms`);
for (let warm = 0; warm < 20; warm++) await server.query(PREDICT, { smiles: [molecules[taken++]] });
say("alone", await ask());

const input = { baseModel: "base", dataset: "sample", target: "superclass", name: "beside", epochs: 400 };
const { startFinetune } = await server.query<{ startFinetune: { run: { id: string } } }>(START, { input });
const { id } = startFinetune.run;
async function state(): Promise<{ status: string; step: number }> {
  type Answer = { run: { status: string; progress: { step: number } | null } };
  const { run } = await server.query<Answer>(RUN, { id });
  return { status: run.status, step: run.progress?.step ?? 0 };
}
while ((await state()).step < 3) await delay(250);
const speedDuring = async <T>(work: () => Promise<T>): Promise<[T, number]> => {
  const [before, began] = [(await state()).step, performance.now()];
  const result = await work();
  return [result, ((await state()).step - before) / ((performance.now() - began) / 1_000)];
};
const [, undisturbed] = await speedDuring(() => delay(15_000));
const [beside, disturbed] = await speedDuring(ask);
if ((await state()).status !== "RUNNING") throw new Error("the finetune ended before the requests");
say("beside a finetune", beside);
console.log(`steps a second: ${undisturbed.toFixed(2)} undisturbed, ${disturbed.toFixed(2)} beside the requests`);
await server.query(`mutation ($id: ID!) { cancelRun(id: $id) { run { id } } }`, { id });
while ((await state()).status === "RUNNING") await delay(250);
say("alone again", await ask());
await server.stop();
