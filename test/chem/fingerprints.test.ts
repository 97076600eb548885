/**
 * Fingerprints equal those of Python's RDKit, bit for bit (bench/reference/fingerprints.py); near-duplicates equal
 * those of a search in all pairs.
 */
import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Chemistry, NearDuplicates } from "../../src/chem/index.js";
import { Philox } from "../../src/model/philox-stream.js";
import { sharedChemistry } from "../support/machine/shared-chemistry.js";

const { molecules } = JSON.parse(
  await readFile(new URL("../../bench/reference/fingerprints.json", import.meta.url), "utf8"),
) as { molecules: { smiles: string; bits: number[]; nearest: number }[] };

let chemistry: Chemistry;
beforeAll(async () => {
  chemistry = await sharedChemistry();
});
afterAll(() => chemistry.close());

const bitsOf = (bytes: Uint8Array): number[] =>
  Array.from({ length: 2_048 }, (_, bit) => bit).filter((bit) => bytes[bit >> 3] & (1 << (bit & 7)));
const bytesOf = (bits: Iterable<number>): Uint8Array => {
  const bytes = new Uint8Array(256);
  for (const bit of bits) bytes[bit >> 3] |= 1 << (bit & 7);
  return bytes;
};

describe("fingerprints", () => {
  it("are those of RDKit in Python; an invalid molecule has none", async () => {
    const answers = await chemistry.fingerprints([...molecules.map(({ smiles }) => smiles), "C1CC", "", "not a"]);
    expect(answers.slice(-3)).toEqual([null, null, null]);
    molecules.forEach(({ bits, smiles }, i) => {
      expect(bitsOf(answers[i] as Uint8Array), smiles).toEqual(bits);
    });
  });
});

describe("near-duplicates", () => {
  it("of the reference are those whose nearest one is as near, at any similarity", () => {
    const prints = molecules.map(({ bits }) => bytesOf(bits));
    for (const similarity of [0.3, 0.5, 0.9, 1]) {
      const found = prints.map((print, i) => new NearDuplicates(prints.slice(0, i), similarity).has(print));
      expect(found).toEqual(molecules.map(({ nearest, bits }) => bits.length > 0 && nearest >= similarity));
    }
  });

  it("are exact: 1,500 sparse fingerprints of families against all pairs", () => {
    const random = new Philox(3, 9);
    const sets = Array.from({ length: 1_500 }, (_, i) => {
      const family = new Philox(i % 60, 10);
      const bits = new Set(Array.from({ length: 20 + (i % 30) }, () => family.below(2_048)));
      for (let change = random.below(6); change > 0; change--) bits.add(random.below(2_048));
      return bits;
    });
    const [library, asked] = [sets.slice(0, 1_000), sets.slice(1_000)];
    const index = new NearDuplicates(library.map(bytesOf));
    const tanimoto = (a: Set<number>, b: Set<number>) => {
      const common = [...a].filter((bit) => b.has(bit)).length;
      return common / (a.size + b.size - common);
    };
    const found = asked.map((set) => index.has(bytesOf(set)));
    expect(found).toEqual(asked.map((set) => library.some((other) => tanimoto(set, other) >= 0.9)));
    expect(found.filter(Boolean).length).toBeGreaterThan(20);
    expect(found.filter((near) => !near).length).toBeGreaterThan(20);
  });

  it("of an empty fingerprint, and in an empty library, there are none", () => {
    expect(new NearDuplicates([new Uint8Array(256)]).has(new Uint8Array(256))).toBe(false);
    expect(new NearDuplicates([]).has(bytesOf([1, 2]))).toBe(false);
    expect(new NearDuplicates([new Uint8Array(256).fill(255)]).has(new Uint8Array(256).fill(255))).toBe(true);
  });
});
