/** Decisions about a SMARTS are kept, 300,000 in all: of more, those of the SMARTS used longest ago are made again. */
import { expect, it } from "vitest";
import { Substructures } from "../../../src/datasets/search/substructure.js";

const signal = new AbortController().signal;
const library = Array.from({ length: 160_000 }, (_, id) => ({ smiles: `${id}` }));

/** `asked`: SMARTS, and how many molecules it was asked of. */
function counted(): { asked: [string, number][]; substructures: Substructures } {
  const asked: [string, number][] = [];
  const match = async (
    smarts: string,
    smiles: readonly string[],
    onPart: (from: number, found: boolean[]) => void,
  ): Promise<void> => {
    asked.push([smarts, smiles.length]);
    onPart(
      0,
      smiles.map(() => false),
    );
  };
  return { asked, substructures: new Substructures({ match }) };
}

it("decisions beyond the limit are forgotten, those of the SMARTS used longest ago first", async () => {
  const { asked, substructures } = counted();
  for (const smarts of ["x", "y", "y", "x"]) await substructures.matching(smarts, library, signal);
  expect(asked).toEqual([
    ["x", 160_000],
    ["y", 160_000],
    ["y", 0],
    ["x", 160_000],
  ]);
});

it("decisions within the limit are kept, though they came in parts", async () => {
  const { asked, substructures } = counted();
  for (const part of [library.slice(0, 50_000), library.slice(0, 140_000)])
    await substructures.matching("x", part, signal);
  await substructures.matching("y", library, signal);
  await substructures.matching("x", library.slice(0, 140_000), signal);
  expect(asked).toEqual([
    ["x", 50_000],
    ["x", 90_000],
    ["y", 160_000],
    ["x", 0],
  ]);
});
