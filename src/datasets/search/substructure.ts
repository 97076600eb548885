/**
 * Which compounds have a SMARTS: the screen sorts out most in SQL, RDKit decides on the rest, and what it has decided is kept
 * in memory, for a compound's SMILES never changes. So a page costs what it takes to fill it, the next page goes on from
 * there, and a count that ran out of time goes on where it stopped when it is asked again.
 */
import type { Chemistry } from "../../chem/types.js";
import { MaillardError } from "../../errors.js";
import type { Candidate } from "./types.js";

/** Time that RDKit may take for one page or count. */
const LIMIT_MS = 10_000;
/** Decisions kept, over all SMARTS: some 30 MB at most. The SMARTS asked longest ago goes first. */
const MOST_KEPT = 300_000;

export class Substructures {
  readonly #kept = new Map<string, Map<string, boolean>>();

  constructor(private readonly chemistry: Chemistry) {}

  /** Those of the candidates that have it, in their order. TIMEOUT, INVALID_SMARTS. */
  async matching<T extends Pick<Candidate, "compoundId" | "smiles">>(
    smarts: string,
    candidates: readonly T[],
    signal: AbortSignal,
  ): Promise<T[]> {
    const decided = this.#kept.get(smarts) ?? new Map<string, boolean>();
    this.#kept.delete(smarts);
    this.#kept.set(smarts, decided);
    const open = candidates.filter(({ compoundId }) => !decided.has(compoundId));
    const late = AbortSignal.timeout(LIMIT_MS);
    try {
      await this.chemistry.search.match(
        smarts,
        open.map(({ smiles }) => smiles),
        (from, found) => {
          for (const [index, has] of found.entries()) decided.set(open[from + index].compoundId, has);
        },
        AbortSignal.any([signal, late]),
      );
    } catch (error) {
      if (!late.aborted || signal.aborted) throw error;
    } finally {
      this.#forget(smarts);
    }
    const left = open.filter(({ compoundId }) => !decided.has(compoundId)).length;
    if (left > 0 && !signal.aborted)
      throw new MaillardError(
        "TIMEOUT",
        `${left} compounds that may have this SMARTS are not decided after ${LIMIT_MS / 1000} s. Ask again to go on from there, or add another condition.`,
        { retryable: true, details: { left, candidates: candidates.length } },
      );
    return candidates.filter(({ compoundId }) => decided.get(compoundId) === true);
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
