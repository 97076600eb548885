/**
 * The entry of this layer: runs are started, cancelled, followed and executed.
 *   - everything that can be wrong with an order is refused before there is a run
 *   - a run is made in one transaction: see start.ts
 *   - the same idempotency key and order give the same run; the same key and another order are a CONFLICT
 */
import { defaultThreads } from "../compute/threads.js";
import type { ComputePool } from "../compute/types.js";
import { DEFAULT_IMPORT_LIMITS } from "../datasets/limits.js";
import type { Run, RunGroup } from "../store/generated/client.js";
import { type Store } from "../store/index.js";
import type { Machine } from "./estimates/estimate.js";
import { changedRuns, type RunConditions } from "./follow/changes.js";
import { Feeds } from "./follow/feeds.js";
import { startRepeats, startSweep } from "./groups.js";
import { type Again, type AgainParts, type Changes, cloneRun, continueRun } from "./life/again.js";
import { type AnnotationChanges, setPriority, updateRun } from "./life/annotate.js";
import { cancelGroup, pauseGroup, resumeGroup } from "./life/groups.js";
import { type AnnotationInput, orderAnnotations } from "./orders/annotations.js";
import { type EvaluationInput, orderEvaluation } from "./orders/evaluation-order.js";
import { inputHashes, type Orders } from "./orders/identity.js";
import { type ImportInput, orderImport } from "./orders/import-order.js";
import { type EmbeddingInput, type FinetuneInput, orderEmbedding, orderFinetune } from "./orders/input.js";
import { orderPrediction, type PredictionInput } from "./orders/prediction-order.js";
import { orderPretraining, type PretrainingInput, type PretrainingOrder } from "./orders/pretraining-order.js";
import { orderProbe, type ProbeInput } from "./orders/probe-order.js";
import { orderProjection, type ProjectionInput } from "./orders/projection-order.js";
import type { RepeatsInput } from "./orders/repeats.js";
import type { SweepInput } from "./orders/sweep/order.js";
import { withoutPatterns, withPatterns } from "./orders/target-patterns.js";
import {
  type Prepared,
  prepareEmbedding,
  prepareEvaluation,
  prepareFinetune,
  prepareImport,
  preparePrediction,
  preparePretraining,
  prepareProbe,
  prepareProjection,
} from "./prepare.js";
import { DEFAULT_LANES } from "./queue/lanes.js";
import { endLostStopped } from "./queue/lease.js";
import { defaultMemory } from "./queue/memory.js";
import { RunQueue } from "./queue/queue.js";
import { goneWorkers } from "./queue/workers.js";
import { askedBefore, startRun } from "./start.js";
import type { RunsOptions, SharedRuns } from "./types.js";
import { cancelRun, pauseRun, type RetryOptions, resumeRun, retryRun, type VerbParts } from "./verbs.js";
import { Worker } from "./worker.js";

/** Opens the queue and starts a worker, unless `worker` is false. */
export async function startRuns(options: RunsOptions): Promise<Runs> {
  const { onError = logError } = options;
  const runs = new Runs(options, await RunQueue.open(options.store, onError));
  if (options.worker ?? true) runs.startWorker();
  else runs.endCancelled();
  return runs;
}

const logError = (error: unknown): void =>
  console.error(`runs: ${error instanceof Error ? error.message : String(error)}`);

export class Runs {
  readonly #store: Store;
  readonly #compute: ComputePool;
  readonly #queue: RunQueue;
  readonly #options: RunsOptions;
  readonly #shared: SharedRuns;

  /** Use `startRuns`. */
  constructor(options: RunsOptions, queue: RunQueue, shared: SharedRuns = { feeds: new Feeds(options.store) }) {
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

  async startFinetune(given: FinetuneInput): Promise<Run> {
    const input = await this.#withNames(given);
    return this.#start("FINETUNE", input, orderFinetune, (order) =>
      prepareFinetune(this.#store, this.#compute, withPatterns(order, input)),
    );
  }

  /** NOT_FOUND, UNKNOWN_TARGET, TOO_FEW_CLASSES, EMPTY_DATASET, INVALID_CONFIG, CONFLICT, MODEL_IS_COMPOSED. */
  async startProbe(given: ProbeInput): Promise<Run> {
    const input = await this.#withNames(given);
    return this.#start("PROBE", input, orderProbe, (order) => prepareProbe(this.#store, withPatterns(order, input)));
  }

  #withNames<Input extends FinetuneInput | ProbeInput>(given: Input): Promise<Input> {
    return withoutPatterns(this.#store, given, given.idempotencyKey, askedBefore(this.#store));
  }

  /** Several finetunes at once: see groups.ts. All of them, or none. */
  startRepeats = (input: RepeatsInput): Promise<RunGroup> => startRepeats(this.#groups(), input);
  startSweep = (input: SweepInput): Promise<RunGroup> => startSweep(this.#groups(), input);

  /** The verbs of all runs of a group whose status allows them: see life/groups.ts. */
  cancelGroup = (id: string): Promise<RunGroup> => cancelGroup(this.#verbs(), id);
  pauseGroup = (id: string): Promise<RunGroup> => pauseGroup(this.#verbs(), id);
  resumeGroup = (id: string): Promise<RunGroup> => resumeGroup(this.#verbs(), id);

  #groups() {
    return { store: this.#store, queue: this.#queue, compute: this.#compute, machine: this.#machine };
  }

  startEmbedding = (input: EmbeddingInput): Promise<Run> =>
    this.#start("EMBEDDING", input, orderEmbedding, (order) => prepareEmbedding(this.#store, order));

  /** NOT_FOUND, EMPTY_DATASET, MODEL_HAS_NO_HEAD, MODEL_FILES_MISSING, CHECKPOINT_INVALID, BAD_INPUT, CONFLICT. */
  startPrediction = (input: PredictionInput): Promise<Run> =>
    this.#start("PREDICTION", input, orderPrediction, (order) => preparePrediction(this.#store, order));

  /** The codes of startPrediction; UNKNOWN_TARGET, TASK_MISMATCH, LABEL_MISMATCH, INVALID_CONFIG. */
  startEvaluation = (input: EvaluationInput): Promise<Run> =>
    this.#start("EVALUATION", input, orderEvaluation, (order) => prepareEvaluation(this.#store, order));

  /** NOT_FOUND, EMPTY_DATASET, MODEL_IS_COMPOSED, BAD_INPUT, TOO_MANY_ITEMS, INVALID_CONFIG, CONFLICT. */
  startProjection(input: ProjectionInput): Promise<Run> {
    return this.#start("PROJECTION", input, orderProjection, (order) => prepareProjection(this.#store, order));
  }

  /** The file goes to the run. BAD_INPUT, CONFLICT, QUOTA_EXCEEDED. */
  startImport(input: ImportInput): Promise<Run> {
    const { path, columns } = input;
    return this.#start("IMPORT", input, orderImport, async (order) =>
      prepareImport(this.#store, { ...order, ...(columns ? { columns } : {}) }, path),
    );
  }

  /** NOT_FOUND, EMPTY_DATASET, INVALID_CONFIG, MODEL_IS_COMPOSED, MODEL_FILES_MISSING, DEVICE_UNAVAILABLE, CONFLICT. */
  startPretraining(input: PretrainingInput): Promise<Run> {
    const prepare = (order: PretrainingOrder) => preparePretraining(this.#store, this.#compute, order);
    return this.#start("PRETRAIN", input, orderPretraining, prepare);
  }

  /** The verbs of a run that exists: see verbs.ts. */
  cancel = (id: string): Promise<Run> => cancelRun(this.#verbs(), id);
  pause = (id: string): Promise<Run> => pauseRun(this.#verbs(), id);
  resume = (id: string): Promise<Run> => resumeRun(this.#verbs(), id);
  retry = (id: string, options?: RetryOptions): Promise<Run> => retryRun(this.#verbs(), id, options);

  /** Description, notes, tags and priority: see life/annotate.ts. */
  update = (id: string, changes: AnnotationChanges): Promise<Run> => updateRun(this.#verbs(), id, changes);
  setPriority = (id: string, priority: number): Promise<Run> => setPriority(this.#verbs(), id, priority);

  /** Another run that is made of one: see life/again.ts. */
  clone = (id: string, changes: Changes): Promise<Again> => cloneRun(this.#again(), id, changes);
  continue = (id: string, changes: Changes): Promise<Again> => continueRun(this.#again(), id, changes);

  #again(): AgainParts {
    return { ...this.#verbs(), compute: this.#compute };
  }

  #verbs(): VerbParts {
    return { store: this.#store, queue: this.#queue, workerId: this.#shared.worker?.id ?? "", machine: this.#machine };
  }

  /** Without a worker here: now and then ends the runs of lost workers whose cancel was requested. */
  endCancelled(): void {
    const { leaseMs = 30_000, onError = logError } = this.#options;
    const end = async () => endLostStopped(this.#store.pool, await goneWorkers(this.#store, ""));
    this.#shared.timer = setInterval(() => void end().catch(onError), leaseMs / 3).unref();
  }

  /** One run as it goes on. The caller has seen it. */
  get live(): Feeds {
    return this.#shared.feeds;
  }

  metricsFrom = (runId: string, after: number, signal: AbortSignal) => this.live.metrics(runId, after, signal);
  updates = (runId: string, signal: AbortSignal) => this.live.rows(runId, signal);

  /** All runs of which the conditions hold, as the principal sees them: see changes.ts. */
  changes(conditions: RunConditions, signal: AbortSignal): AsyncIterable<Run> {
    return changedRuns(this.#store, conditions, AbortSignal.any([signal, this.#shared.feeds.closing]));
  }

  /** Number of runs that have a subscriber. */
  get followed(): number {
    return this.#shared.feeds.size;
  }

  get #machine(): Machine {
    const { lanes = DEFAULT_LANES } = this.#options;
    const threads = Math.max(1, Math.floor(defaultThreads() / lanes.TRAINING));
    return { threads, memory: this.#shared.worker?.memory ?? null };
  }

  startWorker(): void {
    const { chemistry = null, leaseMs = 30_000, pollMs = 5_000, lanes = DEFAULT_LANES } = this.#options;
    const { importLimits = DEFAULT_IMPORT_LIMITS, onError = logError, memory = defaultMemory() } = this.#options;
    const { onEvent = () => undefined } = this.#options;
    const { threads } = this.#machine;
    const defaults = { chemistry, leaseMs, pollMs, lanes, importLimits, memory, threads, onError, onEvent };
    this.#shared.worker ??= new Worker({ ...this.#options, ...defaults, queue: this.#queue });
    this.#shared.worker.start();
  }

  /** A run under way goes back into the queue, and none is taken any more. Orders are. */
  async handBack(): Promise<void> {
    await this.#shared.worker?.close();
  }

  /** Ends the subscriptions; a running run goes back into the queue. */
  async close(): Promise<void> {
    this.#shared.feeds.close();
    clearInterval(this.#shared.timer);
    await this.#shared.worker?.close();
    await this.#queue.close();
  }

  async #start<Kind extends keyof Orders, Input extends { idempotencyKey?: string | null } & AnnotationInput>(
    kind: Kind,
    input: Input,
    orderOf: (input: Input) => Orders[Kind],
    prepare: (order: Orders[Kind]) => Promise<Prepared>,
  ): Promise<Run> {
    const order = orderOf(input);
    const annotations = orderAnnotations(input);
    const prepared = async () => ({ ...(await prepare(order)), annotations });
    return startRun(this.#verbs(), input.idempotencyKey, inputHashes(kind, order), prepared);
  }
}
