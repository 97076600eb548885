/**
 * Fingerprints of every form (canonical SMILES) that a dataset or the library has of a compound, for searches and for
 * the near-duplicates of splits. They are computed after an import, in parts, so that imports and predictions do not
 * wait for them (they take half as long again as reading the SMILES). Forms of earlier versions get theirs when the
 * service starts. A search first computes up to 2,000 that are missing of what it searches; with more missing it fails
 * with FINGERPRINTS_PENDING, which says when to try again. A run computes those of its molecules. A fingerprint is a
 * function of its SMILES: a second writer changes nothing. A SMILES that RDKit cannot read again gets an empty one,
 * which is similar to nothing and has no substructure.
 */
import { setTimeout as delay } from "node:timers/promises";
import type { Chemistry, Priority, SearchFingerprints } from "../../chem/types.js";
import { MaillardError } from "../../errors.js";
import { MeanTime } from "../../process/mean-time.js";
import type { Store } from "../../store/index.js";
import { COMPOUNDS_TOPIC } from "../compounds.js";

/** Missing fingerprints that a search computes while the client waits: about 2 s. */
const MOST_ON_THE_WAY = 2_000;
/** Forms in one call of RDKit and one statement. */
export const PART = 200;
/** Pause after the last batch of an import, which needs RDKit itself; a waiting search ends the pause. */
const QUIET_MS = 1_000;
const LONGEST_WAIT_MS = 300_000;
const PAUSE_AFTER_FAILURE_MS = 5_000;
/** Time of one before the first were measured, ms. */
const USUAL_MS = 1;

/** A form without fingerprints. */
export interface Missing {
  compoundId: string;
  smiles: string;
}

/** What is searched: some datasets, all datasets of some projects, or the library: each compound in its own form. */
export type Searched = { datasetIds: readonly string[] } | { projects: readonly string[] } | "library";

export class Fingerprints {
  readonly #closing = new AbortController();
  #unsubscribe: () => void = () => undefined;
  #woken = false;
  #lastNews = 0;
  #work: Promise<void> = Promise.resolve();
  /** Of one form. */
  readonly #time = new MeanTime(USUAL_MS);

  constructor(
    readonly store: Store,
    readonly chemistry: Chemistry,
  ) {}

  /** Computes what is missing now, and after each import of compounds. */
  start(): void {
    this.#unsubscribe = this.store.notifications.subscribe(COMPOUNDS_TOPIC, () => {
      this.#lastNews = Date.now();
      this.#wake();
    });
    this.#wake();
  }

  async close(): Promise<void> {
    this.#unsubscribe();
    this.#closing.abort();
    await this.#work;
  }

  /** Resolves when all that is searched has fingerprints. FINGERPRINTS_PENDING. */
  async ensure(searched: Searched, signal?: AbortSignal): Promise<void> {
    for (;;) {
      const missing = await this.#missing(searched, MOST_ON_THE_WAY + 1);
      if (missing.length === 0) return;
      if (missing.length > MOST_ON_THE_WAY) throw await this.#pending(searched);
      for (let from = 0; from < missing.length; from += PART)
        await this.#make(missing.slice(from, from + PART), signal);
    }
  }

  async #make(part: readonly Missing[], signal?: AbortSignal, priority?: Priority): Promise<void> {
    const began = performance.now();
    await makeFingerprints(this, part, signal, priority);
    this.#time.add((performance.now() - began) / part.length);
  }

  #wake(): void {
    if (this.#woken || this.#closing.signal.aborted) return;
    this.#woken = true;
    this.#work = this.#work.then(() => this.#run());
  }

  async #run(): Promise<void> {
    const { signal } = this.#closing;
    try {
      await this.#quiet(signal);
      this.#woken = false;
      for (;;) {
        const missing = await this.#missing("members", PART);
        if (missing.length < PART) missing.push(...(await this.#missing("library", PART)));
        if (missing.length === 0) return;
        await this.#make(missing, signal, "background");
        signal.throwIfAborted();
      }
    } catch {
      // The database or RDKit is unreachable, or this process closes.
      await delay(PAUSE_AFTER_FAILURE_MS, undefined, { signal, ref: false }).catch(() => undefined);
      this.#woken = false;
      this.#wake();
    }
  }

  async #quiet(signal: AbortSignal): Promise<void> {
    const end = Date.now() + LONGEST_WAIT_MS;
    for (;;) {
      const left = Math.min(this.#lastNews + QUIET_MS, end) - Date.now();
      if (left <= 0) return;
      await delay(left, undefined, { signal, ref: false });
    }
  }

  /** Fewer than there are where a form is missing several times. */
  async #missing(searched: Searched | "members", most: number): Promise<Missing[]> {
    const { from, values } = withoutFingerprint(searched);
    const { rows } = await this.store.pool.query<Missing>(
      `SELECT x."compoundId", x.smiles FROM ${from} LIMIT ${most}`,
      values,
    );
    return [...new Map(rows.map((row) => [row.smiles, row])).values()];
  }

  async #pending(searched: Searched): Promise<MaillardError> {
    this.#lastNews = 0;
    this.#wake();
    const { from, values } = withoutFingerprint(searched);
    const { rows } = await this.store.pool.query<{ missing: number }>(
      `SELECT count(DISTINCT x.smiles)::int AS missing FROM ${from}`,
      values,
    );
    const [{ missing }] = rows;
    const retryAfterMs = this.#time.retryAfterMs(missing);
    return new MaillardError(
      "FINGERPRINTS_PENDING",
      `${missing} molecules of this search have no fingerprint yet; at most ${MOST_ON_THE_WAY} are made on the way. ` +
        `They are being made: try again in ${Math.ceil(retryAfterMs / 1000)} s.`,
      { retryable: true, details: { missing, maximum: MOST_ON_THE_WAY, retryAfterMs } },
    );
  }
}

/** `x`: what has none. "members": those of all datasets. */
function withoutFingerprint(searched: Searched | "members"): { from: string; values: unknown[] } {
  const none = `NOT EXISTS (SELECT 1 FROM "Fingerprint" f WHERE f.smiles = x.smiles)`;
  if (searched === "library")
    return { from: `(SELECT id AS "compoundId", smiles FROM "Compound") x WHERE ${none}`, values: [] };
  if (searched === "members") return { from: `"DatasetCompound" x WHERE ${none}`, values: [] };
  const [within, value] =
    "datasetIds" in searched
      ? [`x."datasetId" = ANY($1::text[])`, searched.datasetIds]
      : [`x."datasetId" IN (SELECT id FROM "Dataset" WHERE "projectId" = ANY($1::text[]))`, searched.projects];
  return { from: `"DatasetCompound" x WHERE ${within} AND ${none}`, values: [value] };
}

/** Computes and stores them. By place; null: RDKit cannot read the SMILES. */
export async function makeFingerprints(
  { store, chemistry }: { store: Store; chemistry: Chemistry },
  missing: readonly Missing[],
  signal?: AbortSignal,
  priority?: Priority,
): Promise<(SearchFingerprints | null)[]> {
  const made = await chemistry.search.fingerprints(
    missing.map(({ smiles }) => smiles),
    signal,
    priority,
  );
  const hexOf = (pick: (fingerprints: SearchFingerprints) => Uint8Array) =>
    made.map((fingerprints) => `x${fingerprints ? hex(pick(fingerprints)) : "00".repeat(256)}`);
  await store.pool.query(
    `INSERT INTO "Fingerprint" (smiles, "compoundId", morgan, "morganBits", pattern)
     SELECT v.smiles, v.id, v.morgan::bit(2048), bit_count(v.morgan::bit(2048)), v.pattern::bit(2048)
     FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) AS v(id, smiles, morgan, pattern)
     WHERE EXISTS (SELECT 1 FROM "Compound" c WHERE c.id = v.id)
     ON CONFLICT (smiles) DO NOTHING`,
    [
      missing.map(({ compoundId }) => compoundId),
      missing.map(({ smiles }) => smiles),
      hexOf(({ morgan }) => morgan),
      hexOf(({ pattern }) => pattern),
    ],
  );
  return made;
}

export const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
