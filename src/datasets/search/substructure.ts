/**
 * Which compounds have a SMARTS: a screen in SQL excludes most, RDKit decides the rest, and its decisions are kept in
 * memory by SMILES, so that they are true for ever. So a page costs only what is needed to fill it, the next page
 * continues from there, and a count that timed out continues when it is asked again. A SMARTS that ended the RDKit
 * process is refused for a minute.
 */
import { LRUCache } from "lru-cache";
import type { MoleculeSearch } from "../../chem/types.js";
import { MaillardError } from "../../errors.js";
import type { Candidate } from "./types.js";

/** Time that RDKit may take for one page or count. */
const LIMIT_MS = 10_000;
/** Decisions kept, over all SMARTS: some 30 MB at most. The least recently used SMARTS is removed first. */
const MOST_DECISIONS = 300_000;
const REFUSED_MS = 60_000;
const MOST_REFUSED = 100;
const PARAM = "filter.substructure";

type Open = Pick<Candidate, "smiles">;

export class Substructures {
  /** By SMARTS: whether a molecule has it, by its canonical SMILES. */
  readonly #decisions = new LRUCache<string, Map<string, boolean>>({
    maxSize: MOST_DECISIONS,
    // A SMARTS of more decisions than fit is kept alone, or a repeated search could not continue.
    sizeCalculation: ({ size }) => Math.min(Math.max(size, 1), MOST_DECISIONS),
  });
  /** Errors of a SMARTS itself. */
  readonly #refused = new LRUCache<string, MaillardError>({ max: MOST_REFUSED, ttl: REFUSED_MS });

  constructor(
    private readonly search: Pick<MoleculeSearch, "match">,
    private readonly limitMs = LIMIT_MS,
  ) {}

  /** Those of the candidates that have it, in their order. TIMEOUT, INVALID_SMARTS. */
  async matching<T extends Open>(smarts: string, candidates: readonly T[], signal: AbortSignal): Promise<T[]> {
    const refused = this.#refused.get(smarts);
    if (refused) throw refused;
    const decided = this.#decisions.get(smarts) ?? new Map<string, boolean>();
    this.#decisions.set(smarts, decided);
    const open = candidates.filter(({ smiles }) => !decided.has(smiles));
    await this.#decide(smarts, open, decided, signal);
    const left = open.filter(({ smiles }) => !decided.has(smiles)).length;
    if (left > 0)
      throw new MaillardError(
        "TIMEOUT",
        `${left} compounds that may have this SMARTS are not decided after ${this.limitMs / 1000} s. ` +
          "Ask again to go on from there, or add another condition.",
        { param: PARAM, retryable: true, details: { left, candidates: candidates.length } },
      );
    return candidates.filter(({ smiles }) => decided.get(smiles) === true);
  }

  async #decide(smarts: string, open: readonly Open[], decided: Map<string, boolean>, signal: AbortSignal) {
    const late = AbortSignal.timeout(this.limitMs);
    try {
      await this.search.match(
        smarts,
        open.map(({ smiles }) => smiles),
        (from, found) => {
          for (const [index, has] of found.entries()) decided.set(open[from + index].smiles, has);
        },
        AbortSignal.any([signal, late]),
      );
      signal.throwIfAborted();
    } catch (error) {
      if (late.aborted && !signal.aborted) return;
      throw this.#refuse(smarts, error);
    } finally {
      // It has grown. The cache measures a value when it is put in, and not when the same one is set again.
      this.#decisions.delete(smarts);
      this.#decisions.set(smarts, decided);
    }
  }

  /** The error with its param; an error of the SMARTS itself is kept. */
  #refuse(smarts: string, error: unknown): unknown {
    if (!(error instanceof MaillardError) || (error.code !== "TIMEOUT" && error.code !== "INVALID_SMARTS"))
      return error;
    const named = new MaillardError(error.code, error.message, { param: PARAM });
    this.#refused.set(smarts, named);
    return named;
  }
}
