/**
 * Recipes: the options of a finetune that go together, where an order does not name them.
 *   published  those of the published notebooks, whatever is learned
 *   auto       by the number of training molecules, of classes or labels, and the width of the base: the table below
 * Rows for narrow bases were chosen on validation parts alone; the measurements are in docs/recipes.md, made by
 * bench/recipes.ts. No number here was chosen on a test part.
 */
import type { SequenceTask } from "../../model/types.js";

/** What a recipe decides; every other option has its own default. */
export const RECIPE_OPTIONS = ["epochs", "batchSize", "learningRate", "warmupRatio", "augmentation"] as const;
export type RecipeOption = (typeof RECIPE_OPTIONS)[number];
export type RecipeValues = { [K in RecipeOption]: number };

export interface RecipeSubject {
  task: SequenceTask;
  /** Of the training split. */
  molecules: number;
  /** Classes, labels or targets. */
  classes: number;
  /** Of the base model. */
  width: number;
}

interface RecipeRow extends RecipeValues {
  /** The row is for so many training molecules and fewer. */
  upTo: number;
}

/** Bases of this width and wider are of ChemBERTa's size: their own rows, which were not measured. */
const WIDE = 768;
/** Labels from which on a MULTI_LABEL finetune is given `MANY_LABELS` times the epochs. */
const MANY = 50;
const MANY_LABELS = 2;

const NARROW_ROWS: readonly RecipeRow[] = [
  { upTo: 40, epochs: 40, batchSize: 8, learningRate: 4e-4, warmupRatio: 0.1, augmentation: 4 },
  { upTo: 250, epochs: 20, batchSize: 8, learningRate: 4e-4, warmupRatio: 0.1, augmentation: 4 },
  { upTo: 1_000, epochs: 20, batchSize: 16, learningRate: 4e-4, warmupRatio: 0.1, augmentation: 4 },
  { upTo: 3_000, epochs: 10, batchSize: 16, learningRate: 4e-4, warmupRatio: 0.05, augmentation: 4 },
  { upTo: Number.POSITIVE_INFINITY, epochs: 8, batchSize: 32, learningRate: 4e-4, warmupRatio: 0.05, augmentation: 4 },
];

/**
 * More updates for few molecules, with a warm-up, at the published rate or twice it: what Mosbach et al. 2021
 * (arXiv:2006.04884) found stable for BERT. Not measured here.
 */
const WIDE_ROWS: readonly RecipeRow[] = [
  { upTo: 1_000, epochs: 20, batchSize: 16, learningRate: 5e-5, warmupRatio: 0.1, augmentation: 0 },
  { upTo: 5_000, epochs: 10, batchSize: 16, learningRate: 5e-5, warmupRatio: 0.1, augmentation: 0 },
  { upTo: Number.POSITIVE_INFINITY, epochs: 5, batchSize: 16, learningRate: 2e-5, warmupRatio: 0.1, augmentation: 0 },
];

/** The values of `auto`: a function of the subject alone. */
export function chooseRecipe({ task, molecules, classes, width }: RecipeSubject): RecipeValues {
  const rows = width >= WIDE ? WIDE_ROWS : NARROW_ROWS;
  const { upTo: _upTo, ...values } = rows.find(({ upTo }) => molecules <= upTo)!;
  const many = task === "MULTI_LABEL" && classes >= MANY;
  return { ...values, epochs: values.epochs * (many ? MANY_LABELS : 1) };
}
