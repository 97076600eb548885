/**
 * The entry of this folder: things are deleted and renamed on behalf of a principal, and what no row needs is removed.
 * Deletion refuses what is still in use, or with `cascade` takes it along: unfinished runs are cancelled, and it is
 * waited until their workers have stopped.
 */
import { MaillardError } from "../../errors.js";
import { projectsSeen } from "../../store/access/principal.js";
import { checkMayChange } from "../../store/find.js";
import type { Store } from "../../store/index.js";
import { transaction } from "../../store/sql.js";
import { requestStop } from "../queue/lease.js";
import { runTopic } from "../queue/topics.js";
import { goneWorkers } from "../queue/workers.js";
import { deletePlanned } from "./delete.js";
import { type DiskUsage, diskUsageOf } from "./disk-usage.js";
import { collectGarbage, type Garbage, type GarbageOptions } from "./garbage.js";
import { sweep } from "./outbox.js";
import { rename } from "./rename.js";
import {
  findThing,
  gone,
  inUse,
  isActive,
  type Kind,
  listOf,
  nounOf,
  type Plan,
  planOf,
  type Thing,
  unfinished,
} from "./things.js";

export interface RemovalsOptions {
  store: Store;
  /** Days for which the last checkpoint of a run that failed or was cancelled is kept. Default 7. */
  keepCheckpointDays?: number;
  /** Time in ms that a deletion waits for workers to stop. Default 30,000. */
  stopMs?: number;
  /** Time in ms between two rounds in the background. Default an hour. */
  everyMs?: number;
  /** Called before rows are deleted: what is still to be written of answers gets its rows, which then go, too. */
  settle?(): Promise<unknown>;
  /** Takes what a round in the background removed. */
  onRemoved?(garbage: readonly Garbage[]): Promise<void>;
  onError?(error: unknown): void;
}

const KEEP_CHECKPOINT_DAYS = 7;
const STOP_MS = 30_000;
const EVERY_MS = 3_600_000;
/** What came between the plan and its transaction is planned again this often. */
const MOST_PLANS = 5;

export interface DeleteOptions {
  /** Everything that uses it, and all that was made of it, goes, too; unfinished runs are cancelled. */
  cascade?: boolean;
  /** Answers what would go. */
  dryRun?: boolean;
}

/** What went, or would go; the subject first. */
type Deleted = (Thing & { diskUsage: DiskUsage })[];

export class Removals {
  readonly #options: RemovalsOptions;
  readonly #store: Store;
  #timer: NodeJS.Timeout | undefined;
  #round: Promise<void> = Promise.resolve();

  constructor(options: RemovalsOptions) {
    this.#options = options;
    this.#store = options.store;
  }

  /** As the principal of this store. Not to be closed. */
  within(store: Store): Removals {
    return new Removals({ ...this.#options, store });
  }

  /** Removes now, and then now and then, what a killed process left and what is kept no longer. */
  start(): void {
    const run = () => {
      this.#round = this.#round.then(() => this.round()).catch(this.#options.onError ?? (() => undefined));
    };
    this.#timer ??= setInterval(run, this.#options.everyMs ?? EVERY_MS).unref();
    run();
  }

  /** One round of the background: notes, old checkpoints, and what no row has named for a week. */
  async round(): Promise<void> {
    const removed = await collectGarbage(this.#store, { keepDays: this.#keepDays, atOnce: false, dryRun: false });
    if (removed.length > 0) await this.#options.onRemoved?.(removed);
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#round;
  }

  get #keepDays(): number {
    return this.#options.keepCheckpointDays ?? KEEP_CHECKPOINT_DAYS;
  }

  /** NOT_FOUND, FORBIDDEN, CONFLICT (with what uses it, or what has not ended), OVERLOADED. */
  async delete(kind: Kind, id: string, { cascade = false, dryRun = false }: DeleteOptions = {}): Promise<Deleted> {
    for (let plans = 1; ; plans++) {
      const plan = await this.#plan(kind, id, cascade);
      // Before the rows go, by which they are counted.
      const usage = await diskUsageOf(this.#store, plan.things, null);
      const deleted = plan.things.map((thing) => ({
        ...thing,
        diskUsage: usage.get(`${thing.kind}:${thing.id}`) as DiskUsage,
      }));
      if (dryRun) return deleted;
      await this.#stop(plan.things.filter(isActive));
      await this.#options.settle?.();
      try {
        await deletePlanned(this.#store, plan, cascade);
      } catch (error) {
        const changed = error instanceof MaillardError && error.code === "CONFLICT";
        if (!(changed && cascade) || plans === MOST_PLANS) throw error;
        continue;
      }
      // The rows are gone: what is left of the files now is removed later.
      await sweep(this.#store).catch(this.#options.onError ?? (() => undefined));
      return deleted;
    }
  }

  async rename(kind: Kind, id: string, name: string): Promise<void> {
    await rename(this.#store, await this.#find(kind, id), name);
  }

  /** For administrators. */
  collectGarbage(options: Pick<GarbageOptions, "dryRun">): Promise<Garbage[]> {
    return collectGarbage(this.#store, { ...options, keepDays: this.#keepDays, atOnce: true });
  }

  /** NOT_FOUND of what the principal does not see, FORBIDDEN of what is shared. */
  async #find(kind: Kind, id: string): Promise<Thing> {
    const thing = await findThing(this.#store.pool, kind, id);
    const seen = projectsSeen(this.#store.principal);
    if (!thing || (seen !== null && !seen.includes(thing.projectId))) throw gone(kind);
    checkMayChange(this.#store, nounOf(kind), thing);
    return thing;
  }

  async #plan(kind: Kind, id: string, cascade: boolean): Promise<Plan> {
    const plan = await planOf(this.#store.pool, await this.#find(kind, id), cascade);
    this.#checkOwn(plan);
    if (plan.users.length > 0) throw inUse(plan, plan.users);
    const active = plan.things.filter(isActive);
    if (active.length > 0 && !cascade) throw unfinished(active);
    return plan;
  }

  /** Of what others made, nobody but an administrator deletes anything. */
  #checkOwn({ things }: Plan): void {
    const { role, keyId, name } = this.#store.principal;
    if (role === "ADMIN") return;
    const others = things.filter(({ createdById }) => createdById !== keyId);
    if (others.length === 0) return;
    throw new MaillardError(
      "FORBIDDEN",
      `The key ${name} did not make ${listOf(others)}, which would go, too: only the keys that did may delete ` +
        "these, or one of the role ADMIN.",
      { param: "id", details: { role, needs: "ADMIN" } },
    );
  }

  /** Cancels runs and waits for their end. CONFLICT, retryable, when a worker has not stopped in time. */
  async #stop(runs: readonly Thing[]): Promise<void> {
    const deadline = Date.now() + (this.#options.stopMs ?? STOP_MS);
    const workers = runs.length === 0 ? [] : await goneWorkers(this.#store, "");
    // The last one first: after the end of the first, the next would start before it is cancelled.
    for (const { id } of runs.toReversed())
      await transaction(this.#store, (client) => requestStop(client, id, "cancel", workers));
    for (const { id } of runs) await this.#ended(id, deadline);
  }

  async #ended(id: string, deadline: number): Promise<void> {
    let wake = (): void => undefined;
    const unsubscribe = this.#store.notifications.subscribe(runTopic(id), () => wake());
    try {
      for (;;) {
        const changed = new Promise<void>((resolve) => (wake = resolve));
        const now = await findThing(this.#store.pool, "Run", id);
        if (!now || !isActive(now)) return;
        const left = deadline - Date.now();
        if (left <= 0) throw stops(now);
        let timer: NodeJS.Timeout | undefined;
        const over = new Promise<void>((resolve) => (timer = setTimeout(resolve, Math.min(left, 1_000))));
        await Promise.race([changed, over]).finally(() => clearTimeout(timer));
      }
    } finally {
      unsubscribe();
    }
  }
}

const stops = (run: Thing): MaillardError =>
  new MaillardError("CONFLICT", `The run ${run.name} is cancelled, and its worker has not stopped yet. Try again.`, {
    param: "id",
    retryable: true,
    details: { usedBy: [{ kind: run.kind, id: run.id, name: run.name }], count: 1 },
  });
