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
import { endStopped, type Fence, fail, heartbeat, lockHeld, putBack, release } from "./queue/lease.js";
import type { RunQueue } from "./queue/queue.js";
import { whenDatabaseIsBack } from "./queue/retry.js";
import { stopTopic } from "./queue/topics.js";
import { runProjection } from "./space/project-dataset.js";
import { runEmbedding } from "./work/embed-dataset.js";
import type { Execution } from "./work/execution.js";
import { modelArtifact, runFinetune } from "./work/finetune.js";
import { runProbe } from "./work/probe.js";
import { Recorder } from "./work/recorder.js";

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
}

const WORK: Record<RunKind, (execution: Execution) => Promise<void>> = {
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

/** A claim that is being worked on. */
export class RunExecution {
  readonly #options: ExecuteOptions;
  readonly #fence: Fence;
  readonly #stop = new AbortController();
  #noting: Promise<void> = Promise.resolve();

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
      // What the run makes belongs to its project.
      const principal = { ...store.principal, project: projectId, keyId: createdById };
      const parts = { compute, chemistry, importLimits, fence, recorder, signal, threads };
      await WORK[kind]({ store: { ...store, principal }, ...parts } satisfies Execution);
    } catch (error) {
      const reason = signal.aborted ? (signal.reason as StopReason) : null;
      if (reason === null) await recorder.flush().catch(() => undefined); // keeps what was measured before the error
      await whenDatabaseIsBack(() => this.#settle(reason, error)).catch(onError);
    } finally {
      recorder.close();
      await endHeartbeat();
      await this.#noting;
    }
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

  async #settle(reason: StopReason | null, thrown: unknown): Promise<void> {
    const { store, queue, onError } = this.#options;
    const fence = this.#fence;
    const error = MaillardError.from(thrown);
    if (reason === "LEASE_LOST") return;
    const row = await store.prisma.run.findUniqueOrThrow({ where: { id: fence.runId } });
    // A success was refused because of a cancel that no heartbeat had reported yet.
    const cancelled = reason === "CANCELLED" || row.cancelRequestedAt !== null;
    if (error.code === "LEASE_LOST" && !cancelled) return;
    if (cancelled) {
      // What this worker does not hold any more may be what another one is writing.
      if (await endStopped(store.pool, fence, "cancel")) await removeFiles(store, fence.runId);
      return;
    }
    if (reason === "PAUSED" && (await endStopped(store.pool, fence, "pause"))) return;
    // A pause that was taken back has stopped it all the same: it goes on from its checkpoint.
    const shutdown =
      reason === "SHUTDOWN" ||
      reason === "PAUSED" ||
      (error.code === "CANCELLED" && error.details?.reason === "SHUTDOWN");
    if (shutdown || (error.code === "COMPUTE_CRASHED" && this.#mayTryAgain(row))) {
      if (!shutdown) onError(error);
      await transaction(store, async (client) => {
        if (await release(client, fence)) await queue.enqueue(client, fence.runId);
      });
      return;
    }
    const fault = passingFault(thrown);
    const waitMs = fault && waitAfter(row.faults);
    if (fault && waitMs !== null) {
      const { code, message } = fault;
      const back = await transaction(store, async (client) => {
        const moved = await putBack(client, fence, { code, message, waitMs });
        if (moved) await queue.enqueue(client, fence.runId);
        return moved;
      });
      const retryAt = new Date(Date.now() + waitMs).toISOString();
      const fields = { run: fence.runId, name: row.name, code, faults: row.faults + 1, retryAt };
      if (back) onError(new FaultReport(fields, thrown));
      return;
    }
    if (!(thrown instanceof MaillardError)) onError(thrown);
    const ended = await fail(store.pool, fence, {
      code: error.code,
      // Other errors may contain paths or SQL: they belong in the log, not in an answer.
      message:
        thrown instanceof MaillardError
          ? error.message
          : "The run ended by an error inside the server; its log has the details.",
      param: error.param,
    });
    if (ended) await removeFiles(store, fence.runId);
  }

  #mayTryAgain({ progressAttempt, faults }: { progressAttempt: number; faults: number }): boolean {
    return this.#fence.attempt - progressAttempt - faults < MAX_CRASHES;
  }
}

/** Of a run that has no result: its model, its answers, the molecules that it read. */
async function removeFiles({ artifacts }: Store, runId: string): Promise<void> {
  await artifacts.remove(modelArtifact(runId));
  await artifacts.remove(predictionArtifact(runId));
  await artifacts.remove(pretrainingArtifact(runId));
}
