/** Descriptors and fingerprints equal Python RDKit's (bench/reference/properties_of_molecules.py). */
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Chemistry, DESCRIPTORS, MACCS_BITS, MORGAN_BITS } from "../../src/chem/index.js";
import { sharedChemistry } from "../support/machine/shared-chemistry.js";

interface Reference {
  smiles: string;
  descriptors: Record<string, number>;
  maccs: number[];
  morgan: number[];
}
const file = new URL("../../bench/reference/properties_of_molecules.json", import.meta.url);
const { molecules } = JSON.parse(readFileSync(file, "utf8")) as { molecules: Reference[] };

let chemistry: Chemistry;
beforeAll(async () => {
  chemistry = await sharedChemistry();
});
afterAll(() => chemistry?.close());

const setBits = (bytes: Uint8Array, count: number) =>
  Array.from({ length: count }, (_, i) => i).filter((i) => (bytes[i >> 3] >> (i & 7)) & 1);

describe("properties", () => {
  it("are Python RDKit's: every descriptor, every bit", async () => {
    const answers = await chemistry.properties(molecules.map(({ smiles }) => smiles));
    for (const [index, { smiles, descriptors, maccs, morgan }] of molecules.entries()) {
      const answer = answers[index];
      if (!answer.ok) throw new Error(answer.error.message);
      const { properties } = answer;
      expect(properties.descriptors).toHaveLength(DESCRIPTORS.length);
      for (const [i, name] of DESCRIPTORS.entries()) {
        const limit = 1e-5 * Math.max(1, Math.abs(descriptors[name]));
        expect(Math.abs(properties.descriptors[i] - descriptors[name]), `${name} of ${smiles}`).toBeLessThan(limit);
      }
      expect(setBits(properties.maccs, MACCS_BITS), smiles).toEqual(maccs);
      expect(setBits(properties.morgan, MORGAN_BITS), smiles).toEqual(morgan);
    }
  });

  it("of an invalid molecule are an error for it alone", async () => {
    const [first, broken, empty] = await chemistry.properties(["C", "C1CC", ""]);
    expect(first.ok).toBe(true);
    expect(broken).toMatchObject({ ok: false, error: { code: "INVALID_SMILES" } });
    expect(empty).toMatchObject({ ok: false, error: { code: "EMPTY_INPUT" } });
  });
});
