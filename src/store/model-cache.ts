/**
 * Models by the name that a caller gave, for questions that come by the thousand. They are kept until any model
 * changes: a trigger of the table notifies every process. While notifications do not come, nothing is kept. What this
 * process itself changes is forgotten at once (`clear`), by another one's change about a millisecond after its commit.
 */
import { LRUCache } from "lru-cache";
import { projectsSeen } from "./access/principal.js";
import { findModel } from "./find.js";
import type { Model } from "./generated/client.js";
import type { Notifications } from "./notifications.js";
import type { Store } from "./store.js";

/** Topic of the trigger. */
const MODELS_TOPIC = "models";
const MOST = 1_000;
/** For a connection that brings no notifications any more, and does not say so. */
const LONGEST_MS = 5_000;

export class ModelCache {
  readonly #kept = new LRUCache<string, Model>({ max: MOST, ttl: LONGEST_MS });
  #changes = 0;

  constructor(private readonly notifications: Pick<Notifications, "watch" | "watchOutages" | "connected">) {
    notifications.watch(MODELS_TOPIC, () => this.clear());
    notifications.watchOutages(() => this.clear());
  }

  /** As findModel: NOT_FOUND with the names that exist. */
  async find(store: Pick<Store, "prisma" | "principal">, name: string): Promise<Model> {
    const { principal } = store;
    const key = JSON.stringify([projectsSeen(principal), principal.project, name]);
    const kept = this.#kept.get(key);
    if (kept) return kept;
    const before = this.#changes;
    const model = await findModel(store, name);
    // A change that came meanwhile may be one that the row does not have.
    if (before === this.#changes && this.notifications.connected) this.#kept.set(key, model);
    return model;
  }

  /** After any change of a model. */
  clear(): void {
    this.#changes += 1;
    this.#kept.clear();
  }
}
