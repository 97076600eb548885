/**
 * One claim of a run, from its heartbeat to its end. The heartbeat is sent from this process, which computes nothing,
 * so it continues while the training process is busy. A claim ends in one of these ways:
 *   finished             SUCCEEDED, with its result
 *   CANCELLED, PAUSED    on request; the training process stopped within a step
 *   FAILED               {code, message, param} of the error
 *   QUEUED again         this worker closes, the compute process crashed (at most `MAX_CRASHES` times in a row), or a
 *                        fault that may pass (queue/faults.ts): then after a pause
 *   unchanged            another worker holds it (LEASE_LOST): nothing is written
 */
import type { PoolClient } from "pg";
import type { Chemistry } from "../chem/types.js";
import type { ComputePool } from "../compute/types.js";
import type { ImportLimits } from "../datasets/limits.js";
import { MaillardError } from "../errors.js";
import type { RunKind } from "../store/generated/client.js";
import type { Store } from "../store/index.js";
import { transaction } from "../store/sql.js";
import { runEvaluation } from "./evaluations/run-evaluation.js";
import { runImport } from "./imports/import-dataset.js";
import { predictionArtifact } from "./orders/prediction-order.js";
import { pretrainingArtifact } from "./orders/pretraining-order.js";
import { runPrediction } from "./predictions/predict-dataset.js";
import { runPretraining } from "./pretraining/pretrain.js";
import { type EventNote, note } from "./queue/events.js";
import { FaultReport, passingFault, waitAfter } from "./queue/faults.js";
import {
  endStopped,
  type Fence,
  fail,
  type Held,
  heartbeat,
  holdToSettle,
  lockHeld,
  putBack,
  type ReleaseReason,
  release,
} from "./queue/lease.js";
import type { OnRunNews, RunNews } from "./queue/news.js";
import type { RunQueue } from "./queue/queue.js";
import { whenDatabaseIsBack } from "./queue/retry.js";
import { stopTopic } from "./queue/topics.js";
import type { Execution } from "./record/execution.js";
import { Recorder } from "./record/recorder.js";
import { runProjection } from "./space/project-dataset.js";
import { decideSweepOf } from "./sweeps/decide.js";
import { runEmbedding } from "./work/embed-dataset.js";
import { modelArtifact, runFinetune } from "./work/finetune.js";
import { runProbe } from "./work/probe.js";

export interface ExecuteOptions {
  store: Store;
  compute: ComputePool;
  chemistry: Chemistry | null;
  /** Of files that are imported. */
  importLimits: ImportLimits;
  queue: RunQueue;
  leaseMs: number;
  /** Threads of one training run. */
  threads: number;
  onError(error: unknown): void;
  onEvent: OnRunNews;
}

const WORK: Record<RunKind, (execution: Execution) => Promise<unknown>> = {
  FINETUNE: runFinetune,
  EMBEDDING: runEmbedding,
  PROBE: runProbe,
  PREDICTION: runPrediction,
  PROJECTION: runProjection,
  IMPORT: runImport,
  EVALUATION: runEvaluation,
  PRETRAIN: runPretraining,
};

/** Crashes of the compute process since the last progress before the run fails. */
const MAX_CRASHES = 3;

export type StopReason = "CANCELLED" | "PAUSED" | "LEASE_LOST" | "SHUTDOWN";

/** How a claim ended. */
type Outcome = Pick<RunNews, "event" | "code" | "param" | "reason" | "retryAt">;
interface Settled {
  outcome: Outcome;
  report: { error: unknown } | null;
}

/** A claim that is being worked on. */
export class RunExecution {
  readonly #options: ExecuteOptions;
  readonly #fence: Fence;
  readonly #stop = new AbortController();
  readonly #began = performance.now();
  #noting: Promise<void> = Promise.resolve();
  #kind: RunKind | undefined;

  constructor(options: ExecuteOptions, fence: Fence) {
    this.#options = options;
    this.#fence = fence;
  }

  /** Stops within one step; the first reason counts. */
  stop(reason: StopReason): void {
    this.#stop.abort(reason);
  }

  /** Renews the lease now. */
  async renew(): Promise<void> {
    const { store, leaseMs } = this.#options;
    await heartbeat(store.pool, this.#fence, leaseMs).catch(() => null);
  }

  /** Tells in the run's log what happens while it is worked on; `work` waits for it. */
  note(event: EventNote): void {
    const { store, onError } = this.#options;
    const write = () =>
      transaction(store, async (client) => {
        await lockHeld(client, this.#fence);
        await note(client, [this.#fence.runId], event);
      });
    this.#noting = this.#noting
      .then(() => whenDatabaseIsBack(write, this.#stop.signal))
      // One that has ended meanwhile, or is to stop, needs no word more.
      .catch((error: unknown) => {
        if (!this.#stop.signal.aborted && MaillardError.from(error).code !== "LEASE_LOST") onError(error);
      });
  }

  /** Resolves when the claim has ended; never rejects. */
  async work(): Promise<void> {
    const { store, compute, chemistry, importLimits, threads, onError } = this.#options;
    const { signal } = this.#stop;
    const fence = this.#fence;
    const endHeartbeat = this.#beat();
    const recorder = new Recorder(store, fence, signal);
    try {
      const { kind, projectId, createdById } = await whenDatabaseIsBack(() =>
        store.prisma.run.findUniqueOrThrow({
          where: { id: fence.runId },
          select: { kind: true, projectId: true, createdById: true },
        }),
      );
      this.#kind = kind;
      // What the run makes belongs to its project.
      const principal = { ...store.principal, project: projectId, keyId: createdById };
      const parts = { compute, chemistry, importLimits, fence, recorder, signal, threads };
      const end = await WORK[kind]({ store: { ...store, principal }, ...parts } satisfies Execution);
      this.#tell({ event: end === "halted" ? end : "succeeded" });
    } catch (error) {
      const reason = signal.aborted ? (signal.reason as StopReason) : null;
      if (reason === null) await recorder.flush().catch(() => undefined); // keeps what was measured before the error
      await whenDatabaseIsBack(() => this.#settle(reason, error))
        .then((outcome) => this.#tell(outcome))
        .catch(onError);
    } finally {
      recorder.close();
      await endHeartbeat();
      await this.#noting;
    }
    // If it fails here, a worker decides when it looks for lost runs.
    await decideSweepOf(store, this.#options.queue, fence.runId).catch(onError);
  }

  /** Renews the lease until the returned function is called. Each renewal says whether to stop. */
  #beat(): () => Promise<void> {
    const { store, leaseMs } = this.#options;
    let beating: Promise<void> = Promise.resolve();
    const beat = () => {
      beating = beating.then(async () => {
        // While the database is unreachable the lease may expire; then the first worker to claim the run holds it.
        const answer = await heartbeat(store.pool, this.#fence, leaseMs).catch(() => null);
        if (answer && !answer.held) this.stop("LEASE_LOST");
        else if (answer?.cancel) this.stop("CANCELLED");
        else if (answer?.pause) this.stop("PAUSED");
      });
    };
    const timer = setInterval(beat, leaseMs / 4);
    const unsubscribe = store.notifications.subscribe(stopTopic(this.#fence.runId), beat);
    beat(); // for a request between claim and subscription
    return async () => {
      clearInterval(timer);
      unsubscribe();
      await beating;
    };
  }

  /**
   * Everything in one transaction that locks the run's row: no cancel comes in between, and nobody takes the run while
   * its files are removed.
   */
  async #settle(reason: StopReason | null, thrown: unknown): Promise<Outcome> {
    const lost: Outcome = { event: "lease_lost" };
    if (reason === "LEASE_LOST") return lost;
    const { store, onError } = this.#options;
    const settled = await transaction(store, async (client) => {
      const held = await holdToSettle(client, this.#fence);
      if (held) return this.#settleHeld(client, held, reason, thrown);
      return {
        outcome: lost,
        report: reason === null && !(thrown instanceof MaillardError) ? { error: thrown } : null,
      };
    });
    if (settled.report) onError(settled.report.error);
    return settled.outcome;
  }

  #tell(outcome: Outcome): void {
    const { runId: run, attempt } = this.#fence;
    const seconds = Math.round(performance.now() - this.#began) / 1_000;
    this.#options.onEvent({ ...outcome, run, attempt, kind: this.#kind, seconds });
  }

  /** How the claim ended, and what the log is to have of it; null: nothing. */
  async #settleHeld(client: PoolClient, held: Held, reason: StopReason | null, thrown: unknown): Promise<Settled> {
    const { store, queue } = this.#options;
    const fence = this.#fence;
    const error = MaillardError.from(thrown);
    // A success was refused because of a cancel that no heartbeat had reported yet.
    if (reason === "CANCELLED" || held.cancel) {
      const problem = await removeFiles(store, fence.runId);
      await endStopped(client, fence, "cancel");
      return { outcome: { event: "cancelled" }, report: problem };
    }
    if (error.code === "LEASE_LOST") return { outcome: { event: "lease_lost" }, report: null };
    if (reason === "PAUSED" && (await endStopped(client, fence, "pause")))
      return { outcome: { event: "paused" }, report: null };
    const again = this.#again(held, reason, error);
    if (again) {
      await release(client, fence, again);
      await queue.enqueue(client, fence.runId);
      return { outcome: { event: "requeued", reason: again }, report: again === "CRASHED" ? { error } : null };
    }
    const fault = passingFault(thrown);
    const waitMs = fault && waitAfter(held.faults);
    if (fault && waitMs !== null) {
      const { code, message } = fault;
      await putBack(client, fence, { code, message, waitMs });
      await queue.enqueue(client, fence.runId);
      const retryAt = new Date(Date.now() + waitMs).toISOString();
      const fields = { run: fence.runId, name: held.name, code, faults: held.faults + 1, retryAt };
      return { outcome: { event: "fault", code, retryAt }, report: { error: new FaultReport(fields, thrown) } };
    }
    const problem = await removeFiles(store, fence.runId);
    await fail(client, fence, {
      code: error.code,
      // Other errors may contain paths or SQL: they belong in the log, not in an answer.
      message:
        thrown instanceof MaillardError
          ? error.message
          : "The run ended by an error inside the server; its log has the details.",
      param: error.param,
    });
    const { code, param } = error;
    return {
      outcome: { event: "failed", code, param },
      report: thrown instanceof MaillardError ? problem : { error: thrown },
    };
  }

  /** Why it goes back into the queue at once; null: it does not. */
  #again({ progressAttempt, faults }: Held, reason: StopReason | null, error: MaillardError): ReleaseReason | null {
    if (reason === "SHUTDOWN") return "CLOSED";
    // A pause that was taken back has stopped it all the same: it goes on from its checkpoint.
    if (reason === "PAUSED") return "PAUSE_TAKEN_BACK";
    if (error.code === "CANCELLED" && error.details?.reason === "SHUTDOWN") return "CLOSED";
    const mayTryAgain = this.#fence.attempt - progressAttempt - faults < MAX_CRASHES;
    return error.code === "COMPUTE_CRASHED" && mayTryAgain ? "CRASHED" : null;
  }
}

/**
 * Of a run that has no result: its model, its answers, the molecules that it read. What an error of the disk leaves is
 * garbage, and no reason to keep the run from its end.
 */
async function removeFiles({ artifacts }: Store, runId: string): Promise<{ error: unknown } | null> {
  try {
    for (const artifact of [modelArtifact(runId), predictionArtifact(runId), pretrainingArtifact(runId)])
      await artifacts.remove(artifact);
    return null;
  } catch (error) {
    return { error };
  }
}
