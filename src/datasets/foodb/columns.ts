/**
 * Which column of Compound.csv is which, by content and not by name: in the 2020 dump the header is shifted (what it
 * calls cas_number holds the SMILES), in other exports it is right. The SMILES column is the one whose values are
 * molecules; the classes are the four columns at the end, whose header is right in both.
 */
import { MaillardError } from "../../errors.js";
import type { IsMolecule } from "./read.js";

export interface CompoundColumns {
  smiles: { position: number; header: string };
  /** Positions of kingdom, superclass, class and subclass. */
  classes: readonly number[];
}

/** Names in FooDB, and their names today. */
const CLASS_HEADERS = [["kingdom"], ["superklass", "superclass"], ["klass", "class"], ["subklass", "subclass"]];
/** Values of a column that are looked at, and the share of them that must be molecules. */
const LOOKED_AT = 40;
const ENOUGH = 0.5;

export async function findCompoundColumns(
  header: readonly string[],
  sample: readonly (readonly string[])[],
  isMolecule: IsMolecule,
): Promise<CompoundColumns> {
  const names = header.map((name) => name.trim());
  const shares: number[] = [];
  for (let position = 0; position < names.length; position++) {
    const values = [...new Set(sample.map((record) => (record[position] ?? "").trim()))].filter(couldBe);
    const looked = values.slice(0, LOOKED_AT);
    const molecules = looked.length === 0 ? [] : await isMolecule(looked);
    const filled = sample.filter((record) => (record[position] ?? "").trim() !== "").length;
    const share = looked.length === 0 ? 0 : molecules.filter(Boolean).length / looked.length;
    // A column of a few words that are valid SMILES by chance (CO, N) is not a column of SMILES.
    shares.push(filled === 0 ? 0 : share * Math.min(1, values.length / Math.max(1, Math.min(filled, LOOKED_AT))));
  }
  const best = shares.indexOf(Math.max(...shares));
  if (!(shares[best] >= ENOUGH))
    throw new MaillardError(
      "COLUMN_NOT_FOUND",
      "No column of Compound.csv holds molecules as SMILES: of the values looked at, " +
        `at most ${(100 * Math.max(0, ...shares)).toFixed(0)} % are. Its columns: ${names.join(", ")}.`,
      { param: "file", details: { columns: names } },
    );
  return {
    smiles: { position: best, header: names[best] },
    classes: CLASS_HEADERS.map((alternatives) => names.findIndex((name) => alternatives.includes(name))),
  };
}

/** Numbers and what has spaces or is longer than any SMILES that is taken never reaches the chemistry. */
const couldBe = (text: string): boolean =>
  text !== "" && text.length <= 1_000 && !/\s/.test(text) && !/^[\d.-]+$/.test(text) && !text.startsWith("InChI=");
