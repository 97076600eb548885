/**
 * Which compounds have a SMARTS: the screen sorts out most in SQL, RDKit decides on the rest, and what it has decided is kept
 * in memory, for a compound's SMILES never changes. So a page costs what it takes to fill it, the next page goes on from
 * there, and a count that ran out of time goes on where it stopped when it is asked again. A SMARTS that ended RDKit's process
 * is not tried again for a minute.
 */
import type { MoleculeSearch } from "../../chem/types.js";
import { MaillardError } from "../../errors.js";
import type { Candidate } from "./types.js";

/** Time that RDKit may take for one page or count. */
const LIMIT_MS = 10_000;
/** Decisions kept, over all SMARTS: some 30 MB at most. The SMARTS asked longest ago goes first. */
const MOST_KEPT = 300_000;
const REFUSED_MS = 60_000;
const MOST_REFUSED = 100;
const PARAM = "filter.substructure";

type Open = Pick<Candidate, "compoundId" | "smiles">;

export class Substructures {
  readonly #kept = new Map<string, Map<string, boolean>>();
  readonly #refused = new Map<string, { error: MaillardError; until: number }>();

  constructor(
    private readonly search: Pick<MoleculeSearch, "match">,
    private readonly limitMs = LIMIT_MS,
  ) {}

  /** Those of the candidates that have it, in their order. TIMEOUT, INVALID_SMARTS. */
  async matching<T extends Open>(smarts: string, candidates: readonly T[], signal: AbortSignal): Promise<T[]> {
    const refused = this.#refused.get(smarts);
    if (refused && refused.until > Date.now()) throw refused.error;
    const decided = this.#kept.get(smarts) ?? new Map<string, boolean>();
    this.#kept.delete(smarts);
    this.#kept.set(smarts, decided);
    const open = candidates.filter(({ compoundId }) => !decided.has(compoundId));
    await this.#decide(smarts, open, decided, signal);
    const left = open.filter(({ compoundId }) => !decided.has(compoundId)).length;
    if (left > 0)
      throw new MaillardError(
        "TIMEOUT",
        `${left} compounds that may have this SMARTS are not decided after ${this.limitMs / 1000} s. Ask again to go on from there, or add another condition.`,
        { param: PARAM, retryable: true, details: { left, candidates: candidates.length } },
      );
    return candidates.filter(({ compoundId }) => decided.get(compoundId) === true);
  }

  async #decide(smarts: string, open: readonly Open[], decided: Map<string, boolean>, signal: AbortSignal) {
    const late = AbortSignal.timeout(this.limitMs);
    try {
      await this.search.match(
        smarts,
        open.map(({ smiles }) => smiles),
        (from, found) => {
          for (const [index, has] of found.entries()) decided.set(open[from + index].compoundId, has);
        },
        AbortSignal.any([signal, late]),
      );
      signal.throwIfAborted();
    } catch (error) {
      if (late.aborted && !signal.aborted) return;
      throw this.#refuse(smarts, error);
    } finally {
      this.#forget(smarts);
    }
  }

  /** The error, named by its argument; one of the SMARTS itself is remembered. */
  #refuse(smarts: string, error: unknown): unknown {
    if (!(error instanceof MaillardError) || (error.code !== "TIMEOUT" && error.code !== "INVALID_SMARTS"))
      return error;
    const named = new MaillardError(error.code, error.message, { param: PARAM });
    this.#refused.set(smarts, { error: named, until: Date.now() + REFUSED_MS });
    if (this.#refused.size > MOST_REFUSED) this.#refused.delete(this.#refused.keys().next().value as string);
    return named;
  }

  #forget(newest: string): void {
    let total = [...this.#kept.values()].reduce((sum, { size }) => sum + size, 0);
    for (const [smarts, { size }] of this.#kept) {
      if (total <= MOST_KEPT || smarts === newest) return;
      this.#kept.delete(smarts);
      total -= size;
    }
  }
}
