/** A fake compute pool that trains for real, in processes as the pool's; nothing of it answers molecules. */
import { trainInProcess } from "../../src/compute/jobs/training.js";
import { entryBeside } from "../../src/process/forked-process.js";
import { FakeCompute } from "./fake-compute.js";

const ENTRY = entryBeside(import.meta.url, "../../src/compute/jobs/training-process");

export function realTraining(): FakeCompute {
  const compute = new FakeCompute();
  compute.train = (job, onEvent, signal) =>
    trainInProcess({
      entry: ENTRY,
      job,
      onEvent: onEvent as never,
      signal,
      shutdown: new AbortController().signal,
      stopTimeoutMs: 60_000,
      onOutput: () => undefined,
    });
  return compute;
}
