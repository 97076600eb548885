/**
 * The share of the processor that this process got of what its threads asked for, since it began. Linux counts for each
 * thread how long it ran and how long it waited for a processor (/proc/<pid>/task/<tid>/schedstat, in nanoseconds).
 */
import { readdirSync, readFileSync } from "node:fs";

/** Less than this says nothing, in seconds of asked time. */
const LEAST_SECONDS = 60;
const TASKS = "/proc/self/task";

/** 0 to 1; null: too early to say, or another system. */
export function processorShare(): number | null {
  let [ran, waited] = [0, 0];
  try {
    for (const thread of readdirSync(TASKS)) {
      const [run, wait] = countsOf(`${TASKS}/${thread}/schedstat`);
      ran += run;
      waited += wait;
    }
  } catch {
    return null;
  }
  return shareOf(ran / 1e9, waited / 1e9);
}

/** A thread that has just ended counts nothing. */
function countsOf(file: string): [ran: number, waited: number] {
  try {
    const [ran, waited] = readFileSync(file, "utf8").split(" ").map(Number);
    return [ran, waited];
  } catch {
    return [0, 0];
  }
}

/** In seconds. */
export const shareOf = (ran: number, waited: number): number | null =>
  ran + waited < LEAST_SECONDS ? null : ran / (ran + waited);
