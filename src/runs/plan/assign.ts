/**
 * Assigns molecules to training, validation and test, by the splitter or by the values of a label set
 * (datasets/cells/split-names.ts). The same molecule (first block of its InChIKey) is in one split only (overlap.ts),
 * except under ROW, where every score has a warning.
 */
import { readSplits, SPLIT_NAMES, type SplitReading } from "../../datasets/cells/split-names.js";
import type { SplitName } from "../../scores/types.js";
import { foldMolecules, splitsOfFold } from "../../train/data/folds.js";
import { splitMolecules } from "../../train/data/splits.js";
import { amount } from "../../words.js";
import { invalid, type PlanOrder } from "../orders/input.js";
import type { Molecule, Warning } from "./types.js";
import { overlapError, overlapsOf, withoutOverlaps } from "./warnings/overlap.js";

export interface Assigned<M extends Molecule> {
  molecule: M;
  split: SplitName;
}

/** `classOf`: the class whose proportions STRATIFIED keeps. */
export function assign<M extends Molecule>(
  molecules: readonly M[],
  order: PlanOrder,
  warnings: Warning[],
  classOf: (molecule: M) => string,
): Assigned<M>[] {
  const { strategy, fractions, column } = order.split;
  if (strategy === "COLUMN") return byColumn(molecules, column as string, order, warnings);
  if (order.onOverlap === "dropFromTrain")
    throw invalid("onOverlap", order.onOverlap, `left out, because split.strategy is ${strategy}: it is for COLUMN`);
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

function byColumn<M extends Molecule>(
  molecules: readonly M[],
  column: string,
  { onOverlap }: PlanOrder,
  warnings: Warning[],
): Assigned<M>[] {
  const without = molecules.filter((molecule) => molecule.column === null);
  const { splitOf, numbered, counts } = splitsNamed(molecules, column, "split.column");
  if (numbered)
    warnings.push({
      code: "SPLITS_NUMBERED",
      message: `0, 1 and 2 of ${column} were read as training, validation and test.`,
      details: Object.fromEntries([...counts].map(([value, count]) => [splitOf.get(value) as string, count])),
    });
  const assigned = molecules.flatMap((molecule): Assigned<M>[] =>
    molecule.column === null ? [] : [{ molecule, split: splitOf.get(molecule.column) as SplitName }],
  );
  const overlaps = overlapsOf(assigned);
  if (overlaps.length > 0 && onOverlap !== "dropFromTrain") throw overlapError(overlaps, column);
  if (without.length > 0) {
    warnings.push({
      code: "MOLECULES_WITHOUT_SPLIT",
      message: `${amount(without.length, "molecule")} without a value of ${column}: left out.`,
      details: { count: without.length, positions: without.slice(0, 20).map(({ position }) => position) },
    });
  }
  return withoutOverlaps(assigned, overlaps, column, warnings);
}

/** What the values that the molecules have of the column mean. INVALID_CONFIG for a value that means no split. */
export function splitsNamed(
  molecules: readonly Molecule[],
  column: string,
  param: string,
): SplitReading & { counts: Map<string, number> } {
  const counts = new Map<string, number>();
  for (const { column: value } of molecules) if (value !== null) counts.set(value, (counts.get(value) ?? 0) + 1);
  const reading = readSplits(counts);
  const { unknown } = reading;
  if (unknown === null) return { ...reading, counts };
  const { position } = molecules.find((molecule) => molecule.column === unknown) as Molecule;
  throw invalid(
    param,
    unknown,
    `a label set whose values are ${SPLIT_NAMES}; ${column} has this value at molecule ${position}`,
  );
}
