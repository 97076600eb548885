/**
 * Texts that RDKit has read before, with what it said: a text is read once. A text means the same for ever, so nothing
 * here gets old. What took too long is asked again, and what an overload refused. Each owner has texts of its own: from
 * the time of an answer nobody learns what others have asked.
 */
import { LRUCache } from "lru-cache";
import { CRASHED } from "../../chem/process/dispatch.js";
import type { CanonicalResult, Chemistry } from "../../chem/types.js";

/** Characters of all texts and answers: about 32 MB. */
const MOST_CHARACTERS = 16_000_000;
/** Of an entry beside its texts, as characters. */
const ENTRY = 100;

export class FormCache {
  readonly #kept: LRUCache<string, CanonicalResult>;

  constructor(
    private readonly chemistry: Pick<Chemistry, "canonical">,
    maximum = MOST_CHARACTERS,
  ) {
    this.#kept = new LRUCache({ maxSize: maximum, sizeCalculation: sizeOf });
  }

  /** As Chemistry.canonical. */
  async read(owner: string, texts: readonly string[], signal?: AbortSignal): Promise<CanonicalResult[]> {
    const found = new Map<string, CanonicalResult>();
    const missing = new Set<string>();
    for (const text of texts) {
      const kept = this.#kept.get(keyOf(owner, text));
      if (kept) found.set(text, kept);
      else missing.add(text);
    }
    if (missing.size > 0) {
      const asked = [...missing];
      const results = await this.chemistry.canonical(asked, signal);
      for (const [index, text] of asked.entries()) {
        const result = results[index];
        found.set(text, result);
        if (isLasting(result)) this.#kept.set(keyOf(owner, text), result);
      }
    }
    return texts.map((text) => found.get(text) as CanonicalResult);
  }
}

const isLasting = (result: CanonicalResult): boolean =>
  result.ok || (result.error.code === "INVALID_SMILES" && !result.error.message.startsWith(CRASHED));

const keyOf = (owner: string, text: string): string => `${owner} ${text}`;

function sizeOf(result: CanonicalResult, key: string): number {
  const own = result.ok
    ? result.form.smiles.length + result.form.droppedFragments.join().length
    : result.error.message.length;
  return ENTRY + 2 * key.length + own;
}
