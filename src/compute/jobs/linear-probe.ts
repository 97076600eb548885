/**
 * The fit of a linear probe in a process of its own, from the parent's side: it computes for seconds to minutes without a
 * pause, which no process that answers people could bear. `signal` ends it at once; nothing is lost but its time.
 */
import { MaillardError } from "../../errors.js";
import { entryBeside, ForkedProcess } from "../../process/forked-process.js";
import type { ProbeJob, ProbeResult } from "../../train/probe/probe.js";
import type { ErrorJson } from "../messages.js";

export type ToProbe =
  | { kind: "part"; values: Float32Array | Uint8Array }
  | { kind: "job"; job: Omit<ProbeJob, "vectors"> };
export type FromProbe = { kind: "done"; result: ProbeResult } | { kind: "failed"; error: ErrorJson };

/** Numbers per message: 4 MiB of floats. */
const PART = 1_048_576;

export async function fitProbeInProcess(
  { vectors, ...job }: ProbeJob,
  { signal, shutdown }: { signal?: AbortSignal; shutdown: AbortSignal },
): Promise<ProbeResult> {
  const stop = AbortSignal.any(signal ? [signal, shutdown] : [shutdown]);
  const cancelled = () =>
    new MaillardError("CANCELLED", "The fit of the linear probe was stopped.", {
      details: { reason: shutdown.aborted ? "SHUTDOWN" : "SIGNAL" },
      retryable: shutdown.aborted,
    });
  if (stop.aborted) throw cancelled();
  const child = new ForkedProcess<ToProbe, FromProbe>(entryBeside(import.meta.url, "./linear-probe-process"));
  let answer: FromProbe | null = null;
  child.onMessage = (message) => {
    answer = message;
  };
  const kill = () => void child.kill();
  stop.addEventListener("abort", kill, { once: true });
  try {
    for (let from = 0; from < vectors.length && !stop.aborted; from += PART)
      await child.send({ kind: "part", values: vectors.slice(from, from + PART) });
    await child.send({ kind: "job", job });
    const { reason } = await child.ended;
    if (stop.aborted) throw cancelled();
    const said = answer as FromProbe | null;
    if (said?.kind === "done") return said.result;
    if (said) throw MaillardError.from(said.error);
    throw new MaillardError("COMPUTE_CRASHED", `The process that fits the probe ended with ${reason}.`, {
      retryable: true,
    });
  } finally {
    stop.removeEventListener("abort", kill);
  }
}
