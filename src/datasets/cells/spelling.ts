/**
 * Ways of writing one class. Texts are compared and kept in Unicode's composed form (NFC), because "é" of one and of
 * two code points look the same. In a column of yes and no alone, or of whole numbers alone, several ways of writing
 * one value become one. Texts that differ only in case or spaces stay classes of their own, with a remark.
 */

/** How a cell is read before it is a value. BOOLEAN and WHOLE: several ways of writing become one. */
export type CellReading = "LIST" | "BOOLEAN" | "WHOLE";

const YES = new Set(["true", "t", "yes", "y", "1", "1.0"]);
const NO = new Set(["false", "f", "no", "n", "0", "0.0"]);
const WHOLE = /^[+-]?\d+(\.0*)?$/;

export const composed = (text: string): string => text.normalize("NFC");

/** The text by which a value of such a column is kept; one that is neither stays as it is. */
export function spelled(reading: CellReading | null, text: string): string {
  if (reading === "BOOLEAN") {
    const word = text.toLowerCase();
    return YES.has(word) ? "true" : NO.has(word) ? "false" : text;
  }
  return reading === "WHOLE" && isWhole(text) ? String(Number(text)) : text;
}

const isWhole = (text: string): boolean => WHOLE.test(text) && Number.isSafeInteger(Number(text));

/** The reading that makes several ways of writing one value one; null: there are none. `distinct`: of the column. */
export function spellingOf(distinct: readonly string[]): "BOOLEAN" | "WHOLE" | null {
  for (const reading of ["WHOLE", "BOOLEAN"] as const) {
    const all = distinct.every((text) =>
      reading === "WHOLE" ? isWhole(text) : YES.has(text.toLowerCase()) || NO.has(text.toLowerCase()),
    );
    if (all && new Set(distinct.map((text) => spelled(reading, text))).size < distinct.length) return reading;
  }
  return null;
}

/** Texts that differ only in case, spaces or widths of characters: the first such group; null: there is none. */
export function alike(distinct: readonly string[]): string[] | null {
  const groups = new Map<string, string[]>();
  for (const text of distinct) {
    const key = text.normalize("NFKC").toLowerCase().replace(/\s+/g, " ").trim();
    const group = groups.get(key) ?? [];
    groups.set(key, group);
    group.push(text);
  }
  return [...groups.values()].find((group) => group.length > 1) ?? null;
}
