/**
 * The keys of the database as one server process knows them. A lookup costs a statement every CACHE_MS at most.
 *   a change   notified by the database: what is known is forgotten, and every watched key is read again, so that a
 *              revoked key ends its connections on all servers at once
 *   a lost notification  the connection that listens is made again, and then everything is read again; besides, cached
 *              rows live for CACHE_MS, and watched keys are read every WATCH_MS, which ends expired ones too
 *   limits     a key has one principal as long as it is known, and who holds that (a WebSocket) sees its new limits
 *   lastUsedAt written once a minute at most, after the request that used the key has gone on
 */
import { LRUCache } from "lru-cache";
import type { Store } from "../store.js";
import { findKeysByHash, hashOf, heldHashes, isOpenedBy, isSecret, KEYS_TOPIC, type KeyRow, noteUse } from "./keys.js";
import { DEFAULT_PROJECT, type Principal } from "./principal.js";

const CACHE_MS = 5_000;
const WATCH_MS = 5_000;
const RETRY_MS = 1_000;
const NOTE_MS = 60_000;
/** Keys that are known at once; beyond them the longest unused are forgotten. */
const MOST_KEYS = 10_000;

/** Whose connection: of the key of this hash, or (null) of nobody, while the server needs no key. */
type Watched = string | null;

interface Known {
  row: KeyRow;
  principal: Principal;
  readAt: number;
}

export class KeyRing {
  readonly #known = new LRUCache<string, Known>({ max: MOST_KEYS });
  /** By id of the key. */
  readonly #principals = new LRUCache<string, Principal>({ max: MOST_KEYS });
  readonly #reading = new Map<string, Promise<Known | null>>();
  readonly #noted = new LRUCache<string, number>({ max: MOST_KEYS });
  readonly #notes = new Set<Promise<void>>();
  readonly #watched = new Map<Watched, Set<() => void>>();
  readonly #unsubscribe: () => void;
  /** Counts the changes, so that a row that was read before one is not kept after it. */
  #generation = 0;
  #held: ReadonlySet<string> = new Set();
  #refreshing: Promise<void> | null = null;
  #timer: NodeJS.Timeout | null = null;
  #closed = false;

  private constructor(
    private readonly store: Store,
    private readonly now: () => number,
  ) {
    this.#unsubscribe = store.notifications.subscribe(KEYS_TOPIC, () => void this.refresh());
  }

  /** @param now the time in ms; tests move it */
  static async open(store: Store, now: () => number = Date.now): Promise<KeyRing> {
    const ring = new KeyRing(store, now);
    ring.#held = await heldHashes(store);
    return ring;
  }

  /** Whether the database has keys, so that requests need one. */
  get hasKeys(): boolean {
    return this.#held.size > 0;
  }

  /** Without a statement: false of a text that is no key, and of a key that was made a moment ago elsewhere. */
  seemsRight(secret: string): boolean {
    return isSecret(secret) && this.#held.has(hashOf(secret));
  }

  /** Who has this key; null: it is unknown, revoked or expired. Rejects while the database is away. */
  async find(secret: string): Promise<Principal | null> {
    if (!isSecret(secret)) return null;
    const hash = hashOf(secret);
    const cached = this.#known.get(hash);
    const known = cached && this.now() - cached.readAt < CACHE_MS ? cached : await this.#read(hash);
    if (!known || !isOpenedBy(known.row, hash, new Date(this.now()))) return null;
    this.#note(known.row);
    return known.principal;
  }

  /**
   * `onEnd` is called once when the key of this hash opens nothing any more; of null: when the server needs keys.
   * Answers the function that ends the watch.
   */
  watch(watched: Watched, onEnd: () => void): () => void {
    const callbacks = this.#watched.get(watched) ?? new Set();
    this.#watched.set(watched, callbacks.add(onEnd));
    if (watched !== null && !this.#timer) {
      this.#timer = setInterval(() => void this.#checkWatched().catch(() => undefined), WATCH_MS);
      this.#timer.unref();
    }
    return () => {
      callbacks.delete(onEnd);
      if (callbacks.size === 0 && this.#watched.get(watched) === callbacks) this.#watched.delete(watched);
      this.#restIfIdle();
    };
  }

  #restIfIdle(): void {
    if (!this.#timer || [...this.#watched.keys()].some((key) => key !== null)) return;
    clearInterval(this.#timer);
    this.#timer = null;
  }

  /** Forgets what is known, and reads it again: after a change. */
  async refresh(): Promise<void> {
    this.#generation++;
    this.#known.clear();
    // One that runs may have read before the change.
    await this.#refreshing;
    this.#refreshing ??= this.#readAgain().finally(() => {
      this.#refreshing = null;
    });
    await this.#refreshing;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#unsubscribe();
    if (this.#timer) clearInterval(this.#timer);
    await this.#refreshing;
    await Promise.all(this.#notes);
  }

  async #readAgain(): Promise<void> {
    try {
      this.#held = await heldHashes(this.store);
      await this.#checkWatched();
    } catch {
      // The database is away. What was known stays, so that no outage opens a server.
      if (this.#closed) return;
      setTimeout(() => void (this.#closed || this.refresh()), RETRY_MS).unref();
    }
  }

  async #checkWatched(): Promise<void> {
    const hashes = [...this.#watched.keys()].filter((key) => key !== null);
    const rows = hashes.length > 0 ? await findKeysByHash(this.store, hashes) : [];
    for (const row of rows) this.#principalOf(row);
    const now = new Date(this.now());
    const ended: Watched[] = hashes.filter((hash) => !rows.some((row) => isOpenedBy(row, hash, now)));
    if (this.hasKeys) ended.push(null);
    for (const watched of ended) {
      const callbacks = [...(this.#watched.get(watched) ?? [])];
      this.#watched.delete(watched);
      for (const onEnd of callbacks) onEnd();
    }
    this.#restIfIdle();
  }

  /** Requests that come at once with one key share a statement. */
  #read(hash: string): Promise<Known | null> {
    let reading = this.#reading.get(hash);
    if (!reading) {
      reading = this.#readRow(hash).finally(() => this.#reading.delete(hash));
      this.#reading.set(hash, reading);
    }
    return reading;
  }

  async #readRow(hash: string): Promise<Known | null> {
    for (;;) {
      const generation = this.#generation;
      const [row] = await findKeysByHash(this.store, [hash]);
      if (generation !== this.#generation) continue;
      // Unknown keys are not remembered: their number has no limit.
      if (!row) return null;
      const known = { row, principal: this.#principalOf(row), readAt: this.now() };
      this.#known.set(hash, known);
      return known;
    }
  }

  /** Role and projects of a key never change; its limits do. */
  #principalOf(row: KeyRow): Principal {
    const principal = this.#principals.get(row.id) ?? principalOf(row);
    principal.pointsPerMinute = row.pointsPerMinute;
    this.#principals.set(row.id, principal);
    return principal;
  }

  #note({ id, lastUsedAt }: KeyRow): void {
    const now = this.now();
    if (now - (this.#noted.get(id) ?? lastUsedAt?.getTime() ?? 0) < NOTE_MS) return;
    this.#noted.set(id, now);
    const note = noteUse(this.store, id)
      .catch(() => undefined)
      .finally(() => this.#notes.delete(note));
    this.#notes.add(note);
  }
}

/** An administrator sees every project, and puts what it makes into the first of its own. */
function principalOf({ id, name, role, projects, pointsPerMinute }: KeyRow): Principal {
  const ids = projects.map(({ projectId }) => projectId);
  const own = { projects: role === "ADMIN" ? null : ids, project: ids[0] ?? DEFAULT_PROJECT };
  return { keyId: id, name, role, ...own, pointsPerMinute };
}
