/**
 * One training run in a process of its own, from the parent's side.
 * Events reach the handler in order, one at a time, all of them before the outcome; an event is acknowledged when the
 * handler is done with it. `signal` and a handler that rejects both ask the process to stop; it does within one step,
 * and is killed after `stopTimeoutMs`. The promise settles only when the process is gone: nothing writes to the run's
 * folders after that.
 */
import { setImmediate as turn } from "node:timers/promises";
import { MaillardError } from "../../errors.js";
import { ForkedProcess } from "../../process/forked-process.js";
import { processEnded, stopped } from "../../process/refusals.js";
import type { TaskReport } from "../../scores/types.js";
import type { AnyTrainingJob, TrainingEvent } from "../../train/types.js";
import type { FromTraining, ToTraining } from "../messages.js";
import { packExamples } from "../packing.js";

/** Reason of a signal after which the run goes on later: a finetune writes a checkpoint before it stops. */
const PAUSED = "PAUSED";
/** What a process that saves may take without a word, in ms: the rest of an evaluation and a checkpoint. */
const SAVE_TIMEOUT_MS = 10 * 60_000;
/** Examples per message. */
const PART = 1000;

export interface TrainingProcessRequest {
  entry: URL;
  job: AnyTrainingJob;
  onEvent(event: TrainingEvent<TaskReport>): Promise<void>;
  /** Aborted when the caller cancels the run. */
  signal?: AbortSignal;
  /** The pool is closing. */
  shutdown: AbortSignal;
  stopTimeoutMs: number;
  onOutput(process: string, output: string): void;
}

export async function trainInProcess(options: TrainingProcessRequest): Promise<void> {
  const { entry, job, onEvent, signal, shutdown, stopTimeoutMs } = options;
  const stop = AbortSignal.any(signal ? [signal, shutdown] : [shutdown]);
  if (stop.aborted) throw cancelled(shutdown);

  // Inference answers people who wait; training takes the processor time that inference leaves.
  const process = new ForkedProcess<ToTraining, FromTraining>(entry, { title: "maillard training", background: true });
  let outcome: Exclude<FromTraining, { kind: "event" }> | null = null;
  let refusal: { reason: unknown } | null = null;
  let delivered: Promise<void> = Promise.resolve();
  let deadline: NodeJS.Timeout | undefined;

  const killLater = () => {
    clearTimeout(deadline);
    const saves = signal?.reason === PAUSED && !shutdown.aborted && !refusal;
    deadline = setTimeout(() => void process.kill(), saves ? SAVE_TIMEOUT_MS : stopTimeoutMs);
  };
  const askToStop = () => {
    if (deadline === undefined) killLater();
    void process.send({ kind: "cancel", save: signal?.reason === PAUSED });
  };
  const deliver = async (event: TrainingEvent<TaskReport>): Promise<void> => {
    try {
      if (!refusal) await onEvent(event);
    } catch (reason) {
      refusal = { reason };
      askToStop();
    }
    void process.send({ kind: "acknowledge" });
  };
  process.onMessage = (message) => {
    if (message.kind === "event") delivered = delivered.then(() => deliver(message.event));
    else outcome = message;
  };
  stop.addEventListener("abort", askToStop, { once: true });
  // A pool that closes does not wait for a pause.
  const hurry = () => deadline !== undefined && killLater();
  shutdown.addEventListener("abort", hurry, { once: true });
  try {
    await sendJob(process, job, stop).catch(async (error: unknown) => {
      await process.kill();
      throw MaillardError.from(error);
    });
    const ending = await process.ended;
    await delivered;
    if (ending.output) options.onOutput("training", ending.output);
    settle(outcome, refusal, stop.aborted ? shutdown : null, ending.reason);
  } finally {
    stop.removeEventListener("abort", askToStop);
    shutdown.removeEventListener("abort", hurry);
    clearTimeout(deadline);
  }
}

/** Returns on success, throws the one error that names what happened. */
function settle(
  outcome: Exclude<FromTraining, { kind: "event" }> | null,
  refusal: { reason: unknown } | null,
  stoppedBy: AbortSignal | null,
  ending: string,
): void {
  if (refusal) throw refusal.reason;
  if (outcome?.kind === "done") return;
  if (stoppedBy) throw cancelled(stoppedBy);
  if (outcome) throw MaillardError.from(outcome.error);
  throw processEnded("The training process", ending, "Resume from the last checkpoint.");
}

const cancelled = (shutdown: AbortSignal): MaillardError =>
  shutdown.aborted
    ? stopped("The training run was stopped: the pool is closing.", "SHUTDOWN")
    : stopped("The training run was cancelled.", "SIGNAL");

async function sendJob(
  process: ForkedProcess<ToTraining, FromTraining>,
  job: AnyTrainingJob,
  stop: AbortSignal,
): Promise<void> {
  const examples = job.kind === "FINETUNE" ? job.examples : [];
  for (let from = 0; from < examples.length && !stop.aborted; from += PART) {
    await process.send(packExamples(examples.slice(from, from + PART)));
    await turn();
  }
  // A run that was stopped already is not started: its process has nothing to finish.
  if (stop.aborted) await process.kill();
  else await process.send({ kind: "job", job: withoutExamples(job) });
}

function withoutExamples(job: AnyTrainingJob): Extract<ToTraining, { kind: "job" }>["job"] {
  if (job.kind === "PRETRAIN") return job;
  const { examples: _sent, ...rest } = job;
  return rest;
}
