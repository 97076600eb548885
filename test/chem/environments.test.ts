/**
 * Morgan environments equal those of Python's RDKit, ids and counts (bench/reference/environments.py): hand-written
 * molecules whole, 2,000 others by one hash of all their lists.
 */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Chemistry, startChemistry } from "../../src/chem/index.js";

type Pairs = [number, number][];
const here = (path: string) => readFile(new URL(`../../${path}`, import.meta.url), "utf8");
const reference = JSON.parse(await here("bench/reference/environments.json")) as {
  molecules: ({ smiles: string } & Record<"2" | "3", Pairs>)[];
  composed: string[];
  library: Record<"2" | "3", string>;
};
/** SMILES are the second column; names before them have quotation marks where they have commas. */
const sample = (await here("samples/food-compounds.csv"))
  .trim()
  .split("\n")
  .slice(1)
  .map((line) => line.replace(/^(?:"[^"]*"|[^,]*),/, "").split(",")[0]);

let chemistry: Chemistry;
beforeAll(async () => {
  chemistry = await startChemistry({ processes: 1 });
});
afterAll(() => chemistry.close());

const pairsOf = async (smiles: readonly string[], radius: number): Promise<(Pairs | null)[]> =>
  (await chemistry.environments(smiles, radius)).map((made) =>
    made === null ? null : Array.from(made.ids, (id, place) => [id, made.counts[place]]),
  );

describe.each(["2", "3"] as const)("environments of radius %s", (radius) => {
  it("are those of RDKit in Python; an invalid molecule has none", async () => {
    const { molecules } = reference;
    const made = await pairsOf([...molecules.map(({ smiles }) => smiles), "C1CC", ""], Number(radius));
    expect(made.slice(-2)).toEqual([null, null]);
    expect(Object.fromEntries(molecules.map(({ smiles }, i) => [smiles, made[i]]))).toEqual(
      Object.fromEntries(molecules.map((molecule) => [molecule.smiles, molecule[radius]])),
    );
  });

  it("are the same of 2,000 molecules", async () => {
    const library = [...sample, ...reference.composed];
    expect(library).toHaveLength(2_000);
    const made = (await pairsOf(library, Number(radius))) as Pairs[];
    const text = made.map((pairs) => `${pairs.map(([id, count]) => `${id}:${count}`).join(" ")}\n`).join("");
    expect(createHash("sha256").update(text).digest("hex")).toBe(reference.library[radius]);
  });
});

it("a radius is a whole number from 0 to 3; of 0 the environments are the atoms", async () => {
  expect(await pairsOf(["C", "CCO"], 0)).toMatchObject([[[expect.any(Number), 1]], { length: 3 }]);
  for (const radius of [-1, 4, 1.5])
    await expect(chemistry.environments(["C"], radius)).rejects.toMatchObject({ code: "INVALID_CONFIG" });
});
