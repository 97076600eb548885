/** RDKit reads the next batch while the one before it is stored. */
import { describe, expect, it } from "vitest";
import type { MoleculeResult } from "../../src/chem/types.js";
import { readMolecules } from "../../src/datasets/import.js";
import { readAhead } from "../../src/datasets/import-batches.js";
import type { ImportRow } from "../../src/datasets/types.js";

const row = (smiles: string, problem?: string): ImportRow => ({ line: 2, smiles, labels: {}, problem });
const refused = (input: string): MoleculeResult => ({
  ok: false,
  error: { input, code: "INVALID_SMILES", message: input },
});

async function* batchesOf(...batches: string[][]): AsyncGenerator<ImportRow[]> {
  for (const batch of batches) yield batch.map((smiles) => row(smiles));
}

describe("molecules read ahead", () => {
  it("asks each text once, and none of a row that could not be read", async () => {
    const asked: string[][] = [];
    const parse = async (texts: readonly string[]) => {
      asked.push([...texts]);
      return texts.map(refused);
    };
    const molecules = await readMolecules({ parse }, [row("C"), row("CC"), row("C"), row("O", "a cell is missing")]);
    expect(asked).toEqual([["C", "CC"]]);
    expect([...molecules.keys()]).toEqual(["C", "CC"]);
    expect(molecules.get("CC")).toEqual(refused("CC"));
  });

  it("reads one batch ahead, and no more", async () => {
    const asked: string[] = [];
    const read = async (rows: readonly ImportRow[]) => {
      asked.push(rows[0].smiles);
      return new Map(rows.map(({ smiles }) => [smiles, refused(smiles)]));
    };
    const batches = readAhead(batchesOf(["a"], ["b"], ["c"], ["d"]), read);
    const seen: [string, string[]][] = [];
    for await (const { rows, molecules } of batches) {
      expect([...molecules.keys()]).toEqual([rows[0].smiles]);
      seen.push([rows[0].smiles, [...asked]]);
    }
    expect(seen).toEqual([
      ["a", ["a", "b"]],
      ["b", ["a", "b", "c"]],
      ["c", ["a", "b", "c", "d"]],
      ["d", ["a", "b", "c", "d"]],
    ]);
  });

  it("throws the error of a batch when its turn has come, and stops what is read ahead when it is left", async () => {
    const signals: AbortSignal[] = [];
    const read = async (rows: readonly ImportRow[], signal: AbortSignal) => {
      signals.push(signal);
      if (rows[0].smiles === "b") throw new Error("RDKit is overloaded");
      return new Map();
    };
    const batches = readAhead(batchesOf(["a"], ["b"], ["c"]), read);
    expect((await batches.next()).value?.rows[0].smiles).toBe("a");
    await expect(batches.next()).rejects.toThrow("RDKit is overloaded");
    const left = readAhead(batchesOf(["a"], ["c"], ["d"]), read);
    await left.next();
    await left.return(undefined);
    expect(signals.every(({ aborted }) => aborted)).toBe(true);
  });
});
