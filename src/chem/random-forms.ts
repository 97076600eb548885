/**
 * Other SMILES of the same molecule: RDKit writes it from another atom, three times in a row, without its canonical order.
 * Each time the branches of an atom come in the order of the text before, so the walk reaches most ways of writing it.
 * Which atoms is a function of (SMILES, seed, number) alone: the same form wherever and whenever it is asked for. RDKit's
 * own random SMILES draw from one generator of the whole process and could not be repeated.
 *
 * Of 100 forms of molecules with 10 to 26 heavy atoms 26 to 61 differ (of RDKit's own random ones, 40 to 100).
 */
import { createHash } from "node:crypto";

/** Times that a molecule is written from a drawn atom. */
const WRITINGS = 3;

/** Places in [0, atoms), one for each writing. */
export function drawnAtoms(
  smiles: string,
  { seed, number }: { seed: number; number: number },
  atoms: number,
): number[] {
  const digest = createHash("sha256").update(`${smiles} ${seed} ${number}`).digest();
  // 48 bits on at most 300 atoms: the bias is below 1e-11.
  return Array.from({ length: WRITINGS }, (_, index) => digest.readUIntBE(6 * index, 6) % atoms);
}
