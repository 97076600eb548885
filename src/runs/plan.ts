/**
 * Which molecule goes where: decided once, before the run exists, from the labels as they are then.
 * What would make a run worthless is refused here by its own code; what only limits its scores becomes a warning that stays
 * with the run.
 */
import { MaillardError } from "../errors.js";
import type { Dataset, LabelSet } from "../store/generated/client.js";
import type { Store } from "../store/index.js";
import { splitMolecules } from "../train/splits.js";
import type { SplitName } from "../train/types.js";
import { type FinetuneOrder, invalid } from "./input.js";

export interface Warning {
  code:
    | "CLASSES_DROPPED"
    | "CLASS_MISSING"
    | "SPLIT_EMPTY"
    | "MOLECULES_WITHOUT_SPLIT"
    | "ENVIRONMENT_CHANGED"
    | "MODEL_RENAMED"
    | "STOPPED_EARLY";
  message: string;
  details: Record<string, unknown>;
}

export interface Assignment {
  memberId: string;
  split: SplitName;
  label: string;
}

export interface Plan {
  assignments: Assignment[];
  warnings: Warning[];
}

/** A molecule of the dataset with its class. */
export interface Labelled {
  memberId: string;
  /** Place in the dataset, from 0. */
  position: number;
  smiles: string;
  /** Identity of the molecule in splits: first block of the InChIKey. */
  key: string;
  scaffold: string;
  label: string;
  /** Value of the split column; null when it has none, or no column was asked for. */
  column: string | null;
}

const SPLITS: readonly SplitName[] = ["TRAIN", "VALIDATION", "TEST"];
const COLUMN_VALUES: Readonly<Record<string, SplitName>> = {
  train: "TRAIN",
  training: "TRAIN",
  validation: "VALIDATION",
  valid: "VALIDATION",
  val: "VALIDATION",
  test: "TEST",
};

export async function planFinetune(store: Store, dataset: Dataset, order: FinetuneOrder): Promise<Plan> {
  const target = await findSet(store, dataset, order.target, "target");
  const column = order.split.column === null ? null : await findSet(store, dataset, order.split.column, "split.column");
  const molecules = await readLabelled(store, target.id, column?.id ?? null);
  if (molecules.length === 0) {
    throw new MaillardError(
      "EMPTY_DATASET",
      `No molecule of ${dataset.name} has a value of ${target.name}. Import labels for it.`,
      { param: "target" },
    );
  }
  return plan(molecules, order);
}

/** The decision alone, without a database. */
export function plan(molecules: readonly Labelled[], order: FinetuneOrder): Plan {
  const warnings: Warning[] = [];
  const kept = dropSmallClasses(molecules, order.minClassSize, warnings);
  const assigned =
    order.split.strategy === "COLUMN"
      ? byColumn(kept, order.split.column as string, warnings)
      : bySplitter(kept, order);
  checkClasses(assigned, warnings);
  return {
    assignments: assigned.map(({ molecule: { memberId, label }, split }) => ({ memberId, split, label })),
    warnings,
  };
}

interface Assigned {
  molecule: Labelled;
  split: SplitName;
}

function dropSmallClasses(molecules: readonly Labelled[], minClassSize: number, warnings: Warning[]): Labelled[] {
  const counts = countBy(molecules, ({ label }) => label);
  const small = [...counts]
    .filter(([, count]) => count < minClassSize)
    .sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  const left = counts.size - small.length;
  if (left < 2) {
    const sizes = [...counts].sort(([, m], [, n]) => n - m).slice(0, 10);
    throw new MaillardError(
      "TOO_FEW_CLASSES",
      `${left} of ${counts.size} classes have ${minClassSize} or more molecules (minClassSize), and a classifier needs two. Lower minClassSize or choose another target. Largest: ${sizes.map(([label, count]) => `${label} (${count})`).join(", ")}.`,
      { param: "minClassSize", details: { classes: Object.fromEntries(sizes) } },
    );
  }
  if (small.length === 0) return [...molecules];
  const dropped = new Set(small.map(([label]) => label));
  const count = small.reduce((sum, [, size]) => sum + size, 0);
  warnings.push({
    code: "CLASSES_DROPPED",
    message: `${small.length} ${small.length === 1 ? "class" : "classes"} with fewer than ${minClassSize} molecules left out, ${count} molecules in all: ${listed(small.map(([label, size]) => `${label} (${size})`))}.`,
    details: { minClassSize, classes: Object.fromEntries(small) },
  });
  return molecules.filter(({ label }) => !dropped.has(label));
}

function bySplitter(
  molecules: readonly Labelled[],
  { split: { strategy, fractions }, seed }: FinetuneOrder,
): Assigned[] {
  const splits = splitMolecules(
    // An acyclic molecule is a group of its own.
    molecules.map(({ key, scaffold, label }) => ({ key, group: scaffold === "" ? key : scaffold, label })),
    { strategy: strategy as "RANDOM" | "STRATIFIED" | "SCAFFOLD", fractions, seed },
  );
  return molecules.map((molecule, index) => ({ molecule, split: splits[index] }));
}

function byColumn(molecules: readonly Labelled[], column: string, warnings: Warning[]): Assigned[] {
  const assigned: Assigned[] = [];
  const without: Labelled[] = [];
  const places = new Map<string, Assigned>();
  for (const molecule of molecules) {
    if (molecule.column === null) {
      without.push(molecule);
      continue;
    }
    const split = COLUMN_VALUES[molecule.column.trim().toLowerCase()];
    if (!split)
      throw invalid(
        "split.column",
        molecule.column,
        `a label set whose values are train, validation (or valid, val) and test; ${column} has this value at molecule ${molecule.position}`,
      );
    const entry = { molecule, split };
    const other = places.get(molecule.key);
    if (other && other.split !== split) {
      throw new MaillardError(
        "SPLIT_OVERLAP",
        `The same molecule is in ${other.split} (position ${other.molecule.position}: ${other.molecule.smiles}) and in ${split} (position ${molecule.position}: ${molecule.smiles}); stereoisomers count as the same. Correct the label set ${column}.`,
        {
          param: "split.column",
          details: {
            key: molecule.key,
            positions: [other.molecule.position, molecule.position],
            splits: [other.split, split],
          },
        },
      );
    }
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

function checkClasses(assigned: readonly Assigned[], warnings: Warning[]): void {
  const labels = [...new Set(assigned.map(({ molecule }) => molecule.label))].sort();
  const present = new Map(
    SPLITS.map((split) => [
      split,
      countBy(
        assigned.filter((entry) => entry.split === split),
        ({ molecule }) => molecule.label,
      ),
    ]),
  );
  const absent = (split: SplitName): string[] => labels.filter((label) => !present.get(split)?.has(label));
  if (present.get("TRAIN")?.size === 0) {
    throw new MaillardError(
      "EMPTY_DATASET",
      "No molecule is in the training split. Change the split's fractions or column.",
      { param: "split" },
    );
  }
  const missing = absent("TRAIN");
  if (missing.length > 0) {
    throw new MaillardError(
      "CLASS_MISSING_FROM_TRAINING",
      `No molecule of ${listed(missing)} is in the training split, so it cannot be learned. Use split strategy STRATIFIED, another seed, or a larger minClassSize.`,
      { param: "split", details: { classes: missing } },
    );
  }
  for (const split of ["VALIDATION", "TEST"] as const) {
    const classes = absent(split);
    if (present.get(split)?.size === 0) {
      warnings.push({
        code: "SPLIT_EMPTY",
        message: `No molecule is in the ${split} split: it has no scores.`,
        details: { split },
      });
    } else if (classes.length > 0) {
      warnings.push({
        code: "CLASS_MISSING",
        message: `No molecule of ${listed(classes)} is in the ${split} split: its scores say nothing about ${classes.length === 1 ? "it" : "them"}.`,
        details: { split, classes },
      });
    }
  }
}

async function findSet(store: Store, dataset: Dataset, name: string, param: string): Promise<LabelSet> {
  const sets = await store.prisma.labelSet.findMany({ where: { datasetId: dataset.id }, orderBy: { name: "asc" } });
  const usable = sets.filter(({ kind }) => kind === "SINGLE_LABEL");
  const found = usable.find((set) => set.name === name);
  if (found) return found;
  const other = sets.find((set) => set.name === name);
  const existing = usable.map((set) => set.name);
  throw new MaillardError(
    "UNKNOWN_TARGET",
    `${other ? `The label set ${name} of ${dataset.name} is ${other.kind}; SINGLE_LABEL is needed` : `${dataset.name} has no label set ${JSON.stringify(name.slice(0, 100))}`}. Usable: ${existing.join(", ") || "none"}.`,
    { param, details: { existing } },
  );
}

/** One statement, however many molecules; as arrays they take a third of the memory of Prisma's objects. */
async function readLabelled(store: Store, labelSetId: string, columnSetId: string | null): Promise<Labelled[]> {
  const { rows } = await store.pool.query<Labelled>(
    `SELECT m.id AS "memberId", m.position, m.smiles, c."skeletonKey" AS key, c.scaffold, l.value AS label, s.value AS column
     FROM "Label" l
     JOIN "DatasetCompound" m ON m.id = l."memberId"
     JOIN "Compound" c ON c.id = m."compoundId"
     LEFT JOIN "Label" s ON s."memberId" = m.id AND s."labelSetId" = $2
     WHERE l."labelSetId" = $1
     ORDER BY m.position`,
    [labelSetId, columnSetId],
  );
  return rows;
}

function countBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(keyOf(item), (counts.get(keyOf(item)) ?? 0) + 1);
  return counts;
}

/** At most ten, then their number. */
const listed = (items: readonly string[]): string =>
  items.length <= 10 ? items.join(", ") : `${items.slice(0, 10).join(", ")} and ${items.length - 10} more`;
