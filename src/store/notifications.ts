/**
 * Notifications of the database: LISTEN on one connection per process. A notification has a topic ("run:<id>"), never
 * data: a subscriber that is woken reads the new rows from its cursor.
 *   - a lost connection is made again, and then every subscriber is woken, so that no notification is missed
 *   - several notifications may wake once, and a subscriber may find nothing new
 */
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import type { Queryable } from "./sql.js";

export const CHANNEL = "maillard";
const FIRST_DELAY_MS = 50;
const LONGEST_DELAY_MS = 2_000;
/** A connection without an answer for this long is closed: a network may drop it without an error. */
const PING_EVERY_MS = 30_000;
const PING_TIMEOUT_MS = 10_000;

/** Given what follows the prefix of a topic; null: notifications may have been lost. */
type Watcher = (rest: string | null) => void;

/** Given null when the connection is lost; when it is back, the time without it in ms. Must not throw. */
type OutageWatcher = (lastedMs: number | null) => void;

export interface NotificationsOptions {
  url: string;
  /** Called with every new connection before it listens. */
  onConnect?(client: pg.Client): Promise<void>;
  /** Called before a lost connection is made again. */
  beforeReconnect?(): Promise<void>;
}

/** Sent when the transaction of `client` commits; topics that are equal are sent once. */
export async function notify(client: Queryable, topics: readonly string[]): Promise<void> {
  if (topics.length > 0)
    await client.query(`SELECT pg_notify('${CHANNEL}', topic)::text FROM unnest($1::text[]) AS topic`, [topics]);
}

export class Notifications {
  readonly #options: NotificationsOptions;
  readonly #subscribers = new Map<string, Set<() => void>>();
  readonly #watchers = new Map<Watcher, string>();
  readonly #outageWatchers = new Set<OutageWatcher>();
  #client: pg.Client | null = null;
  #lostAt = 0;
  readonly #closing = new AbortController();
  #reconnecting: Promise<void> | null = null;

  constructor(options: NotificationsOptions) {
    this.#options = options;
  }

  /** The first connection; rejects when it cannot be made. */
  async start(): Promise<void> {
    await this.#connect();
    const timer = setInterval(() => void this.#ping(), PING_EVERY_MS);
    timer.unref();
    this.#closing.signal.addEventListener("abort", () => clearInterval(timer), { once: true });
  }

  /** `wake` must not throw. Returns the function that unsubscribes. */
  subscribe(topic: string, wake: () => void): () => void {
    const wakes = this.#subscribers.get(topic) ?? new Set();
    this.#subscribers.set(topic, wakes.add(wake));
    return () => {
      wakes.delete(wake);
      if (wakes.size === 0 && this.#subscribers.get(topic) === wakes) this.#subscribers.delete(topic);
    };
  }

  /** All topics that begin with `prefix`. `watcher` must not throw. Returns the function that ends it. */
  watch(prefix: string, watcher: Watcher): () => void {
    this.#watchers.set(watcher, prefix);
    return () => void this.#watchers.delete(watcher);
  }

  /** Returns the function that ends it. */
  watchOutages(watcher: OutageWatcher): () => void {
    this.#outageWatchers.add(watcher);
    return () => void this.#outageWatchers.delete(watcher);
  }

  /** Number of topics, and of prefixes, that have a subscriber. */
  get topics(): number {
    return this.#subscribers.size + this.#watchers.size;
  }

  get connected(): boolean {
    return this.#client !== null;
  }

  async close(): Promise<void> {
    this.#closing.abort();
    const client = this.#client;
    this.#client = null;
    await client?.end().catch(() => undefined);
    await this.#reconnecting;
  }

  async #connect(): Promise<void> {
    const client = new pg.Client({
      connectionString: this.#options.url,
      application_name: "maillard-listen",
      keepAlive: true,
      connectionTimeoutMillis: 10_000,
    });
    const lost = () => {
      if (this.#client !== client) return;
      this.#client = null;
      this.#lostAt = performance.now();
      for (const watcher of [...this.#outageWatchers]) watcher(null);
      void client.end().catch(() => undefined);
      this.#reconnecting ??= this.#reconnect();
    };
    client.on("error", lost);
    client.on("end", lost);
    client.on("notification", ({ payload = "" }) => {
      this.#wake(payload);
      for (const [watcher, prefix] of [...this.#watchers])
        if (payload.startsWith(prefix)) watcher(payload.slice(prefix.length));
    });
    try {
      await client.connect();
      await this.#options.onConnect?.(client);
      await client.query(`LISTEN ${CHANNEL}`);
    } catch (error) {
      await client.end().catch(() => undefined);
      throw error;
    }
    if (this.#closing.signal.aborted) return client.end();
    this.#client = client;
  }

  async #reconnect(): Promise<void> {
    const { signal } = this.#closing;
    for (let pause = FIRST_DELAY_MS; !signal.aborted; pause = Math.min(2 * pause, LONGEST_DELAY_MS)) {
      await delay(pause, undefined, { signal, ref: false }).catch(() => undefined);
      if (signal.aborted) break;
      try {
        await this.#options.beforeReconnect?.();
        await this.#connect();
        break;
      } catch {
        // Still unreachable.
      }
    }
    this.#reconnecting = null;
    for (const topic of this.#subscribers.keys()) this.#wake(topic);
    for (const watcher of [...this.#watchers.keys()]) watcher(null);
    if (!this.connected) return;
    for (const watcher of [...this.#outageWatchers]) watcher(performance.now() - this.#lostAt);
  }

  async #ping(): Promise<void> {
    const client = this.#client;
    if (!client) return;
    const timer = setTimeout(
      () => (client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy(),
      PING_TIMEOUT_MS,
    );
    timer.unref();
    await client.query("SELECT 1").catch(() => undefined);
    clearTimeout(timer);
  }

  #wake(topic: string): void {
    for (const wake of [...(this.#subscribers.get(topic) ?? [])]) wake();
  }
}
