/**
 * A process that runs parsers on inputs which it makes itself. Before each it writes the number of the input to a file,
 * so that its parent knows the one that ended it.
 */
import { closeSync, openSync, writeSync } from "node:fs";
import { inputOf, isRefusal, makeTools, PARSERS } from "./parsers.js";

export interface ParserTask {
  kind: string;
  seed: string;
  from: number;
  to: number;
}
export interface ParserFault {
  index: number;
  what: string;
}
export interface ParserAnswer {
  faults: ParserFault[];
  refused: number;
  /** Longest processor time of an input, in ms. */
  longest: number;
  heapMegabytes: number;
}

const MOST_MS = 1_000;
const [folder, progressPath] = process.argv.slice(2);
const progress = openSync(progressPath, "w");
const tools = makeTools(folder);

process.on("message", (task: ParserTask | "end") => {
  if (task === "end") {
    closeSync(progress);
    void tools.close().then(() => process.exit(0));
    return;
  }
  void answer(task).then((result) => process.send?.(result));
});

async function answer({ kind, seed, from, to }: ParserTask): Promise<ParserAnswer> {
  const result: ParserAnswer = { faults: [], refused: 0, longest: 0, heapMegabytes: 0 };
  for (let index = from; index < to; index++) {
    const input = inputOf(kind, seed, index);
    writeSync(progress, String(index).padEnd(12), 0);
    const spent = await timed(kind, input, (error) => {
      if (isRefusal(error)) result.refused++;
      else result.faults.push({ index, what: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    });
    result.longest = Math.max(result.longest, spent);
    // A first call compiles code, and a busy machine makes caches cold: what is slow is so again.
    if (spent > MOST_MS && (await timed(kind, input, () => undefined)) > MOST_MS)
      result.faults.push({ index, what: `${spent.toFixed(0)} ms of processor time` });
  }
  (globalThis as { gc?: () => void }).gc?.();
  const { heapUsed, external } = process.memoryUsage();
  result.heapMegabytes = (heapUsed + external) / 2 ** 20;
  return result;
}

async function timed(kind: string, input: Buffer, onError: (error: unknown) => void): Promise<number> {
  const before = process.cpuUsage();
  try {
    await PARSERS[kind].run(input, tools);
  } catch (error) {
    onError(error);
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}
process.send?.("ready");
