/**
 * What an isotope label adds to the mass of its atom, as RDKit's connectivity invariants have it: the mass of the
 * isotope less the mean mass of the element, cut to a whole number. RDKit itself knows both.
 */
import type { MainModule } from "@rdkit/rdkit";

export class MassShifts {
  readonly #known = new Map<string, number>();

  constructor(private readonly module: MainModule) {}

  /** @param isotope mass number; 0: the natural mixture */
  of({ z, isotope }: { z: number; isotope: number }): number {
    if (isotope === 0 || z === 0) return 0;
    const key = `${isotope}#${z}`;
    const shift = this.#known.get(key) ?? Math.trunc(this.#mass(`[${key}]`) - this.#mass(`[#${z}]`));
    this.#known.set(key, shift);
    return shift;
  }

  /** Of one atom without hydrogens, g/mol. */
  #mass(smiles: string): number {
    const atom = this.module.get_mol(smiles);
    if (!atom) throw new Error(`RDKit does not read ${smiles}`);
    try {
      return (JSON.parse(atom.get_descriptors()) as { amw: number }).amw;
    } finally {
      atom.delete();
    }
  }
}
