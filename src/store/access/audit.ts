/**
 * The audit log: who asked for what, when, from where, and what became of it. Rows are only ever added, and deleted
 * when they are older than `days`.
 *   - `record` writes after the operation, before its answer goes out. It never rejects: an operation that succeeded is
 *     not undone because of its entry. An entry that the database refuses goes to `onLost`, which logs it
 *   - refused keys are counted by address: one entry for the first of an address in a minute, one with the count of the
 *     others when the minute ends. Above ADDRESSES addresses in a minute the rest share one. So a flood of refused keys
 *     cannot fill the table
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
  /** Name of the mutation, "import" or "refused key". */
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
  requestId: string;
  /** Besides the first one, which has an entry. */
  more: number;
}

export class AuditLog {
  readonly #store: Pick<Store, "pool">;
  readonly #options: AuditOptions;
  /** By address, of the current minute; null: those without an entry of their own. */
  readonly #refused = new Map<string | null, Refused>();
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
    const known = this.#refused.get(counted);
    if (known) known.more++;
    else {
      this.#refused.set(counted, { requestId, more: 0 });
      void this.record(refusal(counted, requestId, own ? {} : { addresses: "more" }));
    }
    this.#minute ??= setTimeout(() => this.flush(), MINUTE_MS).unref();
  }

  /** Ends the minute of the refused keys. */
  flush(): void {
    clearTimeout(this.#minute);
    this.#minute = undefined;
    for (const [address, { requestId, more }] of this.#refused)
      if (more > 0) void this.record(refusal(address, requestId, { more }));
    this.#refused.clear();
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
