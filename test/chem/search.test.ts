/**
 * Fingerprints and matches equal those of Python's RDKit (bench/reference/search.py). The screen excludes no match, and
 * a bad pattern does not affect others.
 */
import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Chemistry } from "../../src/chem/index.js";
import type { SearchFingerprints } from "../../src/chem/types.js";
import { MaillardError } from "../../src/errors.js";
import { sharedChemistry } from "../support/machine/shared-chemistry.js";

interface Reference {
  molecules: { name: string; smiles: string; bits: number[] }[];
  similarities: Record<string, Record<string, number>>;
  matches: Record<string, string[]>;
}
const { molecules, similarities, matches } = JSON.parse(
  await readFile(new URL("../../bench/reference/search.json", import.meta.url), "utf8"),
) as Reference;

let chemistry: Chemistry;
let canonical: string[];
let prints: SearchFingerprints[];
beforeAll(async () => {
  chemistry = await sharedChemistry();
  const read = await chemistry.parse(molecules.map(({ smiles }) => smiles));
  canonical = read.map((result) => (result.ok ? result.molecule.smiles : ""));
  prints = (await chemistry.search.fingerprints(canonical)) as SearchFingerprints[];
});
afterAll(() => chemistry.close());

const bitsOf = (bytes: Uint8Array): number[] =>
  Array.from({ length: 2_048 }, (_, bit) => bit).filter((bit) => bytes[bit >> 3] & (1 << (bit & 7)));

async function matched(smarts: string, smiles = canonical): Promise<boolean[]> {
  const found: boolean[] = [];
  await chemistry.search.match(smarts, smiles, (from, part) => {
    for (const [index, has] of part.entries()) found[from + index] = has;
  });
  return found;
}

describe("fingerprints", () => {
  it("are those of RDKit in Python, for every SMILES; an invalid molecule has none", async () => {
    for (const [index, { bits, name }] of molecules.entries()) expect(bitsOf(prints[index].morgan), name).toEqual(bits);
    const written = await chemistry.search.fingerprints([
      ...molecules.map(({ smiles }) => smiles),
      "C1CC",
      "",
      "not a",
    ]);
    expect(written.slice(0, -3)).toEqual(prints);
    expect(written.slice(-3)).toEqual([null, null, null]);
  });

  it("give RDKit's Tanimoto similarities", () => {
    const names = molecules.map(({ name }) => name);
    for (const [query, expected] of Object.entries(similarities)) {
      const own = new Set(bitsOf(prints[names.indexOf(query)].morgan));
      for (const [index, name] of names.entries()) {
        const other = bitsOf(prints[index].morgan);
        const common = other.filter((bit) => own.has(bit)).length;
        expect(common / (own.size + other.length - common), `${query}, ${name}`).toBe(expected[name]);
      }
    }
  });
});

describe("a SMARTS", () => {
  it.each(Object.keys(matches))(
    "%s is in the molecules that RDKit in Python finds, and all of them pass its screen",
    async (smarts) => {
      const read = await chemistry.search.readSmarts(smarts);
      const found = await matched(smarts);
      expect(molecules.filter((_, index) => found[index]).map(({ name }) => name)).toEqual(matches[smarts]);
      if (!read.ok) throw new Error(read.error.message);
      const lost = prints.filter(
        ({ pattern }, index) => found[index] && !read.screen.every((byte, place) => (byte & pattern[place]) === byte),
      );
      expect(lost).toEqual([]);
    },
  );

  it("is answered part by part, in order, for any number of molecules", async () => {
    const many = Array.from({ length: 450 }, (_, index) => canonical[index % canonical.length]);
    const once = await matched("c1ccccc1");
    expect(await matched("c1ccccc1", many)).toEqual(many.map((_, index) => once[index % canonical.length]));
    expect(await matched("C", [])).toEqual([]);
  });

  it.each([
    ["", "empty"],
    ["c1cc", "unclosed ring"],
    ["[#6", ""],
    ["CC(", ""],
    ["C C", "position 2"],
    ["[$(".repeat(200), "500 characters"],
    [`${"[$(".repeat(6)}C${")]".repeat(6)}`, "nest 10"],
  ])("%s is INVALID_SMARTS, with the reason", async (smarts, reason) => {
    const read = await chemistry.search.readSmarts(smarts);
    expect(read).toMatchObject({ ok: false, error: { code: "INVALID_SMARTS" } });
    if (!read.ok) expect(read.error.message).toContain(reason);
  });

  it("that takes too long is TIMEOUT, and the next one is answered", async () => {
    // Every path of 70 atoms through 14 cubanes is tried before RDKit finds that there is no silicon.
    const cage = "C12C3C4C1C5C2C3C45".repeat(14);
    const late = await matched(`${"*~".repeat(70)}[Si]`, [cage]).catch((error: unknown) => error);
    expect(late).toBeInstanceOf(MaillardError);
    expect((late as MaillardError).code).toBe("TIMEOUT");
    expect(await matched("C", ["CCO", "O"])).toEqual([true, false]);
  });
});
