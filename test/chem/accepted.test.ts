/**
 * What is accepted reads back: the canonical form of an accepted SMILES is accepted, is its own canonical form, and
 * has the same formula and InChIKey. Numbers that RDKit does not keep exactly are refused.
 */
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { refusal } from "../../src/chem/check.js";
import { type Chemistry, startChemistry } from "../../src/chem/index.js";
import { Rdkit } from "../../src/chem/process/rdkit.js";
import { sharedChemistry } from "../support/machine/shared-chemistry.js";

let chemistry: Chemistry;
let rdkit: Rdkit;
beforeAll(async () => {
  [chemistry, rdkit] = await Promise.all([sharedChemistry(), Rdkit.load()]);
});
afterAll(() => chemistry.close());

const CASES: [accepted: string, refused: string, number: string][] = [
  ["[300U]", "[301U]", "isotope of [301U] may be at most 300"],
  ["[UH9]", "[UH10]", "count of hydrogens of [UH10] may be at most 9"],
  ["[C+15]", "[C+16]", "charge of [C+16] may be at most 15"],
  ["[C-15]", "[C-16]", "charge of [C-16] may be at most 15"],
  ["[CH4:9999]", "[CH4:10000]", "atom map number of [CH4:10000] may be at most 9999"],
];

describe("a number in a bracket", () => {
  it.each(CASES)("is taken in %s and refused in %s", async (accepted, refused, number) => {
    const [first, second] = await chemistry.parse([accepted, refused]);
    expect(first).toMatchObject({ ok: true });
    expect(second).toMatchObject({ ok: false, error: { code: "INVALID_SMILES" } });
    expect(second).toMatchObject({ error: { input: refused, message: expect.stringContaining(number) } });
  });

  it("is refused where RDKit would change or lose it", async () => {
    const inputs = ["[C+999999999]", "[999999999C]", "[CH999]", "[CH9999999999999999999]", `[C${"+".repeat(16)}]`];
    const answers = await chemistry.parse([...inputs, "CC.[CH3-999]", "[C+255"]);
    expect(answers.map((answer) => !answer.ok && answer.error.code)).toEqual(answers.map(() => "INVALID_SMILES"));
  });
});

it("refuses the bond of a query, whose written form RDKit does not read", async () => {
  const [answer] = await chemistry.parse(["S=C=NCCc1cc~ccc1"]);
  const error = { code: "INVALID_SMILES", message: expect.stringContaining('"~" at position 12 is a bond of a query') };
  expect(answer).toMatchObject({ ok: false, error });
});

/** A coordinated methylene: RDKit writes its atoms in brackets. */
const LONGER = "C[Na]";
it("takes a SMILES whose canonical form is longer than a SMILES may be", async () => {
  const short = await startChemistry({ processes: 1, maxLength: LONGER.length });
  try {
    const [answer] = await short.parse([LONGER]);
    const [plain] = await chemistry.parse([LONGER]);
    expect(plain.ok && plain.molecule.smiles.length).toBeGreaterThan(LONGER.length);
    expect(answer).toEqual(plain);
  } finally {
    await short.close();
  }
});

it.each(["O=I", "c1ccc#cc1C", "C[C@SP1]C", "N[Pt@SP1](N)(Cl)Cl"])("reads back %s", async (smiles) => {
  expect(await readsBack(smiles)).toBe(true);
});

/** True when the SMILES is refused, or accepted and read back. */
async function readsBack(smiles: string): Promise<boolean> {
  const first = await read(smiles);
  if (!first) return true;
  const second = await read(first.smiles);
  expect(second).toMatchObject({ smiles: first.smiles, formula: first.formula, inchiKey: first.inchiKey });
  return true;
}

async function read(smiles: string) {
  if (refusal(smiles)) return null;
  try {
    const result = rdkit.parse(smiles);
    return result.ok ? result.molecule : null;
  } catch {
    // RDKit's instance is broken: the process ends, and the SMILES is refused.
    rdkit = await Rdkit.load();
    return null;
  }
}

const digits = fc.oneof(
  fc.constant(""),
  fc.nat({ max: 20 }).map(String),
  fc.bigInt({ min: 0n, max: 10n ** 20n }).map(String),
);
const bracketAtom = fc
  .record({
    isotope: digits,
    symbol: fc.constantFrom("C", "N", "O", "S", "P", "B", "H", "Cl", "Fe", "U", "Na", "Og", "c", "n", "se", "#6", "*"),
    chirality: fc.constantFrom("", "", "@", "@@", "@TH1", "@SP2", "@OH7"),
    hydrogens: fc.oneof(
      fc.constant(""),
      digits.map((count) => `H${count}`),
    ),
    charge: fc.oneof(
      fc.constant(""),
      fc.constantFrom("+", "-", "++", "--"),
      digits.map((value) => `+${value}`),
    ),
    map: fc.oneof(
      fc.constant(""),
      digits.map((value) => `:${value}`),
    ),
  })
  .map((atom) => `[${Object.values(atom).join("")}]`);

describe("reads back", () => {
  it("any bracket atom, alone and bound", async () => {
    const property = fc.asyncProperty(bracketAtom, fc.constantFrom("*", "*C", "C*C", "C1CC*1", "C.*"), (atom, place) =>
      readsBack(place.replace("*", atom)),
    );
    await fc.assert(property, { seed: 13, numRuns: 800 });
  });

  it("any change of a molecule of the sample", async () => {
    const table = readFileSync(new URL("../../samples/food-compounds.csv", import.meta.url), "utf8");
    const samples = table
      .split("\n")
      .slice(1)
      .flatMap(
        (row) => row.split(",").find((cell) => cell.length > 2 && cell.length < 80 && rdkit.parse(cell).ok) ?? [],
      );
    expect(samples.length).toBeGreaterThan(300);
    const pieces = "C N O c n [nH] [C@H] [C@@H] [N+] [O-] [13C] [Na+] . ( ) 1 2 = # : / \\ ~ $ % @ + - [ ] H Cl Br *";
    const change = fc.record({
      at: fc.nat(),
      removed: fc.nat({ max: 2 }),
      added: fc.oneof(fc.constantFrom("", ...pieces.split(" ")), bracketAtom),
    });
    const property = fc.asyncProperty(
      fc.constantFrom(...samples),
      fc.array(change, { minLength: 1, maxLength: 3 }),
      (sample, changes) =>
        readsBack(
          changes.reduce((smiles, { at, removed, added }) => {
            const place = at % (smiles.length + 1);
            return smiles.slice(0, place) + added + smiles.slice(place + removed);
          }, sample),
        ),
    );
    await fc.assert(property, { seed: 13, numRuns: 1500 });
  });
});
