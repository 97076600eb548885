/**
 * Runs as the rest of the house sees them: started, cancelled, followed, and worked off.
 *   - everything that can be wrong with an order is refused before there is a run
 *   - a run's row, its assignments and its job are one transaction
 *   - the same idempotency key and order: the same run; the same key and another order: CONFLICT
 */
import type { ComputePool } from "../compute/types.js";
import { transaction } from "../datasets/sql.js";
import { MaillardError } from "../errors.js";
import type { Dataset, Metric, Model, Run } from "../store/generated/client.js";
import { modelFolder, newId, resolveModel, type Store } from "../store/index.js";
import { layerOf } from "./embedding.js";
import { Feed } from "./feed.js";
import { chooseDevice } from "./finetune.js";
import {
  checkIdempotencyKey,
  type EmbeddingInput,
  type EmbeddingOrder,
  type FinetuneInput,
  invalid,
  orderEmbedding,
  orderFinetune,
  orderHash,
  type PlannedOrder,
} from "./input.js";
import { requestCancel } from "./lease.js";
import { type Plan, planFinetune } from "./plan.js";
import { RunQueue } from "./queue.js";
import { isFinal } from "./states.js";
import { checkSettings } from "./training-settings.js";
import { Worker } from "./worker.js";

export interface RunsOptions {
  store: Store;
  compute: ComputePool;
  /** Work off runs in this process. Default true; a process that only serves says false. */
  worker?: boolean;
  /** Silence in ms after which a worker counts as gone. Default 30,000: several times the longest pause of a busy machine. */
  leaseMs?: number;
  /** Look at the queue this often (ms) even when nothing was said. Default 5,000. */
  pollMs?: number;
  /** For the operator's log. Default: one line on stderr. */
  onError?(error: unknown): void;
}

/** Opens the queue and, unless told otherwise, begins to work. */
export async function startRuns(options: RunsOptions): Promise<Runs> {
  const { onError = logError } = options;
  const runs = new Runs(options, await RunQueue.open(options.store, onError));
  if (options.worker ?? true) runs.startWorker();
  return runs;
}

const logError = (error: unknown): void =>
  console.error(`runs: ${error instanceof Error ? error.message : String(error)}`);

export class Runs {
  readonly #store: Store;
  readonly #compute: ComputePool;
  readonly #queue: RunQueue;
  readonly #options: RunsOptions;
  readonly #feeds = new Map<string, { feed: Feed; readers: number }>();
  #worker: Worker | null = null;

  /** Use `startRuns`. */
  constructor(options: RunsOptions, queue: RunQueue) {
    this.#options = options;
    this.#store = options.store;
    this.#compute = options.compute;
    this.#queue = queue;
  }

  async startFinetune(input: FinetuneInput): Promise<Run> {
    const key = checkIdempotencyKey(input.idempotencyKey);
    const order = orderFinetune(input);
    const inputHash = orderHash("FINETUNE", order);
    const known = await this.#known(key, inputHash);
    if (known) return known;
    const [baseModel, dataset] = await this.#subjects(order.baseModel, order.dataset, "baseModel");
    if (order.maxLength !== null && order.maxLength > baseModel.maxLength) {
      throw invalid(
        "maxLength",
        order.maxLength,
        `a whole number from 3 to ${baseModel.maxLength}, the limit of ${baseModel.name}`,
      );
    }
    if (order.device !== null) chooseDevice(this.#compute, order.device);
    await this.#checkName(order.name);
    const plan = await planFinetune(this.#store, dataset, order);
    const size = (name: string) => plan.assignments.filter(({ split }) => split === name).length;
    await checkSettings(order, {
      ...{ task: plan.task, folder: modelFolder(this.#store, baseModel) },
      ...{ training: size("TRAIN"), validation: size("VALIDATION") },
    });
    const planned = { ...order, task: plan.task };
    return this.#create({
      kind: "FINETUNE",
      name: order.name,
      key,
      inputHash,
      order: planned,
      dataset,
      baseModel,
      plan,
    });
  }

  async startEmbedding(input: EmbeddingInput): Promise<Run> {
    const key = checkIdempotencyKey(input.idempotencyKey);
    const order = orderEmbedding(input);
    const inputHash = orderHash("EMBEDDING", order);
    const known = await this.#known(key, inputHash);
    if (known) return known;
    const [baseModel, dataset] = await this.#subjects(order.model, order.dataset, "model");
    const size = await this.#store.prisma.datasetCompound.count({ where: { datasetId: dataset.id } });
    if (size === 0)
      throw new MaillardError("EMPTY_DATASET", `The dataset ${dataset.name} is empty. Import molecules into it.`, {
        param: "dataset",
      });
    layerOf(baseModel, order.layer);
    const name = `${dataset.name}-by-${baseModel.name}-${order.pooling.toLowerCase()}${order.layer === undefined ? "" : `-layer-${order.layer}`}`;
    return this.#create({ kind: "EMBEDDING", name, key, inputHash, order, dataset, baseModel, plan: null });
  }

  /** QUEUED: ends at once. RUNNING: its worker stops within a step. Ended: stays as it is. NOT_FOUND. */
  async cancel(id: string): Promise<Run> {
    await transaction(this.#store, (client) => requestCancel(client, id));
    const run = await this.#store.prisma.run.findUnique({ where: { id } });
    if (run) return run;
    throw new MaillardError("NOT_FOUND", "There is no run of this id. List the existing ones with `runs(first: 10)`.", {
      param: "id",
    });
  }

  /** Metrics with a sequence above `after`: those that are there, then live, then the end. */
  metricsFrom(runId: string, after: number, signal: AbortSignal): AsyncIterable<Metric> {
    return this.#follow(runId, (feed) => feed.metrics(after, signal));
  }

  /** The row now, after every change, and at the end. Changes in quick succession may come as one. */
  updates(runId: string, signal: AbortSignal): AsyncIterable<Run> {
    return this.#follow(runId, (feed) => feed.rows(signal));
  }

  /** Runs that somebody follows: zero when everybody has left. */
  get followed(): number {
    return this.#feeds.size;
  }

  startWorker(): void {
    const { store, compute, leaseMs = 30_000, pollMs = 5_000, onError = logError } = this.#options;
    this.#worker ??= new Worker({ store, compute, queue: this.#queue, leaseMs, pollMs, onError });
    this.#worker.start();
  }

  /** Ends the subscribers; a run under way goes back into the queue. */
  async close(): Promise<void> {
    for (const { feed } of this.#feeds.values()) feed.close();
    await this.#worker?.close();
    await this.#queue.close();
  }

  async *#follow<T>(runId: string, open: (feed: Feed) => AsyncGenerator<T>): AsyncGenerator<T> {
    const entry = this.#feeds.get(runId) ?? { feed: new Feed(this.#store, runId), readers: 0 };
    this.#feeds.set(runId, entry);
    entry.readers++;
    try {
      yield* open(entry.feed);
    } finally {
      entry.readers--;
      if (entry.readers === 0) {
        entry.feed.close();
        this.#feeds.delete(runId);
      }
    }
  }

  async #known(key: string | null, inputHash: string): Promise<Run | null> {
    if (key === null) return null;
    const run = await this.#store.prisma.run.findUnique({ where: { idempotencyKey: key } });
    if (!run || run.inputHash === inputHash) return run;
    throw new MaillardError(
      "CONFLICT",
      "This idempotencyKey was used for another run. Send the same input as then, or another key.",
      {
        param: "idempotencyKey",
        details: { name: run.name },
      },
    );
  }

  async #subjects(model: string, dataset: string, param: string): Promise<[Model, Dataset]> {
    const { prisma } = this.#store;
    const baseModel = await resolveModel(this.#store, model).catch((error: MaillardError) => {
      if (error.code !== "NOT_FOUND") throw error;
      throw new MaillardError("NOT_FOUND", error.message, { param, details: error.details });
    });
    const found = dataset.includes("\0") ? null : await prisma.dataset.findUnique({ where: { name: dataset } });
    if (found) return [baseModel, found];
    const rows = await prisma.dataset.findMany({ select: { name: true }, orderBy: { name: "asc" }, take: 50 });
    const existing = rows.map(({ name }) => name);
    throw new MaillardError(
      "NOT_FOUND",
      `There is no dataset ${JSON.stringify(dataset.slice(0, 100))}. ${existing.length > 0 ? `Existing: ${existing.join(", ")}.` : "Import one with `maillard import`."}`,
      { param: "dataset", details: { existing } },
    );
  }

  /** The model will have this name: it must be free, and not promised to a run that has not ended. */
  async #checkName(name: string): Promise<void> {
    const { prisma } = this.#store;
    const [model, runs] = await Promise.all([
      prisma.model.findUnique({ where: { name }, select: { id: true } }),
      prisma.run.findMany({
        where: { name, kind: "FINETUNE", status: { in: ["QUEUED", "RUNNING"] } },
        select: { status: true },
      }),
    ]);
    if (model)
      throw new MaillardError("CONFLICT", `There is a model ${name} already. Choose another name.`, { param: "name" });
    const [run] = runs.filter(({ status }) => !isFinal(status));
    if (run)
      throw new MaillardError(
        "CONFLICT",
        `A run of the name ${name} is ${run.status}, and its model will have that name. Choose another, or cancel it.`,
        { param: "name" },
      );
  }

  async #create(order: {
    kind: "FINETUNE" | "EMBEDDING";
    name: string;
    key: string | null;
    inputHash: string;
    order: PlannedOrder | EmbeddingOrder;
    dataset: Dataset;
    baseModel: Model;
    plan: Plan | null;
  }): Promise<Run> {
    const { kind, name, key, inputHash, dataset, baseModel, plan } = order;
    const id = newId();
    const created = await transaction(this.#store, async (client) => {
      const { rowCount } = await client.query(
        `INSERT INTO "Run" (id, kind, name, "idempotencyKey", "inputHash", input, "datasetId", "baseModelId", warnings)
         VALUES ($1, $2::"RunKind", $3, $4, $5, $6, $7, $8, $9) ON CONFLICT ("idempotencyKey") DO NOTHING`,
        [
          id,
          kind,
          name,
          key,
          inputHash,
          JSON.stringify(order.order),
          dataset.id,
          baseModel.id,
          JSON.stringify(plan?.warnings ?? []),
        ],
      );
      if (rowCount === 0) return false;
      if (plan) {
        // unnest: one statement however many molecules.
        await client.query(
          `INSERT INTO "RunAssignment" ("runId", "memberId", split, label)
           SELECT $1, a.member, a.split::"Split", a.label FROM unnest($2::text[], $3::text[], $4::text[]) AS a(member, split, label)`,
          [
            id,
            plan.assignments.map(({ memberId }) => memberId),
            plan.assignments.map(({ split }) => split),
            plan.assignments.map(({ label }) => label),
          ],
        );
      }
      await this.#queue.enqueue(client, id);
      return true;
    });
    // Two at once with one key: the other's row is there by now.
    if (!created) return (await this.#known(key, inputHash)) as Run;
    return this.#store.prisma.run.findUniqueOrThrow({ where: { id } });
  }
}
