/** Random SMILES of a molecule: always the same molecule, always the same forms, and many of them. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startChemistry } from "../../src/chem/index.js";
import type { Chemistry } from "../../src/chem/types.js";
import { sharedChemistry } from "../support/machine/shared-chemistry.js";

let chemistry: Chemistry;
beforeAll(async () => {
  chemistry = await sharedChemistry();
});
afterAll(() => chemistry?.close());

/**
 * Stereo at atoms, rings and double bonds, charges, isotopes, aromatic nitrogen, a large ring; and the least number of
 * 32 forms that differ.
 */
const MOLECULES: [smiles: string, least: number][] = [
  ["C/C=C/C(=O)O[C@H]1CC[C@@H](C)CC1", 10],
  ["C=C(C)[C@H]1CC=C(C)CC1", 10],
  ["O=C([O-])c1c[nH]c2ccccc12", 15],
  ["[2H]C(F)(Cl)Br", 8],
  ["C[N+](C)(C)C[C@@H](O)CC(=O)[O-]", 10],
  ["O=C1CCCCCCC/C=C\\CCCCCCC1", 10],
  ["OC[C@H]1O[C@@H](O[C@H]2[C@H](O)[C@@H](O)C(O)O[C@@H]2CO)[C@H](O)[C@@H](O)[C@@H]1O", 20],
  ["COc1cc(OC)c2c(=O)c(O)c(-c3ccc(OC)c(OC)c3)oc2c1", 20],
  ["CCO", 3],
];

describe("random forms", () => {
  it.each(MOLECULES)("of %s are that molecule, stereo included", async (smiles, least) => {
    const [parsed] = await chemistry.parse([smiles]);
    if (!parsed.ok) throw new Error(parsed.error.message);
    const [forms] = await chemistry.randomForms([parsed.molecule.smiles], { seed: 7, count: 32 });
    expect(forms).toHaveLength(32);
    expect(new Set(forms).size).toBeGreaterThanOrEqual(least);
    for (const again of await chemistry.parse(forms))
      expect(again).toMatchObject({
        ok: true,
        molecule: { smiles: parsed.molecule.smiles, inchiKey: parsed.molecule.inchiKey },
      });
  });

  it("are a function of the molecule and the seed, not of the process, the order or the number of forms", async () => {
    const smiles = MOLECULES.map(([text]) => text);
    const all = await chemistry.randomForms(smiles, { seed: 7, count: 5 });
    const other = await startChemistry({ processes: 1 });
    try {
      const reversed = await other.randomForms([...smiles].reverse(), { seed: 7, count: 9 });
      expect(reversed.reverse().map((forms) => forms.slice(0, 5))).toEqual(all);
    } finally {
      await other.close();
    }
    expect(await chemistry.randomForms(smiles, { seed: 8, count: 5 })).not.toEqual(all);
  });

  it("of an invalid molecule are the text itself; a count out of range is refused", async () => {
    expect(await chemistry.randomForms(["C1CC"], { seed: 1, count: 2 })).toEqual([["C1CC", "C1CC"]]);
    for (const count of [0, 65, 1.5])
      await expect(chemistry.randomForms(["C"], { seed: 1, count })).rejects.toMatchObject({ code: "INVALID_CONFIG" });
  });
});
