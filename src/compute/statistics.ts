/** What the pool has done so far, in numbers: times of waiting, loading and inference, sizes of batches, crashes. */

import { Histogram, type HistogramSnapshot } from "../observe/histogram.js";
import { tracerOf } from "../observe/spans.js";
import type { Device } from "./device.js";
import type { QueuedItem } from "./request.js";
import type { InferencePriority } from "./types.js";
import type { Worked } from "./work-line.js";

export interface ComputeStatistics {
  /** Items of each priority that wait, and analyses. */
  waiting: Record<InferencePriority | "ANALYSIS", number>;
  /** Per batch: its items. */
  batchItems: HistogramSnapshot;
  /** Per batch: its real tokens, padding not counted. */
  batchTokens: HistogramSnapshot;
  /** Per item: from admission to the start of its batch, in ms. */
  queueMs: HistogramSnapshot;
  /** Per batch: inside the model, in ms. */
  inferenceMs: HistogramSnapshot;
  /** Per model load, in ms. */
  loadMs: HistogramSnapshot;
  failedItems: number;
  devices: {
    id: string;
    pid: number | null;
    crashes: number;
    /** Processes replaced after `recycleAfter` model loads. */
    recycled: number;
    /** Of the present process. */
    modelLoads: number;
    /** Checksums of loaded models, least recently used first. */
    models: string[];
    /** Resident memory of the present process after its last answer. */
    residentBytes: number;
  }[];
}

/** Of each request in the batch: what it waited, and the batch. */
function traceBatch(items: readonly QueuedItem[], begin: number, inferenceMs: number, tokens: number): void {
  const tracer = tracerOf();
  if (!tracer) return;
  const end = performance.now();
  const attributes = {
    "maillard.items": items.length,
    "maillard.tokens": tokens,
    "maillard.inference_ms": inferenceMs,
  };
  for (const { span, items: own } of new Set(items.map(({ request }) => request))) {
    tracer.past("queue", span, { begin: own[0].since, end: begin }, {});
    tracer.past("batch", span, { begin, end }, attributes);
  }
}

const MILLISECONDS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000];
const POWERS_OF_TWO = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048];
/** Weight of the newest batch in the speed estimate. */
const NEWEST = 0.2;

export class StatisticsRecorder {
  /** Recent speed over a batch's whole round trip; null before the first batch. */
  tokensPerMs: number | null = null;
  #batchItems = new Histogram(POWERS_OF_TWO);
  #batchTokens = new Histogram(POWERS_OF_TWO);
  #queueMs = new Histogram(MILLISECONDS);
  #inferenceMs = new Histogram(MILLISECONDS);
  #loadMs = new Histogram(MILLISECONDS);
  #failedItems = 0;

  batch(items: QueuedItem[], answer: Worked): void {
    const begin = answer.begunAt;
    const tokens = items.reduce((sum, item) => sum + item.length, 0);
    this.#batchItems.observe(items.length);
    this.#batchTokens.observe(tokens);
    this.#inferenceMs.observe(answer.inferenceMs);
    if (answer.loadMs > 0) this.#loadMs.observe(answer.loadMs);
    for (const item of items) this.#queueMs.observe(begin - item.since);
    this.#failedItems += answer.failures.length;
    traceBatch(items, begin, answer.inferenceMs, tokens);
    const speed = tokens / Math.max(performance.now() - begin - answer.loadMs, 0.01);
    this.tokensPerMs = this.tokensPerMs === null ? speed : this.tokensPerMs * (1 - NEWEST) + speed * NEWEST;
  }

  snapshot(devices: Device[], waiting: ComputeStatistics["waiting"]): ComputeStatistics {
    return {
      waiting,
      batchItems: this.#batchItems.snapshot(),
      batchTokens: this.#batchTokens.snapshot(),
      queueMs: this.#queueMs.snapshot(),
      inferenceMs: this.#inferenceMs.snapshot(),
      loadMs: this.#loadMs.snapshot(),
      failedItems: this.#failedItems,
      devices: devices.map((device) => ({
        id: device.name.id,
        pid: device.pid ?? null,
        crashes: device.crashes,
        recycled: device.recycled,
        ...device.vitals,
      })),
    };
  }
}
