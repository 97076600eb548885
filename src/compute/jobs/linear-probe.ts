/**
 * Fits of linear probes from the parent's side, each in a process of its own: a fit computes for seconds to minutes
 * without a pause, which would block a process that answers requests. The vectors are sent in parts. There is no limit
 * of time or number: fits are runs, which the queue of runs limits.
 */
import { entryBeside } from "../../process/forked-process.js";
import { OneAnswer } from "../../process/one-answer.js";
import type { ProbeJob, ProbeResult } from "../../train/probe/probe.js";

export type ToProbe =
  | { kind: "part"; values: ProbeJob["vectors"] }
  /** Ends the transfer and starts the fit. */
  | { kind: "job"; job: Omit<ProbeJob, "vectors"> };

/** Numbers per message: 4 MiB of floats or ids. */
const PART = 1_048_576;

export class ProbeFits {
  readonly #processes: OneAnswer<ToProbe, ProbeResult>;

  constructor(onOutput: (process: string, output: string) => void) {
    this.#processes = new OneAnswer({
      entry: entryBeside(import.meta.url, "./linear-probe-process"),
      name: "probe",
      words: { one: "fit of the linear probe", many: "fits of linear probes" },
      atOnce: Number.POSITIVE_INFINITY,
      waiting: 0,
      usualMs: 0,
      timeoutMs: null,
      advice: { late: "", crashed: "Start the probe again." },
      background: true,
      onOutput,
    });
  }

  /** @throws CANCELLED (signal, close), COMPUTE_CRASHED, INVALID_CONFIG */
  fit(job: ProbeJob, signal?: AbortSignal): Promise<ProbeResult> {
    return this.#processes.ask(probeMessages(job), signal);
  }

  /** CANCELLED for every fit; resolves when their processes are gone. */
  close(): Promise<void> {
    return this.#processes.close();
  }
}

function* probeMessages({ vectors, ...job }: ProbeJob): Iterable<ToProbe> {
  for (let from = 0; from < vectors.length; from += PART)
    yield { kind: "part", values: vectors.subarray(from, from + PART) };
  yield { kind: "job", job };
}
