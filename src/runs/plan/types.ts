/**
 * What a plan is made of: molecules with their labels, the split of each, what the splits share, and the warnings that
 * stay with the run.
 */
import { MaillardError } from "../../errors.js";
import type { SequenceTask } from "../../model/types.js";
import type { SplitName } from "../../scores/types.js";
import type { Dataset } from "../../store/generated/client.js";
import type { PlanOrder } from "../orders/input.js";
import { BASELINE_CODES } from "./baseline-codes.js";

/** What a run warns of. The API's enum is made from it. */
export const WARNINGS = {
  CLASSES_DROPPED: "Classes or labels were left out: they have too few molecules, or too many.",
  CLASS_MISSING: "A class or label has no molecule in a split.",
  METRIC_UNDEFINED: "A score has no value on a split, for want of classes or of different values.",
  TARGET_PRECISION: "Values of a target differ by less than training can tell apart.",
  SPLIT_EMPTY: "A split has no molecules.",
  TEST_SMALL: "The test split has so few molecules that its scores say little.",
  VALIDATION_SMALL: "The validation split, which decides, has so few molecules that its scores say little.",
  MOLECULES_WITHOUT_SPLIT: "Molecules without a value in the column of the split were left out.",
  OVERLAP_DROPPED: "Molecules of several splits left training, or validation.",
  SPLITS_NUMBERED: "0, 1 and 2 of the split column were read as training, validation and test.",
  ENVIRONMENT_CHANGED: "The run went on where its numbers are not the same bit for bit.",
  SLOW_MACHINE: "Other programs compute on the machine: training gets less than half of the time that it asks for.",
  MODEL_RENAMED: "The name of its model was taken meanwhile; the model has another one.",
  STOPPED_EARLY: "Training ended before its last step, for want of gain.",
  LEAKAGE: "A split shares more with training than its strategy promises.",
  LEAKY_SPLIT: "Rows were dealt instead of molecules: molecules of the test were trained on.",
  INPUTS_CUT: "Molecules have more tokens than the model reads: what follows was left out.",
  UNKNOWN_TOKENS: "Molecules have tokens that the model does not know.",
  UNKNOWN_CLASSES: "The data have classes or labels that the model does not know: they are not scored.",
  TRAINED_ON: "The model was trained on molecules that it is scored on.",
  TRAINING_UNKNOWN: "No run here made the model: what it was trained on is not known.",
  UNANSWERED: "The model has no answer to molecules: they are not scored.",
  ...BASELINE_CODES,
} as const;
type WarningCode = keyof typeof WARNINGS;

export interface Warning {
  code: WarningCode;
  message: string;
  details: Record<string, unknown>;
}

interface Assignment {
  memberId: string;
  /** Counts the rows of a molecule where rows are split (ROW); otherwise absent, for 0. */
  ordinal?: number;
  split: SplitName;
  /** What the run learns of it: see taught.ts. */
  label: string;
}

export interface Plan {
  task: SequenceTask;
  assignments: Assignment[];
  warnings: Warning[];
}

export interface Molecule {
  memberId: string;
  /** Place in the dataset, from 0. */
  position: number;
  smiles: string;
  /** In the dataset; null: it has none. Read for splits by a column alone. */
  name?: string | null;
  /** Identity of the molecule in splits: first block of the InChIKey. */
  key: string;
  scaffold: string;
  /** Value of the split column; null when it has none, or no column was requested. */
  column: string | null;
}

/** A molecule of the dataset with its class. */
export interface Labelled extends Molecule {
  label: string;
  ordinal?: number;
}

/** What a split shares with the training split. */
export interface Shared {
  count: number;
  /** Of the split's molecules, 0 to 1. */
  share: number;
}

export interface SplitLeakage {
  split: SplitName;
  /** Molecules of the split (rows, under ROW). */
  count: number;
  molecules: Shared;
  scaffolds: Shared;
  nearDuplicates: Shared | null;
}

export function checkNotEmpty(
  molecules: readonly Molecule[],
  dataset: Dataset,
  { targets }: Pick<PlanOrder, "targets">,
): void {
  if (molecules.length > 0) return;
  throw new MaillardError(
    "EMPTY_DATASET",
    `No molecule of ${dataset.name} has a value of ${targets.join(", ")}. Import labels for it.`,
    { param: targets.length > 1 ? "targets" : "target" },
  );
}

/** At most ten items, then the number of the others. */
export const listed = (items: readonly string[]): string =>
  items.length <= 10 ? items.join(", ") : `${items.slice(0, 10).join(", ")} and ${items.length - 10} more`;
