/** The records of 72 molecules equal Python RDKit's (bench/reference/chem.py), however the molecule is written. */
import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Chemistry, type Molecule } from "../../src/chem/index.js";
import { sharedChemistry } from "../support/machine/shared-chemistry.js";

interface Reference extends Omit<Molecule, "skeletonKey"> {
  scaffoldKey: string;
}

const { molecules } = JSON.parse(
  await readFile(new URL("../../bench/reference/chem.json", import.meta.url), "utf8"),
) as { molecules: Reference[] };

let chemistry: Chemistry;
beforeAll(async () => {
  chemistry = await sharedChemistry();
});
afterAll(() => chemistry.close());

const parse = async (smiles: string[]): Promise<Molecule[]> => {
  const results = await chemistry.parse(smiles);
  return results.map((result) => {
    if (!result.ok) throw new Error(`${result.error.input}: ${result.error.message}`);
    return result.molecule;
  });
};

it("gives key, formula, weight and dropped fragments of the reference", async () => {
  const ours = await parse(molecules.map((molecule) => molecule.input));
  for (const [
    index,
    { scaffold: _, scaffoldKey: __, smiles: ___, molecularWeight, ...reference },
  ] of molecules.entries()) {
    expect(ours[index]).toMatchObject(reference);
    expect(ours[index].skeletonKey).toBe(reference.inchiKey.slice(0, 14));
    expect(ours[index].molecularWeight, reference.input).toBeCloseTo(molecularWeight, 3);
  }
});

it("gives the reference's canonical SMILES and scaffold, or another SMILES of the same molecule", async () => {
  const ours = await parse(molecules.map((molecule) => molecule.input));
  const scaffolds = ours.filter((molecule) => molecule.scaffold !== "");
  const keys = new Map(
    (await parse(scaffolds.map(({ scaffold }) => scaffold))).map((found) => [found.input, found.inchiKey]),
  );
  let literally = 0;
  for (const [index, reference] of molecules.entries()) {
    const { smiles, inchiKey, scaffold } = ours[index];
    if (smiles !== reference.smiles) expect(inchiKey, reference.input).toBe(reference.inchiKey);
    expect(keys.get(scaffold) ?? "", reference.input).toBe(reference.scaffoldKey);
    if (smiles === reference.smiles && scaffold === reference.scaffold) literally += 1;
  }
  // All of them with the release the reference was made with.
  expect(literally).toBeGreaterThanOrEqual(molecules.length - 3);
});

it("is unchanged by reading its own canonical SMILES and scaffold again", async () => {
  const ours = await parse(molecules.map((molecule) => molecule.input));
  const again = await parse(ours.map((molecule) => molecule.smiles));
  for (const [index, { input: _, droppedFragments: __, ...record }] of again.entries())
    expect(ours[index]).toMatchObject(record);
  const scaffolds = ours.flatMap(({ scaffold }) => (scaffold === "" ? [] : [scaffold]));
  expect((await parse(scaffolds)).map((molecule) => molecule.scaffold)).toEqual(scaffolds);
});

it.each([
  [
    "caffeine",
    ["Cn1c(=O)c2c(ncn2C)n(C)c1=O", "CN1C=NC2=C1C(=O)N(C)C(=O)N2C", "[CH3]n1c2c(n(C)c(=O)n(c2=O)C)nc1"],
    "C8H10N4O2",
  ],
  ["L-alanine", ["C[C@H](N)C(=O)O", "N[C@@H](C)C(O)=O", "OC(=O)[C@@H](N)C", "[H][C@@](C)(N)C(=O)O"], "C3H7NO2"],
  ["sodium acetate", ["CC(=O)[O-].[Na+]", "[Na+].[O-]C(C)=O", "[O-]C(=O)C.[Na+]"], "C2H3O2-"],
  ["nitromethane", ["C[N+](=O)[O-]", "CN(=O)=O"], "CH3NO2"],
  ["atom maps", ["CCO", "[CH3:1][CH2:2][OH:3]"], "C2H6O"],
  ["trans-2-butene", ["C/C=C/C", "C\\C=C\\C"], "C4H8"],
  ["a dot that a ring closure joins", ["CC", "C1.C1"], "C2H6"],
])("%s written differently is one record", async (_name, writings, formula) => {
  const records = (await parse(writings)).map(({ input: _, ...record }) => record);
  for (const record of records) expect(record).toEqual(records[0]);
  expect(records[0].formula).toBe(formula);
});

it("keeps the heaviest of fragments with as many atoms, and lists the rest", async () => {
  const [chloride, drug] = await parse(["[Na+].[Cl-]", "Cl.O.O.CCN"]);
  expect([chloride.smiles, chloride.droppedFragments]).toEqual(["[Cl-]", ["[Na+]"]]);
  expect([drug.smiles, drug.droppedFragments]).toEqual(["CCN", ["Cl", "O", "O"]]);
});

it("gives a charged side chain back its hydrogens in a scaffold", async () => {
  const [dye] = await parse(["CN(C)c1ccc2nc3ccc(=[N+](C)C)cc-3sc2c1"]);
  expect(dye.scaffold).toBe("[NH2+]=c1ccc2nc3ccccc3sc-2c1");
});
