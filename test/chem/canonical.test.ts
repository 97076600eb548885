/** The canonical form alone: the same as that of a whole reading, and errors as there. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Chemistry } from "../../src/chem/index.js";
import { isUsual } from "../../src/chem/process/is-usual.js";
import { sharedChemistry } from "../support/machine/shared-chemistry.js";

let chemistry: Chemistry;
beforeAll(async () => {
  chemistry = await sharedChemistry();
});
afterAll(() => chemistry.close());

const sample = readFileSync(join(import.meta.dirname, "../../samples/food-compounds.csv"), "utf8")
  .split("\n")
  .slice(1)
  .flatMap((line) => /(?:^|,)([^,"\s]*[Cc][^,"\s]*)(?:,|$)/.exec(line)?.[1] ?? []);

describe("canonical forms", () => {
  it("are those of `parse` for the sample, salts, metals, dummies and texts that are none", async () => {
    const others = [
      "OCC",
      "CC(=O)[O-].[Na+]",
      "*CC",
      "[Fe]",
      "C1CC",
      "",
      "C[N+](C)(C)C",
      "[Co]",
      "[2H]C",
      "CCO ethanol",
    ];
    const inchi = "InChI=1S/C6H14O/c1-2-3-4-5-6-7/h7H,2-6H2,1H3";
    const texts = [...sample.slice(0, 400), ...others, inchi];
    expect(texts.length).toBeGreaterThan(300);
    const [whole, forms] = [await chemistry.parse(texts), await chemistry.canonical(texts)];
    for (const [index, result] of whole.entries()) {
      if (!result.ok) expect(forms[index]).toEqual(result);
      else {
        const { input, smiles, droppedFragments } = result.molecule;
        expect(forms[index]).toEqual({ ok: true, form: { input, smiles, droppedFragments } });
      }
    }
  });

  it("without an InChIKey only of usual molecules", () => {
    for (const smiles of ["CCO", "C[C@@H](N)C(=O)O", "c1cc[nH]c1", "[13CH4]", "[O-]C=O", "FC(F)(F)Br", "C/C=C\\C"])
      expect(isUsual(smiles), smiles).toBe(true);
    for (const smiles of [
      "",
      "*",
      "[*]",
      "[Na+]",
      "C.C",
      "[Fe]",
      "[Co]",
      "[Sn]",
      "[se]",
      "C->N",
      "[C+4]",
      "C[Si]",
      "[nH:1]",
    ])
      expect(isUsual(smiles), smiles).toBe(false);
  });
});
