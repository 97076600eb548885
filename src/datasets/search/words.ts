/**
 * Search by text. One index serves it: GIN over a column that the database computes for each compound. It needs no
 * extension, because pg_trgm is not on every server. A compound is found when
 *   - each word of the text begins a word of its name (words end at blanks and punctuation), or
 *   - the text is its formula in Hill order, or 6 or more of the first letters of its InChIKey;
 * small and capital letters are the same. The migration that makes the column splits words as this does.
 */
/** Of ASCII all but letters and digits. */
const PUNCTUATION = /[^0-9A-Za-z\u{80}-\u{10ffff}]+/u;
const FORMULA = /^[A-Z][A-Z\d]*([+-]\d*)?$/i;
const INCHI_KEY = /^[A-Z]{6,14}$|^[A-Z]{14}-[A-Z]{0,10}$|^[A-Z]{14}-[A-Z]{10}-[A-Z]?$/i;
/** Words of one text that are looked up. */
const MOST_WORDS = 20;

/**
 * As a tsquery of PostgreSQL, in small letters as the column; null when the text has no word.
 * `inchiKey`: of the text, when it is a SMILES.
 */
export function wordsQuery(text: string, inchiKey: string | null): string | null {
  const trimmed = text.trim();
  const words = trimmed.split(PUNCTUATION).filter((word) => word !== "");
  const any: string[] = [];
  if (words.length > 0) {
    const all = words.slice(0, MOST_WORDS).map((word) => `${lexeme(word)}:*`);
    any.push(`(${all.join(" & ")})`);
  }
  if (FORMULA.test(trimmed)) any.push(lexeme(`formula:${trimmed}`));
  if (INCHI_KEY.test(trimmed)) any.push(`${lexeme(`key:${trimmed}`)}:*`);
  if (inchiKey !== null) any.push(lexeme(`key:${inchiKey}`));
  return any.length === 0 ? null : any.join(" | ");
}

const lexeme = (text: string): string => `'${text.replace(/[\\']/g, "$&$&")}'`;
