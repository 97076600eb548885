/**
 * Other SMILES of the same molecule, a chain of them: RDKit writes each from another atom of the one before, without
 * its canonical order. The branches of an atom come in the order of the text before, so the chain reaches most SMILES
 * of the molecule. The atoms are a function of (SMILES, seed, number) alone, and so is each form: independent of
 * process, time and number of forms. RDKit's own random SMILES use one generator of the whole process and cannot be
 * repeated.
 */
import { createHash } from "node:crypto";

/** Index in [0, atoms) of the atom from which form `number` (from 1) is written. */
export function drawnAtom(smiles: string, { seed, number }: { seed: number; number: number }, atoms: number): number {
  const digest = createHash("sha256").update(`${smiles} ${seed} ${number}`).digest();
  // 48 bits on at most 300 atoms: the bias is below 1e-11.
  return digest.readUIntBE(0, 6) % atoms;
}
