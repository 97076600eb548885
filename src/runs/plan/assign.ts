/**
 * Assigns molecules to training, validation and test, by the splitter or by the values of a label set. The same
 * molecule (first block of its InChIKey) is in one split only, except under ROW, where every score has a warning.
 */
import { MaillardError } from "../../errors.js";
import type { SplitName } from "../../scores/types.js";
import { foldMolecules, splitsOfFold } from "../../train/data/folds.js";
import { splitMolecules } from "../../train/data/splits.js";
import { invalid, type PlanOrder } from "../orders/input.js";
import type { Molecule, Warning } from "./types.js";

export interface Assigned<M extends Molecule> {
  molecule: M;
  split: SplitName;
}

const COLUMN_VALUES: Readonly<Record<string, SplitName>> = {
  train: "TRAIN",
  training: "TRAIN",
  validation: "VALIDATION",
  valid: "VALIDATION",
  val: "VALIDATION",
  test: "TEST",
};

/** `classOf`: the class whose proportions STRATIFIED keeps. */
export function assign<M extends Molecule>(
  molecules: readonly M[],
  order: PlanOrder,
  warnings: Warning[],
  classOf: (molecule: M) => string,
): Assigned<M>[] {
  const { strategy, fractions, column } = order.split;
  if (strategy === "COLUMN") return byColumn(molecules, column as string, warnings);
  // An acyclic molecule is its own group.
  const items = molecules.map((molecule) => ({
    key: molecule.key,
    group: molecule.scaffold === "" ? molecule.key : molecule.scaffold,
    label: classOf(molecule),
  }));
  const { seed = order.seed, fold } = order.split;
  const rule = strategy === "ROW" ? "RANDOM" : strategy; // each row has its own key: see plan-rows.ts
  const splits = fold
    ? splitsOfFold(foldMolecules(items, { strategy: rule, folds: fold.count, seed }), fold)
    : splitMolecules(items, { strategy: rule, fractions, seed });
  return molecules.map((molecule, index) => ({ molecule, split: splits[index] }));
}

function byColumn<M extends Molecule>(molecules: readonly M[], column: string, warnings: Warning[]): Assigned<M>[] {
  const assigned: Assigned<M>[] = [];
  const without: M[] = [];
  const places = new Map<string, Assigned<M>>();
  for (const molecule of molecules) {
    if (molecule.column === null) {
      without.push(molecule);
      continue;
    }
    const split = splitNamed(molecule, column, "split.column");
    const entry = { molecule, split };
    const other = places.get(molecule.key);
    if (other && other.split !== split) throw overlap(other, entry, column);
    places.set(molecule.key, entry);
    assigned.push(entry);
  }
  if (without.length > 0) {
    warnings.push({
      code: "MOLECULES_WITHOUT_SPLIT",
      message: `${without.length} molecules have no value of ${column} and are left out.`,
      details: { count: without.length, positions: without.slice(0, 20).map(({ position }) => position) },
    });
  }
  return assigned;
}

/** The split that the molecule's value of the column names, which it has. INVALID_CONFIG. */
export function splitNamed(molecule: Molecule, column: string, param = "part.column"): SplitName {
  const split = COLUMN_VALUES[molecule.column?.trim().toLowerCase() ?? ""];
  if (split) return split;
  throw invalid(
    param,
    molecule.column,
    "a label set whose values are train, validation (or valid, val) and test; " +
      `${column} has this value at molecule ${molecule.position}`,
  );
}

function overlap(one: Assigned<Molecule>, other: Assigned<Molecule>, column: string): MaillardError {
  const where = ({ molecule, split }: Assigned<Molecule>) =>
    `in ${split} (position ${molecule.position}: ${molecule.smiles})`;
  return new MaillardError(
    "SPLIT_OVERLAP",
    `The same molecule is ${where(one)} and ${where(other)}; stereoisomers count as the same. ` +
      `Correct the label set ${column}.`,
    {
      param: "split.column",
      details: {
        key: one.molecule.key,
        positions: [one.molecule.position, other.molecule.position],
        splits: [one.split, other.split],
      },
    },
  );
}
