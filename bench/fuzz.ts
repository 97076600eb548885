/**
 * Inputs that nobody means well, against the parsers (in a process of their own) and a real server (with a temporary
 * home). Every input follows from (seed, kind, number); the seeds of the changes are test/fuzz/corpus.
 *
 *   npm run fuzz -- --inputs 200000 [--seconds 60] [--seed N] [--only smiles,csv] [--skip http] [--folder .cache/fuzz]
 *
 * A fault is a process that ended, an error INTERNAL or without a code, an answer over 1 s of processor time (of wall
 * time, where the machine has processors to spare) three times in a row, and memory that grows. Each fault is printed
 * with its seed, and its input is kept in the folder; exit code 1. Progress is in progress.json of the folder.
 * A kept input again:
 *   npm run fuzz -- --only csv --input .cache/fuzz/failures/csv-1-1234.input
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { REPLAY, seedsOf } from "./fuzz/corpus.js";
import { ParserProcess } from "./fuzz/parser-process.js";
import { inputOf, PARSERS } from "./fuzz/parsers.js";
import { ServerFuzz } from "./fuzz/server-fuzz.js";
import { SERVER_KINDS } from "./fuzz/server-kinds.js";
import { machine } from "./support/server.js";

const { values } = parseArgs({
  options: {
    inputs: { type: "string", default: "200000" },
    seconds: { type: "string" },
    seed: { type: "string", default: "1" },
    only: { type: "string" },
    skip: { type: "string", default: "" },
    folder: { type: "string", default: ".cache/fuzz" },
    /** One input again: --only csv --at 1234. Ids differ between servers: a kept input is the same for sure. */
    at: { type: "string" },
    input: { type: "string" },
  },
});
const { seed } = values;
if (values.input !== undefined) process.env[REPLAY] = resolve(values.input);
const at = values.input === undefined ? values.at : "0";
const inputs = Number(values.inputs);
const folder = resolve(values.folder);
const failures = join(folder, "failures");
mkdirSync(failures, { recursive: true });
const only = values.only?.split(",");
const skipped = values.skip.split(",");
const wanted = (kind: string): boolean => (only?.includes(kind) ?? true) && !skipped.includes(kind);

/** Rounds: every kind has its part in each, so that a run that is ended early has tried all of them. */
const ROUNDS = Math.max(1, Math.floor(inputs / (values.seconds === undefined ? 2_000 : 200)));

interface State {
  kind: string;
  total: number;
  done: number;
  refused: number;
  longestMs: number;
  faults: number;
  run(
    from: number,
    to: number,
  ): Promise<{ faults: { index: number; what: string }[]; refused: number; longest: number }>;
  inputAt(index: number): Buffer;
}

const parserProcess = new ParserProcess(folder);
const server = Object.keys(SERVER_KINDS).some(wanted) ? await ServerFuzz.start() : null;
const shares = { ...PARSERS, ...SERVER_KINDS };
const kinds = Object.keys(shares).filter(wanted);
const sum = kinds.reduce((total, kind) => total + shares[kind].share, 0);
const states = kinds.map((kind): State => {
  const total = Math.max(seedsOf(kind).length, Math.round((inputs * shares[kind].share) / sum));
  const common = { kind, total, done: 0, refused: 0, longestMs: 0, faults: 0 };
  if (Object.hasOwn(PARSERS, kind))
    return {
      ...common,
      run: (from, to) => parserProcess.run({ kind, seed, from, to }),
      inputAt: (index) => inputOf(kind, seed, index),
    };
  return {
    ...common,
    run: (from, to) => (server as ServerFuzz).run({ kind, seed, from, to }),
    inputAt: (index) => (server as ServerFuzz).inputOf(kind, seed, index),
  };
});

// The server and the process of the parsers end with this one.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(130));
const began = Date.now();
const late = (): boolean => values.seconds !== undefined && Date.now() - began > Number(values.seconds) * 1_000;

function report(): void {
  const rows = Object.fromEntries(
    states.map(({ kind, done, refused, longestMs, faults }) => [
      kind,
      { done, refused, longestMs: Math.round(longestMs), faults },
    ]),
  );
  const done = states.reduce((total, state) => total + state.done, 0);
  const seconds = Math.round((Date.now() - began) / 1_000);
  const text = { seed, machine: machine(), seconds, done, memory: server?.memory ?? null, kinds: rows };
  writeFileSync(join(folder, "progress.json"), `${JSON.stringify(text, null, 2)}\n`);
}

async function part(state: State, from: number, to: number): Promise<void> {
  const { faults, refused, longest } = await state.run(from, to);
  state.done += to - from;
  state.refused += refused;
  state.longestMs = Math.max(state.longestMs, longest);
  state.faults += faults.length;
  for (const { index, what } of faults) {
    const name = `${state.kind}-${seed}-${index}`;
    const input = state.inputAt(index);
    writeFileSync(join(failures, `${name}.input`), input);
    writeFileSync(join(failures, `${name}.txt`), `${what}\n`);
    const shown = JSON.stringify(input.toString().slice(0, 300));
    console.error(
      `FAULT ${state.kind} --seed ${seed} --only ${state.kind} --at ${index}\n  ${what.slice(0, 600)}\n  ${shown}`,
    );
  }
}

/** Inputs of one part; a child process is asked for so many at once. */
const PART = 100;
if (at !== undefined) for (const state of states) await part(state, Number(at), Number(at) + 1);
else
  for (let round = 0; round < ROUNDS && !late(); round++)
    for (const state of states) {
      const end = Math.round((state.total * (round + 1)) / ROUNDS);
      while (state.done < end && !late()) await part(state, state.done, Math.min(end, state.done + PART));
      report();
    }
report();
await parserProcess.close();
const leftover = server ? await server.stop() : [];
for (const what of leftover) console.error(`FAULT of the server: ${what}`);

const faults = states.reduce((total, state) => total + state.faults, leftover.length);
for (const { kind, done, total, refused, longestMs, faults: found } of states)
  console.log(
    `${kind.padEnd(12)} ${String(done).padStart(7)} of ${total}, ${refused} refused, ` +
      `longest ${longestMs.toFixed(0)} ms, ${found} faults`,
  );
const done = states.reduce((total, state) => total + state.done, 0);
console.log(
  `${done} inputs in ${Math.round((Date.now() - began) / 1_000)} s, seed ${seed}, ${faults} faults; ${machine()}`,
);
process.exitCode = faults > 0 ? 1 : 0;
