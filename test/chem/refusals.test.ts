/** What is not a molecule is refused with its code and RDKit's reason, in its place, and quickly. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { refusal } from "../../src/chem/check.js";
import type { Chemistry } from "../../src/chem/index.js";
import { cpuTime } from "../support/machine/cpu-time.js";
import { sharedChemistry } from "../support/machine/shared-chemistry.js";

let chemistry: Chemistry;
beforeAll(async () => {
  chemistry = await sharedChemistry();
});
afterAll(() => chemistry.close());

const MOLBLOCK =
  "\n     RDKit          2D\n\n  1  0  0  0  0  0  0  0  0  0999 V2000\n    0.0 0.0 0.0 C   0  0\nM  END\n";

it.each([
  ["", "EMPTY_INPUT", /empty/],
  ["  \t\n", "EMPTY_INPUT", /empty/],
  ["C1CC", "INVALID_SMILES", /unclosed ring/],
  ["CC(C)(C)(C)C", "INVALID_SMILES", /valence for atom # 1 C, 5/],
  ["CC(", "INVALID_SMILES", /syntax error around position 3/],
  ["CC)C", "INVALID_SMILES", /extra close parentheses around position 3/],
  ["C[Xx]", "INVALID_SMILES", /syntax error around position 3/],
  ["c1ccc2c1", "INVALID_SMILES", /unclosed ring/],
  ["c1cccc1", "INVALID_SMILES", /kekulize/],
  ["cc", "INVALID_SMILES", /non-ring atom 0 marked aromatic/],
  ["CCO ethanol", "INVALID_SMILES", /" " at position 4/],
  [" CCO", "INVALID_SMILES", /" " at position 1/],
  ["CCO\n", "INVALID_SMILES", /"\\n" at position 4/],
  ["Cé", "INVALID_SMILES", /"é" at position 2/],
  ["C😀", "INVALID_SMILES", /"😀" at position 2/],
  ["CC>>CO", "INVALID_SMILES", /this is a reaction \(a>>b\)/],
  ["CC>[Pd]>CO", "INVALID_SMILES", /this is a reaction \(a>b>c\)/],
  ["CCO |$;;$| ethanol", "INVALID_SMILES", /" " at position 4/],
  ["CC\u200BO", "INVALID_SMILES", /U\+200B \(zero width space\) at position 3, which cannot be seen/],
  ["CCO\u00A0", "INVALID_SMILES", /U\+00A0 \(no-break space\) at position 4/],
  ["CC\u180EO", "INVALID_SMILES", /U\+180E at position 3/],
  ["LFQSCWFLJHTTHZ-UHFFFAOYSA-N", "INVALID_SMILES", /an InChIKey, from which no structure follows/],
  ["OC(=O)CN->[Zn+2]", "INVALID_SMILES", /dative bond .* metals .* ligand alone/],
  ["[NH3][Pd]([NH3])(Br)Br", "INVALID_SMILES", /no InChIKey .* dative bonds to the metal Pd: give the ligand/],
  ["C1=[N]2[Ni]OC2=CC1", "INVALID_SMILES", /dative bonds to the metal Ni/],
  ["InChI=1S/CH4/h1H9", "INVALID_SMILES", /no molecule with exactly this InChI/],
  ["InChI=1/CH4/h1H4", "INVALID_SMILES", /only a standard InChI \(InChI=1S/],
  [`InChI=1S/${"C".repeat(4_000)}`, "SMILES_TOO_LONG", /4000 characters, this one has 4009/],
  ['{"rdkitjson":1}', "INVALID_SMILES", /"{" at position 1/],
  [MOLBLOCK, "INVALID_SMILES", /a mol block: import it as an SDF/],
  ["*CC", "INVALID_SMILES", /no InChIKey .* dummy atom/],
  ["C$C", "INVALID_SMILES", /no InChIKey/],
  ["C".repeat(301), "SMILES_TOO_LONG", /300 heavy atoms/],
  ["C%10".repeat(251), "SMILES_TOO_LONG", /1000 characters, this one has 1004/],
])("refuses %j as %s", async (input, code, message) => {
  const [before, result, after] = await chemistry.parse(["CCO", input, "CCN"]);
  expect(result).toEqual({ ok: false, error: { input, code, message: expect.stringMatching(message) } });
  expect([before, after]).toMatchObject([
    { ok: true, molecule: { formula: "C2H6O" } },
    { ok: true, molecule: { formula: "C2H7N" } },
  ]);
});

it("reads the SMILES of a CXSMILES, and answers about the text that was given", async () => {
  const results = await chemistry.parse(["C[C@H](O)F |&1:1|", "CCN\t|$_AV:1;2;3$| ", "C1CC |&1:1|"]);
  expect(results).toMatchObject([
    { ok: true, molecule: { input: "C[C@H](O)F |&1:1|", smiles: "C[C@H](O)F" } },
    { ok: true, molecule: { input: "CCN\t|$_AV:1;2;3$| ", smiles: "CCN" } },
    { ok: false, error: { input: "C1CC |&1:1|", message: expect.stringMatching(/unclosed ring/) } },
  ]);
  const [block] = await chemistry.molBlocks(["CO |$;$|"]);
  expect(block).toContain("  2  1  0");
});

it("reads InChIs with stereo, charges, isotopes and salts, checked by the InChI that RDKit makes again", async () => {
  const inchis = {
    "InChI=1S/CH4/h1H4": "C",
    "InChI=1S/C3H7NO2/c1-2(4)3(5)6/h2H,4H2,1H3,(H,5,6)/t2-/m0/s1": "C[C@H](N)C(=O)O",
    "InChI=1S/C4H8/c1-3-4-2/h3-4H,1-2H3/b4-3-": "C/C=C\\C",
    "InChI=1S/C2H4O2.Na/c1-2(3)4;/h1H3,(H,3,4);/q;+1/p-1": "CC(=O)[O-]",
    "InChI=1S/CH3NO2/c1-2(3)4/h1H3": "C[N+](=O)[O-]",
    "InChI=1S/CHCl3/c2-1(3)4/h1H/i1D": "[2H]C(Cl)(Cl)Cl",
  };
  const results = await chemistry.parse(["CCO", ...Object.keys(inchis)]);
  expect(results.slice(1).map((result) => result.ok && result.molecule.smiles)).toEqual(Object.values(inchis));
  expect(results.slice(1).map((result) => result.ok && result.molecule.input)).toEqual(Object.keys(inchis));
}, 60_000);

it("refuses 100,000 opening brackets in less than 50 ms of processor time", async () => {
  const spent = cpuTime();
  const [result] = await chemistry.parse(["(".repeat(100_000)]);
  expect(spent()).toBeLessThan(50);
  expect(result).toMatchObject({ ok: false, error: { code: "SMILES_TOO_LONG" } });
});

describe("the size", () => {
  it("is taken at the limit and refused one above it", async () => {
    const results = await chemistry.parse(["C".repeat(300), `C${"[H]".repeat(4)}`, `C(${"C".repeat(299)})C`]);
    expect(results[0]).toMatchObject({ ok: true, molecule: { formula: "C300H602" } });
    expect(results[2]).toMatchObject({ ok: false, error: { code: "SMILES_TOO_LONG" } });
  });

  it("counts heavy atoms, not letters or written hydrogens", () => {
    expect(refusal("[H]C([H])([H])[2H].ClBr.[nH+].[Na+]", 1000, 5)).toBeNull();
    expect(refusal("[H]C([H])([H])[2H].ClBr.[nH+].[Na+]", 1000, 4)).toMatchObject({
      code: "SMILES_TOO_LONG",
      message: expect.stringContaining("4 heavy atoms, this one has about 5"),
    });
  });
});
