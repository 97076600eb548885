/**
 * The compute pool: requests in, batches out to the devices, answers back. Contract in types.ts.
 *
 *   infer ─> BatchQueue of its priority ─> pump ─> an idle device ─> its process ─> results back to each item's request
 *                                  (or one that is nearly done: its next batch waits in its process)
 *   train, fitProbe, pca, analysisLine.analyse ─> a process of its own
 *
 * `pump` runs when something was queued (after this turn of the event loop, so that what came with one message of the
 * network goes together) and when a device has room. A batch whose process ended is queued once more, each item
 * alone, so that only the item that caused it fails: with COMPUTE_CRASHED, when its process ends a second time.
 */
import { setMaxListeners } from "node:events";
import { MaillardError } from "../errors.js";
import { entryBeside } from "../process/forked-process.js";
import { retryAfterMs } from "../process/mean-time.js";
import { tracked } from "../process/tracked.js";
import type { TaskReport } from "../scores/types.js";
import type { ProbeJob, ProbeResult } from "../train/probe/probe.js";
import type { AnyTrainingJob, TrainingEvent } from "../train/types.js";
import { Device } from "./device.js";
import { type DeviceName, parseDevices } from "./devices.js";
import { devicesFor } from "./gpu/choose.js";
import { ProcessLine } from "./jobs/analysis.js";
import { ProbeFits } from "./jobs/linear-probe.js";
import { trainInProcess } from "./jobs/training.js";
import { type ComputePoolOptions, resolveNumbers } from "./options.js";
import { batchMessage } from "./packing.js";
import { PriorityQueues } from "./priorities.js";
import { BatchQueue, keyOf } from "./queue.js";
import { cannotTrain, closed, crashed, left, noDevice } from "./refusals.js";
import { checkTokens, type ItemResult, PendingRequest, type QueuedItem } from "./request.js";
import { type ComputeStatistics, StatisticsRecorder } from "./statistics.js";
import { TokenBudgets } from "./token-budget.js";
import type { ComputePool, DeviceStatus, InferencePriority, InferenceRequest, PcaRequest, PcaResult } from "./types.js";
import { ProcessEnded, type Worked } from "./work-line.js";

/** A ComputePool with what operators and callers of many items need in addition. */
export interface ObservedComputePool extends ComputePool {
  /** Like infer, but a failed item is a MaillardError in its place and the others are answered. */
  inferEach(request: InferenceRequest): Promise<ItemResult[]>;
  statistics(): ComputeStatistics;
}

/** How often the process of an item may end before the item fails. */
const CRASHES_ALLOWED = 1;

export async function startComputePool(options: ComputePoolOptions = {}): Promise<ObservedComputePool> {
  const chosen = await devicesFor(options.devices, { threads: options.threads, entry: options.entry?.trial });
  const pool = new Pool(options, chosen);
  await pool.start();
  return pool;
}

class Pool implements ObservedComputePool {
  readonly #limits: ReturnType<typeof resolveNumbers>;
  readonly #devices: Device[];
  readonly #queue: PriorityQueues;
  readonly #budgets: TokenBudgets;
  readonly #statistics = new StatisticsRecorder();
  readonly #shutdown = new AbortController();
  readonly #trainings = new Set<Promise<unknown>>();
  readonly #onOutput: (device: string, output: string) => void;
  readonly #trainingEntry: URL;
  readonly #probeFits: ProbeFits;
  readonly analysisLine: ProcessLine;
  /** Of its own: a PCA takes seconds, and does not wait for a map or a separation of minutes. */
  readonly #pcaLine: ProcessLine;
  #running = 0;
  #pumpTimer: NodeJS.Immediate | null = null;
  #closing: Promise<void> | null = null;

  constructor(options: ComputePoolOptions, devices: readonly DeviceName[]) {
    this.#limits = resolveNumbers(options);
    this.#onOutput = options.onOutput ?? (() => {});
    this.#trainingEntry = options.entry?.training ?? entryBeside(import.meta.url, "./jobs/training-process");
    const entry = options.entry?.analysis ?? entryBeside(import.meta.url, "./jobs/analysis-process");
    const timeoutMs = this.#limits.analysisTimeoutMs;
    this.analysisLine = new ProcessLine({ entry, timeoutMs, onOutput: this.#onOutput });
    this.#pcaLine = new ProcessLine({ entry, timeoutMs, onOutput: this.#onOutput });
    this.#probeFits = new ProbeFits(this.#onOutput);
    this.#budgets = new TokenBudgets(options.tokenBudget);
    this.#queue = new PriorityQueues(() => new BatchQueue(this.#limits.queueLimit, this.#budgets));
    const { threads, maxModels, recycleAfter, startTimeoutMs, backOffMs } = this.#limits;
    const settings = {
      entry: options.entry?.inference ?? entryBeside(import.meta.url, "./inference/inference-process"),
      threads,
      maxModels,
      recycleAfter,
      startTimeoutMs,
      backOffMs,
      cacheFolder: options.cacheFolder ?? null,
      onChange: () => this.#deviceChanged(),
      onOutput: this.#onOutput,
    };
    this.#devices = devices.map((name) => new Device(name, settings));
  }

  async start(): Promise<void> {
    await Promise.all(this.#devices.map((device) => device.start()));
    if (!this.#devices.some((device) => device.state === "READY")) throw noDevice(this.devices(), false);
  }

  devices(): DeviceStatus[] {
    return this.#devices.map((device) => device.status());
  }

  infer(request: InferenceRequest): Promise<Float32Array[]> {
    return this.#submit(request, true) as Promise<Float32Array[]>;
  }

  inferEach(request: InferenceRequest): Promise<ItemResult[]> {
    return this.#submit(request, false);
  }

  async pca({ vectors, dimension, ...options }: PcaRequest, signal?: AbortSignal): Promise<PcaResult> {
    const { threads } = this.#limits;
    return this.#pcaLine.analyse({ kind: "PCA", vectors, dimension, options: { ...options, threads } }, signal);
  }

  async train(
    job: AnyTrainingJob,
    onEvent: (event: TrainingEvent<TaskReport>) => Promise<void>,
    signal?: AbortSignal,
  ): Promise<void> {
    if (this.#closing) throw closed();
    this.#checkTrainingDevice(job.device ?? "cpu");
    const { stopTimeoutMs } = this.#limits;
    const options = { entry: this.#trainingEntry, shutdown: this.#shutdown.signal, onOutput: this.#onOutput };
    return tracked(this.#trainings, trainInProcess({ job, onEvent, signal, stopTimeoutMs, ...options }));
  }

  async fitProbe(job: ProbeJob, signal?: AbortSignal): Promise<ProbeResult> {
    if (this.#closing) throw closed();
    return tracked(this.#trainings, this.#probeFits.fit(job, signal));
  }

  gauges(): { queuedItems: number; runningItems: number; trainingRuns: number } {
    const lines = [this.analysisLine.gauges, this.#pcaLine.gauges];
    return {
      queuedItems: this.#queue.size + lines.reduce((sum, { waiting }) => sum + waiting, 0),
      runningItems: this.#running + lines.reduce((sum, { running }) => sum + running, 0),
      trainingRuns: this.#trainings.size,
    };
  }

  statistics(): ComputeStatistics {
    const analyses = [this.analysisLine.gauges, this.#pcaLine.gauges].reduce((sum, { waiting }) => sum + waiting, 0);
    const waiting = { ...Object.fromEntries(this.#queue.sizes), ANALYSIS: analyses };
    return this.#statistics.snapshot(this.#devices, waiting as ComputeStatistics["waiting"]);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    if (this.#pumpTimer) clearImmediate(this.#pumpTimer);
    this.#rejectWaiting(closed());
    this.#shutdown.abort();
    await Promise.all([
      this.analysisLine.close(),
      this.#pcaLine.close(),
      this.#probeFits.close(),
      ...this.#trainings,
      ...this.#devices.map((device) => device.close(this.#limits.closeGraceMs)),
    ]);
  }

  // ---- admission

  async #submit(request: InferenceRequest, failFast: boolean): Promise<ItemResult[]> {
    const { signal } = request;
    this.#checkOpen();
    if (signal?.aborted) throw left();
    if (request.tokenIds.length === 0) return [];
    const leave = () => pending.fail(left());
    const pending = new PendingRequest(checkTokens(request), failFast, () => {
      this.#queue.remove(pending);
      signal?.removeEventListener("abort", leave);
    });
    this.#queue.admit(pending, this.#retryAfterMs(pending.priority));
    if (signal) {
      // One signal for many calls is the normal case, not a leak.
      setMaxListeners(0, signal);
      signal.addEventListener("abort", leave, { once: true });
    }
    this.#schedulePump();
    return pending.outcome;
  }

  #checkOpen(): void {
    if (this.#closing) throw closed();
    if (this.#devices.every((device) => device.state === "UNAVAILABLE")) throw noDevice(this.devices(), true);
  }

  #checkTrainingDevice(id: string): void {
    parseDevices(id);
    if (id === "cpu") return;
    const device = this.#devices.find(({ name }) => name.id === id);
    if (device && device.state !== "UNAVAILABLE") return;
    throw cannotTrain(id, device?.reason ?? "it is not among MAILLARD_DEVICES");
  }

  /** Time to work off what waits, from the measured speed of recent batches; 1 s before there is any. */
  #retryAfterMs(priority: InferencePriority): number {
    const speed = this.#statistics.tokensPerMs;
    const devices = Math.max(1, this.#devices.filter(({ state }) => state === "READY").length);
    return speed ? retryAfterMs(this.#queue.tokensBefore(priority) / speed / devices) : 1000;
  }

  // ---- the loop

  /** Nobody waits for others beside an idle device. While all work, what comes gathers. */
  #schedulePump(): void {
    this.#pumpTimer ??= setImmediate(() => this.#pump());
  }

  #deviceChanged(): void {
    if (this.#closing) return;
    const gone = this.#devices.every((device) => device.state === "UNAVAILABLE");
    if (gone) this.#rejectWaiting(noDevice(this.devices(), true));
    this.#pump();
  }

  #pump(): void {
    this.#pumpTimer = null;
    if (this.#closing) return;
    for (;;) {
      // One that is nearly idle comes after those that are.
      const device = this.#devices.find(({ idle }) => idle) ?? this.#devices.find(({ hasRoom }) => hasRoom);
      const items = device && this.#queue.take(device.name.id);
      if (!items) return;
      void this.#runBatch(device, items);
    }
  }

  async #runBatch(device: Device, items: QueuedItem[]): Promise<void> {
    this.#running += items.length;
    try {
      const key = `${device.name.id} ${keyOf(items[0].request)}`;
      const budget = this.#budgets.of(key);
      const expectedMs = this.#budgets.expectedMs(key, tokensOf(items));
      const times = { timeoutMs: this.#limits.batchTimeoutMs, expectedMs };
      const answer = await device.execute((id) => [batchMessage(id, items)], times);
      this.#statistics.batch(items, answer);
      this.#measure(items, { key, budget }, answer);
      const { width, values } = answer;
      const failures = new Map(answer.failures.map(({ item, error }) => [item, MaillardError.from(error)]));
      for (const [row, item] of items.entries()) {
        // A copy each, so that a result that is kept does not keep the whole batch in memory.
        item.request.settle(item, failures.get(row) ?? values.slice(row * width, (row + 1) * width));
      }
    } catch (error) {
      if (error instanceof ProcessEnded) this.#repeatOrFail(items, error);
      else for (const item of items) item.request.settle(item, MaillardError.from(error));
    } finally {
      this.#running -= items.length;
      this.#pump();
    }
  }

  /** A batch that another item of its length would not fit into says how fast its budget is. */
  #measure(
    items: readonly QueuedItem[],
    { key, budget }: { key: string; budget: number },
    { inferenceMs, loadMs, failures }: Worked,
  ): void {
    if (loadMs > 0 || failures.length > 0) return;
    const longest = Math.max(...items.map(({ length }) => length));
    const isFull = (items.length + 1) * longest > budget;
    this.#budgets.measured(key, { budget, isFull, tokens: tokensOf(items), ms: inferenceMs });
  }

  #repeatOrFail(items: QueuedItem[], { reason, whileLoading, hadBegun }: ProcessEnded): void {
    const again: QueuedItem[] = [];
    for (const item of items) {
      if (item.request.settled) continue;
      if (this.#closing) item.request.fail(closed());
      else if (!hadBegun) again.push(item);
      else if (item.crashes++ < CRASHES_ALLOWED) again.push(item);
      else item.request.settle(item, crashed(reason));
    }
    this.#queue.repeat(
      again.filter((item) => !item.request.settled),
      whileLoading || !hadBegun,
    );
  }

  #rejectWaiting(error: MaillardError): void {
    for (const request of this.#queue.requests()) request.fail(error);
  }
}

const tokensOf = (items: readonly QueuedItem[]): number => items.reduce((sum, { length }) => sum + length, 0);
