/**
 * Takes runs from the queue, one at a time, and drives the compute process. The heartbeat is sent from this process,
 * which computes nothing, so it continues while the training process is busy. A run ends in one of these ways:
 *   finished             SUCCEEDED, with its model
 *   CANCELLED            on request; the training process stopped within a step
 *   FAILED               {code, message, param} of the error
 *   QUEUED again         this worker closes, or the compute process crashed (at most `MAX_CRASHES` times in a row)
 *   unchanged            another worker holds it (LEASE_LOST): nothing is written
 */
import { setTimeout as delay } from "node:timers/promises";
import type { Chemistry } from "../chem/types.js";
import type { ComputePool } from "../compute/types.js";
import { MaillardError } from "../errors.js";
import type { RunKind } from "../store/generated/client.js";
import type { Store } from "../store/index.js";
import { isPassing, transaction } from "../store/sql.js";
import { predictionArtifact } from "./orders/prediction-order.js";
import { runPrediction } from "./predictions/predict-dataset.js";
import { pretrainingArtifact } from "./pretraining/corpus.js";
import { runPretraining } from "./pretraining/pretrain.js";
import {
  cancelTopic,
  endCancelled,
  type Fence,
  fail,
  goneWorkers,
  heartbeat,
  makeWorkerId,
  release,
} from "./queue/lease.js";
import { QUEUE_TOPIC, type RunQueue } from "./queue/queue.js";
import { whenDatabaseIsBack } from "./queue/retry.js";
import { runEmbedding } from "./work/embed-dataset.js";
import type { Execution } from "./work/execution.js";
import { modelArtifact, runFinetune } from "./work/finetune.js";
import { runProbe } from "./work/probe.js";
import { Recorder } from "./work/recorder.js";

export interface WorkerOptions {
  store: Store;
  compute: ComputePool;
  chemistry: Chemistry | null;
  queue: RunQueue;
  /** Time in ms without a heartbeat after which a worker counts as dead. Default 30,000. */
  leaseMs: number;
  /** Time in ms between two polls of the queue without a notification. Default 5,000. */
  pollMs: number;
  onError(error: unknown): void;
}

const WORK: Record<RunKind, (execution: Execution) => Promise<void>> = {
  FINETUNE: runFinetune,
  EMBEDDING: runEmbedding,
  PROBE: runProbe,
  PREDICTION: runPrediction,
  PRETRAIN: runPretraining,
};

/** Crashes of the compute process since the last progress before the run fails. */
const MAX_CRASHES = 3;

type StopReason = "CANCELLED" | "LEASE_LOST" | "SHUTDOWN";

export class Worker {
  readonly id = makeWorkerId();
  readonly #options: WorkerOptions;
  readonly #closing = new AbortController();
  #wake = () => {};
  #stopRunning: (reason: StopReason) => void = () => {};
  #loop: Promise<void> | null = null;

  constructor(options: WorkerOptions) {
    this.#options = options;
  }

  start(): void {
    this.#loop ??= this.#work();
  }

  /** Stops within one step of the current run, which is QUEUED again. */
  async close(): Promise<void> {
    this.#closing.abort();
    this.#stopRunning("SHUTDOWN");
    this.#wake();
    await this.#loop;
  }

  async #work(): Promise<void> {
    const { store, queue, leaseMs, pollMs, onError } = this.#options;
    const { signal } = this.#closing;
    let woken = true;
    const unsubscribe = store.notifications.subscribe(QUEUE_TOPIC, () => {
      woken = true;
      this.#wake();
    });
    let recoverAt = 0;
    try {
      while (!signal.aborted) {
        try {
          woken = false;
          if (Date.now() >= recoverAt) {
            await queue.recover(await goneWorkers(store, this.id));
            recoverAt = Date.now() + leaseMs / 3;
          }
          const fence = await queue.claimNext(this.id, leaseMs);
          if (fence) {
            await this.#execute(fence);
            continue;
          }
        } catch (error) {
          // The database may be unreachable; the queue is read again after a pause.
          onError(error);
        }
        if (!woken && !signal.aborted) await this.#pause(Math.min(pollMs, Math.max(1, recoverAt - Date.now())));
      }
    } finally {
      unsubscribe();
    }
  }

  async #pause(milliseconds: number): Promise<void> {
    const ended = new AbortController();
    const woken = new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    if (this.#closing.signal.aborted) return;
    await Promise.race([
      woken,
      delay(milliseconds, undefined, { signal: ended.signal, ref: false }).catch(() => undefined),
    ]);
    ended.abort();
  }

  async #execute(fence: Fence): Promise<void> {
    const { store, compute, chemistry, onError } = this.#options;
    const stop = new AbortController();
    let reason: StopReason | null = null;
    const stopFor = (why: StopReason) => {
      reason ??= why;
      stop.abort();
    };
    this.#stopRunning = stopFor;
    if (this.#closing.signal.aborted) stopFor("SHUTDOWN");
    const endHeartbeat = this.#beat(fence, stopFor);
    const recorder = new Recorder(store, fence, stop.signal);
    try {
      const { kind, projectId, createdById } = await whenDatabaseIsBack(() =>
        store.prisma.run.findUniqueOrThrow({
          where: { id: fence.runId },
          select: { kind: true, projectId: true, createdById: true },
        }),
      );
      // What the run makes belongs to its project.
      const principal = { ...store.principal, project: projectId, keyId: createdById };
      const parts = { compute, chemistry, fence, recorder, signal: stop.signal };
      await WORK[kind]({ store: { ...store, principal }, ...parts } satisfies Execution);
    } catch (error) {
      const after = reason as StopReason | null;
      if (after === null) await recorder.flush().catch(() => undefined); // keeps what was measured before the error
      await whenDatabaseIsBack(() => this.#settle(fence, after, error)).catch(onError);
    } finally {
      recorder.close();
      await endHeartbeat();
      this.#stopRunning = () => {};
    }
  }

  /** Renews the lease until the returned function is called. Each renewal says whether to stop. */
  #beat(fence: Fence, stopFor: (reason: StopReason) => void): () => Promise<void> {
    const { store, leaseMs } = this.#options;
    let beating: Promise<void> = Promise.resolve();
    const beat = () => {
      beating = beating.then(async () => {
        // While the database is unreachable the lease may expire; then the first worker to claim the run holds it.
        const answer = await heartbeat(store.pool, fence, leaseMs).catch(() => null);
        if (answer && !answer.held) stopFor("LEASE_LOST");
        else if (answer?.cancel) stopFor("CANCELLED");
      });
    };
    const timer = setInterval(beat, leaseMs / 4);
    const unsubscribe = store.notifications.subscribe(cancelTopic(fence.runId), beat);
    beat(); // for a cancel between claim and subscription
    return async () => {
      clearInterval(timer);
      unsubscribe();
      await beating;
    };
  }

  async #settle(fence: Fence, reason: StopReason | null, thrown: unknown): Promise<void> {
    const { store, queue, onError } = this.#options;
    const error = MaillardError.from(thrown);
    if (reason === "LEASE_LOST") return;
    const row = await store.prisma.run.findUniqueOrThrow({ where: { id: fence.runId } });
    // A success was refused because of a cancel that no heartbeat had reported yet.
    const cancelled = reason === "CANCELLED" || row.cancelRequestedAt !== null;
    if (error.code === "LEASE_LOST" && !cancelled) return;
    if (cancelled) {
      // What this worker does not hold any more may be what another one is writing.
      if (await endCancelled(store.pool, fence)) await removeFiles(store, fence.runId);
      return;
    }
    // The database was unreachable for too long: the next attempt continues from the last checkpoint.
    const away = isPassing(thrown);
    const shutdown = reason === "SHUTDOWN" || (error.code === "CANCELLED" && error.details?.reason === "SHUTDOWN");
    if (shutdown || away || (error.code === "COMPUTE_CRASHED" && (await this.#mayTryAgain(fence)))) {
      if (!shutdown) onError(error);
      await transaction(store, async (client) => {
        if (await release(client, fence)) await queue.enqueue(client, fence.runId);
      });
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

  async #mayTryAgain({ runId, attempt }: Fence): Promise<boolean> {
    const { progressAttempt } = await this.#options.store.prisma.run.findUniqueOrThrow({
      where: { id: runId },
      select: { progressAttempt: true },
    });
    return attempt - progressAttempt < MAX_CRASHES;
  }
}

/** Of a run that has no result: its model, its answers, the molecules that it read. */
async function removeFiles({ artifacts }: Store, runId: string): Promise<void> {
  await artifacts.remove(modelArtifact(runId));
  await artifacts.remove(predictionArtifact(runId));
  await artifacts.remove(pretrainingArtifact(runId));
}
