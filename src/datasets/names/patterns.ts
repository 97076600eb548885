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

/** Whether the name is of the pattern. At most the square of the name's length in steps, whatever the stars. */
function matches(pattern: string, name: string): boolean {
  const [wanted, given] = [[...pattern], [...name]];
  let [at, place] = [0, 0];
  // The last star, and the first character of the name that it does not stand for yet.
  let [star, resume] = [-1, 0];
  while (place < given.length) {
    if (wanted[at] === "*") {
      star = at++;
      resume = place;
    } else if (at < wanted.length && (wanted[at] === "?" || wanted[at] === given[place])) {
      at++;
      place++;
    } else if (star >= 0) {
      at = star + 1;
      place = ++resume;
    } else return false;
  }
  while (wanted[at] === "*") at++;
  return at === wanted.length;
}

/**
 * The names that one text stands for: itself where it is there, else those of `candidates` that match, in their order.
 * Empty: none.
 */
export function expand(text: string, existing: readonly string[], candidates = existing): string[] {
  if (existing.includes(text)) return [text];
  return isPattern(text) && text.length <= COMPARED ? candidates.filter((name) => matches(text, name)) : [];
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
