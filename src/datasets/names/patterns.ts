/**
 * Patterns that stand for several names of columns or label sets. `*` is any text, also none; `?` is one character;
 * small and capital letters differ. A name that is there is itself, also where it has such a character.
 */

const WILDCARD = /[*?]/;
/** Of names that are near, how many are said. */
const MOST_NEAREST = 5;
/** Characters of a label set's name, at most. A longer pattern matches nothing. */
const COMPARED = 100;

/** Whether the text stands for other names than itself. */
export const isPattern = (text: string): boolean => WILDCARD.test(text);

/** What stands between two stars: texts with one character between each two. */
interface Piece {
  texts: readonly string[];
  characters: number;
}

const pieceOf = (text: string): Piece => ({ texts: text.split("?"), characters: [...text].length });

/** Of the pair of code units that one character may be. */
const widthAt = (name: string, at: number): number => ((name.codePointAt(at) ?? 0) > 0xffff ? 2 : 1);

/** Where the piece ends that begins here; -1: it does not. */
function endOf({ texts }: Piece, name: string, start: number): number {
  let at = start;
  for (const [place, text] of texts.entries()) {
    if (place > 0 && at >= name.length) return -1;
    if (place > 0) at += widthAt(name, at);
    if (!name.startsWith(text, at)) return -1;
    at += text.length;
  }
  return at;
}

/** Where the first such piece from here on ends; -1: there is none. */
function nextEnd(piece: Piece, name: string, from: number): number {
  const [first] = piece.texts;
  for (let at = name.indexOf(first, from); at >= 0; at = name.indexOf(first, at + widthAt(name, at))) {
    const end = endOf(piece, name, at);
    if (end >= 0 || at >= name.length) return end;
  }
  return -1;
}

/** Where the last so many characters begin; -1: there are fewer. */
function startOfLast(characters: number, name: string): number {
  let at = name.length;
  for (let left = characters; left > 0; left--) {
    if (at === 0) return -1;
    at -= at > 1 && widthAt(name, at - 2) === 2 ? 2 : 1;
  }
  return at;
}

/** Whether a name is of the pattern: its pieces, each found once, from the left. */
function matcherOf(pattern: string): (name: string) => boolean {
  const [first, ...others] = pattern.split(/\*+/).map(pieceOf);
  const last = others.pop();
  return (name) => {
    let at = endOf(first, name, 0);
    if (!last) return at === name.length;
    for (const piece of others) if (at >= 0) at = nextEnd(piece, name, at);
    const start = startOfLast(last.characters, name);
    return at >= 0 && start >= at && endOf(last, name, start) === name.length;
  };
}

/**
 * The names that one text stands for: itself where it is there, else those of `candidates` that match, in their order.
 * Empty: none.
 */
export function expand(
  text: string,
  existing: readonly string[] | ReadonlySet<string>,
  candidates: readonly string[] = [...existing],
): string[] {
  if ("has" in existing ? existing.has(text) : existing.includes(text)) return [text];
  return isPattern(text) && text.length <= COMPARED ? candidates.filter(matcherOf(text)) : [];
}

/** The names that differ least from a text without its wildcards, by edit distance: at most five, the nearest first. */
export function nearest(text: string, names: readonly string[]): string[] {
  const wanted = folded(text.replace(/[*?]+/g, ""));
  const ranked = names
    .map((name, place) => ({ name, place, far: distance(wanted, folded(name)) }))
    .sort((a, b) => a.far - b.far || a.place - b.place);
  return ranked.slice(0, MOST_NEAREST).map(({ name }) => name);
}

const folded = (text: string): string => text.slice(0, COMPARED).toLowerCase();

/** Levenshtein distance to the best beginning of `name`: what follows it is free, since a pattern names a beginning. */
function distance(wanted: string, name: string): number {
  let row = Array.from({ length: wanted.length + 1 }, (_, length) => length);
  let best = row[wanted.length];
  for (const letter of name) {
    const next = [row[0] + 1];
    for (let at = 1; at <= wanted.length; at++) {
      const same = row[at - 1] + (wanted[at - 1] === letter ? 0 : 1);
      next.push(Math.min(same, row[at] + 1, next[at - 1] + 1));
    }
    row = next;
    best = Math.min(best, row[wanted.length]);
  }
  return best;
}
