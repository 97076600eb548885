/**
 * The entry of this layer: runs are started, cancelled, followed and executed.
 *   - everything that can be wrong with an order is refused before there is a run
 *   - a run's row, its assignments and its job are written in one transaction
 *   - the same idempotency key and order give the same run; the same key and another order are a CONFLICT
 */
import type { ComputePool } from "../compute/types.js";
import { MaillardError } from "../errors.js";
import { orderTransaction } from "../store/access/turns.js";
import { checkQuotaInTurn } from "../store/access/usage.js";
import type { Metric, Run, RunGroup } from "../store/generated/client.js";
import { newId, type Store } from "../store/index.js";
import { cancelGroup, startRepeats, startSweep } from "./groups.js";
import { insertQueued, type RunRequest } from "./insert.js";
import { checkFree, lockNames } from "./names.js";
import { type InputHashes, inputHashes, isSame, type Orders } from "./orders/identity.js";
import {
  checkIdempotencyKey,
  type EmbeddingInput,
  type FinetuneInput,
  orderEmbedding,
  orderFinetune,
} from "./orders/input.js";
import { orderPrediction, type PredictionInput } from "./orders/prediction-order.js";
import { orderProbe, type ProbeInput } from "./orders/probe-order.js";
import type { RepeatsInput } from "./orders/repeats.js";
import { learns } from "./orders/stored.js";
import type { SweepInput } from "./orders/sweep/order.js";
import { type Prepared, prepareEmbedding, prepareFinetune, preparePrediction, prepareProbe } from "./prepare.js";
import { changedRuns, type RunConditions } from "./queue/changes.js";
import { Feeds } from "./queue/feeds.js";
import { DEFAULT_LANES } from "./queue/lanes.js";
import { endLostStopped, goneWorkers } from "./queue/lease.js";
import { RunQueue } from "./queue/queue.js";
import type { RunsOptions } from "./types.js";
import { cancelRun, pauseRun, type RetryOptions, resumeRun, retryRun, type VerbParts } from "./verbs.js";
import { wantedBy } from "./wanted.js";
import { Worker } from "./worker.js";

/** Opens the queue and starts a worker, unless `worker` is false. */
export async function startRuns(options: RunsOptions): Promise<Runs> {
  const { onError = logError } = options;
  const runs = new Runs(options, await RunQueue.open(options.store, onError));
  if (options.worker ?? true) runs.startWorker();
  else runs.endCancelled();
  return runs;
}

const isTaken = (error: unknown): boolean => ["CONFLICT", "QUOTA_EXCEEDED"].includes(MaillardError.from(error).code);

const logError = (error: unknown): void =>
  console.error(`runs: ${error instanceof Error ? error.message : String(error)}`);

/** What is one for all principals. */
interface Shared {
  feeds: Feeds;
  worker?: Worker;
  timer?: NodeJS.Timeout;
}

export class Runs {
  readonly #store: Store;
  readonly #compute: ComputePool;
  readonly #queue: RunQueue;
  readonly #options: RunsOptions;
  readonly #shared: Shared;

  /** Use `startRuns`. */
  constructor(options: RunsOptions, queue: RunQueue, shared: Shared = { feeds: new Feeds(options.store) }) {
    this.#options = options;
    this.#store = options.store;
    this.#compute = options.compute;
    this.#queue = queue;
    this.#shared = shared;
  }

  /** The same runs, as the principal of this store sees them, who owns what is started. Not to be closed. */
  within(store: Store): Runs {
    return new Runs({ ...this.#options, store }, this.#queue, this.#shared);
  }

  startFinetune(input: FinetuneInput): Promise<Run> {
    return this.#start("FINETUNE", input, orderFinetune, (order) => prepareFinetune(this.#store, this.#compute, order));
  }

  /** NOT_FOUND, UNKNOWN_TARGET, TOO_FEW_CLASSES, EMPTY_DATASET, INVALID_CONFIG, CONFLICT, MODEL_IS_COMPOSED. */
  startProbe(input: ProbeInput): Promise<Run> {
    return this.#start("PROBE", input, orderProbe, (order) => prepareProbe(this.#store, order));
  }

  /** Several finetunes at once: see groups.ts. All of them, or none. */
  startRepeats = (input: RepeatsInput): Promise<RunGroup> => startRepeats(this.#parts(), input);
  startSweep = (input: SweepInput): Promise<RunGroup> => startSweep(this.#parts(), input);

  /** Cancels every run of a group that has not ended. NOT_FOUND. */
  cancelGroup = (id: string): Promise<RunGroup> => cancelGroup(this.#verbs(), id);

  #parts() {
    return { store: this.#store, queue: this.#queue, compute: this.#compute };
  }

  startEmbedding(input: EmbeddingInput): Promise<Run> {
    return this.#start("EMBEDDING", input, orderEmbedding, (order) => prepareEmbedding(this.#store, order));
  }

  /** NOT_FOUND, EMPTY_DATASET, MODEL_HAS_NO_HEAD, MODEL_FILES_MISSING, CHECKPOINT_INVALID, BAD_INPUT, CONFLICT. */
  startPrediction(input: PredictionInput): Promise<Run> {
    return this.#start("PREDICTION", input, orderPrediction, (order) => preparePrediction(this.#store, order));
  }

  /** The verbs of a run that exists: see verbs.ts. */
  cancel = (id: string): Promise<Run> => cancelRun(this.#verbs(), id);
  pause = (id: string): Promise<Run> => pauseRun(this.#verbs(), id);
  resume = (id: string): Promise<Run> => resumeRun(this.#verbs(), id);
  retry = (id: string, options?: RetryOptions): Promise<Run> => retryRun(this.#verbs(), id, options);

  #verbs(): VerbParts {
    return { store: this.#store, queue: this.#queue, workerId: this.#shared.worker?.id ?? "" };
  }

  /** Without a worker here: now and then ends the runs of lost workers whose cancel was requested. */
  endCancelled(): void {
    const { leaseMs = 30_000, onError = logError } = this.#options;
    const end = async () => endLostStopped(this.#store.pool, await goneWorkers(this.#store, ""));
    this.#shared.timer = setInterval(() => void end().catch(onError), leaseMs / 3).unref();
  }

  /**
   * Metrics with a sequence above `after`: those that exist, then live ones, until the run ends. The caller has seen
   * the run.
   */
  metricsFrom(runId: string, after: number, signal: AbortSignal): AsyncIterable<Metric> {
    return this.#shared.feeds.follow(runId, (feed) => feed.metrics(after, signal));
  }

  /** The row now, after every change, and at the end. Changes in quick succession may come as one. As above. */
  updates(runId: string, signal: AbortSignal): AsyncIterable<Run> {
    return this.#shared.feeds.follow(runId, (feed) => feed.rows(signal));
  }

  /** All runs of which the conditions hold, as the principal sees them: see changes.ts. */
  changes(conditions: RunConditions, signal: AbortSignal): AsyncIterable<Run> {
    return changedRuns(this.#store, conditions, AbortSignal.any([signal, this.#shared.feeds.closing]));
  }

  /** Number of runs that have a subscriber. */
  get followed(): number {
    return this.#shared.feeds.size;
  }

  startWorker(): void {
    const { store, compute, chemistry = null, leaseMs = 30_000, pollMs = 5_000, onError = logError } = this.#options;
    const { lanes = DEFAULT_LANES } = this.#options;
    const queue = this.#queue;
    this.#shared.worker ??= new Worker({ store, compute, chemistry, queue, leaseMs, pollMs, lanes, onError });
    this.#shared.worker.start();
  }

  /** Ends the subscriptions; a running run goes back into the queue. */
  async close(): Promise<void> {
    this.#shared.feeds.close();
    clearInterval(this.#shared.timer);
    await this.#shared.worker?.close();
    await this.#queue.close();
  }

  #keyed(idempotencyKey: string) {
    return { projectId_idempotencyKey: { projectId: this.#store.principal.project, idempotencyKey } };
  }

  async #start<Kind extends keyof Orders, Input extends { idempotencyKey?: string | null }>(
    kind: Kind,
    input: Input,
    orderOf: (input: Input) => Orders[Kind],
    prepare: (order: Orders[Kind]) => Promise<Prepared>,
  ): Promise<Run> {
    const key = checkIdempotencyKey(input.idempotencyKey);
    const order = orderOf(input);
    const hashes = inputHashes(kind, order);
    return (await this.#known(key, hashes)) ?? this.#createUnlessKnown(key, hashes, () => prepare(order));
  }

  async #known(key: string | null, hashes: InputHashes): Promise<Run | null> {
    if (key === null) return null;
    const run = await this.#store.prisma.run.findUnique({ where: this.#keyed(key) });
    if (!run || isSame(run, hashes)) return run;
    throw new MaillardError(
      "CONFLICT",
      "This idempotencyKey was used for another run. Send the same input as then, or another key.",
      { param: "idempotencyKey", details: { name: run.name } },
    );
  }

  /** Two requests at once with one key: the second finds its name, or the quota, taken by the run of the first. */
  async #createUnlessKnown(key: string | null, hashes: InputHashes, prepare: () => Promise<Prepared>): Promise<Run> {
    try {
      return await this.#create({ ...(await prepare()), key, inputHash: hashes.own }, hashes);
    } catch (error) {
      const known = isTaken(error) ? await this.#known(key, hashes) : null;
      if (known) return known;
      throw error;
    }
  }

  async #create(request: RunRequest, hashes: InputHashes): Promise<Run> {
    const id = newId();
    const created = await orderTransaction(this.#store, async (client) => {
      // What makes no model has a name that is free at any time.
      if (learns(request)) {
        const { project } = this.#store.principal;
        await lockNames(client, project, [request.name]);
        await checkFree(client, project, [request.name]);
      }
      // After the names, in every transaction, so that no two wait for each other.
      await checkQuotaInTurn(client, this.#store, await wantedBy(client, this.#store.principal.keyId, [request]));
      return insertQueued(this.#parts(), client, id, request, null);
    });
    // Two requests at once with one key: the row of the other exists now.
    if (!created) return (await this.#known(request.key, hashes)) as Run;
    return this.#store.prisma.run.findUniqueOrThrow({ where: { id } });
  }
}
