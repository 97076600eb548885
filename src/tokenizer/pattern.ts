/**
 * How a SMILES is split into atoms, bonds, branches and ring closures (Schwaller et al., ACS Cent. Sci. 2019, 5, 1572).
 * Oniguruma (Hugging Face) and JavaScript read this expression in the same way. What it does not match stays in the
 * sequence: a run of such characters is one unknown token.
 */
export const ATOMWISE_PATTERN =
  "(\\[[^\\]]+]|Br?|Cl?|N|O|S|P|F|I|b|c|n|o|s|p|\\(|\\)|\\.|=|#|-|\\+|\\\\|\\/|:|~|@|\\?|>>?|\\*|\\$|%[0-9]{2}|[0-9])";

const ATOMWISE = new RegExp(ATOMWISE_PATTERN, "g");

/** No character is lost: the pieces joined are the text. */
export function splitAtomwise(text: string): string[] {
  const pieces: string[] = [];
  let end = 0;
  for (const match of text.matchAll(ATOMWISE)) {
    if (match.index > end) pieces.push(text.slice(end, match.index));
    pieces.push(match[0]);
    end = match.index + match[0].length;
  }
  if (end < text.length) pieces.push(text.slice(end));
  return pieces;
}
