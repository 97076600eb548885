/**
 * How many molecules of a run a model does not see as a whole: cut at its maximum, or with tokens that it does not
 * know. Counted on the SMILES of the dataset, other ways of writing them left aside; kept with the run as warnings.
 */

import { type Tokenizer, unseenOf } from "../../../tokenizer/index.js";
import { amount } from "../../../words.js";
import type { Warning } from "../types.js";

/** Unknown tokens that a warning names. */
const MOST_NAMED = 20;
/** Unknown tokens that are counted each: a broken file of SMILES has any number of them. */
const MOST_COUNTED = 10_000;

export class UnseenCount {
  #molecules = 0;
  #cut = 0;
  #longest = 0;
  #withUnknown = 0;
  readonly #tokens = new Map<string, number>();

  constructor(
    private readonly tokenizer: Tokenizer,
    private readonly maximum: number,
  ) {}

  /** `tokenIds`: those of the SMILES, at most the maximum. */
  add(smiles: string, tokenIds: Int32Array): void {
    this.#molecules++;
    const unseen = unseenOf(this.tokenizer, smiles, tokenIds, this.maximum);
    if (!unseen) return;
    if (unseen.isCut) {
      this.#cut++;
      this.#longest = Math.max(this.#longest, unseen.length);
    }
    if (unseen.unknown.length === 0) return;
    this.#withUnknown++;
    for (const token of unseen.unknown)
      if (this.#tokens.has(token) || this.#tokens.size < MOST_COUNTED)
        this.#tokens.set(token, (this.#tokens.get(token) ?? 0) + 1);
  }

  /** `molecules`: of the run, where only those were added of which something is not seen. */
  warnings(molecules = this.#molecules): Warning[] {
    const of = `of ${amount(molecules, "molecule")}`;
    const warnings: Warning[] = [];
    if (this.#cut > 0)
      warnings.push({
        code: "INPUTS_CUT",
        message:
          `${this.#cut} ${of} ${have(this.#cut)} more than the ${this.maximum} tokens that are read, and ` +
          `${this.#cut === 1 ? "was" : "were"} cut there; ` +
          `the longest has ${this.#longest}.`,
        details: { count: this.#cut, molecules, maximum: this.maximum, longest: this.#longest },
      });
    if (this.#withUnknown > 0) {
      const most = [...this.#tokens].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)).slice(0, MOST_NAMED);
      const named = most.map(([token, count]) => `${token} (${count})`).join(", ");
      const others = this.#tokens.size - most.length;
      warnings.push({
        code: "UNKNOWN_TOKENS",
        message:
          `${this.#withUnknown} ${of} ${have(this.#withUnknown)} tokens that the model does not know: ` +
          `${named}${others > 0 ? `, and ${others} others` : ""}.`,
        details: { count: this.#withUnknown, molecules, tokens: Object.fromEntries(most) },
      });
    }
    return warnings;
  }
}

const have = (count: number): string => (count === 1 ? "has" : "have");
