/**
 * What is refused before RDKit reads it, in time linear in the text. RDKit accepts "", "CCO name", a molblock and
 * letters outside ASCII without an error, and a chain of 700 atoms hangs it. It keeps a charge in 8 bits and an isotope
 * in 16, so that [C+255] becomes [C-]; and what it writes for a query bond (~) it may not read again. So the alphabet,
 * the size and the numbers in brackets are checked here: of an accepted SMILES the canonical form is accepted too.
 */
import { invisible, otherNotation } from "./given.js";
import type { MoleculeError } from "./types.js";

/** Characters of one SMILES. The longest of 16,556 natural products and drugs has 404. */
export const MAX_LENGTH = 1000;
/**
 * Atoms other than hydrogen; of those 16,556 molecules the largest has 134. Measured at 300 atoms: chains, peptides,
 * glucans, rings, dendrimers, salts of 300 ions take 20 to 300 ms each; only a chain of cubanes exceeded the time
 * limit.
 */
export const MAX_ATOMS = 300;

/** Characters of a text that is too long in which the first lines of a mol block are looked for. */
const NOTATION_LENGTH = 400;

/** The numbers of a bracket atom: the characters before them, the largest one, and why. */
const BRACKET_BOUNDS = [
  { number: "isotope", after: "[", largest: 300, why: "the heaviest known nuclide has 294" },
  { number: "count of hydrogens", after: "H", largest: 9, why: "OpenSMILES: one digit" },
  { number: "charge", after: "+-", largest: 15, why: "OpenSMILES; RDKit keeps 127" },
  { number: "atom map number", after: ":", largest: 9999, why: "it is not part of the molecule" },
] as const;
const BRACKET = /\[[^\]]*\]?/g;
/** Behind "@OH" stands the number of an octahedral order. */
const BRACKET_NUMBER = /((?<!@O)H|[[+\-:])(\d+)|([+-])\3{15,}/g;

const FOREIGN = /[^A-Za-z0-9@+\-[\]().=#$:~/\\%*]/;
/** A bracket that is not a lone hydrogen, or a letter of the organic subset. */
const HEAVY_ATOM = /\[(?!\d*H\d*[+-]?\d*\])[^\]]*\]|Br|Cl|[BCNOPSFIbcnops*]/g;

/** null: RDKit may read it. */
export function refusal(input: string, maxLength = MAX_LENGTH, maxAtoms = MAX_ATOMS): MoleculeError | null {
  const refuse = (code: MoleculeError["code"], message: string): MoleculeError => ({ input, code, message });
  if (input.trim() === "") return refuse("EMPTY_INPUT", "the SMILES is empty: give one molecule, such as CCO");
  if (input.length > maxLength) {
    const block = otherNotation(input.slice(0, NOTATION_LENGTH));
    if (block?.includes("mol block")) return refuse("INVALID_SMILES", block);
    return refuse(
      "SMILES_TOO_LONG",
      `a SMILES may have ${maxLength} characters, this one has ${input.length}: give a smaller molecule`,
    );
  }
  const other = otherNotation(input);
  if (other) return refuse("INVALID_SMILES", other);
  const foreign = FOREIGN.exec(input);
  if (foreign) {
    const character = String.fromCodePoint(input.codePointAt(foreign.index)!);
    const unseen = invisible(character);
    if (unseen) {
      const where = `at position ${foreign.index + 1}`;
      return refuse("INVALID_SMILES", `${unseen} ${where}, which cannot be seen, is not of SMILES: remove it`);
    }
    const advice = /\s/.test(character)
      ? "give one SMILES without spaces or line breaks, and no name behind it"
      : "give one molecule as SMILES";
    return refuse(
      "INVALID_SMILES",
      `${JSON.stringify(character)} at position ${foreign.index + 1} is not a character of SMILES: ${advice}`,
    );
  }
  const query = input.indexOf("~");
  if (query >= 0) {
    return refuse(
      "INVALID_SMILES",
      `"~" at position ${query + 1} is a bond of a query, which fits any bond: write the bond that the molecule has`,
    );
  }
  const number = outOfBounds(input);
  if (number) return refuse("INVALID_SMILES", number);
  const atoms = input.match(HEAVY_ATOM)?.length ?? 0;
  if (atoms > maxAtoms) {
    return refuse(
      "SMILES_TOO_LONG",
      `a molecule may have ${maxAtoms} heavy atoms, this one has about ${atoms}: give a smaller molecule`,
    );
  }
  return null;
}

/** Characters of a mol block: 1,000 atoms with their bonds have about 100,000. */
const BLOCK_LENGTH = 200_000;
/** Atoms of a block other than hydrogen: V2000, then V3000. */
const BLOCK_ATOMS = [
  /^ *-?\d+\.\d+ *-?\d+\.\d+ *-?\d+\.\d+ +(?![HDT] )[A-Z*]/gm,
  /^M {2}V30 +\d+ +(?![HDT] )[A-Z*][A-Za-z]* +-?\d*\.\d/gm,
];

/** Why RDKit is not asked for a mol block; null: it is. */
export function blockRefusal(block: string, maxAtoms = MAX_ATOMS): string | null {
  if (block.length > BLOCK_LENGTH) return `it has ${block.length} characters; at most ${BLOCK_LENGTH} are read`;
  if (!/^M {2}END/m.test(block)) return "it has no line M  END";
  const atoms = BLOCK_ATOMS.reduce((sum, pattern) => sum + (block.match(pattern)?.length ?? 0), 0);
  return atoms > maxAtoms ? `a molecule may have ${maxAtoms} heavy atoms, this one has ${atoms}` : null;
}

/** A sentence about the first number of a bracket atom that is above its bound; null if there is none. */
function outOfBounds(input: string): string | null {
  for (const [atom] of input.matchAll(BRACKET)) {
    for (const [text, before, digits, sign] of atom.matchAll(BRACKET_NUMBER)) {
      const bound = BRACKET_BOUNDS.find(({ after }) => after.includes(before ?? sign))!;
      const value = sign ? text.length : Number(digits);
      if (value <= bound.largest) continue;
      const shown = atom.length > 40 ? `${atom.slice(0, 40)}…` : atom;
      return `the ${bound.number} of ${shown} may be at most ${bound.largest}, it is ${value}: give one molecule`;
    }
  }
  return null;
}
