/**
 * The texts that mean "not known" where a label, class or number is expected, in one table. Readers of files and
 * writers of rows use it alike, so such a text is never a class by accident. A user who names texts of their own
 * replaces the table; naming none makes every text a value. An empty text is never a value.
 */

/** In exactly this spelling: Na and Nd are elements. */
const EXACT: readonly string[] = [
  "NA",
  "ND",
  "-",
  "--",
  "–",
  "—",
  "?",
  "<NA>",
  "#NA",
  "#N/A",
  "#N/A N/A",
  "#VALUE!",
  "#REF!",
  "#DIV/0!",
  "#NUM!",
  "#NAME?",
  "#NULL!",
];
/** In upper and lower case. */
const ANY_CASE: readonly string[] = [
  "nan",
  "-nan",
  "1.#qnan",
  "-1.#ind",
  "n/a",
  "n.a.",
  "n.d.",
  "none",
  "null",
  "unknown",
  "missing",
  "not available",
  "not determined",
];

/** For documents: all of them, as the table has them. */
export const MISSING_TEXTS: readonly string[] = [...EXACT, ...ANY_CASE];

export type IsMissing = (text: string) => boolean;

const exact = new Set(EXACT);
const anyCase = new Set(ANY_CASE);
const LONGEST = Math.max(...MISSING_TEXTS.map((text) => text.length));
const isMark: IsMissing = (text) => text.length <= LONGEST && (exact.has(text) || anyCase.has(text.toLowerCase()));

/** `named`: the texts of the user; undefined: those of the table. Asked with trimmed texts that are not empty. */
export function missingTest(named: readonly string[] | undefined): IsMissing {
  if (named === undefined) return isMark;
  const texts = new Set(named.map((text) => text.trim().normalize("NFC")));
  return (text) => texts.has(text);
}
