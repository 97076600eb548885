/**
 * What is refused before RDKit reads it, in time linear in the text. RDKit accepts "", "CCO name", a molblock and
 * letters outside ASCII without an error, and a chain of 700 atoms hangs it. So the alphabet and the size are checked
 * here.
 */
import type { MoleculeError } from "./types.js";

/** Characters of one SMILES. The longest of 16,556 natural products and drugs has 404. */
export const MAX_LENGTH = 1000;
/**
 * Atoms other than hydrogen; of those 16,556 molecules the largest has 134. Measured at 300 atoms: chains, peptides,
 * glucans, rings, dendrimers, salts of 300 ions take 20 to 300 ms each; only a chain of cubanes exceeded the time
 * limit.
 */
export const MAX_ATOMS = 300;

const FOREIGN = /[^A-Za-z0-9@+\-[\]().=#$:~/\\%*]/;
/** A bracket that is not a lone hydrogen, or a letter of the organic subset. */
const HEAVY_ATOM = /\[(?!\d*H\d*[+-]?\d*\])[^\]]*\]|Br|Cl|[BCNOPSFIbcnops*]/g;

/** null: RDKit may read it. */
export function refusal(input: string, maxLength = MAX_LENGTH, maxAtoms = MAX_ATOMS): MoleculeError | null {
  const refuse = (code: MoleculeError["code"], message: string): MoleculeError => ({ input, code, message });
  if (input.trim() === "") return refuse("EMPTY_INPUT", "the SMILES is empty: give one molecule, such as CCO");
  if (input.length > maxLength) {
    return refuse(
      "SMILES_TOO_LONG",
      `a SMILES may have ${maxLength} characters, this one has ${input.length}: give a smaller molecule`,
    );
  }
  const foreign = FOREIGN.exec(input);
  if (foreign) {
    const character = String.fromCodePoint(input.codePointAt(foreign.index)!);
    const advice = /\s/.test(character)
      ? "give one SMILES without spaces or line breaks, and no name behind it"
      : "give one molecule as SMILES";
    return refuse(
      "INVALID_SMILES",
      `${JSON.stringify(character)} at position ${foreign.index + 1} is not a character of SMILES: ${advice}`,
    );
  }
  const atoms = input.match(HEAVY_ATOM)?.length ?? 0;
  if (atoms > maxAtoms) {
    return refuse(
      "SMILES_TOO_LONG",
      `a molecule may have ${maxAtoms} heavy atoms, this one has about ${atoms}: give a smaller molecule`,
    );
  }
  return null;
}
