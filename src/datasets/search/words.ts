/**
 * Search by text. Two indexes serve it: GIN over columns that the database computes, of the words of a member's name
 * and of formula and InChIKey of a compound. It needs no extension, because pg_trgm is not on every server. A compound
 * is found when
 *   - each word of the text begins a word of its name (words end at blanks and punctuation), or
 *   - the text is its formula in Hill order, or 6 or more of the first letters of its InChIKey;
 * small and capital letters are the same. The migration that makes the columns splits words as this does.
 */
/** Of ASCII all but letters and digits. */
const PUNCTUATION = /[^0-9A-Za-z\u{80}-\u{10ffff}]+/u;
const FORMULA = /^[A-Z][A-Z\d]*([+-]\d*)?$/i;
const INCHI_KEY = /^[A-Z]{6,14}$|^[A-Z]{14}-[A-Z]{0,10}$|^[A-Z]{14}-[A-Z]{10}-[A-Z]?$/i;
/** Words of one text that are looked up. */
const MOST_WORDS = 20;

/** Each as a tsquery of PostgreSQL, to be written in small letters; null: nothing of this kind. One is not null. */
export interface TextQuery {
  /** Words of a name. */
  names: string | null;
  /** Formula and InChIKey. */
  keys: string | null;
}

/** Null when the text has no word. `inchiKey`: of the text, when it is a SMILES. */
export function textQuery(text: string, inchiKey: string | null): TextQuery | null {
  const trimmed = text.trim();
  const words = trimmed.split(PUNCTUATION).filter((word) => word !== "");
  const all = words.slice(0, MOST_WORDS).map((word) => `${lexeme(word)}:*`);
  const any: string[] = [];
  if (FORMULA.test(trimmed)) any.push(lexeme(`formula:${trimmed}`));
  if (INCHI_KEY.test(trimmed)) any.push(`${lexeme(`key:${trimmed}`)}:*`);
  if (inchiKey !== null) any.push(lexeme(`key:${inchiKey}`));
  if (all.length + any.length === 0) return null;
  return { names: all.join(" & ") || null, keys: any.join(" | ") || null };
}

const lexeme = (text: string): string => `'${text.replace(/[\\']/g, "$&$&")}'`;
