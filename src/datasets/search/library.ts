/**
 * Searches in the library: pages and lengths of lists of compounds. The number of statements depends neither on the
 * size of a page nor on the number of datasets; a substructure adds one for each part of the candidates that is
 * examined (1,000, then 10,000, then 100,000 at a time) until the page is full. Few searches run at once, others wait
 * in a queue, and a full queue is OVERLOADED: so that other work has connections.
 */
import { setMaxListeners } from "node:events";
import type { Chemistry } from "../../chem/types.js";
import { MaillardError } from "../../errors.js";
import { MeanTime } from "../../process/mean-time.js";
import { stopped } from "../../process/refusals.js";
import type { Store } from "../../store/index.js";
import { Fingerprints } from "./fingerprints.js";
import { countCandidates, findCandidates, listCandidates } from "./statements.js";
import { Substructures } from "./substructure.js";
import type { Candidate, Found, Range, Scope, Search, Taken } from "./types.js";

const PARTS = [1_000, 10_000, 100_000];
const AT_ONCE = 4;
const MOST_WAITING = 100;
/** Time of a search before the first was measured, ms. */
const USUAL_MS = 100;

export class Library {
  readonly fingerprints: Fingerprints;
  readonly #substructures: Substructures;
  #running = 0;
  readonly #waiting: (() => void)[] = [];
  readonly #time = new MeanTime(USUAL_MS);

  constructor(
    private readonly store: Store,
    chemistry: Chemistry,
  ) {
    this.fingerprints = new Fingerprints(store, chemistry);
    this.#substructures = new Substructures(chemistry.search);
  }

  /**
   * At most `take` rows of each range, nearest first. All ranges are of a dataset, or none is. The same holds for each
   * bound.
   */
  page(search: Search, ranges: readonly Range[], taken: Taken, signal: AbortSignal): Promise<Found[][]> {
    return this.#inTurn(signal, async () => {
      await this.#prepare(search, ranges, signal);
      if (search.substructure === null) return findCandidates(this.store.pool, search, ranges, taken);
      const pages: Candidate[][] = ranges.map(() => []);
      let open = ranges.map((range, place) => ({ range, place }));
      for (let round = 0; open.length > 0; round++) {
        if (signal.aborted) throw left();
        const part = PARTS[Math.min(round, PARTS.length - 1)];
        const found = await findCandidates(
          this.store.pool,
          search,
          open.map(({ range }) => range),
          { ...taken, take: part },
        );
        const { smarts } = search.substructure;
        for (const [index, { place }] of open.entries())
          await this.#fill(pages[place], smarts, found[index], taken.take, signal);
        open = open.flatMap(({ range, place }, index) => {
          if (found[index].length < part || pages[place].length >= taken.take) return [];
          const last = found[index][part - 1].key;
          return [{ range: { ...range, ...(taken.backwards ? { before: last } : { after: last }) }, place }];
        });
      }
      return pages;
    });
  }

  count(search: Search, scopes: readonly Scope[], signal: AbortSignal): Promise<number[]> {
    return this.#inTurn(signal, async () => {
      await this.#prepare(search, scopes, signal);
      if (search.substructure === null) return countCandidates(this.store.pool, search, scopes);
      const found = await listCandidates(this.store.pool, search, scopes);
      const matching = await this.#substructures.matching(search.substructure.smarts, found.flat(), signal);
      const having = new Set(matching.map(({ smiles }) => smiles));
      return found.map((candidates) => candidates.filter(({ smiles }) => having.has(smiles)).length);
    });
  }

  /** Candidates are matched in parts, so that a page that is full soon needs few of them. */
  async #fill(page: Candidate[], smarts: string, candidates: readonly Candidate[], take: number, signal: AbortSignal) {
    for (let from = 0, size = 200; from < candidates.length && page.length < take; from += size, size *= 2) {
      const matching = await this.#substructures.matching(smarts, candidates.slice(from, from + size), signal);
      page.push(...matching.slice(0, take - page.length));
    }
  }

  /** All scopes are of a dataset, or none is. */
  async #prepare({ projects, substructure, similarity }: Search, scopes: readonly Scope[], signal: AbortSignal) {
    if (!substructure && similarity?.by !== "morgan") return;
    const datasetIds = scopes.flatMap(({ datasetId }) => datasetId ?? []);
    const searched = datasetIds.length > 0 ? { datasetIds } : projects === null ? "library" : { projects };
    await this.fingerprints.ensure(searched, signal);
  }

  async #inTurn<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    if (signal.aborted) throw left();
    if (this.#running >= AT_ONCE) {
      const ahead = this.#running + this.#waiting.length;
      if (this.#waiting.length >= MOST_WAITING) throw tooMany(this.#time.retryAfterMs(ahead, AT_ONCE));
      await this.#turn(signal);
    } else this.#running += 1;
    const ended = this.#time.begin();
    try {
      return await work();
    } finally {
      ended(!signal.aborted);
      // The next search in the queue gets its turn.
      const next = this.#waiting.shift();
      if (next) next();
      else this.#running -= 1;
    }
  }

  /** A client that leaves gives its place in the queue to the next. */
  #turn(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const start = () => {
        signal.removeEventListener("abort", leave);
        resolve();
      };
      const leave = () => {
        this.#waiting.splice(this.#waiting.indexOf(start), 1);
        reject(left());
      };
      this.#waiting.push(start);
      setMaxListeners(0, signal);
      signal.addEventListener("abort", leave, { once: true });
    });
  }
}

const left = (): MaillardError => stopped("The search was stopped: its caller has left.", "SIGNAL");

const tooMany = (retryAfterMs: number): MaillardError =>
  new MaillardError("OVERLOADED", `${MOST_WAITING} searches already wait: try again in ${retryAfterMs} ms`, {
    retryable: true,
    details: { retryAfterMs },
  });
