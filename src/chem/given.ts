/**
 * What people write where a SMILES is asked, and what it is called when it is none. A CXSMILES is a SMILES, white space
 * and features between bars (`CCO |&1:1|`): the SMILES before them is read, and what they add is not.
 */

import type { MoleculeError } from "./types.js";

/** As all patterns here, with one way only to read a text. */
const EXTENDED = /^(\S+)[ \t]+\|[^|\r\n]*\|[ \t]*$/;

/** The SMILES of a CXSMILES; any other text as it is. */
export const withoutFeatures = (input: string): string => EXTENDED.exec(input)?.[1] ?? input;

/** A standard InChI, or one that is not. */
export const isInchi = (text: string): boolean => /^\s*InChI=1/.test(text);
export const isInchiKey = (text: string): boolean => /^[A-Z]{14}-[A-Z]{10}-[A-Z]$/.test(text);

const STANDARD = /^\s*InChI=1S\/[A-Za-z0-9.]/;

/** Why an InChI is not asked; null: it is. */
export function inchiRefusal(input: string, maxLength: number): MoleculeError | null {
  if (input.length > maxLength) {
    const message = `an InChI may have ${maxLength} characters, this one has ${input.length}: give a smaller molecule`;
    return { input, code: "SMILES_TOO_LONG", message };
  }
  if (STANDARD.test(input) && !/\s/.test(input.trim())) return null;
  const message = "only a standard InChI (InChI=1S/…) is read: give the molecule as that, or as SMILES";
  return { input, code: "INVALID_SMILES", message };
}

/** Of an InChI that is not read, or whose molecule has another one: nothing is taken that is not what was asked. */
export const inchiError = (input: string): MoleculeError => ({
  input,
  code: "INVALID_SMILES",
  message: "no molecule with exactly this InChI can be made of it: correct it, or give the molecule as SMILES",
});

const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zs}\p{Zl}\p{Zp}]/u;
const NAMES: Readonly<Record<string, string>> = {
  "\u00A0": "no-break space",
  "\u00AD": "soft hyphen",
  "\u200B": "zero width space",
  "\u200C": "zero width non-joiner",
  "\u200D": "zero width joiner",
  "\u200E": "left-to-right mark",
  "\u200F": "right-to-left mark",
  "\u2028": "line separator",
  "\u2029": "paragraph separator",
  "\u202F": "narrow no-break space",
  "\u2060": "word joiner",
  "\u3000": "ideographic space",
  "\uFEFF": "byte-order mark",
};

/** A character that nobody sees, by its number and name: "U+200B (zero width space)"; null: it can be seen. */
export function invisible(character: string): string | null {
  if (character.codePointAt(0)! < 0x80 || !INVISIBLE.test(character)) return null;
  const number = `U+${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0")}`;
  return NAMES[character] ? `${number} (${NAMES[character]})` : number;
}

/** Why a text that is no SMILES is none, where it is something else that chemists write; else null. */
export function otherNotation(text: string): string | null {
  if (/^ {0,2}M {2}END/m.test(text) || /V[23]000[ \t]*\r?$/m.test(text))
    return "this is a mol block: import it as an SDF or MOL file, or give its SMILES";
  if (isInchiKey(text)) return "this is an InChIKey, from which no structure follows: give the molecule as SMILES";
  if (text.includes(">>")) return "this is a reaction (a>>b): give one molecule as SMILES";
  if (text.includes("->") || text.includes("<-"))
    return `this has a dative bond ("->"), as complexes of metals have, which is not read: ${LIGAND}`;
  if (/>[^>]*>/.test(text)) return "this is a reaction (a>b>c): give one molecule as SMILES";
  return null;
}

export const LIGAND = "give the ligand alone, or the metal as an ion of its own, such as [Cu+2]";
