/**
 * A vocabulary from a corpus: special tokens (ids 0 to 4), then tokens by falling frequency, ties in text order. Tokens
 * seen fewer than `minCount` times are left to the unknown token, which needs examples to learn from. Every token of
 * ordinary organic chemistry, of salts and of their ions is included, seen or not.
 */
import { MaillardError } from "../errors.js";
import { splitAtomwise } from "./pattern.js";
import { SPECIAL_TOKENS } from "./special.js";

export interface VocabularyOptions {
  /** Times a token must occur. Default 10. */
  minCount?: number;
  /** Tokens at most, special tokens included. Default: no limit. */
  maxSize?: number;
}

const ALWAYS: readonly string[] = (
  "B C N O P S F Cl Br I b c n o p s . ( ) = # - + : / \\ 0 1 2 3 4 5 6 7 8 9 %10 %11 %12 %13 %14 %15 %16 %17 %18 " +
  "%19 %20 [C@] [C@@] [C@H] [C@@H] [S@] [S@@] [P@] [P@@] [N@+] [N@@+] [nH] [H] [2H] [C] [CH] [C-] [CH-] [CH2-] [C+] " +
  "[O-] [O] [OH-] [O+] [OH+] [o+] [N+] [N-] [NH] [NH-] [NH+] [NH2+] [NH3+] [NH4+] [n+] [nH+] [n-] [N] [S-] [S+] " +
  "[SH+] [s+] [P+] [PH] [B-] [BH3-] [Si] [SiH] [SiH2] [Se] [SeH] [se] [As] [F-] [Cl-] [Br-] [I-] [I+] [H+] [Li+] " +
  "[Na+] [K+] [Rb+] [Cs+] [Be+2] [Mg+2] [Ca+2] [Sr+2] [Ba+2] [Al+3] [Mn+2] [Fe+2] [Fe+3] [Co+2] [Co+3] [Ni+2] [Cu+] " +
  "[Cu+2] [Zn+2] [Ag+] [Sn] [Mg] [Ca] [Fe] [Cu] [Zn] [Na] [K] [Li] [Hg] [Pt] [Pb]"
).split(" ");

/** How often each token occurs, counted text by text. */
export class TokenCounts {
  readonly #counts = new Map<string, number>(ALWAYS.map((token) => [token, 0]));

  add(smiles: string): void {
    for (const token of splitAtomwise(smiles)) this.#counts.set(token, (this.#counts.get(token) ?? 0) + 1);
  }

  /** BAD_INPUT when `maxSize` has no room for the tokens that are always there. */
  vocabulary({ minCount = 10, maxSize = Number.POSITIVE_INFINITY }: VocabularyOptions = {}): string[] {
    const smallest = SPECIAL_TOKENS.length + ALWAYS.length;
    if (maxSize < smallest) {
      throw new MaillardError(
        "BAD_INPUT",
        `maxSize must be at least ${smallest} (the tokens always covered), got ${maxSize}`,
        {
          param: "maxSize",
        },
      );
    }
    const counts = new Map(this.#counts);
    for (const token of SPECIAL_TOKENS) counts.delete(token);
    const always = new Set(ALWAYS);
    const byFrequency = [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
    let free = maxSize - smallest;
    const chosen = byFrequency.filter(([token, count]) => always.has(token) || (count >= minCount && free-- > 0));
    return [...SPECIAL_TOKENS, ...chosen.map(([token]) => token)];
  }
}

export function buildVocabulary(smiles: Iterable<string>, options: VocabularyOptions = {}): string[] {
  const counts = new TokenCounts();
  for (const text of smiles) counts.add(text);
  return counts.vocabulary(options);
}
