/**
 * Another client beside the attacks, in a process of its own: asks a plain `predict` of a new molecule each 200 ms and
 * /health each 100 ms, whether earlier answers have come or not. Answers { seconds, from } with an `Observed`.
 */
import { setMaxListeners } from "node:events";
import { Client, said } from "./attack-client.js";

export interface Probe {
  /** From the time at which it was due to its answer, in ms. */
  times: number[];
  /** Answers other than the usual one. */
  failures: string[];
}
export interface Observed {
  predict: Probe;
  health: Probe;
}

const PREDICT =
  'query ($s: [String!]!) { predict(smiles: $s, model: "superclass") ' +
  "{ ... on Prediction { label } ... on SmilesError { code } } }";
/** An answer is waited for so long after the last question. */
const PATIENCE_MS = 60_000;

// One signal ends many requests.
setMaxListeners(0);
const client = new Client(Number(process.argv[2]), "127.0.0.2");
let molecule = 64;

process.on("message", async ({ seconds }: { seconds: number }) => {
  const until = performance.now() + seconds * 1_000;
  const [predict, health] = await Promise.all([
    probe(until, 200, (signal) => client.ask(PREDICT, { s: [newMolecule(molecule++)] }, signal)),
    probe(until, 100, (signal) => client.send("/health", { signal })),
  ]);
  process.send?.({ predict, health } satisfies Observed);
});

async function probe(until: number, everyMs: number, ask: (signal: AbortSignal) => ReturnType<Client["ask"]>) {
  const [times, failures]: [number[], string[]] = [[], []];
  const asked: Promise<void>[] = [];
  const signal = AbortSignal.timeout(Math.ceil(until - performance.now()) + PATIENCE_MS);
  for (let due = performance.now(); due < until; due += everyMs) {
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, due - performance.now())));
    const ended = ask(signal).then((answer) => {
      times.push(performance.now() - due);
      if (said(answer) !== "ok") failures.push(said(answer));
    });
    asked.push(ended);
  }
  await Promise.all(asked);
  return { times, failures };
}

/** A chain whose members spell the number. */
function newMolecule(number: number): string {
  const digits = number.toString(4).split("");
  return `${digits.map((digit) => ["CC", "CO", "CN", "C(C)"][Number(digit)]).join("")}CC1CCCCC1`;
}
