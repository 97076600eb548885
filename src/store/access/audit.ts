/**
 * The audit log: who asked for what, when, from where, and what became of it. Rows are only ever added, and deleted
 * when they are older than `days`.
 *   - `record` writes after the operation, before its answer goes out. It never rejects: an operation that succeeded is
 *     not undone because of its entry. An entry that the database refuses goes to `onLost`, which logs it
 *   - refusals are counted: one entry for the first of a kind in a minute, one with the count of the others when the
 *     minute ends. So a flood of them cannot fill the table. Refused keys are counted by address, and above ADDRESSES
 *     addresses in a minute the rest share one; what a role forbids is counted by key and action
 */
import { newId } from "../id.js";
import type { Queryable } from "../sql.js";
import type { Store } from "../store.js";
import { storable } from "./storable.js";

export interface AuditEvent {
  requestId: string;
  /** Null: no key, or one that is not known. */
  keyId: string | null;
  keyName: string | null;
  /** Of the client's connection; of a proxy, when there is one. */
  address: string | null;
  /** Name of the mutation, "import", "upload", "export" or "refused key". */
  action: string;
  /** "OK", or the code of the error. */
  outcome: string;
  /** Ids and names of what it was about: never a key, never a molecule. */
  details: Record<string, unknown>;
}

export interface AuditOptions {
  /** How long entries are kept. */
  days: number;
  /** Takes an entry that could not be written. */
  onLost(event: AuditEvent, error: unknown): void;
  /** Takes an error of deleting, which is repeated. */
  onError(error: unknown): void;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Addresses of refused keys that have an entry of their own in a minute. */
export const ADDRESSES = 100;
/** Rows that one statement deletes. */
const BATCH = 1_000;
/** Only one process deletes. */
const LOCK = 7_340_038;

interface Refused {
  first: AuditEvent;
  /** Besides the first one, which has an entry. */
  more: number;
}

export class AuditLog {
  readonly #store: Pick<Store, "pool">;
  readonly #options: AuditOptions;
  /** Refused keys by address, of the current minute; null: those without an entry of their own. */
  readonly #refused = new Map<string | null, Refused>();
  /** What a role forbids, by key and action. */
  readonly #forbidden = new Map<string, Refused>();
  readonly #writing = new Set<Promise<void>>();
  #minute: NodeJS.Timeout | undefined;
  #hour: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(store: Pick<Store, "pool">, options: AuditOptions) {
    this.#store = store;
    this.#options = options;
  }

  /** Resolves when the entry is in the database, or was given to `onLost`. */
  record(event: AuditEvent): Promise<void> {
    const writing = insert(this.#store.pool, event)
      .catch((error: unknown) => this.#options.onLost(event, error))
      .finally(() => this.#writing.delete(writing));
    this.#writing.add(writing);
    return writing;
  }

  /** A request with a key that is missing, unknown, revoked or expired. */
  refusedKey(address: string | null, requestId: string): void {
    const own = this.#refused.has(address) || this.#refused.size < ADDRESSES;
    const counted = own ? address : null;
    const first = refusal(counted, requestId, own ? {} : { addresses: "more" });
    void this.#count(this.#refused, counted, first);
  }

  /** An action that the role of the key forbids. */
  forbidden(event: AuditEvent): Promise<void> {
    return this.#count(this.#forbidden, JSON.stringify([event.keyId, event.action]), event);
  }

  #count<Key>(refused: Map<Key, Refused>, key: Key, first: AuditEvent): Promise<void> {
    this.#minute ??= setTimeout(() => this.flush(), MINUTE_MS).unref();
    const known = refused.get(key);
    if (!known) {
      refused.set(key, { first, more: 0 });
      return this.record(first);
    }
    known.more++;
    return Promise.resolve();
  }

  /** Ends the minute of the refusals. */
  flush(): void {
    clearTimeout(this.#minute);
    this.#minute = undefined;
    for (const { first, more } of [...this.#refused.values(), ...this.#forbidden.values()])
      if (more > 0) void this.record({ ...first, details: { more } });
    this.#refused.clear();
    this.#forbidden.clear();
  }

  /** Deletes old entries now and every hour, in a process that serves. */
  startDeleting(): void {
    const run = () => void this.deleteOld().catch(this.#options.onError);
    this.#hour ??= setInterval(run, HOUR_MS).unref();
    run();
  }

  /** Entries that were deleted; 0 while another process deletes. */
  async deleteOld(now = Date.now()): Promise<number> {
    const before = new Date(now - this.#options.days * DAY_MS);
    let deleted = 0;
    for (let last = BATCH; last === BATCH && !this.#closed; deleted += last) {
      // One statement is one transaction, at whose end the lock is released.
      const { rowCount } = await this.#store.pool.query(
        `WITH old AS MATERIALIZED (
           SELECT id FROM "AuditEntry" WHERE at < $1 ORDER BY at, id LIMIT $2),
         held AS MATERIALIZED (SELECT pg_try_advisory_xact_lock($3) AS held)
         DELETE FROM "AuditEntry" WHERE (SELECT held FROM held) AND id IN (SELECT id FROM old)`,
        [before, BATCH, LOCK],
      );
      last = rowCount ?? 0;
    }
    return deleted;
  }

  /** Writes what is counted, and waits for it. */
  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#hour);
    this.flush();
    await Promise.all(this.#writing);
  }
}

const refusal = (address: string | null, requestId: string, details: Record<string, unknown>): AuditEvent => ({
  requestId,
  keyId: null,
  keyName: null,
  address,
  action: "refused key",
  outcome: "UNAUTHENTICATED",
  details,
});

async function insert(client: Queryable, event: AuditEvent): Promise<void> {
  const { requestId, keyId, keyName, address, action, outcome, details } = event;
  await client.query(
    `INSERT INTO "AuditEntry" (id, "requestId", "keyId", "keyName", address, action, outcome, details)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [newId(), requestId, keyId, keyName, address, action, outcome, JSON.stringify(storable(details))],
  );
}
